package pages_test

import (
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

func TestAddingAndEndingADevice(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	tab := w.in("nl", "jvries", key)
	tab.Press("Mijn apparaten")
	tab.See("Laptop", "werkt")
	tab.Press("Ontkoppelen") // the only one
	tab.See("Laptop ontkoppelen?", "werken meteen niet meer")
	tab.Audit()
	tab.Picture("page-confirm-nl")
	tab.Press("Ja, ontkoppelen")
	tab.See("je enige apparaat")
	tab.Press("Apparaat toevoegen")
	tab.Fill("Naam van het apparaat", "Telefoon")
	tab.Press("Verder")
	tab.Audit()
	tab.Picture("page-device-nl")
	address := tab.Ask(`document.querySelector("a[href^=otpauth]").href`)
	further, err := enroll.ParseAddress(address)
	w.must(err)
	tab.Fill("Code op het nieuwe apparaat", "123456")
	tab.Press("Koppelen")
	tab.See("niet de code die het nieuwe apparaat nu toont")
	if again := tab.Ask(`document.querySelector("a[href^=otpauth]").href`); again != address {
		t.Error("a wrong code made another key")
	}
	tab.Fill("Code op het nieuwe apparaat", w.code(further))
	tab.Press("Koppelen")
	tab.See("Telefoon is gekoppeld", "Telefoon", "Laptop")
	w.wait(30 * time.Second)
	second := w.tab("nl")
	second.Open("/")
	w.enter(second, "jvries", goodPassword, w.code(further))
	second.See("Goedemorgen Jan")
	w.wait(30 * time.Second)
	tab.Press("Ontkoppelen: Telefoon")
	tab.Press("Ja, ontkoppelen")
	tab.See("Telefoon is ontkoppeld", "geblokkeerd")
	third := w.tab("nl")
	third.Open("/")
	w.enter(third, "jvries", goodPassword, w.code(further))
	third.See("horen niet bij elkaar")
	if strings.Contains(w.log.String(), further.Secret.Base32()) {
		t.Error("the key is in the log")
	}
}

// What needs a sign-in that is not long ago asks for one and comes back.
func TestAddingADeviceAsksAgain(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	w.must(w.desk.SetSignIn(t.Context(), func(s *identity.SignInSettings) error {
		s.Sessions.ManageWithin, s.Sessions.Idle = 10, 60
		return nil
	}))
	tab := w.in("en", "jvries", key)
	w.wait(15 * time.Minute)
	tab.Open("/profile/devices/add")
	tab.See("First confirm that it is you")
	tab.Audit()
	tab.Fill("Password", goodPassword)
	tab.Fill("Code", w.code(key))
	tab.Press("Sign in")
	tab.See("Name of the device")
}

func TestReportingALoss(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	tab := w.in("nl", "jvries", key)
	other := w.in("nl", "jvries", key)
	tab.Press("Verlies melden")
	tab.See("je enige apparaat", "Laptop")
	tab.Ask(`(document.querySelector("[name=day]").value = "2026-12-24", "")`)
	tab.Press("Melden en blokkeren")
	tab.See("niet in de toekomst")
	tab.Audit()
	tab.Ask(`(document.querySelector("[name=day]").value = "2026-11-23", "")`)
	tab.Press("Melden en blokkeren")
	tab.See("Het verlies is gemeld")
	other.Open("/profile")
	other.See("Log eerst in")
	w.enter(other, "jvries", goodPassword, w.code(key))
	other.See("horen niet bij elkaar")
	losses, err := w.desk.Losses(t.Context(), "jvries")
	w.must(err)
	if len(losses) != 1 || losses[0].Device != "Laptop" || !losses[0].Reported.Equal(w.clock().Truncate(time.Millisecond)) {
		t.Errorf("%+v", losses)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	tab := w.in("nl", "jvries", key)
	other := w.in("nl", "jvries", key)
	tab.Open("/profile/sessions")
	tab.See("hier, nu", "Linux")
	tab.Press("Overal elders uitloggen")
	tab.See("Op 1 plek uitgelogd")
	other.Open("/profile")
	other.See("Log eerst in")
	tab.Open("/profile")
	tab.See("Mijn profiel")
}
