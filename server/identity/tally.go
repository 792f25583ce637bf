package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sleutelbos/server/store"
)

const (
	// tallyPause is how far behind the counts and the places may be.
	tallyPause = time.Minute
	// tallyBatch is how many lines one transaction takes. It is small, since
	// verifications wait for it.
	tallyBatch = 100
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
// tell by the hour, and notes by what they are searched. Verifying pays nothing
// for either.
func (d *Desk) tally(ctx context.Context, t *turn) (changed int, more bool, err error) {
	var at tallyPlace
	now := d.now()
	if err := d.store.Read(ctx, func(view *store.View) (err error) {
		at, err = readTally(view)
		return err
	}); err != nil {
		return 0, false, err
	}
	settled := d.FollowAudit(AuditPlace(at.Place))
	for range settleLooks {
		if err := settled.look(ctx); err != nil {
			return 0, false, err
		}
		if len(settled.writers) == 0 {
			break
		}
	}
	if len(settled.writers) > 0 {
		return 0, false, nil // the next turn is soon
	}
	bound := settled.bound
	err = t.do(ctx, func(tx *store.Tx) error {
		var err error
		if at, err = readTally(tx.View); err != nil {
			return err
		}
		entries, err := tx.AuditBetween(at.Place, bound, tallyBatch)
		if err != nil {
			return err
		}
		changed, more = len(entries), len(entries) == tallyBatch
		counts, err := d.tallyRows(tx, entries)
		if err != nil {
			return err
		}
		if len(entries) > 0 {
			at.Place = entries[len(entries)-1].ID
		} else {
			at.Place = max(at.Place, bound)
		}
		if !more {
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
		err = d.tallyOpen(ctx, t, stamp(now), changed > 0)
	}
	return changed, more, err
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

func (d *Desk) tallyRows(tx *store.Tx, entries []store.AuditEntry) (map[counted]int64, error) {
	counts := map[counted]int64{}
	scopes := map[string][]string{"": nil}
	for _, e := range entries {
		in, known := scopes[e.Person]
		if !known {
			var err error
			if in, err = tx.ScopesOf(e.Person); err != nil {
				return nil, err
			}
			scopes[e.Person] = in
		}
		if what := tallied(e.Kind, e.Outcome); what != "" {
			for _, scope := range append([]string{""}, in...) {
				counts[counted{scope, what, hourOf(e.At)}]++
			}
		}
		for _, value := range foundBy(e, in) {
			if err := tx.AddAuditKey(value, e.ID); err != nil {
				return nil, err
			}
		}
	}
	return counts, nil
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
