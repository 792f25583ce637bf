package server_test

import (
	"regexp"
	"strings"
	"testing"
)

// Five wrong tries lock; the lock is said with its end, the owner is told, the
// right code is refused until then, and accepted after.
func aLockAndItsEnd(t *testing.T, w *town) {
	w.person(t, "lok", "Lotte Ok")
	stranger := w.tab(t, "nl")
	stranger.Open("/")
	for range 5 {
		w.enter(stranger, "lok", "verkeerd-geraden-1", "000000")
	}
	w.enter(stranger, "lok", townPassword, w.code(t, "lok"))
	stranger.See("Inloggen is op slot", "Het werkt vanzelf weer")
	stranger.Audit()
	stranger.Picture("whole-locked-nl")
	w.mail(t, "lok@voorbeeld.nl", "geblokkeerd")
	if w.verifies(t, "lok", w.code(t, "lok")) {
		t.Error("another door lets in somebody who is locked")
	}
	nobody := w.tab(t, "nl") // a name that nobody has is answered alike
	nobody.Open("/")
	for range 6 {
		w.enter(nobody, "lokx", "verkeerd-geraden-1", "000000")
	}
	nobody.See("Inloggen is op slot")

	w.exec(t, "UPDATE people SET locked_until = locked_until - 1000000 WHERE user_name = $1", "lok")
	w.exec(t, "UPDATE sign_in_tries SET locked_until = locked_until - 1000000 WHERE locked_until > 0")
	w.enter(stranger, "lok", townPassword, w.code(t, "lok"))
	stranger.See("Mijn account")
}

// Noor forgot her password: a link by mail, which works once and takes no second
// factor away.
func aForgottenPassword(t *testing.T, w *town) {
	const chosen = "roeiboot-acht-4"
	w.person(t, "vgeet", "Vera Geet")
	w.mail(t, "vgeet@voorbeeld.nl", "gekoppeld")
	tab := w.tab(t, "nl")
	tab.Open("/")
	tab.Press("Wachtwoord vergeten?")
	tab.Fill("Gebruikersnaam", "VGeet@voorbeeld.nl")
	tab.Press("Stuur de e-mail")
	tab.See("Kijk in je e-mail")
	m := w.mail(t, "vgeet@voorbeeld.nl", "nieuw wachtwoord")
	link := regexp.MustCompile(`https://\S+`).FindString(m.Text)
	if !strings.HasPrefix(link, w.server.url) {
		t.Fatalf("the mail says:\n%s", m.Text)
	}
	w.secrets = append(w.secrets, link[strings.Index(link, "token=")+6:], chosen)
	tab.Open(link)
	w.choosePassword(tab, chosen)
	tab.See("Je wachtwoord is bewaard")
	w.mail(t, "vgeet@voorbeeld.nl", "wachtwoord is gewijzigd")
	w.enter(tab, "vgeet", chosen, "")
	tab.See("horen niet bij elkaar")
	w.enter(tab, "vgeet", townPassword, w.code(t, "vgeet"))
	tab.See("horen niet bij elkaar")
	w.enter(tab, "vgeet", chosen, w.code(t, "vgeet"))
	tab.See("Mijn account")
	tab.Open(link)
	tab.See("Deze link werkt niet meer")
}

// Kees reports that his only device is gone: it stops at once, everywhere.
func aLossReported(t *testing.T, w *town) {
	w.person(t, "kwijt", "Kees Wijt")
	kees, elsewhere := w.in(t, "kwijt"), w.in(t, "kwijt")
	kees.Press("Verlies melden")
	kees.See("je enige apparaat")
	kees.Press("Melden en blokkeren")
	kees.See("Het verlies is gemeld")
	kees.Picture("whole-lost-nl")
	elsewhere.Reload()
	elsewhere.NotSee("Mijn account")
	w.mail(t, "kwijt@voorbeeld.nl", "verlies gemeld")
	if w.verifies(t, "kwijt", w.code(t, "kwijt")) {
		t.Error("a code of a lost device is accepted")
	}
	w.enter(elsewhere, "kwijt", townPassword, w.code(t, "kwijt"))
	elsewhere.See("horen niet bij elkaar")
	bea := w.in(t, "bbeheer")
	bea.Open(w.path(t, bea, "kwijt"))
	bea.See("Activatiecode mailen")
}

// Daan forgot his laptop and calls: a code for today, not for tomorrow, and no
// second one this week.
func theDaysCode(t *testing.T, w *town) {
	w.person(t, "ddag", "Daan Dag")
	bea := w.in(t, "bbeheer")
	bea.Open(w.path(t, bea, "ddag"))
	bea.Press("Dagcode geven")
	bea.See("Weet je zeker dat je Daan Dag spreekt?", "middernacht")
	bea.Press("Ik weet het zeker")
	code := bea.Ask("document.querySelector('code.key').textContent")
	w.secrets = append(w.secrets, code, strings.ReplaceAll(code, " ", ""))
	if m := w.mail(t, "ddag@voorbeeld.nl", "dagcode"); strings.Contains(m.Text, code) {
		t.Error("the mail holds the code")
	}
	daan := w.tab(t, "nl")
	daan.Open("/")
	w.enter(daan, "ddag", townPassword, code)
	daan.See("Mijn account")
	daan.Press("Uitloggen")
	bea.Press("Terug naar")
	bea.NotSee(code)
	bea.Press("Dagcode geven")
	bea.Press("Ik weet het zeker")
	bea.See("afgelopen zeven dagen al een dagcode")

	const day = 24 * 60 * 60 * 1000
	w.exec(t, "UPDATE day_codes SET issued = issued - $1, ends = ends - $1", day) // past midnight
	w.enter(daan, "ddag", townPassword, code)
	daan.See("horen niet bij elkaar")
	if w.verifies(t, "ddag", code) {
		t.Error("an application accepts the code of yesterday")
	}
}
