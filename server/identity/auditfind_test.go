package identity

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sleutelbos/server/store"
)

func (h *house) foundLines(by Actor, s AuditSearch) (said []string) {
	h.t.Helper()
	for {
		page, err := h.FindAudit(h.t.Context(), by, s)
		h.must(err)
		for _, l := range page.Lines {
			said = append(said, l.Kind+" "+l.Outcome+" "+l.User)
		}
		if s.Before = page.Next; page.Next == 0 {
			return said
		}
	}
}

// The audit log is found by whatever is known of it, the newest first, whether
// the job has been there or not, by the operator and within a scope.
func TestTheAuditLogIsFound(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	for round := range 2 {
		for i := range 2 {
			d.must(d.Unlock(WithReference(ctx, fmt.Sprintf("REF%d%d", round, i)), d.person[i].User))
			d.expect(d.person[i].User, "123456", ReasonUnlinked)
		}
		d.must(d.SetOrganisationRules(ctx, d.by(0), d.school[0], []RuleChange{{Key: "remember-hours", Value: fmt.Sprint(round + 1)}}))
		if round == 0 {
			d.clock.add(time.Hour)
			d.tallied()
		}
	}
	op := Operator()
	for _, c := range []struct {
		by   Actor
		s    AuditSearch
		want []string
	}{
		{op, AuditSearch{Reference: "REF01"}, []string{"person.unlock done teacher-beta"}},
		{op, AuditSearch{Reference: "REF10"}, []string{"person.unlock done teacher-alpha"}},
		{d.by(0), AuditSearch{Reference: "REF01"}, nil},
		{d.by(0), AuditSearch{Reference: "REF00"}, []string{"person.unlock done teacher-alpha"}},
		{op, AuditSearch{Person: d.person[0].ID, Outcome: "unlinked"}, []string{"verify unlinked teacher-alpha", "verify unlinked teacher-alpha"}},
		{d.by(1), AuditSearch{Person: d.person[0].ID}, nil},
		{op, AuditSearch{Kind: "person.unlock", Limit: 1}, []string{
			"person.unlock done teacher-beta", "person.unlock done teacher-alpha", "person.unlock done teacher-beta", "person.unlock done teacher-alpha",
		}},
		{op, AuditSearch{Outcome: "unlinked", From: morning.Add(30 * time.Minute), Limit: 1}, []string{"verify unlinked teacher-beta", "verify unlinked teacher-alpha"}},
		{op, AuditSearch{Outcome: "unlinked", Until: morning.Add(30 * time.Minute)}, []string{"verify unlinked teacher-beta", "verify unlinked teacher-alpha"}},
		{d.by(0), AuditSearch{Kind: kindRuleSet}, []string{"rule.set done ", "rule.set done "}},
		{d.by(1), AuditSearch{Kind: kindRuleSet}, nil},
		{op, AuditSearch{Person: d.admin[0].ID, Kind: kindRuleSet}, []string{"rule.set done ", "rule.set done "}},
	} {
		if got := d.foundLines(c.by, c.s); !slices.Equal(got, c.want) {
			t.Errorf("%+v finds %q, want %q", c.s, got, c.want)
		}
	}
	for _, line := range d.foundLines(d.by(0), AuditSearch{Limit: 3}) {
		if strings.Contains(line, "beta") {
			t.Errorf("the other school is seen: %s", line)
		}
	}
	if all := d.foundLines(op, AuditSearch{}); len(all) != d.rows("audit") {
		t.Errorf("%d of %d lines are found", len(all), d.rows("audit"))
	}
	if _, err := d.FindAudit(ctx, PersonActor(d.person[0].ID), AuditSearch{}); err == nil {
		t.Error("somebody who manages nobody searches")
	}
}

// What the job counted is what happened, once, whoever runs it how often.
func TestCountsByTheHour(t *testing.T) {
	d := newDistrict(t)
	key := d.link(d.person[0].User)
	d.clock.add(30 * time.Second)
	d.expect(d.person[0].User, d.code(key), ReasonValid)
	d.tallied()
	d.clock.add(time.Hour)
	d.lock(d.person[0].User, key)
	d.tallied()
	d.tallied()
	for i, want := range []map[string]int64{
		{TallySignIns: 1, TallyRefused: lockAfter - 1, TallyLocks: 1, TallyOpened: 1}, {},
	} {
		g, err := d.Glance(t.Context(), d.by(i), GlanceDay)
		d.must(err)
		sums := map[string]int64{}
		for _, c := range g.Charts {
			for _, n := range c.Counts {
				if n > 0 {
					sums[c.What] += n
				}
			}
		}
		if fmt.Sprint(sums) != fmt.Sprint(want) {
			t.Errorf("school %d counts %v, want %v", i, sums, want)
		}
	}
}

// Codes that stand open are noted as of each hour, and none that ends unused is
// left out, however many end at one moment.
func TestOpenAndLapsedCodesAreCounted(t *testing.T) {
	d := newDistrict(t)
	d.tallied()
	level := func(by Actor) Chart {
		g, err := d.Glance(t.Context(), by, GlanceDay)
		d.must(err)
		for _, c := range g.Charts {
			if c.Level {
				return c
			}
		}
		t.Fatal("nothing stands open")
		return Chart{}
	}
	if c := level(Operator()); c.Total != 0 || c.Unknown[23] || !c.Unknown[22] {
		t.Errorf("%+v", c)
	}
	d.clock.add(2 * time.Hour)
	_, expires, err := d.NewActivation(t.Context(), d.person[0].User)
	d.must(err)
	ends := stamp(expires)
	const more = 2*lapsedBatch + 50
	d.must(d.store.Do(t.Context(), func(tx *store.Tx) error {
		for i := range more { // of one person, all at one moment
			a := store.Activation{ID: fmt.Sprintf("code%04d", i), Person: d.person[0].ID, Hash: []byte{1}, KeyID: "k", Made: 1, Expires: ends, State: store.ActivationOpen}
			if err := tx.AddActivation(a); err != nil {
				return err
			}
		}
		return nil
	}))
	d.tallied()
	for i, want := range []int64{1, 0} {
		if c := level(d.by(i)); c.Total != want || c.Counts[23] != want || c.Unknown[23] || !c.Unknown[22] || c.Unknown[21] || c.Counts[21] != 0 {
			t.Errorf("school %d: %+v", i, c)
		}
	}
	d.clock.add(expires.Sub(d.clock.Now()) + time.Minute)
	d.tallied()
	d.tallied()
	g, err := d.Glance(t.Context(), d.by(0), GlanceDay)
	d.must(err)
	for _, c := range g.Charts {
		if c.What == TallyLapsed && c.Total != more+1 || c.Level && c.Total != 0 {
			t.Errorf("%s: %d", c.What, c.Total)
		}
	}
}

func (h *house) tallied() {
	h.t.Helper()
	_, err := h.jobs().Run(h.t.Context(), "tally")
	h.must(err)
}
