package message

import (
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

func organisation() identity.OrganisationSettings {
	return identity.OrganisationSettings{
		Name: "Gemeente Voorbeeld", Environment: enroll.Production, URL: "https://codes.example.org",
		Contact: enroll.Contact{Name: "Helpdesk", Phone: "0123 456 789"},
	}
}

func TestEveryKindIsWrittenInBothLanguages(t *testing.T) {
	w, err := NewWriter()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range identity.MessageKinds() {
		written := map[string]Text{}
		for _, language := range []string{"nl", "en"} {
			m := identity.Message{
				Kind: kind, Language: language, Name: "Zoë D'Hondt", To: "zhondt@example.org", Secret: "K7QF-2M8X-9R4T",
				Device: "laptop", Made: time.Date(2026, 11, 24, 14, 4, 0, 0, time.UTC), Until: time.Date(2026, 7, 1, 22, 0, 0, 0, time.UTC),
			}
			text := w.Write(m, organisation())
			written[language] = text
			t.Logf("%s\n%s", text.Subject, text.Plain)
			if !strings.HasPrefix(text.Subject, "Gemeente Voorbeeld: ") || strings.Contains(text.Subject, "K7QF") {
				t.Errorf("%s: subject %q", kind, text.Subject)
			}
			carries := kind == identity.MessageActivation || kind == identity.MessagePasswordReset
			if strings.Contains(text.Plain, "\n    K7QF-2M8X-9R4T\n") != carries {
				t.Errorf("%s carries the secret: %t", kind, !carries)
			}
			if !strings.Contains(text.Plain, "0123 456 789") || !strings.Contains(text.Plain, "\nGemeente Voorbeeld\n") {
				t.Errorf("%s says not whom it is from, or whom to ask", kind)
			}
			if strings.Contains(text.Plain, "<no value>") || strings.Contains(text.Plain, "mail.") {
				t.Errorf("%s has a hole: %s", kind, text.Plain)
			}
			for line := range strings.Lines(text.Plain) {
				if len([]rune(line)) > width+1 {
					t.Errorf("%s: a line of %d characters", kind, len([]rune(line)))
				}
			}
		}
		if written["nl"].Plain == written["en"].Plain {
			t.Errorf("%s is the same in both languages", kind)
		}
	}
}

func TestActivationMailDoesNotSayWhose(t *testing.T) {
	w, err := NewWriter()
	if err != nil {
		t.Fatal(err)
	}
	m := identity.Message{Kind: identity.MessageActivation, Language: "nl", Name: "zhondt", To: "zhondt@example.org", Secret: "K7QF-2M8X-9R4T"}
	if text := w.Write(m, organisation()); strings.Contains(text.Plain+text.Subject, "zhondt") {
		t.Error(text.Plain)
	}
}

func TestTimeIsTheOrganisations(t *testing.T) {
	summer := time.Date(2026, 7, 1, 22, 0, 0, 0, time.UTC)
	zone := organisation().Location()
	if got := Time(summer, zone, "nl"); got != "donderdag 2 juli 2026, 00:00 uur" {
		t.Errorf("got %q", got)
	}
	if got := Time(summer, zone, "en"); got != "Thursday 2 July 2026, 00:00" {
		t.Errorf("got %q", got)
	}
}
