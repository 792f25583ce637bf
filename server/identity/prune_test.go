package identity

import (
	"testing"
	"time"

	"sleutelbos/server/store/storetest"
)

const month = 31 * 24 * time.Hour

// pruned makes a log of which the verifications are over, and another chain.
func pruned(t *testing.T) *house {
	h := newHouse(t) // rows 1 and 2
	for range 3 {
		h.expect("nobody", "123456", ReasonUnknown) // 3 to 5
	}
	h.person("anna")                            // 6, and 7 of the role
	h.expect("nobody", "123456", ReasonUnknown) // 8
	h.restart()
	h.expect("nobody", "123456", ReasonUnknown)
	h.clock.add(14 * month)
	h.expect("nobody", "123456", ReasonUnknown)
	changed, err := h.jobs().Run(t.Context(), "audit")
	h.must(err)
	if changed != 5 {
		t.Fatalf("%d rows were removed", changed)
	}
	h.must(h.VerifyAudit(t.Context()))
	return h
}

func TestAuditRowsGoByTheirKind(t *testing.T) {
	h := pruned(t)
	if n := storetest.Count(t, h.database(), "SELECT count(*) FROM audit WHERE chain = 1"); n != 4 {
		t.Errorf("%d rows are left", n)
	}
	changed, err := h.jobs().Run(t.Context(), "audit")
	h.must(err)
	if changed != 0 {
		t.Errorf("%d more", changed)
	}
	h.restart()
	h.expect("nobody", "123456", ReasonUnknown)
	h.must(h.VerifyAudit(t.Context()))

	h.clock.add(80 * month) // now all of the first chain goes, into one stretch
	_, err = h.jobs().Run(t.Context(), "audit")
	h.must(err)
	if n := storetest.Count(t, h.database(), "SELECT count(*) FROM audit_pruned WHERE chain = 1"); n != 1 {
		t.Errorf("%d stretches", n)
	}
	h.must(h.VerifyAudit(t.Context()))
}

func TestRemovedIsNotPruned(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		seq   int64
		fault AuditFault
	}{
		"row after a stretch":  {"DELETE FROM audit WHERE chain = 1 AND seq = 6", 6, AuditRemoved},
		"row before a stretch": {"DELETE FROM audit WHERE chain = 1 AND seq = 2", 2, AuditRemoved},
		"row changed":          {"UPDATE audit SET outcome = 'x' WHERE chain = 1 AND seq = 6", 6, AuditChanged},
		"stretch made longer":  {"UPDATE audit_pruned SET last = 6 WHERE chain = 1 AND first = 3", 3, AuditRemoved},
		"stretch removed":      {"DELETE FROM audit_pruned WHERE chain = 1 AND first = 3", 3, AuditRemoved},
		"stretch changed":      {"UPDATE audit_pruned SET mac = seal WHERE chain = 1 AND first = 3", 3, AuditRemoved},
		"last stretch removed": {"DELETE FROM audit_pruned WHERE chain = 1 AND first = 8", 8, AuditRemoved},
	} {
		t.Run(name, func(t *testing.T) {
			h := pruned(t)
			h.tamper(test.text)
			h.expectFault(1, test.seq, test.fault)
		})
	}
}
