package pages_test

import (
	"testing"
	"time"

	"sleutelbos/server/identity"
)

// What only the command could set before, the operator sets on a page that says
// what it does; the audit log says who, and from what to what. Who saves after
// another is told, and loses nothing typed.
func TestSettingsOfTheServer(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	key := w.operator("bbeheer", "Bea Beheer")
	tab := w.in("nl", "bbeheer", key)
	tab.Press("Instellingen")
	tab.Press("Instellingen van de server")
	tab.See("Venster van je enveloppen", "Zo is de server gestart", w.address)
	tab.Fill("Dagcodes per persoon", "101")
	tab.Fill("Tijdzone", "Europe/Nergens")
	tab.Press("Bewaren")
	tab.See("Vul een getal in van -1 tot 100")
	tab.Fill("Dagcodes per persoon", "2")
	tab.Press("Bewaren")
	tab.See("Deze tijdzone is onbekend")
	tab.Audit()
	tab.Picture("page-server-wrong-nl")
	w.must(w.desk.SetOrganisation(ctx, func(o *identity.OrganisationSettings) error { o.Contact.Hours = "9.00–17.00"; return nil }))
	tab.Fill("Tijdzone", "Europe/Brussels")
	tab.Tick("Rechts")
	tab.Fill("Apparaten per persoon", "5")
	tab.Press("Bewaren")
	tab.See("De instellingen zijn opgeslagen")
	tab.Audit()
	tab.Picture("page-server-nl")
	w.must(w.desk.SetOrganisation(ctx, func(o *identity.OrganisationSettings) error { o.MaxLinks = 7; return nil }))
	tab.Fill("Apparaten per persoon", "6")
	tab.Press("Bewaren")
	tab.See("Iemand anders maakte hier intussen 7 van")
	tab.Press("Bewaren")
	tab.See("De instellingen zijn opgeslagen")
	now, err := w.desk.Settings(ctx)
	w.must(err)
	if now.DayCodes != 2 || now.LetterWindow != identity.WindowRight || now.TimeZone != "Europe/Brussels" || now.MaxLinks != 6 || now.Contact.Hours != "9.00–17.00" || now.Keep != (identity.Keep{}) {
		t.Errorf("set is %+v", now)
	}
	tab.Press("Inloggen op deze server")
	tab.Fill("Uitloggen na", "4")
	tab.Press("Bewaren")
	tab.See("Vul een getal in van 5 tot")
	tab.Fill("Uitloggen na", "45")
	tab.Press("Bewaren")
	tab.See("De instellingen zijn opgeslagen")
	tab.Audit()
	tab.Picture("page-server-sign-in-nl")
	if s, err := w.desk.SignInSettings(ctx); err != nil || s.Sessions.Idle != 45 || s.Sessions.Absolute != 720 {
		t.Errorf("set is %+v, %v", s, err)
	}
	tab = w.in("en", "bbeheer", key)
	for name, path := range map[string]string{"server": "/settings/server", "server-sign-in": "/settings/server/sign-in", "settings": "/settings/main"} {
		tab.Open(path)
		tab.Audit()
		tab.Picture("page-" + name + "-en")
	}
	tab.Open("/audit?kind=organisation.set")
	tab.See("Bea Beheer", "day_codes_week: - > 2", "time_zone: - > Europe/Brussels")
	tab.Open("/audit?kind=signin.set")
	tab.See("Bea Beheer", "sessions.idle_minutes: 30 > 45")
	other := w.in("nl", "ana", w.personOf("ana", "Ana Alfa", identity.MainOrganisation))
	other.Open("/settings/main")
	other.NotSee("Instellingen van de server")
	for _, path := range []string{"/settings/server", "/settings/server/sign-in"} {
		other.Open(path)
		other.NotSee("Uitloggen na", "Venster")
	}
}

// Whose session ended in the middle of a form finds the tabs of an administrator
// on the page that gives back what was typed.
func TestAdministratorGoesOnAfterTheSessionEnded(t *testing.T) {
	w := newWorld(t)
	key := w.operator("bbeheer", "Bea Beheer")
	for _, language := range []string{"nl", "en"} {
		tab := w.in(language, "bbeheer", key)
		tab.Open("/organisations")
		tab.Fill(w.say(tab, "Naam", "Name"), "School "+language)
		w.wait(2 * time.Hour)
		tab.Press(w.say(tab, "Organisatie toevoegen", "Add organisation"))
		w.enter(tab, "bbeheer", goodPassword, w.code(key))
		tab.See(w.say(tab, "Nog één klik", "One more click"), w.say(tab, "Mensen", "People"), w.say(tab, "Organisaties", "Organisations"), w.say(tab, "Logboek", "Audit log"))
		tab.Audit()
		tab.Picture("page-resume-administrator-" + language)
		tab.Press(w.say(tab, "Verder met", "Go on with"))
		tab.See("School " + language + w.say(tab, " is toegevoegd", " was added"))
		w.wait(time.Minute)
	}
}
