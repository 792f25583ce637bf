package pages_test

import (
	"strings"
	"testing"

	"sleutelbos/server/identity"
)

func TestChangingOnesPassword(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	other := w.in("nl", "jvries", key)
	tab := w.in("nl", "jvries", key)
	tab.Press("Wachtwoord wijzigen")
	tab.Fill("Nieuw wachtwoord", "kort")
	// Each rule is looked at while one types, and said.
	met := func(rule string) string {
		return tab.Ask(`document.querySelector("[data-rule=` + rule + `]").className`)
	}
	if met("letters") != "met-yes" || met("min-length") != "met-no" || met("non-letters") != "met-no" || met("common") != "" {
		t.Errorf("while typing: %s %s %s %s", met("letters"), met("min-length"), met("non-letters"), met("common"))
	}
	tab.Audit()
	tab.Picture("page-password-typing-nl")
	tab.Fill("Huidig wachtwoord", goodPassword)
	tab.Fill("Nieuw wachtwoord, nog een keer", "kort")
	tab.Press("Wachtwoord bewaren")
	tab.See("Dit klopt nog niet", "minstens 8 tekens", "minstens 1 teken dat geen letter is")
	tab.Audit()
	tab.Picture("page-password-unmet-nl")
	tab.Fill("Huidig wachtwoord", "dat was het niet")
	tab.Fill("Nieuw wachtwoord", "molen-zeven-9")
	tab.Fill("Nieuw wachtwoord, nog een keer", "molen-zeven-9")
	tab.Press("Wachtwoord bewaren")
	tab.See("Dit is niet je huidige wachtwoord")
	tab.Fill("Huidig wachtwoord", goodPassword)
	tab.Fill("Nieuw wachtwoord", "molen-zeven-9")
	tab.Fill("Nieuw wachtwoord, nog een keer", "anders-zeven-9")
	tab.Press("Wachtwoord bewaren")
	tab.See("niet gelijk")
	tab.Fill("Huidig wachtwoord", goodPassword)
	tab.Fill("Nieuw wachtwoord", "molen-zeven-9")
	tab.Fill("Nieuw wachtwoord, nog een keer", "molen-zeven-9")
	tab.Press("Wachtwoord bewaren")
	tab.See("Je wachtwoord is gewijzigd", "Goedemorgen Jan")
	other.Open("/profile")
	other.See("Log eerst in")
	if strings.Contains(w.log.String(), "molen") {
		t.Error("the password is in the log")
	}
}

// A temporary password is only good for choosing another, whatever page is asked
// for.
func TestTemporaryPasswordMustBeChanged(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	temporary, err := w.desk.ResetPassword(t.Context(), "jvries")
	w.must(err)
	tab := w.tab("en")
	tab.Open("/profile/contact")
	w.enter(tab, "jvries", string(temporary), w.code(key))
	tab.See("Choose a new password first", "temporary password")
	tab.Audit()
	tab.Picture("page-password-must-en")
	for _, path := range []string{"/", "/profile", "/profile/devices"} {
		tab.Open(path)
		tab.See("Choose a new password first")
	}
	tab.Back()
	tab.Fill("Current password", string(temporary))
	tab.Fill("New password", "molen-zeven-9")
	tab.Fill("New password, once more", "molen-zeven-9")
	tab.Press("Save password")
	tab.See("Your password was changed")
}

// After linking the app opens a page at which the first password is chosen.
func TestChoosingTheFirstPassword(t *testing.T) {
	w := newWorld(t)
	key, token := w.linked("jvries", "Jan de Vries", identity.RoleUser)
	tab := w.tab("nl")
	path := identity.PathNewPassword + "?token=" + token.Reveal()
	tab.Open(path)
	tab.See("Kies je wachtwoord", "jvries")
	if strings.Contains(tab.Path(), token.Reveal()) {
		t.Error("the token stays in the address")
	}
	tab.Audit()
	tab.Picture("page-password-choice-nl")
	tab.Fill("Nieuw wachtwoord", "aaaa")
	tab.Fill("Nieuw wachtwoord, nog een keer", "aaaa")
	tab.Press("Wachtwoord bewaren")
	tab.See("Het wachtwoord voldoet nog niet")
	tab.Fill("Nieuw wachtwoord", "molen-zeven-9")
	tab.Fill("Nieuw wachtwoord, nog een keer", "molen-zeven-9")
	tab.Press("Wachtwoord bewaren")
	tab.See("Je wachtwoord is bewaard")
	if got := tab.Ask(`document.querySelector("[name=user]").value`); got != "jvries" {
		t.Errorf("the user name is to be typed again: %q", got)
	}
	w.enter(tab, "jvries", "molen-zeven-9", w.code(key))
	tab.See("Goedemorgen Jan")
	again := w.tab("nl")
	again.Open(path)
	again.See("Deze link werkt niet meer", "Servicedesk")
	again.Audit()
	again.Picture("page-link-used-nl")
}

func TestForgottenPassword(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	w.must(w.desk.SetMail(t.Context(), identity.Mail{From: "sleutelbos@voorbeeld.nl"}))
	tab := w.tab("nl")
	tab.Open("/")
	tab.Press("Wachtwoord vergeten?")
	tab.Audit()
	tab.Picture("page-forgotten-nl")
	for _, user := range []string{"niemand", "jvries@voorbeeld.nl"} { // the same is said to both
		tab.Open("/password/forgotten")
		tab.Fill("Gebruikersnaam", user)
		tab.Press("Stuur de e-mail")
		tab.See("Kijk in je e-mail")
	}
	tab.Audit()
	tab.Picture("page-forgotten-sent-nl")
	tab.AuditBoth("/password/forgotten")
	tab.AuditBoth("/password/forgotten/sent")
	message := w.mail("jvries")
	tab.AuditBoth(message.Secret)
	tab.Open(message.Secret)
	tab.See("Kies een nieuw wachtwoord", "jvries")
	tab.Fill("Nieuw wachtwoord", "molen-zeven-9")
	tab.Fill("Nieuw wachtwoord, nog een keer", "molen-zeven-9")
	tab.Press("Wachtwoord bewaren")
	tab.See("Je wachtwoord is bewaard")
	w.enter(tab, "jvries", "molen-zeven-9", "") // no second factor was taken away
	tab.See("horen niet bij elkaar")
	w.enter(tab, "jvries", "molen-zeven-9", w.code(key))
	tab.See("Goedemorgen Jan")
	if strings.Contains(w.log.String(), strings.SplitN(message.Secret, "token=", 2)[1]) {
		t.Error("the link is in the log")
	}
}
