package pages

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"sleutelbos/server/identity"
)

// What a page itself refuses. Every other error is the desk's, or a fault.
var (
	errNotFound    = errors.New("there is no such page")
	errForbidden   = errors.New("this page is not for this person")
	errElsewhere   = errors.New("the form was sent from another site")
	errBadForm     = errors.New("the form cannot be read")
	errTooOften    = errors.New("too many forms came from this address")
	errOtherPerson = errors.New("the form was made for another person")
	errNoCookies   = errors.New("the browser keeps no cookies")
	errSentBefore  = errors.New("another server carried the form out and its answer is kept nowhere")
)

// trouble is what an error page says. Its keys are "error.KIND.title",
// "error.KIND.lead" and, where there are steps to take, "error.KIND.next-1" and
// so on.
type trouble struct {
	kind   string
	status int
	steps  int
	after  time.Duration // 0: not told
	said   string        // key, in place of the lead
}

// troubleOf turns an error into what is said of it. Only what is known here
// reaches a person; everything else is a fault of ours, told by its reference.
func troubleOf(err error) trouble {
	var limited *identity.LimitError
	switch {
	case errors.Is(err, errNotFound), isUnknown(err):
		return trouble{kind: "missing", status: http.StatusNotFound, steps: 2}
	case errors.Is(err, errForbidden), errors.Is(err, identity.ErrForbidden):
		return trouble{kind: "forbidden", status: http.StatusForbidden, steps: 2}
	case errors.Is(err, errElsewhere):
		return trouble{kind: "elsewhere", status: http.StatusForbidden, steps: 2}
	case errors.Is(err, errBadForm):
		return trouble{kind: "form", status: http.StatusBadRequest, steps: 2}
	case errors.Is(err, errOtherPerson):
		return trouble{kind: "person", status: http.StatusConflict, steps: 2}
	case errors.Is(err, errSentBefore):
		return trouble{kind: "sent", status: http.StatusConflict, steps: 2}
	case errors.Is(err, errNoCookies):
		return trouble{kind: "cookies", status: http.StatusBadRequest, steps: 4}
	case errors.Is(err, identity.ErrPasswordLink):
		return trouble{kind: "link", status: http.StatusGone, steps: 3}
	case errors.Is(err, identity.ErrNoSession):
		return trouble{kind: "session", status: http.StatusForbidden, steps: 1}
	case errors.Is(err, errTooOften), errors.As(err, &limited):
		return trouble{kind: "often", status: http.StatusTooManyRequests, steps: 1, after: time.Minute}
	case errors.Is(err, identity.ErrCrowded), identity.TryAgain(err), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return trouble{kind: "busy", status: http.StatusServiceUnavailable, steps: 2, after: 5 * time.Second}
	}
	if said := refusedSaid(err); said != "" {
		return trouble{kind: "refused", status: http.StatusConflict, steps: 2, said: said}
	}
	return trouble{kind: "fault", status: http.StatusInternalServerError, steps: 3}
}

// isUnknown tells the errors that say that something is not there, or not for
// whoever asks.
func isUnknown(err error) bool {
	for _, unknown := range []error{
		identity.ErrUnknownPerson, identity.ErrUnknownApplication, identity.ErrUnknownOrganisation, identity.ErrUnknownPart,
		identity.ErrUnknownRole, identity.ErrUnknownMandate, identity.ErrUnknownRule, identity.ErrUnknownReport,
		identity.ErrNoSuchReport, identity.ErrNoSuchLink,
	} {
		if errors.Is(err, unknown) {
			return true
		}
	}
	return false
}

// shownTrouble is what the page "error" shows.
type shownTrouble struct {
	Lead      string
	Steps     []string
	Reference string
	Time      time.Time
	Account   string
	Again     string // address where it may be tried again; empty: nowhere
}

// explain turns an error into a page: what happened, what to do next, whom to
// turn to, and a reference that finds the event in the log. When not even that
// can be shown, it is a few words without a frame.
func (v *visit) explain(err error) {
	if errors.Is(err, identity.ErrMustChange) {
		_ = v.redirect(pathPassword)
		return
	}
	t := troubleOf(err)
	v.record(err, t)
	v.note(err, t)
	v.w.again, v.w.secret = false, true
	if t.after > 0 {
		v.w.header.Set("Retry-After", strconv.Itoa(int(t.after/time.Second)))
	}
	start := "error." + t.kind
	shown := shownTrouble{
		Lead: v.say(start + ".lead"), Reference: v.reference, Time: v.door.now(),
	}
	switch {
	case errors.Is(err, errNoCookies):
		shown.Again = pathCookies + "?" + query(fieldTo, local(v.r.URL.Query().Get(fieldTo)))
	case v.r.Method == http.MethodGet && (t.kind == "busy" || t.kind == "fault"):
		shown.Again = v.here()
	}
	if t.said != "" {
		shown.Lead = v.say(t.said)
	}
	for i := range t.steps {
		shown.Steps = append(shown.Steps, v.say(start+".next-"+strconv.Itoa(i+1)))
	}
	if v.session != nil {
		shown.Account = v.session.Person.User
	}
	if e := v.showAs(t.status, page{name: "error", title: v.say(start + ".title"), data: shown}); e != nil {
		v.door.log.Error("the error page cannot be shown", "reference", v.reference, "cause", e)
		v.w.status = t.status
		v.w.body.Reset()
		v.w.header.Set("Content-Type", "text/plain; charset=utf-8")
		v.w.body.WriteString("Sleutelbos: " + strconv.Itoa(t.status) + " " + v.reference + "\n")
	}
}

// note keeps what the page says where an administrator finds it by its
// reference. Of what strangers meet only so much is kept a minute.
func (v *visit) note(err error, t trouble) {
	if identity.TryAgain(err) || errors.Is(err, context.Canceled) {
		return // the database has no time for it
	}
	if v.session == nil {
		if _, ok := v.door.noted.Allow(netip.Addr{}, v.door.now()); !ok { // all strangers together
			return
		}
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(v.r.Context()), answerPatience)
	defer stop()
	if err := v.door.desk.NoteErrorPage(ctx, identity.ErrorPage{
		Reference: v.reference, Kind: t.kind, Status: t.status, Person: v.person(), Path: v.r.URL.Path,
	}); err != nil {
		v.door.log.Warn("an error page is not noted", "reference", v.reference, "cause", err)
	}
}

// record writes an error in the log. What one address is refused is told up to
// a number a minute, so that a stranger cannot fill it.
func (v *visit) record(err error, t trouble) {
	level := slog.LevelInfo
	switch {
	case errors.Is(err, errPanic):
		return // its stack is in the log
	case errors.Is(err, context.Canceled), t.status == http.StatusNotFound, t.status == http.StatusTooManyRequests:
		level = slog.LevelDebug
	case t.status >= http.StatusInternalServerError:
		level = slog.LevelError
	default:
		if _, ok := v.door.told.Allow(v.from, v.door.now()); !ok {
			level = slog.LevelDebug
		}
	}
	v.door.log.LogAttrs(v.r.Context(), level, "a page refused",
		slog.String("reference", v.reference), slog.String("kind", t.kind), slog.Int("status", t.status),
		slog.String("page", v.pattern), slog.String("from", v.from.String()), slog.String("cause", err.Error()))
}
