package pages

import (
	"errors"
	"time"

	"sleutelbos/server/identity"
)

const pathProfile = "/profile"

func (d *door) profileRoutes() []route {
	return []route{
		{"GET " + pathProfile, signedIn, showProfile},
		{"GET /profile/contact", signedIn, showContact},
		{"POST /profile/contact", signedIn, saveContact},
		{"GET /profile/sessions", signedIn, showSessions},
		{"POST /profile/sessions", signedIn, endSessions},
		{"GET /profile/devices", signedIn, showDevices},
		{"POST /profile/devices/end", signedIn, endDevice},
		{"GET /profile/lost", signedIn, showLost},
		{"POST /profile/lost", signedIn, reportLost},
	}
}

// own finds whoever is signed in, with their devices.
func (v *visit) own() (identity.Own, error) { return v.door.desk.Own(v.r.Context(), v.token) }

func (v *visit) toProfile() crumb { return crumb{pathProfile, v.say("profile.title")} }

// shownProfile is what the page "profile" shows.
type shownProfile struct {
	identity.Own
	Language string
	Roles    []string
	Working  int
	Sessions int
	Report   bool
}

func showProfile(v *visit) error {
	own, err := v.own()
	if err != nil {
		return err
	}
	sessions, err := v.door.desk.OwnSessions(v.r.Context(), v.token)
	if err != nil {
		return err
	}
	shown := shownProfile{Own: own, Sessions: len(sessions), Working: len(workingLinks(own.Person))}
	if l := own.Person.Language; l != "" {
		shown.Language = v.say("language." + l)
	}
	if shown.Roles, err = v.ownRoles(); err != nil {
		return err
	}
	return v.show(page{name: "profile", title: v.say("profile.title"), data: shown, back: v.toStart()})
}

// ownRoles are the roles that somebody holds, by their names, each once.
func (v *visit) ownRoles() ([]string, error) {
	roles, err := v.door.desk.Roles(v.r.Context())
	if err != nil {
		return nil, err
	}
	var all []string
	for _, role := range roles {
		for _, g := range v.rights.Holds {
			if g.Role == role.Key {
				all = append(all, v.roleName(role))
				break
			}
		}
	}
	return all, nil
}

func (v *visit) roleName(role identity.RoleDefinition) string {
	return identity.Said{Dutch: role.Dutch, English: role.English}.In(v.words.Language())
}

func workingLinks(p identity.Person) []identity.Link {
	var all []identity.Link
	for _, l := range p.Links {
		if l.Disabled.IsZero() {
			all = append(all, l)
		}
	}
	return all
}

func (v *visit) contactForm() *form {
	f := v.form("contact.submit",
		&field{Name: "phone", Kind: phone, Label: "contact.phone", Hint: "contact.phone-hint", Autocomplete: "tel", Max: 32},
		&field{Name: "notices", Kind: email, Label: "contact.notices", Hint: "contact.notices-hint", Autocomplete: "email", Max: 254},
		&field{Name: "language", Kind: radio, Label: "contact.language", Hint: "contact.language-hint", Required: true, Choices: []choice{
			{Value: "nl", Text: v.say("language.nl")}, {Value: "en", Text: v.say("language.en")},
		}})
	f.Cancel = pathProfile
	return f
}

func showContact(v *visit) error {
	own, err := v.own()
	if err != nil {
		return err
	}
	f := v.contactForm()
	f.set("phone", own.Person.Phone)
	f.set("notices", own.Person.Notices)
	f.set("language", either(own.Person.Language, v.words.Language()))
	return v.showContact(f)
}

func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

func (v *visit) showContact(f *form) error {
	own, err := v.own()
	if err != nil {
		return err
	}
	return v.show(page{name: "contact", title: v.say("contact.title"), form: f, data: own.Person, back: v.toProfile()})
}

func saveContact(v *visit) error {
	f := v.contactForm()
	if !f.read() {
		return v.showContact(f)
	}
	err := v.door.desk.SetOwnContact(v.r.Context(), v.token, identity.OwnContact{
		Phone: f.get("phone"), Notices: f.get("notices"), Language: f.get("language"),
	})
	if f.take(err) {
		return v.showContact(f)
	}
	if err != nil {
		return err
	}
	v.remember(cookieLanguage, f.get("language"), languageAge)
	v.words = v.door.words[f.get("language")]
	v.tell("contact.saved")
	return v.redirect(pathProfile)
}

func showSessions(v *visit) error {
	all, err := v.door.desk.OwnSessions(v.r.Context(), v.token)
	if err != nil {
		return err
	}
	return v.show(page{name: "sessions", title: v.say("sessions.title"), data: all, back: v.toProfile()})
}

// endSessions ends one session, or all but this one.
func endSessions(v *visit) error {
	id := v.r.PostForm.Get("session")
	if id == "" {
		n, err := v.door.desk.EndOtherSessions(v.r.Context(), v.token)
		if err != nil {
			return err
		}
		v.tell("sessions.ended", "n", n)
		return v.redirect("/profile/sessions")
	}
	if err := v.door.desk.EndOwnSession(v.r.Context(), v.token, id); err != nil {
		return err
	}
	v.tell("sessions.ended", "n", 1)
	return v.redirect("/profile/sessions")
}

