package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

const problemJSON = "application/problem+json"

// problem is a refusal on its way out. It satisfies huma's StatusError,
// HeadersError and ContentTypeFilter, so that handlers can return it.
type problem struct {
	enroll.Problem
	header http.Header
	cause  error // for the log only
}

// GetStatus is the HTTP status.
func (p *problem) GetStatus() int { return p.Status }

// GetHeaders are the headers that go with the refusal.
func (p *problem) GetHeaders() http.Header { return p.header }

// ContentType is the media type of RFC 9457 §3.
func (p *problem) ContentType(string) string { return problemJSON }

// newProblem makes the problem of a type with the words in which it is told.
func newProblem(kind string) *problem {
	said, ok := wording(kind)
	if !ok {
		kind = enroll.ProblemInternal
		said, _ = wording(kind)
	}
	return &problem{Problem: enroll.Problem{Type: kind, Status: said.status, Title: said.title, Detail: said.detail}}
}

// malformed is a request that could not be read, with the status where it is
// not 422 and the field where it is known.
func malformed(status int, location, message string) *problem {
	p := newProblem(enroll.ProblemMalformed)
	p.Status = status
	p.Errors = []enroll.ProblemField{{Location: location, Message: message}}
	return p
}

func (p *problem) retryAfter(wait time.Duration) *problem {
	p.RetryAfter = max(1, int(math.Ceil(wait.Seconds())))
	return p.with("Retry-After", strconv.Itoa(p.RetryAfter))
}

func (p *problem) with(name, value string) *problem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(name, value)
	return p
}

// tryAgainAfter is what a client is told to wait when the server could not
// answer.
const tryAgainAfter = 2 * time.Second

// explain turns what the desk said into a problem. Only known errors reach the
// client; every other one is a fault of the server, told by its reference.
func (d *door) explain(err error) *problem {
	var (
		ours    *problem
		refused *identity.Refusal
		limited *identity.LimitError
	)
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &refused):
		p := newProblem(kindOf(refused.Reason))
		if refused.TriesLeft >= 0 && tellsTries(p.Type) {
			left := refused.TriesLeft
			p.TriesLeft = &left
		}
		p.cause = err
		return p
	case errors.As(err, &limited):
		return newProblem(enroll.ProblemLimit).retryAfter(limited.RetryAfter)
	case errors.Is(err, identity.ErrUnauthorised):
		return newProblem(enroll.ProblemUnauthorised).with("WWW-Authenticate", `Bearer realm="sleutelbos"`)
	case identity.TryAgain(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		p := newProblem(enroll.ProblemTryAgain).retryAfter(tryAgainAfter)
		p.cause = err
		return p
	}
	p := newProblem(enroll.ProblemInternal)
	p.cause = err
	return p
}

// finish gives a problem the reference of its request and writes it in the log.
func (d *door) finish(ctx context.Context, p *problem) *problem {
	v := visitOf(ctx)
	p.Reference = v.reference
	level := d.levelOf(p, v)
	if !d.log.Enabled(ctx, level) {
		return p
	}
	attributes := []slog.Attr{
		slog.String("reference", p.Reference), slog.String("type", p.Type), slog.Int("status", p.Status),
		slog.String("door", v.pattern), slog.String("from", v.from.String()),
	}
	if p.cause != nil {
		attributes = append(attributes, slog.String("cause", p.cause.Error()))
	}
	d.log.LogAttrs(ctx, level, "refused", attributes...)
	return p
}

// levelOf says how loudly a problem is logged. A stranger must not be able to
// fill the log: what one address is refused is told up to a number a minute, and
// going away before the answer is nobody's fault.
func (d *door) levelOf(p *problem, v *visit) slog.Level {
	switch {
	case errors.Is(p.cause, context.Canceled):
		return slog.LevelDebug
	case p.Status >= 500:
		return slog.LevelError
	case p.Status == http.StatusTooManyRequests || p.Status == http.StatusNotFound:
		return slog.LevelDebug
	}
	if _, ok := d.told.Allow(v.from, d.now()); !ok {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// write sends a problem where huma is not in charge.
func (d *door) write(w http.ResponseWriter, r *http.Request, p *problem) {
	p = d.finish(r.Context(), p)
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemJSON)
	body, err := json.Marshal(p)
	if err != nil {
		body = []byte(`{"type":"` + enroll.ProblemInternal + `","status":500}`)
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // nobody is left to tell when this fails
}

// transform turns huma's own refusals into ours. Of huma's details only place
// and reason go out; the value that it echoes can hold a code.
func (d *door) transform(ctx huma.Context, _ string, body any) (any, error) {
	theirs, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	p := newProblem(enroll.ProblemMalformed)
	if theirs.Status >= 500 {
		p = newProblem(enroll.ProblemInternal)
	}
	p.Status = theirs.Status
	for _, detail := range theirs.Errors {
		if detail != nil && theirs.Status < 500 {
			p.Errors = append(p.Errors, enroll.ProblemField{Location: detail.Location, Message: detail.Message})
		}
	}
	return d.finish(ctx.Context(), p), nil
}
