package pages_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sleutelbos/server/identity"
	"sleutelbos/server/pages"
)

func TestOrganisationsPartsAndRoles(t *testing.T) {
	w := newWorld(t)
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	refused := w.in("nl", "bbeheer", key)
	for _, path := range []string{"/organisations", "/organisations/main", "/roles"} {
		refused.Open(path)
		refused.NotSee("Onderdelen", "Nieuwe organisatie", "Sleutel")
	}
	p, err := w.desk.Person(t.Context(), "bbeheer")
	w.must(err)
	_, err = w.desk.EditPerson(t.Context(), identity.Operator(), p.ID, p.Version, false, func(d *identity.Details) error {
		d.Grants = append(d.Grants, identity.Grant{Role: identity.RoleOperator, Organisation: identity.MainOrganisation})
		return nil
	})
	w.must(err)
	tab := w.in("nl", "bbeheer", key)
	tab.Press("Organisaties")
	tab.Fill("Domeinen", "geen domein!")
	tab.Press("Organisatie toevoegen")
	tab.See("Vul in: naam", "Dit zijn geen domeinen")
	tab.Fill("Naam", "School Alfa")
	tab.Fill("Domeinen", "alfa.example")
	tab.Press("Organisatie toevoegen")
	tab.See("School Alfa is toegevoegd")
	tab.Fill("Code", "66KG")
	tab.Fill("Naam van het", "Hoofdlocatie")
	tab.Press("Onderdeel toevoegen")
	tab.See("Onderdeel 66KG is toegevoegd")
	tab.Fill("Code", "66kg")
	tab.Press("Onderdeel toevoegen")
	tab.See("Er is al een onderdeel met deze code")
	tab.Audit()
	tab.Picture("page-organisation-nl")
	tab.Fill("Naam", "")
	tab.Fill("Domeinen", "geen domein!")
	tab.Press("Bewaren")
	tab.See("Vul in: naam", "Dit zijn geen domeinen")
	tab.Press("Beëindigen")
	tab.See("Alle rollen en machtigingen voor dit onderdeel")
	tab.Press("Ja, beëindigen")
	tab.See("0 mensen hadden")
	tab.Press("Organisatie afmelden")
	tab.See("School Alfa afmelden?", "Er is niemand om te verwijderen")
	tab.Press("Organisatie afmelden")
	tab.See("School Alfa is afgemeld")
	tab.Audit()
	tab.Picture("page-organisations-nl")
	tab.Press("Rollen")
	tab.Fill("Sleutel", "Docent!")
	tab.Fill("Naam in het Nederlands", "Docent")
	tab.Fill("Naam in het Engels", "Teacher")
	tab.Press("Rol bewaren")
	tab.See("Een sleutel begint met een letter")
	tab.Fill("Sleutel", "teacher")
	tab.Press("Rol bewaren")
	tab.See("De rol teacher is bewaard")
	tab.Audit()
	tab.Picture("page-roles-nl")
	tab.Press("Beëindigen")
	tab.Press("Ja, beëindigen")
	tab.NotSee("Teacher")
	tab = w.in("en", "bbeheer", key)
	for name, path := range map[string]string{"organisations": "/organisations", "organisation": "/organisations/main", "roles": "/roles"} {
		tab.Open(path)
		tab.Audit()
		tab.Picture("page-" + name + "-en")
	}
}

// An organisation of many people is signed off in steps. In between the page
// says how many are deleted and how many are left, and going on is one key; it
// comes back when it is asked for again, and needs no script.
func TestSigningOffInSteps(t *testing.T) {
	w := newWorldOf(t, func(o pages.Options) (http.Handler, error) { return pages.NewHurried(o, 1) })
	ctx, op := t.Context(), identity.Operator()
	key := w.operator("bbeheer", "Bea Beheer")
	for _, language := range []string{"nl", "en"} {
		tab := w.in(language, "bbeheer", key)
		name := w.say(tab, "School Alfa", "School Beta")
		school := w.school(name, 250)
		for _, m := range []identity.Mandate{{Giver: school, Taker: identity.MainOrganisation, Role: identity.RoleUser}, {Giver: identity.MainOrganisation, Taker: school, Role: identity.RoleUser}} {
			w.must(w.desk.AddMandate(ctx, op, m))
		}
		p, err := w.desk.Person(ctx, "bbeheer")
		w.must(err)
		_, err = w.desk.EditPerson(ctx, op, p.ID, p.Version, false, func(d *identity.Details) error {
			d.Grants = append(d.Grants, identity.Grant{Role: identity.RoleUser, Organisation: school})
			return nil
		})
		w.must(err)
		tab.Open("/organisations/" + school)
		do := w.say(tab, "Organisatie afmelden", "Sign off organisation")
		tab.Press(do)
		follows := []string{
			w.say(tab, "1 persoon van een andere organisatie heeft hier dan geen rollen meer", "1 person of another organisation has no roles here any more"),
			w.say(tab, "2 machtigingen vervallen", "2 mandates end"), w.say(tab, "1 onderdeel vervalt", "1 part ends"),
		}
		tab.See(append(follows, w.say(tab, "250 mensen worden verwijderd", "250 people are deleted"))...)
		tab.Audit()
		tab.Picture("page-sign-off-" + language)
		tab.Narrow()
		tab.Dark(true)
		tab.Press(do)

		tab.See(append(follows, w.say(tab, "100 mensen zijn nu verwijderd. 150 mensen nog niet", "100 people are deleted now. 150 people are not yet"), name)...)
		if seen := tab.Ask(`(() => { const b = document.activeElement.getBoundingClientRect(), n = document.getElementById("so-far").getBoundingClientRect();
			return document.activeElement.tagName + (n.top >= 0 && b.bottom <= innerHeight ? " in sight" : " out of sight") })()`); seen != "BUTTON in sight" {
			t.Errorf("what has the focus, with what it is about: %s", seen)
		}
		tab.Picture("page-sign-off-partly-narrow-" + language)
		tab.Audit()
		tab.Picture("page-sign-off-partly-" + language)
		tab.Script(language == "nl")
		tab.Reload()
		tab.See("150")
		tab.Enter() // where the focus is
		tab.See(w.say(tab, "200 mensen zijn nu verwijderd. 50 mensen nog niet", "200 people are deleted now. 50 people are not yet"))
		tab.Enter()
		tab.See(w.say(tab, "School Alfa is afgemeld", "School Beta was signed off"))
		tab.Script(true)
		if what, err := w.desk.LeavingOrganisation(ctx, op, school); !errors.Is(err, identity.ErrUnknownOrganisation) {
			t.Errorf("%+v is left, %v", what, err)
		}
	}
}

// school adds an organisation with a part and so many people.
func (w *world) school(name string, people int) string {
	w.t.Helper()
	ctx, op := w.t.Context(), identity.Operator()
	id, err := w.desk.AddOrganisation(ctx, op, name, nil)
	w.must(err)
	_, err = w.desk.SetPart(ctx, op, identity.Part{Organisation: id, Code: "66KG"})
	w.must(err)
	lines := "user,name,email,organisation\n"
	for i := range people {
		lines += fmt.Sprintf("%[2]s%[1]d,P %[1]d,%[2]s%[1]d@school.example,%[3]s\n", i, id[:6], name)
	}
	file, err := identity.ReadImport(strings.NewReader(lines))
	w.must(err)
	added, err := w.desk.ImportPeople(ctx, op, file, false)
	w.must(err)
	if n := added.Count(identity.LineNew); n != people {
		w.t.Fatalf("%d people were added", n)
	}
	return id
}
