package identity

import (
	"testing"

	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

func (f *AuditFollower) all(h *house) (lines []AuditLine, settled bool) {
	h.t.Helper()
	for {
		more, settled, err := f.Next(h.t.Context(), 3)
		h.must(err)
		if lines = append(lines, more...); len(more) < 3 {
			return lines, settled
		}
	}
}

func TestFollowingTheLog(t *testing.T) {
	h := newHouse(t)
	follower := h.FollowAudit(0)
	if lines, settled := follower.all(h); len(lines) != 2 || !settled {
		t.Fatalf("%d lines, settled %v", len(lines), settled)
	}
	for range 7 {
		h.expect("nobody", "123456", ReasonUnknown)
	}
	lines, _ := follower.all(h)
	if len(lines) != 7 || lines[6].Sequence != 9 {
		t.Errorf("%d lines", len(lines))
	}
	again := h.FollowAudit(lines[3].Place)
	if lines, _ := again.all(h); len(lines) != 3 {
		t.Errorf("%d lines after the fourth", len(lines))
	}
}

// A row whose transaction ends after that of a row behind it is not passed over.
func TestFollowingPassesNothingOver(t *testing.T) {
	h := newHouse(t)
	slow := h.beside()
	h.expect("nobody", "123456", ReasonUnknown)
	slow.expect("nobody", "123456", ReasonUnknown) // its chain has begun
	follower := h.FollowAudit(0)
	follower.all(h)
	written, go_ := make(chan struct{}), make(chan struct{})
	ended := make(chan error)
	go func() {
		ended <- slow.store.DoFor(background, "somebody", func(tx *store.Tx) error {
			if err := slow.audit(tx, AuditRow{Kind: kindVerify, Outcome: "slow"}); err != nil {
				return err
			}
			_, _, _, _ = tx.Candidates("somebody else", nil) // sends what was left
			close(written)
			<-go_
			return nil
		})
	}()
	<-written
	if storetest.Postgres() { // SQLite has one writer, who would wait here
		h.expect("nobody", "123456", ReasonUnknown)
		if lines, settled := follower.all(h); len(lines) != 0 || settled {
			t.Errorf("%d lines beside a writer, settled %v", len(lines), settled)
		}
	}
	close(go_)
	h.must(<-ended)
	lines, settled := follower.all(h)
	for !settled {
		var more []AuditLine
		more, settled = follower.all(h)
		lines = append(lines, more...)
	}
	if more, _ := follower.all(h); len(more) > 0 {
		lines = append(lines, more...)
	}
	slowly := 0
	for _, l := range lines {
		if l.Outcome == "slow" {
			slowly++
		}
	}
	if slowly != 1 {
		t.Errorf("the slow row came %d times in %d lines", slowly, len(lines))
	}
}
