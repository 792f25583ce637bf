package message

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sleutelbos/server/identity"
)

const (
	// poll is how often a worker looks for what another process posted.
	poll = 5 * time.Second
	// A mail server that does not answer is left alone for so long, and longer
	// each time.
	firstRest   = 5 * time.Second
	longestRest = 2 * time.Minute
)

// Outcome is what became of one try.
type Outcome string

// The outcomes.
const (
	Sent   Outcome = "sent"
	PutOff Outcome = "put-off" // it is tried again
	Failed Outcome = "failed"
)

// Worker sends what waits in the outbox.
type Worker struct {
	Desk    *identity.Desk
	Sender  *Sender
	Writer  *Writer
	Log     *slog.Logger
	Now     func() time.Time
	Observe func(identity.MessageKind, Outcome) // nil: nobody is told

	failures int // in a row, of the mail server
}

// Run sends until ctx ends. What it has begun by then it finishes.
func (w *Worker) Run(ctx context.Context) {
	defer w.Sender.Rest()
	for ctx.Err() == nil {
		pause, deaf := w.Step(context.WithoutCancel(ctx))
		if pause == 0 {
			continue
		}
		w.Sender.Rest()
		posted := w.Desk.Posted()
		if deaf {
			posted = nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-posted:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// Step sends one mail, if one is due. It returns how long to wait before the
// next step, and whether to wait even if something is posted meanwhile.
func (w *Worker) Step(ctx context.Context) (pause time.Duration, deaf bool) {
	m, next, due, err := w.Desk.TakeMessage(ctx)
	switch {
	case err != nil:
		w.Log.ErrorContext(ctx, "the outbox cannot be read", "error", err.Error())
		return w.rest(), true
	case !due && next.IsZero():
		return poll, false
	case !due:
		return max(time.Millisecond, min(poll, next.Sub(w.Now()))), false
	}
	organisation, err := w.Desk.Settings(ctx)
	if err == nil {
		err = w.Sender.Send(ctx, m, w.Writer.Write(m, organisation), organisation.Name)
	}
	failure := w.settle(ctx, m, err)
	if failure != nil && failure.Server {
		return w.rest(), true
	}
	w.failures = 0
	return 0, false
}

// settle records what came of a try.
func (w *Worker) settle(ctx context.Context, m identity.Message, err error) *Failure {
	var failure *Failure
	outcome := Sent
	switch {
	case err == nil:
		err = w.Desk.Sent(ctx, m)
		w.Log.DebugContext(ctx, "a mail was sent", "message", m.ID, "kind", string(m.Kind), "tries", m.Tries)
	case errors.As(err, &failure) && failure.Permanent:
		outcome = Failed
		w.Log.WarnContext(ctx, "a mail is refused for good", "message", m.ID, "kind", string(m.Kind), "answer", failure.Code)
		err = w.Desk.Undeliverable(ctx, m, failure.Code)
	default:
		outcome = PutOff
		if failure == nil {
			failure = &Failure{Code: "database", Server: true, Err: err}
		}
		w.Log.WarnContext(ctx, "a mail was not taken and is tried again", "message", m.ID, "kind", string(m.Kind),
			"tries", m.Tries, "answer", failure.Error())
		err = w.Desk.PutOff(ctx, m, failure.Code, failure.Server)
	}
	if err != nil { // it is sent again once its lease is over, under the same Message-ID
		w.Log.ErrorContext(ctx, "what became of a mail cannot be recorded", "message", m.ID, "error", err.Error())
	}
	if w.Observe != nil {
		w.Observe(m.Kind, outcome)
	}
	return failure
}

func (w *Worker) rest() time.Duration {
	w.failures++
	return min(longestRest, firstRest<<min(w.failures-1, 10))
}
