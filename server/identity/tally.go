package identity

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"sleutelbos/server/store"
)

const (
	// tallyPause is how far behind the counts and the places may be.
	tallyPause = time.Minute
	// tallyBatch is how many lines are counted at once, keysBatch how many places
	// one transaction notes. That is few, since verifications wait for it.
	tallyBatch = 1000
	keysBatch  = 100
	// lapsedBatch is how many codes that ended unused one transaction counts.
	lapsedBatch = 100
	// settleLooks is how often it is looked whether those who wrote have ended.
	settleLooks = 100
	// tallyKept is how long counts are kept: a whole year can be drawn.
	tallyKept = 400 * 24 * time.Hour
)

// What is counted by the hour.
const (
	TallySignIns = "signins"
	TallyRefused = "refused"
	TallyLocks   = "locks"
	TallyOpened  = "opened" // activation codes that were made
	TallyLapsed  = "lapsed" // those that ended unused
	TallyOpen    = "open"   // those that can be used, as of a moment: it is noted, not counted
)

// tallyPlace is how far the log was counted and noted.
type tallyPlace struct {
	Place int64 `json:"place"`
	// Lapsed is the moment up to which lapsed codes were counted, LapsedID the last
	// of that moment, where there were too many for one transaction.
	Lapsed   int64  `json:"lapsed"`
	LapsedID string `json:"lapsed_id,omitempty"`
}

func readTally(view *store.View) (tallyPlace, error) {
	var p tallyPlace
	err := readSetting(view, store.SettingTally, &p)
	return p, err
}

// tally follows the audit log, as far as it is settled, counts what its lines
// tell by the hour, and notes by what they are searched. Verifying pays little for
// either: all reading is done beside the writer. Places are noted before the counts
// are kept, and noted again when the process ends in between.
func (d *Desk) tally(ctx context.Context, t *turn) (changed int, more bool, err error) {
	now := d.now()
	var read tallyRead
	if err := d.store.Read(ctx, func(view *store.View) (err error) {
		read.from, err = readTally(view)
		return err
	}); err != nil {
		return 0, false, err
	}
	bound, settled, err := d.settled(ctx, read.from.Place)
	if err != nil || !settled {
		return 0, false, err // not settled: the next turn is soon
	}
	if err := d.store.Read(ctx, func(view *store.View) error { return read.lines(view, bound) }); err != nil {
		return 0, false, err
	}
	for part := range slices.Chunk(read.keys, keysBatch) {
		began := time.Now()
		if err := t.do(ctx, func(tx *store.Tx) error { return tx.AddAuditKeys(part) }); err != nil {
			return 0, false, err
		}
		t.rest(ctx, time.Since(began))
	}
	err = t.do(ctx, func(tx *store.Tx) error {
		at, err := readTally(tx.View)
		if err != nil {
			return err
		}
		if at != read.from {
			return store.ErrChanged
		}
		counts := maps.Clone(read.counts)
		at.Place = read.place
		if more = read.more; !more {
			if more, err = tallyLapsed(tx, counts, &at, stamp(now)); err != nil {
				return err
			}
			if err := tx.ForgetTallies(hourOf(stamp(now.Add(-tallyKept)))); err != nil {
				return err
			}
		}
		return keepTally(tx, counts, at)
	})
	if err == nil && !more {
		err = d.tallyOpen(ctx, t, stamp(now), read.changed > 0)
	}
	return read.changed, more, err
}

// settled looks up to which place of the audit log, after another, no line can
// come any more; it does not wait long for it.
func (d *Desk) settled(ctx context.Context, after int64) (bound int64, ok bool, err error) {
	follower := d.FollowAudit(AuditPlace(after))
	for range settleLooks {
		if err := follower.look(ctx); err != nil {
			return 0, false, err
		}
		if len(follower.writers) == 0 {
			return follower.bound, true, nil
		}
	}
	return 0, false, nil
}

// tallyRead is what was read of the audit log to be counted and noted.
type tallyRead struct {
	from    tallyPlace
	place   int64 // up to here
	more    bool  // there are lines after that
	changed int   // lines
	counts  map[counted]int64
	keys    []store.AuditKey
}

func (r *tallyRead) lines(view *store.View, bound int64) error {
	entries, err := view.AuditBetween(r.from.Place, bound, tallyBatch)
	if err != nil {
		return err
	}
	r.place, r.counts, r.keys = max(r.from.Place, bound), map[counted]int64{}, nil
	if r.changed = len(entries); r.changed > 0 {
		r.place = entries[len(entries)-1].ID
	}
	r.more = r.changed == tallyBatch
	people := make([]string, 0, len(entries))
	for _, e := range entries {
		people = append(people, e.Person)
	}
	slices.Sort(people)
	scopes, err := view.ScopesOfAll(slices.Compact(people))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if what := tallied(e.Kind, e.Outcome); what != "" {
			for _, scope := range append([]string{""}, scopes[e.Person]...) {
				r.counts[counted{scope, what, hourOf(e.At)}]++
			}
		}
		for _, value := range foundBy(e, scopes[e.Person]) {
			r.keys = append(r.keys, store.AuditKey{Value: value, Place: e.ID})
		}
	}
	slices.SortFunc(r.keys, func(a, b store.AuditKey) int { // neighbours share a page
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.Place, b.Place))
	})
	return nil
}

