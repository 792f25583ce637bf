package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
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
	// ErrResetsOneself says that by the settings people reset their own password.
	ErrResetsOneself = errors.New("by the settings people of this role reset their password themselves, by the link that the sign-in page mails")
	// ErrRelease says that by the settings no administrator ends a lock.
	ErrRelease = errors.New("by the settings a lock ends by itself only, after a quarter of an hour")
)

// ReasonSynchronising is a reason of a [SignInRefusal]: all was right, and the
// account is too new.
const ReasonSynchronising Reason = "synchronising"

// PasswordError says which rules a new password does not meet.
type PasswordError struct{ Unmet []PasswordRule }

func (e *PasswordError) Error() string { return fmt.Sprintf("the password does not meet: %v", e.Unmet) }

// Rules of signing in, beside those of verifying.
const (
	maxLabel   = 128
	maxAddress = 64
	// signInTries is how often a sign-in is looked at again because the password
	// was changed in the meantime.
	signInTries = 3
)

// lockedForGood is the end of a lock that no time ends.
var lockedForGood = stamp(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))

// errChangedMeanwhile says that the password is no longer the one looked at.
var errChangedMeanwhile = errors.New("the password was changed meanwhile")

// signIn is one try on its way through the rules.
type signIn struct {
	SignInRequest
	name       string // canonical
	nameHash   []byte
	deviceHash []byte
	attempt    attempt // the code
	now        time.Time
	passwordID string // the one that was looked at; empty: none
	right      bool   // the password
	coded      bool   // a right code was given
	device     store.Device
	row        store.SignInRow
	grants     []store.Grant
	settings   SignInSettings // of the person's organisation
	common     SignInSettings // of everybody's, for what strangers see
	signedIn   SignedIn
	outcome    Reason
	refusal    *SignInRefusal
}

// SignIn is one try, whatever in it is wrong: name, password and code are looked
// at together, one counter goes up, and the answer does not say which. The code
// is used up only when all is right. A "no" is a [*SignInRefusal]; [ErrCrowded]
// when too many wait.
func (d *Desk) SignIn(ctx context.Context, r SignInRequest) (SignedIn, error) {
	r.Label, r.Address, r.Language = tidy(r.Label, maxLabel), tidy(r.Address, maxAddress), tidy(r.Language, maxLanguage)
	asked := signIn{SignInRequest: r, name: canonical(r.User)}
	if asked.name == "" || r.Password == "" {
		return SignedIn{}, &SignInRefusal{Reason: ReasonBlank}
	}
	code, unreadable := enroll.NormalizeAnyCode(r.Code)
	asked.attempt = attempt{name: asked.name, code: code, readable: unreadable == nil}
	if unreadable != nil {
		asked.attempt.day = dayCodeIn(r.Code)
	}
	asked.nameHash, asked.deviceHash = d.nameHash(asked.name), d.tokenHash(forDevice, r.Device)
	for try := 1; ; try++ {
		done, err := d.trySignIn(ctx, asked)
		switch {
		case errors.Is(err, errChangedMeanwhile) && try < signInTries:
			continue
		case err != nil:
			return SignedIn{}, fmt.Errorf("sign in: %w", err)
		case done.refusal != nil:
			return SignedIn{}, done.refusal
		}
		d.renewHash(ctx, done)
		return done.signedIn, nil
	}
}

func (d *Desk) trySignIn(ctx context.Context, asked signIn) (done signIn, err error) {
	if asked.passwordID, asked.right, err = d.checkPassword(ctx, asked); err != nil {
		return done, err
	}
	reference := referenceOf(ctx)
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		done = asked
		done.now = d.now()
		if err := d.purge(tx, done.now); err != nil {
			return err
		}
		if err := d.judgeSignIn(tx, &done); err != nil {
			return err
		}
		if done.signedIn.Device != "" {
			row := AuditRow{Kind: kindDeviceAdd, Outcome: outcomeDone, Person: done.attempt.person, Reference: reference}
			if err := d.audit(tx, row); err != nil {
				return err
			}
		}
		return d.audit(tx, AuditRow{
			Kind: kindSignIn, Outcome: string(done.outcome), Person: done.attempt.person,
			Link: done.attempt.link, Reference: reference,
		})
	})
	return done, err
}

// checkPassword compares the password, outside of any transaction because that
// takes long. For a name that nobody has, and a person without a password, it
// costs the same. A name that is locked, which anybody is told, costs nothing:
// a flood at one name must not take the turns of the others.
func (d *Desk) checkPassword(ctx context.Context, s signIn) (passwordID string, right bool, err error) {
	leave, err := d.hasher.queue()
	if err != nil {
		return "", false, err
	}
	defer leave()
	row, locked, err := d.lookForPassword(ctx, s)
	if err != nil || locked {
		return "", false, err
	}
	right, err = d.isPassword(ctx, row.Password, s.Password)
	return row.Password.ID, right, err
}

func (d *Desk) lookForPassword(ctx context.Context, s signIn) (row store.SignInRow, locked bool, err error) {
	err = d.store.Read(ctx, func(view *store.View) (err error) {
		row, err = view.SignInRowByName(s.name)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		device, err := view.Device(row.Person.ID, s.deviceHash)
		if err != nil {
			return err
		}
		tried, err := view.SignInTries(s.nameHash)
		locked = tried.LockedUntil > stamp(d.now()) && device.ID == ""
		return err
	})
	return row, locked, err
}

func (d *Desk) openPassword(w store.Password) (string, error) {
	plain, err := d.key.open(w.Hash, w.KeyID, placeOfPassword(w.ID, w.Person))
	return string(plain), err
}
