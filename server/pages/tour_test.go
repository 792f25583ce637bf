package pages_test

import (
	"testing"
	"time"

	"sleutelbos/server/identity"
)

// Every page that a person and an administrator can open is looked at in both
// languages, light and dark, narrow and enlarged, and kept as a picture.
func TestEveryPageCanBeUsedByEverybody(t *testing.T) {
	w := newWorld(t)
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	w.furnish()
	for _, language := range []string{"nl", "en"} {
		tab := w.in(language, "bbeheer", key)
		for _, p := range []struct{ name, path string }{
			{"start", "/"},
			{"profile", "/profile"},
			{"contact", "/profile/contact"},
			{"sessions", "/profile/sessions"},
			{"devices", "/profile/devices"},
			{"device-add", "/profile/devices/add"},
			{"lost", "/profile/lost"},
			{"password", "/password"},
			{"report", "/report"},
			{"reported", "/reported"},
			{"arrange", "/start/arrange"},
			{"arrange-message", "/start/arrange/message"},
			{"arrange-tile", "/start/arrange/tile"},
			{"missing", "/nothing"},
		} {
			tab.Open(p.path)
			tab.Audit()
			tab.Picture("page-" + p.name + "-" + language)
			if p.name == "start" || p.name == "sessions" {
				tab.Narrow()
				tab.Dark(true)
				tab.Picture("page-" + p.name + "-narrow-dark-" + language)
				tab.Wide()
				tab.Picture("page-" + p.name + "-dark-" + language)
				tab.Dark(false)
			}
			if t.Failed() {
				t.Fatal(p.path)
			}
		}
	}
}

// furnish fills the start page.
func (w *world) furnish() {
	w.t.Helper()
	person, err := w.desk.Person(w.t.Context(), "bbeheer")
	w.must(err)
	by := identity.PersonActor(person.ID)
	w.must(w.desk.SetStart(w.t.Context(), by, func(s *identity.StartSettings) error {
		s.Messages = []identity.Announcement{
			{
				Title: identity.Said{Dutch: "Onderhoud op zaterdag", English: "Maintenance on Saturday"}, Urgent: true,
				Text:  identity.Said{Dutch: "Zaterdag van 8 tot 10 uur is het zaaksysteem niet bereikbaar.", English: "On Saturday from 8 to 10 the case system is not available."},
				Until: w.clock().Add(48 * time.Hour),
			},
		}
		s.Tiles = []identity.Tile{
			{Name: identity.Said{Dutch: "Zaaksysteem", English: "Case system"}, About: identity.Said{Dutch: "Zaken en dossiers", English: "Cases and files"}, Address: "https://zaken.voorbeeld.nl/"},
			{Name: identity.Said{Dutch: "Rooster", English: "Roster"}, About: identity.Said{Dutch: "Wie werkt wanneer", English: "Who works when"}, Address: "https://rooster.voorbeeld.nl/"},
			{Name: identity.Said{Dutch: "Webmail"}, Address: "https://mail.voorbeeld.nl/"},
			{Name: identity.Said{Dutch: "Bronhouderportaal", English: "Source holders' portal"}, Address: "https://portaal.voorbeeld.nl/"},
		}
		s.Links = []identity.Tile{
			{Name: identity.Said{Dutch: "Intranet"}, Address: "https://intranet.voorbeeld.nl/"},
			{Name: identity.Said{Dutch: "Storing melden", English: "Report a fault"}, Address: "https://hulp.voorbeeld.nl/"},
		}
		return nil
	}))
	w.must(w.desk.ReportAccount(w.t.Context(), by, identity.AccountReport{About: "jvries", Fault: identity.FaultShared, Note: "Aan de balie"}))
}
