package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// Rules of verifying.
const (
	window    = 1                // time steps to each side of now (RFC 6238 §5.2)
	lockAfter = 5                // wrong codes
	lockTime  = 15 * time.Minute // from the wrong code that locked
	// disableAfter is how many wrong codes in a row end the person's links
	// (NIST SP 800-63B-4 §3.2.2).
	disableAfter = 100
	// noticeAfter is how many of them the person is told about, long before.
	noticeAfter = 50
)

// Verdict is the answer about a code. Only Valid may leave the server: every
// refusal must look alike outside.
type Verdict struct {
	Valid  bool
	Step   uint64 // the time step that was used up; 0 unless Valid
	Reason Reason // for the audit log and metrics
}

// attempt is one code on its way through the rules.
type attempt struct {
	application Application
	name        string // canonical
	code        string // normalised
	readable    bool   // it can be a code at all
	now         time.Time
	person      string
	day         string // the digits, where they have the form of a day code
	link        string // the one that the code fits
	drift       int64  // of that link, as learned by the code
	verdict     Verdict
}

// Verify says whether the code is right for the person that the user name or
// address means, and uses it up: of all requests with one code, at any number
// of servers, one gets Valid. A blank user touches nobody; neither a text that
// cannot be a code nor a code that was right before is counted as a guess. The error is [ErrUnauthorised] when the
// application's key was revoked or replaced after [Desk.Authenticate].
func (d *Desk) Verify(ctx context.Context, application Application, user, code string) (verdict Verdict, err error) {
	defer d.observed(d.clock(), &verdict, &err)
	asked := attempt{application: application, name: canonical(user)}
	if asked.name == "" {
		return Verdict{Reason: ReasonBlank}, nil
	}
	if !d.crowd.enter(application.ID) {
		return Verdict{}, fmt.Errorf("verify a code: %w", ErrFlooded)
	}
	defer d.crowd.leave(application.ID)
	normal, unreadable := enroll.NormalizeAnyCode(code)
	asked.code, asked.readable = normal, unreadable == nil
	if !asked.readable {
		asked.day = dayCodeIn(code)
	}
	reference := referenceOf(ctx)
	var done attempt
	err = d.store.DoFor(ctx, asked.name, func(tx *store.Tx) error {
		done = asked
		done.now = d.now()
		return d.verify(tx, &done, reference)
	})
	if err != nil {
		if errors.Is(err, ErrUnauthorised) {
			d.keys.forget()
			return Verdict{}, ErrUnauthorised
		}
		return Verdict{}, fmt.Errorf("verify a code: %w", err)
	}
	switch done.verdict.Reason {
	case ReasonLocks, ReasonDisables:
		d.log.WarnContext(ctx, "too many wrong codes", "person", done.person,
			"outcome", string(done.verdict.Reason), "reference", reference)
	}
	return done.verdict, nil
}

func (d *Desk) verify(tx *store.Tx, a *attempt, reference string) error {
	if err := d.askers.admit(tx, a.application, a.now); err != nil {
		return err
	}
	person, counters, links, err := tx.Candidates(a.name, d.candidates)
	d.candidates = links
	unknown := errors.Is(err, store.ErrNotFound)
	if err != nil && !unknown {
		return err
	}
	a.person = person
	if !a.readable && a.day == "" {
		a.verdict = Verdict{Reason: ReasonNotACode}
	} else if err := d.judge(tx, a, counters, links, unknown); err != nil {
		return err
	}
	return d.audit(tx, AuditRow{
		Kind: kindVerify, Outcome: string(a.verdict.Reason), Person: a.person,
		Application: a.application.ID, Link: a.link, Reference: reference,
	})
}

// judge decides, and writes what follows. Whatever the reason, the code is
// matched and one statement counts, so that no refusal is quicker than another.
func (d *Desk) judge(tx *store.Tx, a *attempt, counters store.Counters, links []store.Candidate, unknown bool) error {
	step, reason, err := d.matchLinks(a, links)
	if err != nil {
		return err
	}
	if a.day != "" {
		if reason, err = d.matchDay(tx.View, a, reason); err != nil {
			return err
		}
	}
	now := stamp(a.now)
	switch {
	case unknown:
		reason = ReasonUnknown
	case counters.LockedUntil > now:
		reason = ReasonLocked
	case len(links) > 0 && reason != ReasonUnlinked && reason != ReasonDisabled:
		reason = within(links[0].Starts, links[0].Ends, now, reason)
	}
	switch reason {
	case ReasonValid:
		if a.day != "" {
			return d.acceptDay(tx, a, counters)
		}
		return d.accept(tx, a, counters, step)
	case ReasonWrong:
		return d.miss(tx, a, counters)
	case ReasonReplayed:
		// No guess: a double click or a client that sends again must not lock
		// its owner out.
		a.verdict = Verdict{Reason: reason}
		return tx.CountNobody()
	default:
		a.verdict, a.link = Verdict{Reason: reason}, ""
		return tx.CountNobody()
	}
}

// fit is how well a code fits a person's links, the better ones last.
type fit int

