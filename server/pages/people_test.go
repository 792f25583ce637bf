package pages_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"sleutelbos/server/identity"
	"sleutelbos/server/pages/pagestest"
	"sleutelbos/server/store/storetest"
)

// staff fills the list: two schools with a role for their locations.
func (w *world) staff() {
	w.t.Helper()
	ctx, op := w.t.Context(), identity.Operator()
	w.must(w.desk.SetRole(ctx, op, identity.RoleDefinition{Key: "teacher", Dutch: "Docent", English: "Teacher", NeedsParts: true}))
	for _, part := range []identity.Part{{Code: "66KG", Name: "Hoofdlocatie"}, {Code: "66KH", Name: "Dependance"}} {
		part.Organisation = identity.MainOrganisation
		id, err := w.desk.SetPart(ctx, op, part)
		w.must(err)
		for _, user := range []string{"bbeheer"} {
			p, err := w.desk.Person(ctx, user)
			w.must(err)
			_, err = w.desk.EditPerson(ctx, op, p.ID, p.Version, false, func(d *identity.Details) error {
				d.Grants = append(d.Grants, identity.Grant{Role: "teacher", Organisation: identity.MainOrganisation, Part: id})
				return nil
			})
			w.must(err)
		}
	}
	for i, name := range []string{"Jan de Vries", "Anna van den Berg", "Fatima El Amrani", "Piet Jansen", "Joris Visser"} {
		given, prefix, family := identity.SplitName(name)
		_, err := w.desk.AddPerson(ctx, identity.NewPerson{
			User: fmt.Sprintf("u%d", i), Given: given, Prefix: prefix, Family: family, Email: fmt.Sprintf("u%d@voorbeeld.nl", i),
			Phone: fmt.Sprintf("06-1234567%d", i), Job: []string{"Docent", "Conciërge", ""}[i%3],
		})
		w.must(err)
	}
}

func (w *world) id(user string) string {
	w.t.Helper()
	p, err := w.desk.Person(w.t.Context(), user)
	w.must(err)
	return p.ID
}

func TestPeoplePagesCanBeUsedByEverybody(t *testing.T) {
	w := newWorld(t)
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	w.staff()
	for _, language := range []string{"nl", "en"} {
		tab := w.in(language, "bbeheer", key)
		for _, p := range []struct{ name, path string }{
			{"people", "/people"},
			{"people-none", "/people?q=zzz"},
			{"person", "/people/" + w.id("u0")},
			{"person-self", "/people/" + w.id("bbeheer")},
			{"person-new", "/people/new"},
			{"person-edit", "/people/" + w.id("u1") + "/edit"},
			{"person-edit-self", "/people/" + w.id("bbeheer") + "/edit"},
			{"import", "/people/import"},
		} {
			tab.Open(p.path)
			tab.Audit()
			tab.Picture("page-" + p.name + "-" + language)
			if t.Failed() {
				t.Fatal(p.path)
			}
		}
	}
}

func TestFindingAddingChangingAndDeletingSomebody(t *testing.T) {
	w := newWorld(t)
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	w.staff()
	tab := w.in("nl", "bbeheer", key)
	tab.Press("Mensen")
	tab.See("Anna van den Berg", "Jan de Vries")

	// While one types, and the filters gone with one click.
	tab.Fill("Zoeken", "jansen")
	tab.Wait(`!document.getElementById("found").textContent.includes("Anna")`)
	tab.See("Piet Jansen")
	tab.Press("Zoek") // now by the button, as without JavaScript
	tab.Press("Wis filters")
	tab.See("Anna van den Berg")

	// Everything that is missing is said beside its field, and what was typed stays.
	tab.Press("Nieuwe persoon")
	tab.Fill("Voornaam", "Noor")
	tab.Fill("E-mail om", "geen adres")
	tab.Ask(`(document.querySelector("input[value='user|main|']").click(), "")`) // its label begins as another
	tab.Press("Persoon toevoegen")
	tab.See("Vul in: achternaam", "Dit is geen e-mailadres", "Kies minstens één rol", "Vul de gebruikersnaam in")
	tab.Audit()
	tab.Picture("page-person-new-wrong-nl")
	tab.Fill("Achternaam", "Smit")
	tab.Fill("E-mail om", "noor@voorbeeld.nl")
	tab.Fill("Gebruikersnaam", "u0")
	tab.Tick("Docent: Hoofdlocatie")
	tab.Press("Persoon toevoegen")
	tab.See("Deze gebruikersnaam is al in gebruik")
	tab.Fill("Gebruikersnaam", "nsmit")
	tab.Press("Persoon toevoegen")
	tab.See("Noor Smit is toegevoegd", "Docent: Hoofdlocatie (66KG)")

	// Cancel stores nothing.
	tab.Press("Wijzigen")
	tab.Fill("Functie", "Rector")
	tab.Press("Annuleren")
	tab.NotSee("Rector")

	// Two change one person: the second is told, and loses nothing.
	other := tab.Second()
	other.Open("/people/" + w.id("nsmit") + "/edit")
	tab.Press("Wijzigen")
	tab.Fill("Telefoon", "0101234567")
	tab.Press("Bewaren")
	tab.See("Noor Smit is gewijzigd", "0101234567")
	other.Fill("Functie", "Conrector")
	other.Press("Bewaren")
	other.See("Iemand anders heeft dit intussen gewijzigd", "Intussen gewijzigd in: 0101234567")
	other.Audit()
	other.Picture("page-person-conflict-nl")
	other.Press("Bewaren")
	other.See("Conrector", "0101234567")

	// What follows is said first.
	other.Press("Persoon verwijderen")
	other.See("Noor Smit verwijderen?", "1 rol vervalt")
	other.Audit()
	other.Picture("page-person-delete-nl")
	other.Press("Ja, verwijderen")
	other.See("Noor Smit is verwijderd")
	other.NotSee("nsmit")

	// Oneself: roles only, and never the last administrator's.
	tab.Open("/people/" + w.id("bbeheer"))
	tab.Press("Rollen wijzigen")
	tab.Tick("Beheerder")
	tab.Press("Bewaren")
	tab.See("Dit is de laatste beheerder hier")
}

