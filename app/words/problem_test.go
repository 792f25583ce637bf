package words_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sleutelbos/app/words"
	"sleutelbos/enroll"
	"sleutelbos/vault"
)

func left(n int) *int { return &n }

// Every refusal of the server is a sentence and a next step; the server's own
// English words are not shown.
func TestProblems(t *testing.T) {
	const english = "the server's own words"
	for language, w := range both(t) {
		owner := map[string]string{}
		for _, c := range []struct {
			enroll.Problem
			contains string
		}{
			{enroll.Problem{Type: enroll.ProblemMismatch}, ""},
			{enroll.Problem{Type: enroll.ProblemMismatch, TriesLeft: left(4)}, "4"},
			{enroll.Problem{Type: enroll.ProblemMismatch, TriesLeft: left(1)}, "1"},
			{enroll.Problem{Type: enroll.ProblemMismatch, TriesLeft: left(0)}, ""},
			{enroll.Problem{Type: enroll.ProblemExpired}, "24"},
			{enroll.Problem{Type: enroll.ProblemUsed}, ""},
			{enroll.Problem{Type: enroll.ProblemReplaced}, ""},
			{enroll.Problem{Type: enroll.ProblemVoid}, ""},
			{enroll.Problem{Type: enroll.ProblemCheck}, ""},
			{enroll.Problem{Type: enroll.ProblemTerms}, ""},
			{enroll.Problem{Type: enroll.ProblemIdempotency}, ""},
			{enroll.Problem{Type: enroll.ProblemLinkGone}, "10"},
			{enroll.Problem{Type: enroll.ProblemWrongCode}, ""},
			{enroll.Problem{Type: enroll.ProblemTryAgain}, ""},
			{enroll.Problem{Type: enroll.ProblemLimit, RetryAfter: 7}, "7"},
			{enroll.Problem{Type: enroll.ProblemLimit, RetryAfter: 1}, "1"},
		} {
			c.Title, c.Detail = english, english
			m := words.Explain(w, fmt.Errorf("link: %w", &c.Problem), "https://codes.example.org")
			about := language + " " + c.Type
			check(t, w, about, m)
			if !strings.Contains(m.What, c.contains) || strings.Contains(m.String(), english) {
				t.Errorf("%s: %s", about, m)
			}
			if other, taken := owner[m.What]; taken {
				t.Errorf("%s is told like %s: %s", about, other, m.What)
			}
			owner[m.What] = c.Type
		}
	}
}

// A link that is confirmed already is told like a code that is used: the person
// has the same to do.
func TestConfirmedIsToldAsUsed(t *testing.T) {
	for _, w := range both(t) {
		confirmed := words.Explain(w, &enroll.Problem{Type: enroll.ProblemConfirmed}, "")
		if used := words.Explain(w, &enroll.Problem{Type: enroll.ProblemUsed}, ""); confirmed != used {
			t.Errorf("%s and %s", confirmed, used)
		}
	}
}

// A fault of the server comes with the reference that finds it in the log.
func TestFaultsOfTheServer(t *testing.T) {
	for _, kind := range []string{enroll.ProblemInternal, enroll.ProblemMalformed, enroll.ProblemUnauthorised, enroll.ProblemNotFound, enroll.ProblemMethod, "urn:sleutelbos:from-a-later-version"} {
		for language, w := range both(t) {
			m := words.Explain(w, &enroll.Problem{Type: kind, Reference: "K7QF2M8X", Detail: "do not show"}, "")
			check(t, w, language+" "+kind, m)
			if !strings.Contains(m.Next, "K7QF2M8X") || strings.Contains(m.String(), "do not show") {
				t.Errorf("%s %s: %s", language, kind, m)
			}
			check(t, w, language+" "+kind, words.Explain(w, &enroll.Problem{Type: kind}, ""))
		}
	}
}

func TestClockOff(t *testing.T) {
	all := both(t)
	for offset, want := range map[time.Duration]map[string]string{
		95*time.Second + 300*time.Millisecond: {"en": "95 seconds ahead", "nl": "95 seconden voor"},
		-2 * time.Minute:                      {"en": "120 seconds behind", "nl": "120 seconden achter"},
	} {
		for language, text := range want {
			if got := words.ClockOff(all[language], enroll.Clock{Offset: offset}); !strings.Contains(got, text) {
				t.Errorf("%s: %s", language, got)
			}
		}
	}
}

func TestNameAndGrouped(t *testing.T) {
	w := both(t)["en"]
	for want, e := range map[string]vault.Entry{
		"Ons (anna)": {Issuer: "Ons", Account: "anna"},
		"Ons":        {Issuer: "Ons"},
		"anna":       {Account: "anna"},
		"(no name)":  {},
	} {
		if got := words.Name(w, e); got != want {
			t.Errorf("%+v is called %q, want %q", e, got, want)
		}
	}
	for code, want := range map[string]string{
		"123456": "123 456", "1234567": "1234 567", "12345678": "1234 5678", "QWERT": "QWERT", "": "",
	} {
		if got := words.Grouped(code); got != want {
			t.Errorf("%q is grouped %q, want %q", code, got, want)
		}
	}
}
