package identity

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

func (h *house) jobs() *Jobs {
	h.t.Helper()
	j, err := h.Jobs()
	h.must(err)
	return j
}

func (h *house) ranJob(name string) JobStanding {
	h.t.Helper()
	all, err := h.JobStandings(h.t.Context())
	h.must(err)
	for _, j := range all {
		if j.Name == name {
			return j
		}
	}
	h.t.Fatal("no such job: " + name)
	return JobStanding{}
}

func TestJobsRunByTheHourOnOneProcess(t *testing.T) {
	h := newHouse(t)
	other := h.beside()
	one, two := h.jobs(), other.jobs()
	together(2, func(i int) { h.must([]*Jobs{one, two}[i].RunDue(t.Context())) })
	began := h.ranJob("ended").Began
	if began.IsZero() || h.ranJob("ended").Running {
		t.Errorf("%+v", h.ranJob("ended"))
	}
	h.clock.add(jobPause - time.Minute)
	h.must(two.RunDue(t.Context()))
	if !h.ranJob("ended").Began.Equal(began) {
		t.Error("it ran before the hour was over")
	}
	h.clock.add(2 * time.Minute)
	h.must(two.RunDue(t.Context()))
	if h.ranJob("ended").Began.Equal(began) {
		t.Error("it did not run after an hour")
	}
	if _, err := one.Run(t.Context(), "nothing"); !errors.Is(err, ErrUnknownJob) {
		t.Error(err)
	}
}

// Who was killed in a turn loses it, and what it still tries is not kept.
func TestKilledInATurn(t *testing.T) {
	h := newHouse(t)
	one, two := h.jobs(), h.beside().jobs()
	taken, err := one.take(t.Context(), job{name: "ended"}, true)
	h.must(err)
	if !taken {
		t.Fatal("not taken")
	}
	dead := &turn{desk: h.Desk, job: "ended", holder: one.holder}
	for range 3 { // it lives: every beat counts
		if _, err := two.Run(t.Context(), "ended"); !errors.Is(err, ErrJobTaken) {
			t.Fatalf("got %v", err)
		}
		h.clock.add(leaseLife - time.Second)
		h.must(dead.do(t.Context(), func(*store.Tx) error { return nil }))
	}
	if _, err := two.Run(t.Context(), "ended"); !errors.Is(err, ErrJobTaken) {
		t.Fatalf("got %v", err)
	}
	h.clock.add(leaseLife)
	if _, err := two.Run(t.Context(), "ended"); err != nil {
		t.Fatal(err)
	}
	err = dead.do(t.Context(), func(tx *store.Tx) error { return tx.SetSetting("x", store.Setting{Value: []byte{1}}) })
	if !errors.Is(err, store.ErrChanged) {
		t.Errorf("a turn that was lost goes on: %v", err)
	}
}

func TestEndedThingsAreRemoved(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	h.start("anna", h.activation("anna"), "one")
	h.clock.add(remembered + 2*activationLife)
	changed, err := h.jobs().Run(t.Context(), "ended")
	h.must(err)
	if changed < 3 {
		t.Errorf("%d rows were removed", changed)
	}
	for _, table := range []string{"activations", "pending_links", "requests", "tries"} {
		if n := storetest.Count(t, h.database(), "SELECT count(*) FROM "+table); n != 0 {
			t.Errorf("%d rows are left in %s", n, table)
		}
	}
}

// A million people who were imported on one day have codes that end on one day:
// whoever makes a code then does not wait for all of them.
func TestWhatIsOverGoesInParts(t *testing.T) {
	h := newHouse(t)
	id := h.person("anna").ID
	const many = 3 * purgeBatch
	rows := func(row func(id string) []any) iter.Seq[[]any] {
		return func(yield func([]any) bool) {
			for i := range many {
				if !yield(row(fmt.Sprintf("%032d", i))) {
					return
				}
			}
		}
	}
	storetest.Fill(
		t, h.database(),
		storetest.Rows{Table: "activations", Columns: strings.Fields("id person hash key_id made expires state"), All: rows(
			func(row string) []any {
				return []any{row, id, []byte{1}, "k", int64(1), int64(2), store.ActivationUsed}
			})},
		storetest.Rows{Table: "outbox", Columns: strings.Fields("id person kind sealed key_id message_id made next_try state finished"), All: rows(
			func(row string) []any {
				return []any{row, id, string(MessageLocked), []byte{}, "", row, int64(1), int64(1), store.MessageSent, int64(2)}
			})},
	)
	left := func(table string) int {
		return storetest.Count(t, h.database(), "SELECT count(*) FROM "+table+" WHERE made = 1")
	}
	h.activation("anna")
	if codes, messages := left("activations"), left("outbox"); codes != many-purgeBatch || messages != many-purgeBatch {
		t.Errorf("%d codes and %d messages are left", codes, messages)
	}
	h.activation("anna")
	if codes := left("activations"); codes != many-purgeBatch {
		t.Errorf("the next one removes more: %d codes are left", codes)
	}
	h.Desk.starts = purgeStarts - 1 // as many as a flood brings before it removes more
	h.activation("anna")
	if codes := left("activations"); codes != many-2*purgeBatch {
		t.Errorf("%d codes are left in a flood", codes)
	}
	_, err := h.jobs().Run(t.Context(), "ended")
	h.must(err)
	if codes, messages := left("activations"), left("outbox"); codes+messages != 0 {
		t.Errorf("%d codes and %d messages are left by the job", codes, messages)
	}
}

