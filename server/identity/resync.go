package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// Rules of resynchronising (RFC 4226 §7.4, RFC 6238 §6).
const (
	resyncReach = time.Hour // to each side, of a clock
	resyncAhead = 1000      // codes, of a counter
)

// Resynced says what came of two codes in a row.
type Resynced struct {
	Done   bool
	Reason Reason // ReasonValid when done
	// Offset is how far the clock is off, ahead when positive; it is told for
	// two right codes only. Counter-based keys have none.
	Offset time.Duration
}

// resync is two codes on their way through the rules.
type resync struct {
	attempt
	second string
	only   string // this link; empty: whichever of the person fits
	offset time.Duration
}

// Resync brings the server and a person's authenticator in step again by two
// codes in a row, which it uses up. Both together are one try, which counts
// like a code: a person who is locked gets none looked at. It is for those who
// manage the person, and for the person.
func (d *Desk) Resync(ctx context.Context, by Actor, user, first, second string) (Resynced, error) {
	return d.resync(ctx, by, first, second, func(tx *store.Tx, r *resync) (store.Person, error) {
		return personByUser(tx.View, user)
	})
}

// ResyncToken is [Desk.Resync] for the holder's link of one hardware token.
func (d *Desk) ResyncToken(ctx context.Context, by Actor, serial, first, second string) (Resynced, error) {
	return d.resync(ctx, by, first, second, func(tx *store.Tx, r *resync) (store.Person, error) {
		t, err := tokenBySerial(tx.View, serial)
		switch {
		case err != nil:
			return store.Person{}, err
		case t.Link == "":
			return store.Person{}, ErrTokenInStock
		}
		r.only = t.Link
		return tx.PersonByID(t.Holder)
	})
}

func (d *Desk) resync(ctx context.Context, by Actor, first, second string, find func(*store.Tx, *resync) (store.Person, error)) (Resynced, error) {
	one, err1 := enroll.NormalizeAnyCode(first)
	two, err2 := enroll.NormalizeAnyCode(second)
	readable := err1 == nil && err2 == nil && len(one) == len(two)
	var done resync
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		done = resync{attempt: attempt{code: one, readable: readable, now: d.now()}, second: two}
		person, err := find(tx, &done)
		if err == nil && by.PersonID() != person.ID {
			err = d.mayHandle(tx.View, by, person)
		}
		if err != nil {
			return err
		}
		done.person = person.ID
		if err := d.judgePair(tx, &done, person); err != nil {
			return err
		}
		return d.audit(tx, AuditRow{
			Kind: kindLinkResync, Outcome: string(done.verdict.Reason), Person: done.person, Link: done.link, Actor: by.id, Reference: referenceOf(ctx),
		})
	})
	if err != nil {
		return Resynced{}, fmt.Errorf("resynchronise: %w", err)
	}
	return Resynced{Done: done.verdict.Valid, Reason: done.verdict.Reason, Offset: done.offset}, nil
}

// judgePair decides, and writes what follows.
func (d *Desk) judgePair(tx *store.Tx, r *resync, person store.Person) error {
	switch {
	case !r.readable:
		r.verdict.Reason = ReasonNotACode
		return nil
	case person.LockedUntil > stamp(r.now):
		r.verdict.Reason = ReasonLocked
		return nil
	}
	_, _, links, err := tx.Candidates(canonical(person.User), nil)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	best := fitUnlinked
	for i := range links {
		l := &links[i]
		switch {
		case r.only != "" && l.Link != r.only:
			continue
		case l.Disabled != 0:
			best = max(best, fitDisabled)
			continue
		case len(r.code) != int(l.Digits):
			best = max(best, fitNotACode)
			continue
		}
		step, drift, err := d.matchPair(r, l)
		if err != nil {
			return err
		}
		if step >= 0 {
			return d.acceptPair(tx, r, l, person.Counters, step, drift)
		}
		best = fitWrong
	}
	if best != fitWrong {
		r.verdict.Reason = best.reason()
		return nil
	}
	return d.miss(tx, &r.attempt, person.Counters)
}

// matchPair looks for two steps in a row that have the codes, and returns the
// second and the drift that it shows; -1 when there are none.
func (d *Desk) matchPair(r *resync, l *store.Candidate) (step, drift int64, err error) {
	secret, err := d.key.open(l.Secret, l.KeyID, placeOfLink(l.Link, r.person))
	if err != nil {
		return -1, 0, err
	}
	key := keyOf(l.Parameters, secret)
	present := int64(key.Step(r.now))
	first, last := l.LastStep+1, l.LastStep+resyncAhead
	if key.Kind != enroll.HOTP {
		reach := int64(resyncReach.Seconds()) / l.Period
		first, last = max(first, present-reach), present+reach
	}
	for first = max(first, 0); first < last; first++ {
		at, ok := d.match(key, r.code, between(first, last-1))
		if !ok {
			return -1, 0, nil
		}
		if _, both := d.match(key, r.second, between(int64(at)+1, int64(at)+1)); both {
			if key.Kind != enroll.HOTP {
				drift = 2 * (int64(at) + 1 - present)
			}
			return int64(at) + 1, drift, nil
		}
		first = int64(at)
	}
	return -1, 0, nil
}

func (d *Desk) acceptPair(tx *store.Tx, r *resync, l *store.Candidate, was store.Counters, step, drift int64) error {
	granted, err := tx.ResyncLink(l.Link, step, stamp(r.now), drift)
	if err != nil {
		return err
	}
	if !granted {
		return store.ErrChanged // somebody else's transaction came between
	}
	r.verdict, r.link = Verdict{Valid: true, Step: uint64(step), Reason: ReasonValid}, l.Link
	r.offset = time.Duration(drift/2) * time.Duration(l.Period) * time.Second
	if was == (store.Counters{}) {
		return nil
	}
	return tx.SetCounters(r.person, was, store.Counters{})
}
