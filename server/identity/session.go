package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sleutelbos/enroll"
)

// Token is a random secret of which only a keyed hash is kept: of a session, a
// device or a link to choose a password. Printing it shows nothing of it.
type Token string

// Reveal is the token itself, to hand over.
func (t Token) Reveal() string { return string(t) }

// Format hides the token under every verb of package fmt.
func (t Token) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("***")) }

// Format hides the password under every verb of package fmt.
func (p Password) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("***")) }

// MustChange says why a session can do nothing but choose a new password.
type MustChange string

// Why a password must be changed.
const (
	ChangeNothing   MustChange = ""
	ChangeTemporary MustChange = "temporary" // an administrator set it
	ChangeLifetime  MustChange = "lifetime"  // it is too old
)

// Session is somebody who is signed in. It holds for one request: rights are
// looked up anew at the next.
type Session struct {
	ID          string // not secret; names it in the person's own list
	Person      SessionPerson
	Language    string
	Environment enroll.Environment
	MustChange  MustChange
	Strong      bool      // a code was given
	Stay        bool      // the person chose to stay signed in
	Started     time.Time // when credentials were given
	LastSeen    time.Time // right to a minute
	Ends        time.Time // at the latest
	IdleEnds    time.Time // without another request
	Label       string    // of browser and device
	Address     string
	// MayManage tells whether the sign-in is strong and new enough for what only
	// administrators do; a role is needed beside it.
	MayManage bool
	Current   bool // in a list: the session that asks
}

// SessionPerson is who is signed in.
type SessionPerson struct {
	ID, User, Name, Email string
	Role                  Role
}

// Session finds the session of a token, or [ErrNoSession]. It counts as being
// seen.
func (d *Desk) Session(ctx context.Context, token Token) (Session, error) {
	return Session{}, errors.ErrUnsupported
}

// SignOut ends the session of the token. One that has ended already is no error.
func (d *Desk) SignOut(ctx context.Context, token Token) error { return errors.ErrUnsupported }

// OwnSessions lists the sessions of whoever is signed in, the present one first.
func (d *Desk) OwnSessions(ctx context.Context, token Token) ([]Session, error) {
	return nil, errors.ErrUnsupported
}

// EndOwnSession ends one of the sessions of whoever is signed in, by its id.
func (d *Desk) EndOwnSession(ctx context.Context, token Token, id string) error {
	return errors.ErrUnsupported
}

// EndOtherSessions ends all sessions of whoever is signed in but this one, and
// gives how many.
func (d *Desk) EndOtherSessions(ctx context.Context, token Token) (int, error) {
	return 0, errors.ErrUnsupported
}

// Sessions lists the sessions of a person, newest first.
func (d *Desk) Sessions(ctx context.Context, user string) ([]Session, error) {
	return nil, errors.ErrUnsupported
}

// EndSessions ends all sessions of a person and gives how many.
func (d *Desk) EndSessions(ctx context.Context, user string) (int, error) {
	return 0, errors.ErrUnsupported
}
