package identity

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// SignInRequest is one try to sign in.
type SignInRequest struct {
	User     string // user name or recorded address
	Password Password
	Code     string // may be empty where the person's means is the password alone
	Device   Token  // of an earlier sign-in on this device; may be empty
	Label    string // of browser and device, for the person's own list
	Address  string // where it comes from, for the person's own list; not the audit
	Language string // "nl" or "en"
	Stay     bool   // the person chose to stay signed in
}

// SignedIn is what a sign-in gave.
type SignedIn struct {
	Token   Token // of the session
	Device  Token // to keep on this device, in place of any other
	Session Session
}

// SignInRefusal says why there is no session. What a person is told hangs on
// Reason: [ReasonWrong] whatever was wrong; [ReasonLocked] with its end, alike
// for names that nobody has; [ReasonBlank] when name or password is missing; and
// after right credentials only [ReasonNotYet], [ReasonEnded] and
// [ReasonSynchronising].
type SignInRefusal struct {
	Reason Reason
	Until  time.Time // end of the lock, or when the account can be used; zero: not by itself
}

func (r *SignInRefusal) Error() string {
	if r.Until.IsZero() {
		return "the sign-in is refused: " + string(r.Reason)
	}
	return fmt.Sprintf("the sign-in is refused: %s, until %s", r.Reason, r.Until.Format(time.RFC3339))
}

// Errors about signing in.
var (
	// ErrCrowded says that too many passwords wait to be looked at. Nothing was
	// evaluated or counted, so the same may be tried again.
	ErrCrowded = errors.New("too many people sign in at this moment; try again in a few seconds")
	// ErrNoSession says that a session is unknown, ended, or too old.
	ErrNoSession = errors.New("nobody is signed in here any more; sign in again")
	// ErrMustChange says that a session can do nothing but choose a password.
	ErrMustChange = errors.New("choose a new password first")
	// ErrPasswordLink says that a link to choose a password is unknown, used or
	// too old.
	ErrPasswordLink = errors.New("the link to choose a password was used already, or is too old; ask for a new one")
	// ErrNotRelease says that by the settings no administrator ends a lock.
	ErrNotRelease = errors.New("by the settings a lock ends by time only")
)

// Reasons of a [SignInRefusal], beside ReasonWrong, ReasonLocked and ReasonBlank.
const (
	ReasonNotYet        Reason = "not-yet"       // right, and the account starts later
	ReasonEnded         Reason = "ended"         // right, and the account has ended
	ReasonSynchronising Reason = "synchronising" // right, and the account is too new
	ReasonNoPassword    Reason = "no-password"   // the person has none; for the audit only
)

// PasswordError says which rules a new password does not meet.
type PasswordError struct{ Unmet []PasswordRule }

func (e *PasswordError) Error() string { return fmt.Sprintf("the password does not meet: %v", e.Unmet) }

// SignIn is one try, whatever in it is wrong: name, password and code are looked
// at together, one counter goes up, and the answer does not say which. The code
// is used up only when all is right. A "no" is a [*SignInRefusal]; [ErrCrowded]
// when too many wait.
func (d *Desk) SignIn(ctx context.Context, r SignInRequest) (SignedIn, error) {
	return SignedIn{}, errors.ErrUnsupported
}
