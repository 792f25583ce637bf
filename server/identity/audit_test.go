package identity

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

// tamper changes the database behind the server's back.
func (h *house) tamper(text string, args ...any) {
	h.t.Helper()
	if n := storetest.Exec(h.t, h.database(), text, args...); n == 0 {
		h.t.Fatalf("%s changed nothing", text)
	}
}

func (h *house) expectFault(chain, seq int64, fault AuditFault) {
	h.t.Helper()
	var got *AuditError
	err := h.VerifyAudit(h.t.Context())
	if want := (AuditError{chain, seq, fault}); !errors.As(err, &got) || *got != want {
		h.t.Fatalf("got %v, want %v", err, want.Error())
	}
}

func TestAuditNamesTheFirstBadRow(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		chain int64
		seq   int64
		fault AuditFault
	}{
		"rows swapped":         {"UPDATE audit SET seq = 9 - seq WHERE chain = 1 AND seq IN (4, 5)", 1, 4, AuditMoved},
		"row to the end":       {"UPDATE audit SET id = 1000 WHERE chain = 1 AND seq = 4", 1, 4, AuditMoved},
		"row removed":          {"DELETE FROM audit WHERE chain = 1 AND seq IN (4, 6)", 1, 4, AuditRemoved},
		"first row removed":    {"DELETE FROM audit WHERE chain = 1 AND seq = 1", 1, 1, AuditRemoved},
		"end cut off":          {"DELETE FROM audit WHERE chain = 1 AND seq > 5", 1, 6, AuditRemoved},
		"outcome changed":      {"UPDATE audit SET outcome = 'valid' WHERE chain = 1 AND seq = 5", 1, 5, AuditChanged},
		"time changed":         {"UPDATE audit SET at = at + 1 WHERE chain = 1 AND seq = 3", 1, 3, AuditChanged},
		"person changed":       {"UPDATE audit SET person = 'x' WHERE chain = 1 AND seq = 3", 1, 3, AuditChanged},
		"row twice":            {"INSERT INTO audit SELECT 1000, chain, seq, at, kind, outcome, person, application, link, reference, mac, actor, detail FROM audit WHERE chain = 1 AND seq = 2", 1, 2, AuditChanged},
		"actor added":          {"UPDATE audit SET actor = 'operator' WHERE chain = 1 AND seq = 3", 1, 3, AuditChanged},
		"detail added":         {"UPDATE audit SET detail = 'release: time > both' WHERE chain = 1 AND seq = 3", 1, 3, AuditChanged},
		"moved between chains": {"UPDATE audit SET chain = 2, seq = 1 WHERE chain = 1 AND seq = 7", 1, 7, AuditRemoved},
		"chain emptied":        {"DELETE FROM audit WHERE chain = 2", 2, 1, AuditRemoved},
		"registration gone":    {"DELETE FROM audit_chains WHERE chain = 1", 1, 0, AuditRemoved},
		"last registration":    {"DELETE FROM audit_chains WHERE chain = 3", 3, 0, AuditRemoved},
		"registration changed": {"UPDATE audit_chains SET started = 0 WHERE chain = 2", 2, 0, AuditChanged},
		"all rows removed":     {"DELETE FROM audit", 1, 1, AuditRemoved},
		"all of it removed":    {"DELETE FROM audit_chains", 1, 0, AuditRemoved},
		"witness removed":      {"UPDATE audit_chains SET witness_chain = 0, witness_seq = 0, witness_mac = '' WHERE chain = 2", 2, 0, AuditChanged},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t) // two rows: organisation, application
			for i := range 6 {
				h.expect("nobody", fmt.Sprintf("12345%d", i), ReasonUnknown)
			}
			for range 2 {
				h.restart()
				h.expect("nobody", "123456", ReasonUnknown)
				h.expect("nobody", "123456", ReasonUnknown)
			}
			h.must(h.VerifyAudit(t.Context()))
			h.tamper(test.text)
			if name == "all of it removed" {
				h.tamper("DELETE FROM audit")
			}
			if name == "moved between chains" { // the later chain shows first or second, by the order of writing
				if err := h.VerifyAudit(t.Context()); err == nil {
					t.Fatal("not found")
				}
				return
			}
			h.expectFault(test.chain, test.seq, test.fault)
		})
	}
}

func TestAuditAfterAnUndoneTransaction(t *testing.T) {
	h := newHouse(t)
	h.expect("nobody", "123456", ReasonUnknown)
	fault := errors.New("a fault after writing")
	err := h.store.Do(t.Context(), func(tx *store.Tx) error {
		if err := h.audit(tx, AuditRow{Kind: kindVerify, Outcome: "undone"}); err != nil {
			return err
		}
		return fault
	})
	if !errors.Is(err, fault) {
		t.Fatalf("got %v", err)
	}
	h.expect("nobody", "123456", ReasonUnknown)
	h.must(h.VerifyAudit(t.Context()))
	rows, err := h.Audit(t.Context(), 10)
	h.must(err)
	for _, r := range rows {
		if r.Outcome == "undone" {
			t.Error("an undone row stands")
		}
	}
}

func TestAuditSaysWhatHappenedAndNothingSecret(t *testing.T) {
	var log bytes.Buffer
	h := newHouse(t)
	h.options.Log = slog.New(slog.NewTextHandler(&log, nil))
	h.restart()
	p := h.person("anna")
	code := h.activation("anna")
	answer, key := h.start("anna", code, "")
	confirming := h.code(key)
	h.must(h.ConfirmLink(t.Context(), answer.ID, confirming))
	wrong := h.wrong(key)
	for range lockAfter {
		_, err := h.Verify(WithReference(t.Context(), "ref-1"), h.app, "anna", wrong)
		h.must(err)
	}
	_, err := h.Verify(t.Context(), h.app, "a stranger's text", wrong)
	h.must(err)
	h.refused(h.ConfirmLink(t.Context(), "a stranger's text", wrong), ReasonLinkGone, -1)
	rows, err := h.Audit(t.Context(), 1000)
	h.must(err)
	all := fmt.Sprintf("%+v", rows) + log.String()
	for _, secret := range []string{
		code.Canonical(), code.Reveal(), key.Secret.Base32(), confirming, wrong, h.appKey, "stranger", "anna@",
	} {
		if strings.Contains(all, secret) {
			t.Error("log or audit hold a secret or a name as typed")
		}
	}
	lock := rows[2]
	if lock.Kind != kindVerify || lock.Outcome != string(ReasonLocks) || lock.Person != p.ID ||
		lock.Application != h.app.ID || lock.Reference != "ref-1" || !lock.Time.Equal(h.clock.Now()) {
		t.Errorf("%+v", lock)
	}
	if !strings.Contains(log.String(), "ref-1") {
		t.Error("the lock is not in the log")
	}
	if few, err := h.Audit(t.Context(), 3); err != nil || len(few) != 3 || few[0] != rows[0] {
		t.Errorf("%v, %v", few, err)
	}
}

// Transactions without a row, and refused ones, leave the chain as it is.
func TestAuditChainGoesOnBesideOtherTransactions(t *testing.T) {
	h := newHouse(t)
	for range 3 {
		h.expect("nobody", "123456", ReasonUnknown)
		if err := h.Unlock(t.Context(), "nobody"); !errors.Is(err, ErrUnknownPerson) {
			t.Fatalf("got %v", err)
		}
		h.must(h.store.Do(t.Context(), func(*store.Tx) error { return nil }))
	}
	if n := h.rows("audit_chains"); n != 1 {
		t.Errorf("one process has %d chains", n)
	}
	h.must(h.VerifyAudit(t.Context()))
}
