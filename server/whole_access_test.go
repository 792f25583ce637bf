package server_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"sleutelbos/server/pages/pagestest"
)

// A newcomer is added and mailed a code, and then another's laptop is forgotten,
// all by the keyboard, with the focus never lost nor hidden.
func byTheKeyboardAlone(t *testing.T, w *town) {
	w.person(t, "vlaptop", "Vic Laptop")
	tab := w.tab(t, "nl")
	tab.Open("/")
	on := func(words string) { t.Helper(); tabTo(t, tab, words) }
	on("Gebruikersnaam")
	tab.Type("bbeheer")
	on("Wachtwoord")
	tab.Type(townPassword)
	on("Code")
	tab.Type(w.code(t, "bbeheer"))
	tab.Enter()
	on("Mensen")
	tab.Enter()
	on("Nieuwe persoon")
	tab.Enter()
	on("Voornaam")
	tab.Type("Toetsje")
	on("Achternaam")
	tab.Type("Bord")
	on("Gebruikersnaam")
	tab.Type("tbord")
	on("Docent: Hoofdlocatie")
	tab.Keys(" ")
	on("Persoon toevoegen")
	tab.Enter()
	tab.See("Dit klopt nog niet")
	on("E-mail om") // from the list of what is wrong, where the focus begins
	tab.Type("tbord@voorbeeld.nl")
	on("Persoon toevoegen")
	tab.Enter()
	tab.See("Toetsje Bord is toegevoegd")
	on("Activatiecode mailen")
	tab.Enter()
	on("Code mailen")
	tab.Enter()
	tab.See("Er is een activatiecode onderweg")
	w.activation(t, "tbord@voorbeeld.nl")

	on("Mensen")
	tab.Enter()
	on("Zoeken")
	tab.Type("vlaptop")
	tab.Enter()
	on("Vic Laptop")
	tab.Enter()
	on("Dagcode geven")
	tab.Enter()
	on("Ik weet het zeker")
	tab.Enter()
	tab.See("Dagcode van Vic Laptop")
	w.mail(t, "vlaptop@voorbeeld.nl", "dagcode")
}

// tabTo presses Tab until what is focused begins with these words.
func tabTo(t *testing.T, tab *pagestest.Tab, words string) {
	t.Helper()
	for range 80 {
		tab.Keys(kb.Tab)
		here := tab.Ask(`(() => { const e = document.activeElement; const l = e.labels && e.labels[0];
			return [(l ? l.innerText : e.innerText).trim(), getComputedStyle(e).outlineStyle, e.tagName].join("|") })()`)
		said, rest, _ := strings.Cut(here, "|")
		if strings.HasSuffix(rest, "|BODY") || strings.HasPrefix(rest, "none") {
			t.Fatalf("at %s the focus is lost or not to be seen: %s", tab.Path(), here)
		}
		if strings.HasPrefix(said, words) {
			return
		}
	}
	t.Fatalf("Tab does not reach %q at %s", words, tab.Path())
}

// The same without JavaScript: somebody is found, changed and unlinked, and a
// forgotten password is chosen anew.
func withoutJavaScript(t *testing.T, w *town) {
	w.person(t, "zonder", "Zoë Zonder")
	bea := w.tab(t, "nl")
	bea.Script(false)
	bea.Open("/")
	w.enter(bea, "bbeheer", townPassword, w.code(t, "bbeheer"))
	bea.Press("Mensen")
	bea.Fill("Zoeken", "zonder")
	bea.Press("Zoek")
	bea.See("1 persoon gevonden")
	bea.Press("Zoë Zonder")
	bea.Press("Wijzigen")
	bea.Fill("Achternaam", "")
	bea.Press("Bewaren")
	bea.See("Vul in: achternaam")
	bea.Fill("Achternaam", "Zander")
	bea.Press("Bewaren")
	bea.See("Zoë Zander is gewijzigd")
	bea.Press("Ontkoppelen en code mailen")
	bea.Press("Ontkoppelen en code mailen")
	bea.See("Zoë Zander is ontkoppeld")
	w.keys["zonder"] = link(t, w.server, "zonder", w.activation(t, "zonder@voorbeeld.nl"))

	zoe := w.tab(t, "nl")
	zoe.Script(false)
	zoe.Open("/")
	zoe.Press("Wachtwoord vergeten?")
	zoe.Fill("Gebruikersnaam", "zonder")
	zoe.Press("Stuur de e-mail")
	m := w.mail(t, "zonder@voorbeeld.nl", "nieuw wachtwoord")
	zoe.Open(m.Text[strings.Index(m.Text, "https://"):][:strings.IndexAny(m.Text[strings.Index(m.Text, "https://"):], " \r\n")])
	w.choosePassword(zoe, "kort")
	zoe.See("Het wachtwoord voldoet nog niet")
	w.choosePassword(zoe, "roeiboot-acht-4")
	zoe.See("Je wachtwoord is bewaard")
	w.enter(zoe, "zonder", "roeiboot-acht-4", w.code(t, "zonder"))
	zoe.See("Mijn account")
}
