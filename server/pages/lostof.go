package pages

import (
	"errors"

	"sleutelbos/server/identity"
)

// What an administrator does for somebody who calls because they lost a device.
func (d *door) lostOfRoutes() []route {
	return []route{
		{"GET /people/{id}/lost", administrators, showLostOf},
		{"POST /people/{id}/lost", administrators, recordLost},
	}
}

// lostOf finds the person of the address, with the form of what they lost.
func (v *visit) lostOf() (signing, []identity.Link, *form, error) {
	s, err := v.signing(v.r.PathValue("id"))
	if err != nil {
		return s, nil, nil, err
	}
	if !s.May {
		return s, nil, nil, errForbidden
	}
	links := workingLinks(s.Person)
	f := v.lostForm(links)
	f.Cancel, f.Field("link").Said = signingPath(s.ID), v.say("lostof.which")
	return s, links, f, nil
}

func (v *visit) showLostOf(s signing, links []identity.Link, f *form) error {
	return v.show(page{
		name: "lost-of", title: v.say("lostof.title", "name", s.Name), form: f,
		data: struct{ None bool }{len(links) == 0}, back: crumb{signingPath(s.ID), v.say("signing.back", "name", s.Name)},
	})
}

func showLostOf(v *visit) error {
	s, links, f, err := v.lostOf()
	if err != nil {
		return err
	}
	return v.showLostOf(s, links, f)
}

// recordLost says what follows, and then blocks the one device.
func recordLost(v *visit) error {
	s, links, f, err := v.lostOf()
	if err != nil {
		return err
	}
	if !f.read() {
		return v.showLostOf(s, links, f)
	}
	lost, ok := v.lostAt(f)
	if !ok || lost.After(v.door.now()) {
		f.fail("day", "lost.day-wrong")
		return v.showLostOf(s, links, f)
	}
	if !v.confirmed() {
		name := ""
		for _, l := range links {
			if l.ID == f.get("link") {
				name = v.nameOf(l)
			}
		}
		follows := []string{v.say("lostof.follows-codes", "device", name), v.say("lostof.follows-out", "name", s.Name), v.say("lostof.follows-kept")}
		if len(links) == 1 {
			follows = append(follows, v.say("lostof.follows-last", "name", s.Name))
		}
		return v.confirm(confirmation{
			Title: v.say("lostof.confirm", "device", name), Follows: follows, Submit: v.say("lostof.do"), Cancel: signingPath(s.ID), Danger: true,
		})
	}
	err = v.door.desk.RecordLossBy(v.r.Context(), v.actor(), s.ID, f.get("link"), lost)
	switch {
	case errors.Is(err, identity.ErrLostLater):
		f.fail("day", "lost.day-wrong")
		return v.showLostOf(s, links, f)
	case errors.Is(err, identity.ErrNoSuchLink):
		f.fail("link", "devices.gone")
		return v.showLostOf(s, links, f)
	case err != nil:
		return v.refused(s.ID, err)
	}
	v.tell("lostof.done")
	return v.redirect(signingPath(s.ID))
}
