package pages

import (
	"strings"
	"time"

	"sleutelbos/server/identity"
)

const pathPeople = "/people"

func (d *door) peopleRoutes() []route {
	return []route{
		{"GET " + pathPeople, administrators, showPeople},
		{"GET /people/export", administrators, exportPeople},
		{"GET /people/import", administrators, showImport},
		{"POST " + pathImport, administrators, importPeople},
		{"GET /people/new", administrators, showNewPerson},
		{"POST /people/new", administrators, addPerson},
		{"GET /people/{id}", administrators, showPerson},
		{"GET /people/{id}/edit", administrators, showEditPerson},
		{"POST /people/{id}/edit", administrators, savePerson},
		{"GET /people/{id}/delete", administrators, deletePerson},
		{"POST /people/{id}/delete", administrators, deletePerson},
	}
}

// toPeople leads back to the list.
func (v *visit) toPeople() crumb { return crumb{pathPeople, v.say("people.title")} }

// listed is what the page "people" shows.
type listed struct {
	Text, Organisation string
	Organisations      []identity.Organisation
	People             []listedPerson
	Next, First        string // addresses of other pages of the list
	Filtered, Searched bool
	Export             string
	Operates           bool
}

type listedPerson struct {
	identity.Person
	Of string // name of the organisation
}

func showPeople(v *visit) error {
	ctx, asked := v.r.Context(), v.r.URL.Query()
	s := identity.Search{Text: strings.TrimSpace(asked.Get("q")), Organisation: asked.Get("organisation"), After: asked.Get("after"), Limit: rowsPerPage}
	if len(s.Text) > 200 {
		s.Text = ""
	}
	organisations, err := v.door.desk.Organisations(ctx, v.actor())
	if err != nil {
		return err
	}
	found, err := v.door.desk.SearchPeople(ctx, v.actor(), s)
	if err != nil {
		return err
	}
	shown := listed{
		Text: s.Text, Organisation: s.Organisation, Organisations: organisations, Operates: v.rights.Operates,
		Filtered: s.Text != "" || s.Organisation != "", Searched: s.Text != "",
	}
	shown.Export = "/people/export?" + query("q", s.Text, "organisation", s.Organisation)
	if s.After != "" {
		shown.First = pathPeople + "?" + query("q", s.Text, "organisation", s.Organisation)
	}
	if found.Next != "" {
		shown.Next = pathPeople + "?" + query("q", s.Text, "organisation", s.Organisation, "after", found.Next)
	}
	for _, p := range found.People {
		shown.People = append(shown.People, listedPerson{p, nameOf(organisations, p.Organisation)})
	}
	return v.show(page{name: "people", title: v.say("people.title"), data: shown, back: v.toStart(), wide: true})
}

func nameOf(organisations []identity.Organisation, id string) string {
	for _, o := range organisations {
		if o.ID == id {
			return o.Name
		}
	}
	return ""
}

// shownPerson is what the page "person" shows.
type shownPerson struct {
	identity.Person
	Of       string
	Grants   []string // as they are said
	Commands bool     // the reader may change who this is
	Self     bool
	Language string
	Locked   string // until when, as it is said; empty: not
	Unlock   bool   // the reader may end the lock
	Code     string // how an activation code stands, as it is said
	LastDay  string
	Stopgap  string
	Signing  signing
}

func showPerson(v *visit) error {
	person, err := v.door.desk.PersonByID(v.r.Context(), v.actor(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	commands, err := v.door.desk.MayCommand(v.r.Context(), v.actor(), person.ID)
	if err != nil {
		return err
	}
	choices, err := v.door.desk.Choices(v.r.Context(), v.actor())
	if err != nil {
		return err
	}
	shown := shownPerson{
		Person: person, Of: nameOf(choices.Organisations, person.Organisation), Commands: commands,
		Self:    person.ID == v.person(),
		LastDay: v.lastDay(person.Ends), Stopgap: v.lastDay(person.StopgapEnds),
	}
	for _, g := range person.Grants {
		shown.Grants = append(shown.Grants, v.grantName(choices, g, person.Organisation))
	}
	if person.Language != "" {
		shown.Language = v.say("language." + person.Language)
	}
	if person.Activation != nil {
		shown.Code = v.say("person.code." + string(person.Activation.State))
	}
	if shown.Signing, err = v.signing(person.ID); err != nil {
		return err
	}
	if person.LockedUntil.After(v.door.now()) {
		if err := v.sayLock(&shown); err != nil {
			return err
		}
	}
	return v.show(page{name: "person", title: person.Name, data: shown, back: v.toPeople()})
}

// longestLock is longer than any lock that ends by itself.
const longestLock = 24 * time.Hour

// sayLock says how long somebody is locked, and whether an administrator may end
// it.
func (v *visit) sayLock(shown *shownPerson) error {
	s, err := v.door.desk.SignInFor(v.r.Context(), shown.ID)
	if err != nil {
		return err
	}
	shown.Unlock = shown.Signing.May && s.Release != identity.ReleaseTime
	shown.Locked = v.say("person.locked", "time", v.when(shown.LockedUntil))
	if shown.LockedUntil.Sub(v.door.now()) > longestLock {
		shown.Locked = v.say("person.locked-for-good")
	}
	return nil
}

// grantName says a role with what it is held for.
func (v *visit) grantName(choices identity.Choices, g identity.Grant, home string) string {
	said := string(g.Role)
	for _, role := range choices.Roles {
		if role.Key == g.Role {
			said = v.roleName(role)
		}
	}
	for _, o := range choices.Organisations {
		if o.ID != g.Organisation {
			continue
		}
		if o.ID != home {
			said += ", " + o.Name
		}
		for _, p := range o.Parts {
			if p.ID == g.Part {
				said += ": " + partName(p)
			}
		}
	}
	return said
}

func partName(p identity.Part) string {
	if p.Name == "" {
		return p.Code
	}
	return p.Name + " (" + p.Code + ")"
}

// deletePerson says what follows, and then does it.
func deletePerson(v *visit) error {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	person, err := v.door.desk.PersonByID(ctx, v.actor(), id)
	if err != nil {
		return err
	}
	here := pathPeople + "/" + id
	look := v.door.desk.LeavingPerson
	if v.confirmed() {
		look = v.door.desk.DeletePerson
	}
	what, err := look(ctx, v.actor(), id, false)
	if key := refusedKey(err); key != "" {
		v.warn(key)
		return v.redirect(here)
	}
	if err != nil {
		return err
	}
	if v.confirmed() {
		v.tell("person.deleted", "name", person.Name)
		return v.redirect(pathPeople)
	}
	return v.confirm(confirmation{
		Title: v.say("person.delete-title", "name", person.Name), Lead: v.say("person.delete-lead"), Follows: v.follows(what),
		Submit: v.say("person.delete-do"), Cancel: here, Danger: true,
	})
}

// follows says what ends when people leave.
func (v *visit) follows(what identity.Leaving) []string {
	all := append([]string{v.say("person.follows-in")}, v.ending(what)...)
	return append(all, v.say("person.follows-name"), v.say("person.follows-audit"))
}

// ending says what ends with people, as far as there is any.
func (v *visit) ending(what identity.Leaving) []string {
	var all []string
	for _, one := range []struct {
		key string
		n   int
	}{
		{"person.follows-links", what.Links}, {"person.follows-codes", what.Activations}, {"person.follows-roles", what.Grants}, {"person.follows-tokens", what.Tokens},
	} {
		if one.n > 0 {
			all = append(all, v.say(one.key, "n", one.n))
		}
	}
	return all
}
