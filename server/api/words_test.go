package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/store"
)

func TestEveryReasonHasItsProblem(t *testing.T) {
	d := &door{}
	for _, c := range []struct {
		reason identity.Reason
		kind   string
		status int
		tries  bool
	}{
		{identity.ReasonMismatch, enroll.ProblemMismatch, http.StatusForbidden, true},
		{identity.ReasonExpired, enroll.ProblemExpired, http.StatusForbidden, false},
		{identity.ReasonUsed, enroll.ProblemUsed, http.StatusForbidden, false},
		{identity.ReasonReplaced, enroll.ProblemReplaced, http.StatusForbidden, false},
		{identity.ReasonVoid, enroll.ProblemVoid, http.StatusForbidden, false},
		{identity.ReasonNotYet, enroll.ProblemNotYet, http.StatusForbidden, false},
		{identity.ReasonEnded, enroll.ProblemEnded, http.StatusForbidden, false},
		{identity.ReasonCheck, enroll.ProblemCheck, http.StatusUnprocessableEntity, false},
		{identity.ReasonTerms, enroll.ProblemTerms, http.StatusConflict, false},
		{identity.ReasonIdempotency, enroll.ProblemIdempotency, http.StatusConflict, false},
		{identity.ReasonConfirmed, enroll.ProblemConfirmed, http.StatusConflict, false},
		{identity.ReasonLinkGone, enroll.ProblemLinkGone, http.StatusGone, false},
		{identity.ReasonWrongCode, enroll.ProblemWrongCode, http.StatusForbidden, true},
		{identity.Reason("something new"), enroll.ProblemInternal, http.StatusInternalServerError, false},
	} {
		p := d.explain(&identity.Refusal{Reason: c.reason, TriesLeft: 3})
		if p.Type != c.kind || p.Status != c.status || (p.TriesLeft != nil) != c.tries {
			t.Errorf("%s becomes %s, %d, tries told: %v", c.reason, p.Type, p.Status, p.TriesLeft != nil)
		}
		if p.Title == "" || !strings.HasSuffix(p.Detail, ".") {
			t.Errorf("%s says %q, %q; want a title and a whole sentence", c.reason, p.Title, p.Detail)
		}
	}
	if p := d.explain(&identity.Refusal{Reason: identity.ReasonMismatch, TriesLeft: -1}); p.TriesLeft != nil {
		t.Error("tries left that are not told go out")
	}
}

func TestAnUnknownErrorStaysInside(t *testing.T) {
	d := &door{}
	p := d.explain(errors.New("table person: 7 rows of secret stuff"))
	if p.Status != http.StatusInternalServerError || strings.Contains(p.Title+p.Detail, "secret stuff") {
		t.Errorf("an unknown error goes out as %d %q %q", p.Status, p.Title, p.Detail)
	}
}

func TestAFullDiskIsTriedAgain(t *testing.T) {
	d := &door{}
	p := d.explain(fmt.Errorf("verify a code: %w", store.ErrDisk))
	if p.Type != enroll.ProblemTryAgain || p.Status != http.StatusServiceUnavailable || p.header.Get("Retry-After") == "" {
		t.Errorf("answers %d %s", p.Status, p.Type)
	}
}

func TestPreferredLanguage(t *testing.T) {
	for header, want := range map[string]string{
		"": "nl", "en": "en", "nl-BE,en;q=0.5": "nl", "de, en-GB;q=0.8, nl;q=0.5": "en", "fr": "nl", ";;;": "nl", "en;q=0.1,nl": "nl",
	} {
		if got := preferred(header); got != want {
			t.Errorf("Accept-Language %q gives %s, want %s", header, got, want)
		}
	}
}
