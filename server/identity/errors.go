package identity

import (
	"errors"
	"fmt"
	"time"

	"sleutelbos/server/store"
)

// ErrClock says that the machine's clock is years behind, so that no code could
// be right and nothing that is dated could be believed. Nothing was written.
var ErrClock = errors.New("the clock of this machine is years behind; set it, then start again")

// TryAgain tells the errors after which nothing was granted and the same
// request may simply follow: a busy or crowded database, one that is closing or away, a
// full disk. A database that broke off in a commit may have used up a code that
// was not answered; nothing was granted for it.
func TryAgain(err error) bool {
	for _, again := range []error{store.ErrBusy, store.ErrClosed, store.ErrDisk, store.ErrAway, ErrFlooded} {
		if errors.Is(err, again) {
			return true
		}
	}
	return false
}

// Errors about the server key.
var (
	// ErrServerKey says that a text is no server key, or is damaged.
	ErrServerKey = errors.New("this is not a server key, or it is damaged; put back the copy that was kept of it")
	// ErrNoServerKey says that the database has a key that is not here.
	// Nothing was written.
	ErrNoServerKey = errors.New("there is a database but not the server key that belongs to it; put back the copy that was kept of the key")
	// ErrKeyMissing says that rows need a server key which is not among those
	// that are here. Nothing was written.
	ErrKeyMissing = errors.New("a server key is missing with which rows of the database are sealed; put its line back into the key file, or run admin key rotate where it still is")
	// ErrWrongServerKey says that the key is another than the database's.
	// Nothing was written.
	ErrWrongServerKey = errors.New("the server key is not the one that belongs to this database; put back the copy that was kept of the right one")
)

func missing(keyID string) error { return fmt.Errorf("%w (key %s)", ErrKeyMissing, keyID) }

// Errors about people and applications.
var (
	ErrUserTaken     = errors.New("somebody has this user name already; choose another")
	ErrEmailTaken    = errors.New("somebody has this address already; an address is one person's own")
	ErrUnknownPerson = errors.New("nobody has this user name; list the people to find it")
	// ErrForbidden says that whoever asks may do this for nobody. What they may
	// not do for somebody in particular is ErrUnknownPerson.
	ErrForbidden          = errors.New("you may not do this; ask the operator of the server")
	ErrUnknownApplication = errors.New("no application with a working key has this name; list the applications to find it")
	ErrApplicationTaken   = errors.New("an application has this name already; choose another, or rotate its key")
	// ErrUnauthorised says that an application's key is unknown, replaced or
	// revoked.
	ErrUnauthorised = errors.New("the application's key is unknown or revoked; ask an administrator for a new one")
)

// ErrNoMail says that a message that somebody waits for cannot go out, because
// the server sends no mail.
var ErrNoMail = errors.New("no mail is set up; start the server with --mail and --mail-from")

// FieldError says what is wrong with one field. Where several are wrong, they
// come joined; see [FieldErrors].
type FieldError struct {
	Field string // "user", "name", "email", "role", "environment", …
	Why   string // an English sentence without its full stop
	Key   string // of the same sentence among the texts, behind "field."; such as "user-missing"
}

// FieldErrors gives every [*FieldError] in an error, in order.
func FieldErrors(err error) []*FieldError {
	switch e := err.(type) {
	case nil:
		return nil
	case *FieldError:
		return []*FieldError{e}
	case interface{ Unwrap() []error }:
		var all []*FieldError
		for _, one := range e.Unwrap() {
			all = append(all, FieldErrors(one)...)
		}
		return all
	default:
		return FieldErrors(errors.Unwrap(err))
	}
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Why }

// doing says what was being done, except with what is wrong with fields, which
// says so itself.
func doing(what string, err error) error {
	if err == nil || len(FieldErrors(err)) > 0 {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}

// LimitError says that an application asks too often. Nothing was evaluated.
type LimitError struct{ RetryAfter time.Duration }

func (e *LimitError) Error() string {
	return fmt.Sprintf("this application asks too often; ask again in %s", e.RetryAfter)
}

// Refusal says why a link was not made or not confirmed.
type Refusal struct {
	Reason    Reason
	TriesLeft int // -1: not told
}

func (r *Refusal) Error() string {
	if r.TriesLeft < 0 {
		return "the link is refused: " + string(r.Reason)
	}
	return fmt.Sprintf("the link is refused: %s; tries left: %d", r.Reason, r.TriesLeft)
}