// counted is what was counted of one scope in one hour.
type counted struct {
	scope, what string
	hour        int64
}

func keepTally(tx *store.Tx, counts map[counted]int64, at tallyPlace) error {
	for c, n := range counts {
		if err := tx.AddTally(store.Tally{Scope: c.scope, What: c.what, Hour: c.hour, N: n}); err != nil {
			return err
		}
	}
	return writeSetting(tx, store.SettingTally, at)
}

// tallyLapsed counts codes that ended unused since the place, as many as one
// transaction takes.
func tallyLapsed(tx *store.Tx, counts map[counted]int64, at *tallyPlace, now int64) (more bool, err error) {
	if at.Lapsed == 0 {
		at.Lapsed = now
		return false, nil
	}
	lapsed, err := tx.LapsedActivations(at.Lapsed, at.LapsedID, now, lapsedBatch)
	if err != nil {
		return false, err
	}
	for _, l := range lapsed {
		in, err := tx.ScopesOf(l.Person)
		if err != nil {
			return false, err
		}
		for _, scope := range append([]string{""}, in...) {
			counts[counted{scope, TallyLapsed, hourOf(l.Ended)}]++
		}
	}
	if more = len(lapsed) == lapsedBatch; more {
		at.Lapsed, at.LapsedID = lapsed[lapsedBatch-1].Ended, lapsed[lapsedBatch-1].ID
	} else {
		at.Lapsed, at.LapsedID = now, ""
	}
	return more, nil
}

// tallyOpen notes how many codes can be used, in each hour and after whatever was
// counted: what stood open cannot be told afterwards.
func (d *Desk) tallyOpen(ctx context.Context, t *turn, now int64, counted bool) error {
	hour := hourOf(now)
	var open map[string]int64
	err := d.store.Read(ctx, func(view *store.View) error {
		done, err := view.Tallied(store.Tally{What: TallyOpen, Hour: hour})
		if err == nil && (!done || counted) {
			open, err = view.OpenActivations(now)
		}
		return err
	})
	if err != nil || len(open) == 0 {
		return err
	}
	return t.do(ctx, func(tx *store.Tx) error {
		for scope, n := range open {
			if err := tx.SetTally(store.Tally{Scope: scope, What: TallyOpen, Hour: hour, N: n}); err != nil {
				return err
			}
		}
		return nil
	})
}

func hourOf(at int64) int64 { return at / time.Hour.Milliseconds() }

// tallied is what a line counts as; empty: nothing.
func tallied(kind, outcome string) string {
	switch {
	case kind == kindActivationNew || kind == kindActivationMail:
		return TallyOpened
	case kind != kindVerify && kind != kindSignIn:
		return ""
	}
	switch Reason(outcome) {
	case ReasonValid, ReasonDayCode:
		return TallySignIns
	case ReasonLocks:
		return TallyLocks
	}
	return TallyRefused
}

// The letters of values by which lines are found.
const (
	keyPerson, keyActor, keyReference, keyKind, keyOutcome, keyScope = "p", "a", "r", "k", "o", "s"
)

// foundBy are the values by which a line is found. What most lines have is not
// among them: the log itself is quicker for that.
func foundBy(e store.AuditEntry, scopes []string) []string {
	var all []string
	add := func(letter, value string) {
		if value != "" {
			all = append(all, letter+value)
		}
	}
	add(keyPerson, e.Person)
	add(keyActor, e.Actor)
	add(keyReference, e.Reference)
	if e.Kind != kindVerify {
		add(keyKind, e.Kind)
	}
	if e.Outcome != string(ReasonValid) && e.Outcome != outcomeDone {
		add(keyOutcome, e.Outcome)
	}
	if e.Kind == kindRuleSet && !slices.Contains(scopes, e.Link) {
		scopes = append(slices.Clone(scopes), e.Link)
	}
	for _, scope := range scopes {
		add(keyScope, scope)
	}
	return all
}

func forgetKeys(tx *store.Tx, e store.AuditEntry) error {
	scopes, err := tx.ScopesOf(e.Person)
	if err != nil {
		return fmt.Errorf("forget where a line stood: %w", err)
	}
	return tx.ForgetAuditKeys(foundBy(e, scopes), e.ID)
}
