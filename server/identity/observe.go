package identity

import (
	"errors"
	"time"
)

// Observer is told about every verification, whatever door it came by: what
// came of it and how long it took. It is called by many goroutines at once,
// must be quick, and learns nothing about whose it was.
type Observer func(outcome Reason, took time.Duration)

// The outcomes that an [Observer] is told beside the reasons of a [Verdict].
const (
	OutcomeUnauthorised Reason = "unauthorised" // the application's key ended meanwhile
	OutcomeTryAgain     Reason = "try-again"    // see TryAgain
	OutcomeError        Reason = "error"
)

// Outcomes lists everything that an [Observer] may be told.
func Outcomes() []Reason {
	return []Reason{
		ReasonValid, ReasonDayCode, ReasonWrong, ReasonLocks, ReasonDisables, ReasonReplayed, ReasonLocked, ReasonDisabled,
		ReasonUnlinked, ReasonOutOfStep, ReasonUnknown, ReasonNotYet, ReasonEnded, ReasonNotACode, ReasonBlank, OutcomeUnauthorised, OutcomeTryAgain, OutcomeError,
	}
}

func (d *Desk) observed(began time.Time, verdict *Verdict, err *error) {
	if d.observe == nil {
		return
	}
	outcome := verdict.Reason
	switch {
	case *err == nil:
	case errors.Is(*err, ErrUnauthorised):
		outcome = OutcomeUnauthorised
	case TryAgain(*err):
		outcome = OutcomeTryAgain
	default:
		outcome = OutcomeError
	}
	d.observe(outcome, d.clock().Sub(began))
}