func TestPeopleByAFileOnThePages(t *testing.T) {
	w := newWorld(t)
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	w.staff()
	tab := w.in("nl", "bbeheer", key)
	tab.Open("/people/import")
	tab.Press("Bekijk")
	tab.See("Kies eerst een bestand")
	tab.Upload("mensen.csv", "gebruikersnaam;naam;e-mail;telefoon\nnieuw;Nina Nieuw;nina@voorbeeld.nl;\nu0;Jan de Vries;u0@voorbeeld.nl;0612345678\nfout;;niets;\n")
	tab.Press("Bekijk")
	tab.See("Er is nog niets opgeslagen", "Vul de naam in", "Telefoon: 06-12345670 wordt 0612345678")
	tab.NotSee("Voer alles uit")
	tab.Audit()
	tab.Picture("page-import-plan-nl")
	tab.Press("Voer alleen de goede")
	tab.See("Dit is er gebeurd")
	tab.Open("/people?q=nina")
	tab.See("Nina Nieuw")
	if body := tab.Ask(`(() => { const r = new XMLHttpRequest(); r.open("GET", "/people/export?q=nina", false); r.send(); return r.responseText })()`); !strings.Contains(body, "nieuw;Nina Nieuw;") {
		t.Errorf("exported %q", body)
	}
}

// By address, form and file alike there is nobody of another school.
func TestThePagesKeepToTheScope(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	school, err := w.desk.AddOrganisation(ctx, identity.Operator(), "School Beta", nil)
	w.must(err)
	them, err := w.desk.AddPerson(ctx, identity.NewPerson{User: "beta", Name: "Berta Beta", Email: "b@beta.example", Organisation: school})
	w.must(err)
	tab := w.in("nl", "bbeheer", key)
	for _, path := range []string{"/people/" + them.ID, "/people/" + them.ID + "/edit", "/people/00", "/people/new/" + school} {
		tab.Open(path)
		tab.See("Deze pagina is er niet")
		tab.NotSee("Berta")
	}
	tab.Open("/people?q=berta&organisation=" + school)
	tab.NotSee("Berta Beta", "School Beta")
	tab.Open("/people/new?organisation=" + school)
	tab.See("Voor Gemeente Voorbeeld")
}

// An import that the database breaks off says how far it came, then and when
// somebody comes back to the page, and goes on.
func TestImportThatStopsHalfWay(t *testing.T) {
	w := newWorld(t)
	database := filepath.Join(w.folder, "db")
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	for _, language := range []string{"nl", "en"} {
		file := "user,name,email\n"
		for i := range 120 {
			file += fmt.Sprintf("%s%d,Nieuw %d,%s%d@voorbeeld.nl\n", language, i, i, language, i)
		}
		storetest.Exec(t, database, "CREATE TRIGGER half BEFORE INSERT ON people WHEN NEW.user_name = '"+language+"90' BEGIN SELECT RAISE(ABORT, 'half way'); END")
		tab := w.in(language, "bbeheer", key)
		tab.Open("/people/import")
		tab.NotSee(w.say(tab, "Je vorige import", "Your last import"))
		tab.Upload("people.csv", file)
		tab.Press(w.say(tab, "Bekijk", "See what would"))
		tab.Press(w.say(tab, "Voer alles uit", "Do all of it"))
		tab.See(w.say(tab, "Het stopte halverwege", "It stopped half way"), w.say(tab, "Tot en met regel 51", "up to line 51"), "70 ")
		if got := tab.Ask("document.activeElement.id"); got != "errors" {
			t.Errorf("it is not announced: the focus is on %q", got)
		}
		tab.Audit()
		tab.Picture("page-import-stopped-" + language)
		tab.Open("/people/import")
		tab.See(w.say(tab, "50 van de 120 regels", "50 of 120 lines"), w.say(tab, "tot en met regel 51", "up to line 51"))
		tab.Audit()
		tab.Picture("page-import-before-" + language)
		storetest.Exec(t, database, "DROP TRIGGER half")
		tab.Back()
		tab.Press(w.say(tab, "Bekijk wat er nog moet", "See what is left"))
		if got := tab.Ask(`[...document.querySelectorAll(".facts dd")].map((e) => e.textContent).join(" ")`); got != "70 0 50 0" {
			t.Errorf("new, changed, unchanged, refused: %s", got)
		}
		tab.Press(w.say(tab, "Voer alles uit", "Do all of it"))
		tab.See(w.say(tab, "70 nieuw", "70 new"))
		tab.Open("/people/import")
		tab.NotSee(w.say(tab, "Je vorige import", "Your last import"))
	}
}