func showDevices(v *visit) error {
	own, err := v.own()
	if err != nil {
		return err
	}
	return v.show(page{name: "devices", title: v.say("devices.title"), data: own, back: v.toProfile()})
}

func (v *visit) toDevices() crumb { return crumb{"/profile/devices", v.say("devices.title")} }

// endDevice ends one link, after saying what follows.
func endDevice(v *visit) error {
	own, err := v.own()
	if err != nil {
		return err
	}
	id := v.r.PostForm.Get("link")
	name := v.deviceName(own, id)
	if !v.confirmed() {
		return v.confirm(confirmation{
			Title: v.say("devices.end-title", "device", name), Danger: true,
			Follows: []string{v.say("devices.end-follows-1"), v.say("devices.end-follows-2"), v.say("devices.end-follows-3")},
			Submit:  v.say("devices.end-submit"), Cancel: "/profile/devices",
		})
	}
	err = v.door.desk.EndOwnLink(v.r.Context(), v.token, id)
	switch {
	case errors.Is(err, identity.ErrSignInAgain):
		return v.signInFirst("/profile/devices")
	case errors.Is(err, identity.ErrLastLink):
		v.warn("devices.last")
	case errors.Is(err, identity.ErrNoSuchLink):
		v.warn("devices.gone")
	case err != nil:
		return err
	default:
		v.tell("devices.ended", "device", name)
	}
	return v.redirect("/profile/devices")
}

// deviceName is what a device is called, also where it has no name.
func (v *visit) deviceName(own identity.Own, id string) string {
	for _, l := range own.Person.Links {
		if l.ID == id {
			return v.nameOf(l)
		}
	}
	return v.say("devices.unnamed")
}

func (v *visit) nameOf(l identity.Link) string {
	switch {
	case l.Token != "":
		return v.say("devices.token", "serial", l.Token)
	case l.Device == "":
		return v.say("devices.unnamed")
	}
	return l.Device
}

// DeviceName is the same for templates.
func (f *frame) DeviceName(l identity.Link) string { return f.visit.nameOf(l) }

func (v *visit) lostForm(links []identity.Link) *form {
	var choices []choice
	for _, l := range links {
		choices = append(choices, choice{Value: l.ID, Text: v.nameOf(l), Hint: v.say("devices.since", "when", v.day(l.LinkedAt))})
	}
	now := v.door.now().In(v.zone)
	f := v.form("lost.submit",
		&field{Name: "link", Kind: radio, Label: "lost.which", Required: true, Choices: choices},
		&field{Name: "day", Kind: date, Label: "lost.day", Hint: "lost.day-hint", Required: true, Max: 10, Most: now.Format(time.DateOnly)},
		&field{Name: "hour", Kind: clock, Label: "lost.hour", Short: true, Max: 5})
	f.Danger, f.Cancel = true, pathProfile
	if len(links) == 1 {
		f.set("link", links[0].ID)
	}
	if asked := v.r.URL.Query().Get("link"); asked != "" {
		f.set("link", asked)
	}
	f.set("day", now.Format(time.DateOnly))
	return f
}

type shownLost struct{ None, Last bool }

func (v *visit) showLost(f *form, links []identity.Link) error {
	shown := shownLost{None: len(links) == 0, Last: len(links) == 1}
	return v.show(page{name: "lost", title: v.say("lost.title"), form: f, data: shown, back: v.toProfile()})
}

func showLost(v *visit) error {
	own, err := v.own()
	if err != nil {
		return err
	}
	links := workingLinks(own.Person)
	return v.showLost(v.lostForm(links), links)
}

func reportLost(v *visit) error {
	own, err := v.own()
	if err != nil {
		return err
	}
	links := workingLinks(own.Person)
	f := v.lostForm(links)
	if !f.read() {
		return v.showLost(f, links)
	}
	lost, ok := v.lostAt(f)
	if !ok {
		f.fail("day", "lost.day-wrong")
		return v.showLost(f, links)
	}
	err = v.door.desk.ReportLoss(v.r.Context(), v.token, f.get("link"), lost)
	switch {
	case errors.Is(err, identity.ErrLostLater):
		f.fail("day", "lost.day-wrong")
		return v.showLost(f, links)
	case errors.Is(err, identity.ErrNoSuchLink):
		f.fail("link", "devices.gone")
		return v.showLost(f, links)
	case err != nil:
		return err
	}
	v.tell("lost.reported")
	return v.redirect(pathProfile)
}

// lostAt reads day and hour by the organisation's clock. Without an hour it is
// the beginning of the day, or now for today.
func (v *visit) lostAt(f *form) (time.Time, bool) {
	day, hour := f.get("day"), f.get("hour")
	if hour == "" {
		at, err := time.ParseInLocation(time.DateOnly, day, v.zone)
		return at, err == nil
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", day+" "+hour, v.zone)
	return at, err == nil
}

// signInFirst asks for a newer sign-in and comes back.
func (v *visit) signInFirst(to string) error {
	return v.redirect(pathSignIn + "?" + query("to", to, "again", "yes"))
}
