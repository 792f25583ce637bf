package pages_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"sleutelbos/server/identity"
)

func TestArrangingTheStartPage(t *testing.T) {
	w := newWorld(t)
	boss := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	tab := w.in("nl", "bbeheer", boss)
	tab.See("Er staan hier nog geen toepassingen")
	tab.Press("Startpagina inrichten")
	tab.Press("Toepassing toevoegen")
	tab.Fill("Naam in het Nederlands", "Zaaksysteem")
	tab.Fill("Adres", "javascript:alert(1)")
	tab.Press("Bewaren")
	tab.See("Een adres begint met https://")
	tab.Fill("Adres", "https://zaken.voorbeeld.nl/")
	tab.Press("Bewaren")
	tab.See("Bewaard", "zaken.voorbeeld.nl")
	tab.Press("Toepassing toevoegen")
	tab.Fill("Naam in het Nederlands", "Beheerpaneel")
	tab.Fill("Adres", "https://beheer.voorbeeld.nl/")
	tab.Tick("Beheerder")
	tab.Press("Bewaren")
	tab.Press("Bericht toevoegen")
	tab.Fill("Titel in het Nederlands", "Onderhoud")
	tab.Fill("Tekst in het Nederlands", "Morgen.\n\n<b>Let op</b>")
	tab.Press("Bewaren")
	tab.See("te zien")
	staff := w.in("nl", "jvries", key)
	staff.See("Zaaksysteem", "Onderhoud", "<b>Let op</b>")
	staff.NotSee("Beheerpaneel", "Startpagina inrichten")
	staff.Open("/start/arrange")
	staff.See("niet voor jou bedoeld", "Kenmerk", "jvries", "Servicedesk")
	staff.Audit()
	staff.Picture("page-forbidden-nl")
	tab.Press("Omhoog: Beheerpaneel")
	tab.Press("Weghalen: Zaaksysteem")
	tab.See("is dan voor niemand meer te zien")
	tab.Press("Annuleren")
	tab.See("Zaaksysteem")
	tab.Press("Weghalen: Zaaksysteem")
	tab.Press("Weghalen")
	tab.See("Weggehaald")
	tab.NotSee("Zaaksysteem")
}

// From the sign-in page to a saved change by the keyboard alone, with the focus
// never lost.
func TestByKeyboardAlone(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	tab := w.tab("en")
	tab.Open("/")
	on := func(what string) {
		t.Helper()
		for range 60 {
			tab.Keys(kb.Tab)
			here := tab.Ask(`(() => { const e = document.activeElement; const l = e.labels && e.labels[0];
				const ring = getComputedStyle(e); return [(l ? l.innerText : e.innerText).trim(), ring.outlineStyle, e.tagName].join("|") })()`)
			parts := strings.Split(here, "|")
			if parts[2] == "BODY" || parts[1] == "none" {
				t.Fatalf("the focus is lost or not to be seen: %s", here)
			}
			if strings.HasPrefix(parts[0], what) {
				return
			}
		}
		t.Fatalf("Tab does not reach %q", what)
	}
	on("Skip to the content")
	on("User name")
	tab.Type("jvries")
	on("Password")
	tab.Type(goodPassword)
	on("Code")
	tab.Type(w.code(key))
	tab.Enter()
	tab.See("Good morning Jan")
	on("Profile and contact")
	tab.Enter()
	on("Change contact")
	tab.Enter()
	on("Phone")
	tab.Type("0612345678")
	on("English")
	tab.Keys(kb.ArrowUp)
	on("Save")
	tab.Enter()
	tab.See("zijn bewaard", "0612345678") // and in the language that was chosen
}

// A fault of ours shows a page with a reference that is in the log, and nothing
// of what went wrong.
func TestFaultShowsAReferenceAndNothingElse(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	tab := w.in("nl", "jvries", key)
	w.must(w.store.Close())
	tab.Open("/profile")
	tab.See("De server is even niet bereikbaar", "Opnieuw proberen", "Gemeente Voorbeeld", "Dit is om te oefenen", "servicedesk@voorbeeld.nl")
	tab.NotSee("store", "closed", "sql")
	reference := tab.Ask(`document.querySelector(".reference").innerText`)
	if len(reference) != 8 || !strings.Contains(w.log.String(), reference) {
		t.Errorf("reference %q is not in the log", reference)
	}
	tab.Audit()
	tab.Picture("page-busy-nl")
}

func TestHeadersOfPages(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/help", "/nergens", "/static/none.css"} {
		answer, err := w.web.Client().Get(w.address + path)
		w.must(err)
		answer.Body.Close()
		h := answer.Header
		if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || strings.Contains(h.Get("Content-Security-Policy"), "unsafe") ||
			h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
	}
	answer, err := w.web.Client().Head(w.address + "/")
	w.must(err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("HEAD gives %d", answer.StatusCode)
	}
}

// The reader's language is the browser's until another is chosen, and then that.
func TestLanguageIsTheBrowsersUntilChosen(t *testing.T) {
	w := newWorld(t)
	for asks, reads := range map[string]string{"nl-BE,en;q=0.5": "nl", "de-DE, en;q=0.4": "en", "fr": "en", "": "nl"} {
		tab := w.tab(asks)
		tab.Open("/help")
		if got := tab.Ask("document.documentElement.lang"); got != reads {
			t.Errorf("who asks for %q reads %s", asks, got)
		}
	}
	tab := w.tab("nl")
	tab.Open("/help")
	tab.Press("English")
	tab.See("Help with signing in")
	tab.Open("/")
	tab.See("Sign in")
}

// A long list comes a page at a time.
func TestLongListHasPages(t *testing.T) {
	w := newWorld(t)
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	person, err := w.desk.Person(t.Context(), "bbeheer")
	w.must(err)
	for i := range 120 {
		w.must(w.desk.ReportAccount(t.Context(), identity.PersonActor(person.ID), identity.AccountReport{About: fmt.Sprintf("balie %d.", i), Fault: identity.FaultShared}))
	}
	tab := w.in("nl", "bbeheer", key)
	tab.Press("Er zijn 120 meldingen")
	tab.See("balie 119.", "Pagina 1 van 3")
	tab.NotSee("balie 69.")
	tab.Audit()
	tab.Picture("page-reported-pages-nl")
	tab.Press("Volgende")
	tab.Press("Volgende")
	tab.See("balie 0.", "Pagina 3 van 3")
	tab.NotSee("Volgende")
	tab.Press("Afgehandeld: balie 0.")
	tab.See("De melding is afgehandeld")
}

// Once signed in, a person reads their own language, whatever the browser asks
// for; what is chosen in a browser counts there above all.
func TestPersonReadsTheirOwnLanguage(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	tab := w.in("en", "jvries", key)
	tab.See("Good morning Jan")
	tab.Open("/profile/contact")
	tab.Tick("Nederlands")
	tab.Press("Save")
	tab.See("zijn bewaard")
	other := w.in("en", "jvries", key)
	other.See("Goedemorgen Jan")
	other.Press("English")
	other.See("Good morning Jan")
}
