package identity

import (
	"testing"
	"time"

	"sleutelbos/enroll"
)

func TestAnswerOfConfirmLost(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	answer, key := h.start("anna", h.activation("anna"), "")
	code := h.code(key)
	h.must(h.ConfirmLink(t.Context(), answer.ID, code))
	linked := h.look("anna").Links[0]
	h.clock.add(time.Minute)
	h.expect("anna", h.code(key), ReasonValid)
	h.restart()
	h.must(h.ConfirmLink(t.Context(), answer.ID, " "+code[:3]+" "+code[3:]))
	h.refused(h.ConfirmLink(t.Context(), answer.ID, h.wrong(key)), ReasonWrongCode, 4)
	after := h.look("anna")
	if len(after.Links) != 1 || after.Links[0].LinkedAt != linked.LinkedAt || after.Failures != 0 {
		t.Errorf("the repeat changed something: %+v", after)
	}
	h.expect("anna", h.code(key), ReasonReplayed) // and brought no code back
	h.must(h.Unlink(t.Context(), "anna"))
	h.refused(h.ConfirmLink(t.Context(), answer.ID, code), ReasonLinkGone, -1)
}

func TestConfirmInParallelLinksOnce(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	answer, key := h.start("anna", h.activation("anna"), "")
	code := h.code(key)
	together(16, func(int) {
		if err := h.ConfirmLink(background, answer.ID, code); err != nil {
			t.Error(err)
		}
	})
	rows, err := h.Audit(t.Context(), 100)
	h.must(err)
	linked := 0
	for _, r := range rows {
		if r.Kind == kindLinkConfirm && r.Outcome == outcomeLinked {
			linked++
		}
	}
	if linked != 1 || len(h.look("anna").Links) != 1 {
		t.Errorf("linked %d times", linked)
	}
}

func TestPendingLinkLivesTenMinutes(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code, idempotency := h.activation("anna"), enroll.NewIdempotencyKey()
	answer, key := h.start("anna", code, idempotency)
	h.clock.add(10 * time.Minute)
	h.refused(h.ConfirmLink(t.Context(), answer.ID, h.code(key)), ReasonLinkGone, -1)
	h.refused(h.try("anna", code, idempotency), ReasonLinkGone, -1)
	answer, key = h.start("anna", code, enroll.NewIdempotencyKey())
	h.clock.add(10*time.Minute - time.Millisecond)
	h.must(h.ConfirmLink(t.Context(), answer.ID, h.code(key)))
	h.refused(h.ConfirmLink(t.Context(), "unknown", "123456"), ReasonLinkGone, -1)
}

func TestConfirmWithWhatIsNoCodeIsNotCounted(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	answer, key := h.start("anna", h.activation("anna"), "")
	h.refused(h.ConfirmLink(t.Context(), answer.ID, h.wrong(key)), ReasonWrongCode, 4)
	for range 10 {
		h.refused(h.ConfirmLink(t.Context(), answer.ID, "12345"), ReasonWrongCode, 4)
	}
	h.must(h.ConfirmLink(t.Context(), answer.ID, h.code(key)))
}

func TestNewActivationReplacesOnlyWhenConfirmed(t *testing.T) {
	h := newHouse(t)
	old := h.linked("anna")
	answer, key := h.start("anna", h.activation("anna"), "")
	h.expect("anna", h.code(old), ReasonValid)
	h.must(h.ConfirmLink(t.Context(), answer.ID, h.code(key)))
	h.clock.add(time.Minute)
	h.expect("anna", h.code(old), ReasonWrong)
	h.expect("anna", h.code(key), ReasonValid)
	if links := h.look("anna").Links; len(links) != 1 || links[0].ID != answer.ID {
		t.Errorf("%+v", links)
	}
}

func TestDemoIsNamedAboveTheCodes(t *testing.T) {
	h := newHouse(t)
	h.must(h.SetOrganisation(t.Context(), func(s *OrganisationSettings) error {
		s.Environment = enroll.Demo
		return nil
	}))
	h.person("anna")
	if _, key := h.start("anna", h.activation("anna"), ""); key.Issuer != "Gemeente Voorbeeld (demo)" {
		t.Errorf("%q", key.Issuer)
	}
	o, err := h.Organisation(t.Context())
	h.must(err)
	if o.Environment != enroll.Demo || !o.ServerTime.Equal(h.clock.Now()) || o.Terms.Version != "t1" {
		t.Errorf("%+v", o)
	}
}
