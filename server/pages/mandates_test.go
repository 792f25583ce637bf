package pages_test

import (
	"testing"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

// operator adds somebody who operates the server.
func (w *world) operator(user, name string) enroll.Key {
	w.t.Helper()
	key := w.person(user, name, identity.RoleAdministrator)
	p, err := w.desk.Person(w.t.Context(), user)
	w.must(err)
	_, err = w.desk.EditPerson(w.t.Context(), identity.Operator(), p.ID, p.Version, false, func(d *identity.Details) error {
		d.Grants = append(d.Grants, identity.Grant{Role: identity.RoleOperator, Organisation: identity.MainOrganisation})
		return nil
	})
	w.must(err)
	return key
}

// The operator registers a mandate; who manages the organisation that gave it
// sees it and takes it back, and nobody learns of what lies between others.
func TestMandates(t *testing.T) {
	w := newWorld(t)
	ctx, op := t.Context(), identity.Operator()
	key := w.operator("bbeheer", "Bea Beheer")
	alfa, err := w.desk.AddOrganisation(ctx, op, "School Alfa", nil)
	w.must(err)
	beta, err := w.desk.AddOrganisation(ctx, op, "School Bèta", nil)
	w.must(err)
	_, err = w.desk.SetPart(ctx, op, identity.Part{Organisation: alfa, Code: "66KG", Name: "Hoofdlocatie"})
	w.must(err)
	w.must(w.desk.SetRole(ctx, op, identity.RoleDefinition{Key: "teacher", Dutch: "Docent", English: "Teacher", NeedsParts: true}))
	w.must(w.desk.AddMandate(ctx, op, identity.Mandate{Giver: identity.MainOrganisation, Taker: beta, Role: identity.RoleUser}))

	tab := w.in("nl", "bbeheer", key)
	tab.Press("Organisaties")
	tab.Press("Machtigingen")
	tab.Press("Machtiging geven")
	tab.Press("Verder")
	tab.See("Organisatie die de machtiging geeft")
	tab.Choose("Organisatie die de machtiging geeft", "School Alfa")
	tab.Choose("Organisatie die de machtiging krijgt", "School Bèta")
	tab.Choose("Rol", "Docent")
	tab.Press("Verder")
	tab.See("Deze rol geldt voor een onderdeel")
	tab.Fill("Code van het onderdeel", "77")
	tab.Press("Verder")
	tab.See("School Alfa heeft geen onderdeel met deze code")
	tab.Audit()
	tab.Picture("page-mandate-new-nl")
	tab.Fill("Code van het onderdeel", "66kg")
	tab.Press("Verder")
	tab.See("Machtiging geven?", "Mensen van School Bèta mogen deze rol hebben voor School Alfa")
	tab.Audit()
	tab.Picture("page-mandate-give-nl")
	tab.Press("Ja, machtiging geven")
	tab.See("Mensen van School Bèta mogen dit nu voor School Alfa", "Hoofdlocatie (66KG)", "De hele organisatie")
	tab.Audit()
	tab.Picture("page-mandates-nl")
	if all, err := w.desk.Mandates(ctx, op); err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}

	_, err = w.desk.AddPerson(ctx, identity.NewPerson{
		User: "docent", Name: "Dirk Docent", Email: "dirk@beta.example", Organisation: beta, Grants: []identity.Grant{{Role: identity.RoleUser, Organisation: beta}},
	})
	w.must(err)
	his := w.personOf("ana", "Ana Alfa", alfa)
	admin := w.in("en", "ana", his)
	admin.Press("Settings")
	admin.Press("Mandates")
	admin.See("School Bèta", "The operator gives a new mandate")
	admin.NotSee("The whole organisation", "Give a mandate")
	admin.Audit()
	admin.Picture("page-mandates-en")
	admin.Press("End")
	admin.See("End this mandate?", "Nobody holds this role")
	admin.Audit()
	admin.Picture("page-mandate-end-en")
	admin.Press("Yes, end it")
	admin.See("The mandate was ended", "There are no mandates")
	for _, path := range []string{"/mandates/new", "/mandates/end?giver=main&taker=" + beta + "&role=user&part="} {
		admin.Open(path)
		admin.NotSee("Give a mandate", "End this mandate")
	}
	if all, err := w.desk.Mandates(ctx, op); err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	tab = w.in("en", "bbeheer", key)
	tab.Open("/mandates/new")
	tab.Audit()
	tab.Picture("page-mandate-new-en")
}

