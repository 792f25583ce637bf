package identity

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store/storetest"
)

// What was begun before a copy was restored is over: links that wait for their
// code, activation codes, and every code of the window.
func TestEndCodes(t *testing.T) {
	h := newHouse(t)
	anna := h.linked("anna")
	h.clock.add(time.Hour)
	h.person("bram")
	code := h.activation("bram")
	answer, pending := h.start("bram", code, enroll.NewIdempotencyKey())
	h.clock.add(5 * time.Minute)
	unused := h.codeAt(anna, 1)
	h.must(h.EndCodes(t.Context()))
	h.expect("anna", h.code(anna), ReasonReplayed)
	h.expect("anna", unused, ReasonReplayed)
	h.refused(h.ConfirmLink(t.Context(), answer.ID, h.code(pending)), ReasonLinkGone, -1)
	h.refused(h.try("bram", code, enroll.NewIdempotencyKey()), ReasonExpired, -1)
	h.clock.add(-4 * time.Minute) // a clock that is set back changes nothing
	h.refused(h.try("bram", code, enroll.NewIdempotencyKey()), ReasonExpired, -1)
	h.clock.add(5 * time.Minute) // the clock of an app may have been learned to be a step off
	h.expect("anna", h.codeAt(anna, 1), ReasonValid)
	if rows, err := h.Audit(t.Context(), 50); err != nil || !containsKind(rows, kindRestore) {
		t.Errorf("the audit log does not tell of it: %v, %v", rows, err)
	}
	h.must(h.VerifyAudit(t.Context()))
}

func containsKind(rows []AuditRow, kind string) bool {
	for _, row := range rows {
		if row.Kind == kind {
			return true
		}
	}
	return false
}

// A chain of the same number may be another one, where a database was restored
// before: its rows are lost all the same.
func TestLostComparesChainsNotNumbers(t *testing.T) {
	storetest.SQLiteOnly(t)
	h := newHouse(t)
	copied := filepath.Join(t.TempDir(), "copy.db")
	_, err := h.Backup(t.Context(), copied)
	h.must(err)
	h.restart()
	h.person("anna") // in chain 2
	fork := emptyHouse(t, h.clock)
	h.must(copyAs(copied, fork.database()))
	h.must(copyAs(h.keyFile(), fork.keyFile()))
	fork.open()
	fork.clock.add(time.Second)
	fork.person("bram") // in another chain 2
	lost, err := fork.Lost(t.Context(), h.database())
	h.must(err)
	if len(lost.People) != 1 || lost.People[0].User != "anna" || len(lost.Rows) != 2 || lost.Rows[0].User != "anna" || lost.Rows[0].Revived {
		t.Errorf("lost is %+v", lost)
	}
}

func TestAnObserverIsTold(t *testing.T) {
	var told atomic.Int64
	h := emptyHouse(t, &clock{now: morning})
	known := map[Reason]bool{}
	for _, outcome := range Outcomes() {
		known[outcome] = true
	}
	h.options.Observe = func(outcome Reason, took time.Duration) {
		if !known[outcome] || took < 0 {
			t.Errorf("told %q, %s", outcome, took)
		}
		told.Add(1)
	}
	h.open()
	key, err := h.AddApplication(t.Context(), "intranet")
	h.must(err)
	h.app, err = h.Authenticate(t.Context(), key)
	h.must(err)
	h.expect("nobody", "123456", ReasonUnknown)
	h.expect("", "123456", ReasonBlank)
	h.must(h.RevokeApplication(t.Context(), "intranet"))
	if _, err := h.Verify(t.Context(), h.app, "nobody", "123456"); err == nil {
		t.Error("a revoked application may ask")
	}
	if told.Load() != 3 {
		t.Errorf("told %d times of 3", told.Load())
	}
}

func copyAs(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}
