package pages_test

import (
	"testing"

	"sleutelbos/server/identity"
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
	tab.Fill("Naam", "School Alfa")
	tab.Fill("Domeinen", "geen domein!")
	tab.Press("Organisatie toevoegen")
	tab.See("Dit zijn geen domeinen")
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
	tab.Press("Beëindigen")
	tab.See("Alle rollen voor dit onderdeel")
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