// personOf adds the administrator of an organisation, with a link and a password.
func (w *world) personOf(user, name, organisation string) enroll.Key {
	w.t.Helper()
	key := w.person(user, name, identity.RoleUser)
	p, err := w.desk.Person(w.t.Context(), user)
	w.must(err)
	_, err = w.desk.EditPerson(w.t.Context(), identity.Operator(), p.ID, p.Version, false, func(d *identity.Details) error {
		d.Organisation = organisation
		d.Grants = []identity.Grant{{Role: identity.RoleAdministrator, Organisation: organisation}}
		return nil
	})
	w.must(err)
	return key
}

// A part is called otherwise and keeps its roles; a deleted person is erased
// after the page has said what goes and what stays.
func TestRenamingAPartAndErasingAPerson(t *testing.T) {
	w := newWorld(t)
	ctx, op := t.Context(), identity.Operator()
	key := w.operator("bbeheer", "Bea Beheer")
	part, err := w.desk.SetPart(ctx, op, identity.Part{Organisation: identity.MainOrganisation, Code: "bz", Name: "Burgerzaken"})
	w.must(err)
	_, err = w.desk.SetPart(ctx, op, identity.Part{Organisation: identity.MainOrganisation, Code: "wmo"})
	w.must(err)
	gone, _ := w.linked("jvries", "Jan de Vries", identity.RoleUser)
	_ = gone
	p, err := w.desk.Person(ctx, "jvries")
	w.must(err)
	_, err = w.desk.EditPerson(ctx, op, p.ID, p.Version, false, func(d *identity.Details) error {
		d.Grants = append(d.Grants, identity.Grant{Role: identity.RoleUser, Organisation: identity.MainOrganisation, Part: part})
		return nil
	})
	w.must(err)
	for _, language := range []string{"nl", "en"} {
		tab := w.in(language, "bbeheer", key)
		say := func(dutch, english string) string { return w.say(tab, dutch, english) }
		tab.Open("/organisations/main")
		tab.Press(say("Wijzigen: bz", "Change: bz"))
		tab.Fill("Code", "wmo")
		tab.Press(say("Bewaren", "Save"))
		tab.See(say("Er is al een onderdeel met deze code", "A part has this code already"))
		tab.Audit()
		tab.Picture("page-part-" + language)
		tab.Fill("Code", "b z")
		tab.Fill(say("Naam van het", "Name of the part"), "Publieks\u200bzaken")
		tab.Press(say("Bewaren", "Save"))
		if wrong := tab.Ask(`[...document.querySelectorAll("[aria-invalid]")].map(f => f.name).join(" ")`); wrong != "code part-name" {
			t.Errorf("wrong are: %s", wrong)
		}
		tab.Fill("Code", "bz")
		tab.Fill(say("Naam van het", "Name of the part"), say("Publiekszaken", "Public affairs"))
		tab.Press(say("Bewaren", "Save"))
		tab.See(say("Onderdeel bz is gewijzigd", "Part bz was changed"), say("Publiekszaken", "Public affairs"))
		tab.Audit()
		tab.Picture("page-organisation-" + language)
	}
	if now, err := w.desk.Person(ctx, "jvries"); err != nil || len(now.Grants) != 2 {
		t.Fatalf("holds %v, %v", now.Grants, err)
	}
	_, err = w.desk.DeletePerson(ctx, op, p.ID, false)
	w.must(err)
	for _, language := range []string{"en", "nl"} {
		tab := w.in(language, "bbeheer", key)
		say := func(dutch, english string) string { return w.say(tab, dutch, english) }
		tab.Press(say("Mensen", "People"))
		tab.Press(say("Verwijderde mensen", "Deleted people"))
		tab.See("Jan de Vries", "jvries", say("3 maanden", "3 months"))
		tab.Audit()
		tab.Picture("page-deleted-" + language)
		tab.Fill(say("Gebruikersnaam die", "User name that"), "nobody")
		tab.Enter()
		tab.See(say("Er is niemand gevonden", "Nobody was found"))
		tab.Press(say("Wis filters", "Clear filters"))
		tab.Press(say("Wissen: Jan", "Erase: Jan"))
		tab.See(say("Wat er blijft", "What stays"), say("1 gestopte koppeling", "1 ended link"), say("24 februari 2027", "24 February 2027"))
		tab.Audit()
		tab.Picture("page-erase-" + language)
	}
	tab := w.in("nl", "bbeheer", key)
	tab.Open("/people/deleted/" + p.ID + "/erase")
	tab.Press("Ja, wissen")
	tab.See("De gegevens zijn gewist", "Er is niemand gevonden")
	tab.NotSee("Jan de Vries")
	if _, err := w.desk.ErasingPerson(ctx, op, p.ID); err == nil {
		t.Error("they can be erased twice")
	}
}