// lapsed runs the job and tells what the last link and the outbox say.
func (h *house) lapsed() (notices int, gone bool) {
	h.t.Helper()
	_, err := h.jobs().Run(h.t.Context(), "lapse")
	h.must(err)
	return storetest.Count(h.t, h.database(), "SELECT count(*) FROM outbox WHERE kind LIKE 'lapses%'"),
		storetest.Count(h.t, h.database(), "SELECT count(*) FROM links WHERE disabled <> 0") > 0
}

func (h *house) expectLapse(wantNotices int, wantGone bool) {
	h.t.Helper()
	for range 2 { // a second turn says nothing twice
		if notices, gone := h.lapsed(); notices != wantNotices || gone != wantGone {
			h.t.Fatalf("%d notices, lapsed %v; want %d, %v", notices, gone, wantNotices, wantGone)
		}
	}
}

func TestLinkLapses(t *testing.T) {
	h := newHouse(t)
	h.must(h.SetMail(t.Context(), Mail{From: "noreply@example.org"}))
	key := h.linked("anna")
	h.expect("anna", h.code(key), ReasonValid)
	used := h.clock.Now()
	to := func(at time.Time) { h.clock.add(at.Sub(h.clock.Now())) }
	ends := used.AddDate(0, KeepIdleLinks, 0)
	to(ends.Add(-lapseMonth - time.Hour))
	h.expectLapse(0, false)
	to(ends.Add(-lapseMonth + time.Hour))
	h.expectLapse(1, false)

	// A use makes the notice void: all begins anew.
	h.expect("anna", h.code(key), ReasonValid)
	to(ends.Add(time.Hour))
	h.expectLapse(1, false)
	ends = used.AddDate(0, 2*KeepIdleLinks-1, 0)
	to(ends)
	h.expectLapse(2, false)
	to(ends.Add(lapseMonth - lapseWeek + time.Hour))
	h.expectLapse(3, false)
	h.expect("anna", h.wrong(key), ReasonWrong) // a wrong code is no use
	to(ends.Add(lapseMonth + 2*24*time.Hour))
	h.expectLapse(3, true)
	h.expect("anna", h.code(key), ReasonDisabled)
	rows, err := h.Audit(t.Context(), 100)
	h.must(err)
	told, done := 0, 0
	for _, r := range rows {
		if r.Kind == kindLinkLapse && r.Outcome == outcomeTold {
			told++
		}
		if r.Kind == kindLinkLapse && r.Outcome == outcomeDone {
			done++
		}
	}
	if told != 3 || done != 1 {
		t.Errorf("the audit log tells of %d notices and %d ends", told, done)
	}
	if n := storetest.Count(t, h.database(), "SELECT count(*) FROM links WHERE length(secret) > 0"); n != 0 {
		t.Error("the secret is still there")
	}
	h.must(h.VerifyAudit(t.Context()))
}

// However long no server ran, nobody's link ends without the month's notice.
func TestLapseAfterALongSilence(t *testing.T) {
	h := newHouse(t)
	h.must(h.SetMail(t.Context(), Mail{From: "noreply@example.org"}))
	h.linked("anna")
	h.clock.add(3 * 365 * 24 * time.Hour)
	h.expectLapse(1, false)
	h.clock.add(lapseMonth - lapseWeek + time.Hour)
	h.expectLapse(2, false)
	h.clock.add(lapseWeek - 2*time.Hour)
	h.expectLapse(2, false)
	h.clock.add(3 * time.Hour)
	h.expectLapse(2, true)
}

func TestLinksNeverLapse(t *testing.T) {
	h := newHouse(t)
	h.linked("anna")
	h.must(h.SetOrganisation(t.Context(), func(s *OrganisationSettings) error { s.Keep.IdleLinks = -1; return nil }))
	h.clock.add(10 * 365 * 24 * time.Hour)
	h.expectLapse(0, false)
	err := h.SetOrganisation(t.Context(), func(s *OrganisationSettings) error { s.Keep.IdleLinks = 1; return nil })
	var field *FieldError
	if !errors.As(err, &field) {
		t.Errorf("a month is taken: %v", err)
	}
}

// A step whose parts rested is not rested for a second time.
func TestAStepRestsOnce(t *testing.T) {
	over, end := context.WithCancel(t.Context())
	end()
	step := &turn{}
	step.rest(over, 3*time.Second)
	if owed := step.owed(10 * time.Second); owed <= 0 || owed > 7*time.Second {
		t.Errorf("after 3 of 10 seconds rested for, %s are owed, want at most 7", owed)
	}
	if owed := step.owed(time.Second); owed != 0 {
		t.Errorf("%s are owed of what was rested for", owed)
	}
	hurried := &turn{hurry: true}
	hurried.rest(over, time.Hour)
	if hurried.paid != 0 {
		t.Error("a job that somebody waits for rests")
	}
}