const (
	fitUnlinked fit = iota
	fitDisabled
	fitOutOfStep
	fitNotACode // of a length that none of the links has
	fitWrong
	fitReplayed
	fitValid
)

func (f fit) reason() Reason {
	return [...]Reason{
		ReasonUnlinked, ReasonDisabled, ReasonOutOfStep, ReasonNotACode, ReasonWrong, ReasonReplayed, ReasonValid,
	}[f]
}

// matchLinks compares the code with every working link of the person, or with
// the decoy where there is none, and names the link that it fits.
func (d *Desk) matchLinks(a *attempt, links []store.Candidate) (step uint64, reason Reason, err error) {
	best := fitUnlinked
	for i := range links {
		l := &links[i]
		switch {
		case l.Disabled != 0:
			best = max(best, fitDisabled)
			continue
		case l.Resync != 0:
			best = max(best, fitOutOfStep)
			continue
		}
		secret, err := d.key.open(l.Secret, l.KeyID, placeOfLink(l.Link, a.person))
		if err != nil {
			return 0, "", err
		}
		key := keyOf(l.Parameters, secret)
		fresh, ok, replayed := d.matchKey(key, l, a)
		switch {
		case ok && best != fitValid:
			step, best, a.link, a.drift = fresh, fitValid, l.Link, learned(key, l, int64(fresh), a.now)
		case replayed && best < fitReplayed:
			best, a.link = fitReplayed, l.Link
		case len(a.code) == key.Digits:
			best = max(best, fitWrong)
		default:
			best = max(best, fitNotACode)
		}
	}
	if best <= fitOutOfStep {
		d.matchKey(d.decoy, &store.Candidate{}, a)
	}
	return step, best.reason(), nil
}

// matchKey matches the steps that are not used up and, to know a replay, the
// others of the window. Whatever was used and whatever fits, the whole window
// is computed.
func (d *Desk) matchKey(key enroll.Key, l *store.Candidate, a *attempt) (step uint64, ok, replayed bool) {
	fresh, over := windows(key, l, a.now)
	step, ok = d.match(key, a.code, fresh)
	_, replayed = d.match(key, a.code, over)
	return step, ok, replayed
}

// accept uses up the step. The lock is looked at once more by the statement
// that grants.
func (d *Desk) accept(tx *store.Tx, a *attempt, was store.Counters, step uint64) error {
	granted, err := tx.AcceptStep(a.link, int64(step), stamp(a.now), a.drift)
	if err != nil {
		return err
	}
	if !granted {
		return store.ErrChanged // somebody else's transaction came between
	}
	a.verdict = Verdict{Valid: true, Step: step, Reason: ReasonValid}
	if was == (store.Counters{}) {
		return nil
	}
	return tx.SetCounters(a.person, was, store.Counters{})
}

// miss counts a wrong code.
func (d *Desk) miss(tx *store.Tx, a *attempt, was store.Counters) error {
	reason, next := ReasonWrong, relieved(was, stamp(a.now))
	next.Failures++
	if next.Failures >= lockAfter {
		ends, err := d.lockEnd(tx.View, a.person, a.now)
		if err != nil {
			return err
		}
		next.LockedUntil, reason = ends, ReasonLocks
	}
	if next.InRow+1 >= disableAfter {
		reason = ReasonDisables
	}
	a.verdict = Verdict{Reason: reason}
	return d.missed(tx, a.person, was, next, a.now)
}

// missed counts one more wrong one in a row, and what else changed, and does
// what follows.
func (d *Desk) missed(tx *store.Tx, person string, was, next store.Counters, now time.Time) error {
	next.InRow++
	if next.InRow >= disableAfter {
		if err := d.returnTokens(tx, person, DueDisabled, now); err != nil {
			return err
		}
		if _, err := tx.DisableLinks(person, stamp(now)); err != nil {
			return err
		}
	}
	if err := tx.SetCounters(person, was, next); err != nil {
		return err
	}
	return d.tellMisses(tx, person, next)
}

// tellMisses tells a person what a wrong code led to: the first lock since the
// last right one, many wrong ones, the end of the links.
func (d *Desk) tellMisses(tx *store.Tx, person string, now store.Counters) error {
	m := message{person: person}
	switch {
	case now.InRow == disableAfter:
		m.kind = MessageUnlinked
	case now.InRow == noticeAfter:
		m.kind = MessageGuessed
	case now.LockedUntil != 0 && now.InRow < 2*lockAfter:
		m.kind, m.until = MessageLocked, endOfLock(now.LockedUntil)
	default:
		return nil
	}
	return d.post(tx, m)
}

// within is the reason, or that the account does not work now: no code is then
// evaluated, so none is counted.
func within(starts, ends, now int64, reason Reason) Reason {
	switch {
	case now < starts:
		return ReasonNotYet
	case ends != 0 && now >= ends:
		return ReasonEnded
	}
	return reason
}

// relieved is what counts now: when a lock has ended, counting starts anew, but
// not the count of wrong codes in a row.
func relieved(c store.Counters, now int64) store.Counters {
	if c.LockedUntil != 0 && c.LockedUntil <= now {
		return store.Counters{InRow: c.InRow}
	}
	return c
}
