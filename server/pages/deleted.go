package pages

import (
	"strings"

	"sleutelbos/server/identity"
)

const pathDeleted = "/people/deleted"

// Deleted people, of whom is kept who they were until the retention or the
// operator erases it.
func (d *door) deletedRoutes() []route {
	return []route{
		{"GET " + pathDeleted, operators, showDeleted},
		{"GET " + pathDeleted + "/{id}/erase", operators, erasePerson},
		{"POST " + pathDeleted + "/{id}/erase", operators, erasePerson},
	}
}

// shownDeleted is what the page "deleted" shows.
type shownDeleted struct {
	User   string
	People []identity.Person
	More   bool
	Months int // after which the server erases them; 0: never
}

func showDeleted(v *visit) error {
	user := strings.TrimSpace(v.r.URL.Query().Get("q"))
	all, err := v.door.desk.Deleted(v.r.Context(), v.actor(), user)
	if err != nil {
		return err
	}
	shown := shownDeleted{User: user, People: all, More: len(all) == identity.MostDeleted, Months: max(v.organisation.Keep.Deleted, 0)}
	if v.organisation.Keep.Deleted == 0 {
		shown.Months = identity.KeepDeleted
	}
	return v.show(page{name: "deleted", title: v.say("deleted.title"), data: shown, back: v.toPeople(), wide: true})
}

// erasePerson says what goes for ever and what stays, and then does it.
func erasePerson(v *visit) error {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	what, err := v.door.desk.ErasingPerson(ctx, v.actor(), id)
	if err != nil {
		return err
	}
	if v.confirmed() {
		if err := v.door.desk.ErasePerson(ctx, v.actor(), id); err != nil {
			return err
		}
		v.tell("deleted.erased")
		return v.redirect(pathDeleted)
	}
	c := confirmation{
		Title: v.say("deleted.erase-title", "name", what.Person.Name), Submit: v.say("deleted.erase-do"), Cancel: pathDeleted, Danger: true,
		Lead:    v.say("deleted.erase-lead", "user", what.Person.User, "day", v.day(what.Person.Deleted)),
		Follows: []string{v.say("deleted.goes-name")},
		Remains: []string{v.say("deleted.stays-log"), v.say("deleted.stays-backup")},
	}
	for _, one := range []struct {
		key string
		n   int
	}{
		{"deleted.goes-links", what.Links},
		{"deleted.goes-codes", what.Codes},
		{"deleted.goes-mails", what.Mails},
		{"deleted.goes-losses", what.Losses},
		{"deleted.goes-tokens", what.Tokens},
	} {
		if one.n > 0 {
			c.Follows = append(c.Follows, v.say(one.key, "n", one.n))
		}
	}
	if !what.By.IsZero() {
		c.Lead += " " + v.say("deleted.goes-anyway", "day", v.day(what.By))
	}
	return v.confirm(c)
}