// beside are the errors that stand beside fields, by the fields' names.
func beside(tab *pagestest.Tab) map[string]string {
	all := map[string]string{}
	raw := tab.Ask(`JSON.stringify(Object.fromEntries([...document.querySelectorAll("main [aria-invalid=true]")].map((e) =>
		[e.name || e.querySelector("[name]").name, document.getElementById(e.getAttribute("aria-describedby").split(" ")[0]).textContent.trim()])))`)
	_ = json.Unmarshal([]byte(raw), &all) // what is no list is none
	return all
}

// What only the server knows to be wrong is said in the same round as what is
// missing, each beside its field; what somebody else changed meanwhile too.
func TestAllThatIsWrongWithAPersonIsSaidAtOnce(t *testing.T) {
	w := newWorld(t)
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	w.staff()
	for _, language := range []string{"nl", "en"} {
		tab := w.in(language, "bbeheer", key)
		say := func(dutch, english string) string { return w.say(tab, dutch, english) }
		see := func(want map[string]string) {
			t.Helper()
			got := beside(tab)
			for name, text := range want {
				if !strings.Contains(got[name], text) {
					t.Errorf("beside %s stands %q, want %q", name, got[name], text)
				}
			}
			if len(got) != len(want) {
				t.Errorf("errors stand beside %v", got)
			}
		}
		missing, taken, address := say("Vul in: achternaam", "Fill in: family name"), say("Deze gebruikersnaam is al in gebruik", "This user name is in use"), say("Dit adres is al van iemand", "Somebody has this address already")
		tab.Script(language == "nl")
		tab.Open("/people/new")
		tab.Fill(say("Gebruikersnaam", "User name"), "U0")
		tab.Fill(say("E-mail om", "E-mail to sign in"), "u1@voorbeeld.nl")
		tab.Fill(say("Telefoon", "Phone"), "bel maar")
		tab.Press(say("Persoon toevoegen", "Add person"))
		see(map[string]string{"family": missing, "user": taken, "email": address, "phone": say("telefoonnummer", "phone number")})
		tab.Script(true)
		tab.Reload()
		tab.Audit()
		tab.Picture("page-person-new-all-wrong-" + language)

		tab.Open("/people/" + w.id("u2") + "/edit")
		now, err := w.desk.Person(t.Context(), "u2")
		w.must(err)
		_, err = w.desk.EditPerson(t.Context(), identity.Operator(), now.ID, now.Version, false, func(d *identity.Details) error {
			d.Family, d.Job = d.Family+"-Smit", d.Job+"!"
			return nil
		})
		w.must(err)
		tab.Fill(say("Achternaam", "Family"), "")
		tab.Fill(say("Gebruikersnaam", "User name"), "u0")
		tab.Fill(say("E-mail om", "E-mail to sign in"), "u1@voorbeeld.nl")
		tab.Press(say("Bewaren", "Save"))
		meanwhile := say("Intussen gewijzigd in: ", "Changed meanwhile to: ")
		see(map[string]string{"family": missing + ". " + meanwhile + "El Amrani-Smit", "user": taken, "email": address, "job": meanwhile})
		tab.See(say("Iemand anders heeft dit intussen gewijzigd", "Somebody else changed this meanwhile"))
		tab.Audit()
		tab.Narrow()
		tab.Dark(true)
		tab.Picture("page-person-edit-all-wrong-" + language)
		if again, err := w.desk.Person(t.Context(), "u2"); err != nil || again.Version != now.Version+1 {
			t.Errorf("it was stored: version %d, %v", again.Version, err)
		}
		_, err = w.desk.EditPerson(t.Context(), identity.Operator(), now.ID, now.Version+1, false, func(d *identity.Details) error { *d = now.Details; return nil })
		w.must(err)
		tab.Wide()
		tab.Dark(false)
	}
}
