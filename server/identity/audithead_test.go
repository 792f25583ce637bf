package identity

import (
	"errors"
	"testing"
	"time"
)

// What a head outside pins cannot be cut off unseen, which without it nobody
// can tell.
func TestAHeadShowsACutOffEnd(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		chain int64
		seq   int64
		fault AuditFault
	}{
		"end cut off":      {"DELETE FROM audit WHERE chain = 2 AND seq > 2", 2, 3, AuditRemoved},
		"last row cut off": {"DELETE FROM audit WHERE chain = 2 AND seq = 4", 2, 4, AuditRemoved},
		"chain cut off":    {"DELETE FROM audit WHERE chain = 2", 2, 0, AuditRemoved},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			first, err := h.AuditHeads(t.Context(), nil)
			h.must(err)
			h.restart()
			for range 4 {
				h.expect("nobody", "123456", ReasonUnknown)
			}
			h.clock.add(time.Minute)
			second, err := h.AuditHeads(t.Context(), &first[0])
			h.must(err)
			if len(first) != 1 || len(second) != 1 || second[0].Chain != 2 || second[0].Sequence != 4 {
				t.Fatalf("heads %v and %v", first, second)
			}
			heads := append(first, second...)
			h.must(h.VerifyAudit(t.Context(), heads...))
			h.tamper(test.text)
			if name == "chain cut off" {
				h.tamper("DELETE FROM audit_chains WHERE chain = 2")
			}
			if err := h.VerifyAudit(t.Context()); err != nil {
				t.Fatalf("without the heads it shows already: %v", err)
			}
			var got *AuditError
			err = h.VerifyAudit(t.Context(), heads...)
			if want := (AuditError{test.chain, test.seq, test.fault}); !errors.As(err, &got) || *got != want {
				t.Errorf("got %v, want %v", err, want.Error())
			}
		})
	}
}

func TestOnlyThisServersHeadsCount(t *testing.T) {
	h, other := newHouse(t), newHouse(t)
	heads, err := h.AuditHeads(t.Context(), nil)
	h.must(err)
	foreign, err := other.AuditHeads(t.Context(), nil)
	h.must(err)
	if err := h.VerifyAudit(t.Context(), foreign...); !errors.Is(err, ErrWrongServerKey) {
		t.Errorf("another server's head gives %v", err)
	}
	for name, change := range map[string]func(*AuditHead){
		"sequence":  func(a *AuditHead) { a.Sequence-- },
		"chain":     func(a *AuditHead) { a.Chain++ },
		"place":     func(a *AuditHead) { a.Place++ },
		"time":      func(a *AuditHead) { a.Time = a.Time.Add(time.Second) },
		"mac":       func(a *AuditHead) { a.MAC = "00" },
		"signature": func(a *AuditHead) { a.Signature = "no" },
	} {
		changed := heads[0]
		change(&changed)
		if err := h.VerifyAudit(t.Context(), changed); !errors.Is(err, ErrAuditHead) {
			t.Errorf("with another %s a head gives %v", name, err)
		}
		again, err := h.AuditHeads(t.Context(), &changed)
		if err != nil || len(again) != 1 {
			t.Errorf("after a changed head not all is signed anew: %v, %v", again, err)
		}
	}
	if again, err := h.AuditHeads(t.Context(), &heads[0]); err != nil || len(again) != 0 {
		t.Errorf("nothing was written, yet it is signed again: %v, %v", again, err)
	}
}

// A database that was replaced does not hold the last head: all its chains are
// signed anew, and the former heads are missed.
func TestHeadsAfterARestore(t *testing.T) {
	h := newHouse(t)
	h.restart()
	h.expect("nobody", "123456", ReasonUnknown)
	heads, err := h.AuditHeads(t.Context(), nil)
	h.must(err)
	h.tamper("DELETE FROM audit WHERE chain = 2")
	h.tamper("DELETE FROM audit_chains WHERE chain = 2")
	h.restart()
	h.clock.add(time.Second)
	h.expect("nobody", "123456", ReasonUnknown)
	again, err := h.AuditHeads(t.Context(), &heads[len(heads)-1])
	if err != nil || len(again) != 2 {
		t.Errorf("the heads anew are %v, %v", again, err)
	}
	h.must(h.VerifyAudit(t.Context(), again...))
	if err := h.VerifyAudit(t.Context(), heads...); err == nil {
		t.Error("nobody misses the rows of before")
	}
}

func TestAuditIsReadInPages(t *testing.T) {
	h := newHouse(t)
	h.clock.add(time.Hour)
	for range 5 {
		h.expect("nobody", "123456", ReasonUnknown)
	}
	place, err := h.AuditSince(t.Context(), morning.Add(time.Minute))
	h.must(err)
	var outcomes []string
	for {
		rows, next, err := h.AuditAfter(t.Context(), place, 2)
		h.must(err)
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			outcomes = append(outcomes, row.Outcome)
		}
		place = next
	}
	if len(outcomes) != 5 {
		t.Errorf("since the hour there are %v", outcomes)
	}
	if end, err := h.AuditSince(t.Context(), morning.Add(24*time.Hour)); err != nil || end != place {
		t.Errorf("tomorrow begins at %d, %v; the end is %d", end, err, place)
	}
}
