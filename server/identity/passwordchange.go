package identity

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"sleutelbos/server/store"
)

// newPassword is a password on its way to being set.
type newPassword struct {
	person    string // id
	next      string // normal
	hash      string // of next
	former    []store.Password
	temporary bool
}

// prepare looks at a new password and makes its hash, outside of any
// transaction. Rules that are not met are a [*PasswordError].
func (d *Desk) prepare(ctx context.Context, person string, next Password, typed ...Password) (newPassword, error) {
	made := newPassword{person: person}
	var settings SignInSettings
	var known Acquainted
	err := d.store.Read(ctx, func(view *store.View) (err error) {
		if settings, _, err = signInOf(view, person); err != nil {
			return err
		}
		if known, err = acquainted(view, person); err != nil {
			return err
		}
		made.former, err = view.Passwords(person)
		return err
	})
	if err != nil {
		return made, err
	}
	known.Former = typed
	if unmet := settings.Passwords.Unmet(next, known); len(unmet) > 0 {
		return made, &PasswordError{unmet}
	}
	made.next, _ = next.normal()
	if used, err := d.isFormer(ctx, made, settings.Passwords.Former); err != nil {
		return made, err
	} else if used {
		return made, &PasswordError{[]PasswordRule{RuleFormer}}
	}
	made.hash, err = d.hasher.hash(ctx, made.next)
	return made, err
}

// isFormer tells whether a password is one of so many before.
func (d *Desk) isFormer(ctx context.Context, made newPassword, most int) (bool, error) {
	var hashes []string
	for _, w := range made.former[:min(len(made.former), most)] {
		hash, err := d.openPassword(w)
		if err != nil {
			return false, err
		}
		hashes = append(hashes, hash)
	}
	if len(hashes) == 0 {
		return false, nil
	}
	same, err := d.hasher.matches(ctx, made.next, hashes...)
	for _, is := range same {
		if is {
			return true, err
		}
	}
	return false, err
}

// acquainted is what is known of a person that their password must not be.
func acquainted(view *store.View, person string) (Acquainted, error) {
	row, err := view.PersonByID(person)
	if err != nil {
		return Acquainted{}, err
	}
	organisation, err := readSettings(view)
	name, _, _ := strings.Cut(row.Email, "@")
	return Acquainted{Names: []string{row.User, row.Name, name, organisation.Name}}, err
}

// keepPassword makes a prepared password the present one. [store.ErrChanged]
// when another was set since it was prepared.
func (d *Desk) keepPassword(tx *store.Tx, made newPassword, now time.Time) error {
	former, err := tx.Passwords(made.person)
	if err != nil {
		return err
	}
	generation := int64(1)
	if len(former) > 0 {
		generation = former[0].Generation + 1
	}
	if len(former) != len(made.former) || len(former) > 0 && former[0].ID != made.former[0].ID {
		return store.ErrChanged
	}
	id, err := d.newID()
	if err != nil {
		return err
	}
	sealed, keyID, err := d.seal([]byte(made.hash), placeOfPassword(id, made.person))
	if err != nil {
		return err
	}
	return inOrder(
		func() error {
			return tx.AddPassword(store.Password{
				ID: id, Person: made.person, Generation: generation, Hash: sealed, KeyID: keyID, Made: stamp(now), Temporary: made.temporary,
			})
		},
		func() error { return d.post(tx, message{kind: MessagePasswordChanged, person: made.person}) },
	)
}

// UnmetFor names the rules that a password does not meet for whoever is signed
// in, as far as that can be said without the former ones.
func (d *Desk) UnmetFor(ctx context.Context, token Token, password Password) ([]PasswordRule, error) {
	var unmet []PasswordRule
	err := d.store.Read(ctx, func(view *store.View) error {
		s, _, err := d.session(view, token, d.now())
		if err != nil {
			return err
		}
		unmet, err = unmetBy(view, s.Person.ID, password)
		return err
	})
	return unmet, doing("look at a password", err)
}

func unmetBy(view *store.View, person string, password Password) ([]PasswordRule, error) {
	settings, _, err := signInOf(view, person)
	if err != nil {
		return nil, err
	}
	known, err := acquainted(view, person)
	return settings.Passwords.Unmet(password, known), err
}

// ChangePassword sets another password for whoever is signed in. All other
// sessions of the person end, and this one goes on under the new token. A wrong
// present password is a [*SignInRefusal] and counts like a wrong sign-in; rules
// that are not met are a [*PasswordError].
func (d *Desk) ChangePassword(ctx context.Context, token Token, present, next Password) (Token, error) {
	s, err := d.Session(ctx, token)
	if err != nil {
		return "", err
	}
	// The present one comes first, so that nobody learns about it by asking for
	// it as the new one.
	if err := d.provePresent(ctx, token, present); err != nil {
		return "", err
	}
	made, err := d.prepare(ctx, s.Person.ID, next, present)
	if err != nil {
		return "", doing("change a password", err)
	}
	fresh, err := d.newToken()
	if err != nil {
		return "", err
	}
	err = d.inSession(ctx, token, func(tx *store.Tx, s Session) error {
		return inOrder(
			func() error { return d.keepPassword(tx, made, d.now()) },
			func() error { return d.endAccess(tx, made.person, s.ID, d.now()) },
			func() error { return tx.RenewSession(s.ID, d.tokenHash(forSession, fresh), d.key.hashedWith()) },
			func() error { return d.audit(tx, ownRow(ctx, kindPasswordChange, s)) },
		)
	})
	if err != nil {
		return "", doing("change a password", err)
	}
	return fresh, nil
}

// provePresent counts a wrong present password like a wrong sign-in on the
// session's device: who found an open session must not guess the password there.
func (d *Desk) provePresent(ctx context.Context, token Token, present Password) error {
	var row store.SignInRow
	err := d.store.Read(ctx, func(view *store.View) error {
		s, _, err := d.session(view, token, d.now())
		if err != nil {
			return err
		}
		row, err = view.SignInRow(s.Person.ID)
		return err
	})
	if err != nil {
		return doing("look at the present password", err)
	}
	leave, err := d.hasher.queue()
	if err != nil {
		return doing("look at the present password", err)
	}
	defer leave()
	right, err := d.isPassword(ctx, row.Password, present)
	if err != nil {
		return doing("look at the present password", err)
	}
	var refusal *SignInRefusal
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		refusal = nil
		refusal, err = d.judgePresent(tx, token, row.Password.ID, right, ownRowLater(ctx))
		return err
	})
	if err != nil {
		return doing("look at the present password", err)
	}
	if refusal != nil {
		return refusal
	}
	return nil
}

func ownRowLater(ctx context.Context) func(Session, Reason) AuditRow {
	return func(s Session, outcome Reason) AuditRow {
		row := ownRow(ctx, kindPasswordChange, s)
		row.Outcome = string(outcome)
		return row
	}
}

func (d *Desk) judgePresent(tx *store.Tx, token Token, passwordID string, right bool, told func(Session, Reason) AuditRow) (*SignInRefusal, error) {
	now := d.now()
	session, row, err := d.session(tx.View, token, now)
	if err != nil {
		return nil, err
	}
	s := signIn{now: now, attempt: attempt{person: session.Person.ID}}
	if s.row, err = tx.SignInRow(session.Person.ID); err != nil {
		return nil, err
	}
	if s.settings, s.common, err = signInOf(tx.View, session.Person.ID); err != nil {
		return nil, err
	}
	if s.device, err = tx.DeviceByID(session.Person.ID, row.Device); err != nil {
		return nil, err
	}
	locked := s.row.LockedUntil
	if s.device.ID != "" {
		locked = s.device.LockedUntil
	}
	switch {
	case locked > stamp(now):
		s.outcome, s.refusal = ReasonLocked, &SignInRefusal{Reason: ReasonLocked, Until: endOfLock(locked)}
	case right && s.row.Password.ID == passwordID:
		return nil, nil
	case s.device.ID != "":
		err = d.missOnDevice(tx, &s, s.row.Counters)
	default:
		err = d.missInSession(tx, &s)
	}
	if err != nil {
		return nil, err
	}
	if s.refusal == nil {
		s.refusal = &SignInRefusal{Reason: ReasonWrong}
	}
	return s.refusal, d.audit(tx, told(session, s.outcome))
}

// missInSession counts for a person whose session is on no known device. They
// are signed in, so they are told of a lock.
func (d *Desk) missInSession(tx *store.Tx, s *signIn) error {
	was := s.row.Counters
	next := relieved(was, stamp(s.now))
	s.outcome = ReasonWrong
	if next.Failures++; next.Failures >= lockAfter {
		next.LockedUntil, s.outcome = s.settings.lockEnd(s.now), ReasonLocks
		s.refusal = &SignInRefusal{Reason: ReasonLocked, Until: endOfLock(next.LockedUntil)}
	}
	return d.missed(tx, s.attempt.person, was, next, s.now)
}

// isPassword compares with a stored password, or the canary, for who is in the
// queue.
func (d *Desk) isPassword(ctx context.Context, w store.Password, typed Password) (bool, error) {
	hash := d.hasher.canary
	if w.ID != "" {
		var err error
		if hash, err = d.openPassword(w); err != nil {
			return false, err
		}
	}
	same, err := d.hasher.matchesInQueue(ctx, typed.toHash(), hash)
	if err != nil {
		return false, err
	}
	return same[0] && w.ID != "", nil
}

// ResetPassword is [Desk.ResetPasswordBy] for the operator.
func (d *Desk) ResetPassword(ctx context.Context, user string) (Password, error) {
	id, err := d.idOf(ctx, user)
	if err != nil {
		return "", doing("reset a password", err)
	}
	return d.ResetPasswordBy(ctx, Operator(), id)
}

// ResetPasswordBy gives a person a temporary password, shown this once, that
// must be changed at the next sign-in. Their sessions end, and so does a lock,
// unless the settings say that time alone ends it.
func (d *Desk) ResetPasswordBy(ctx context.Context, by Actor, id string) (Password, error) {
	text, err := d.temporaryPassword()
	if err != nil {
		return "", err
	}
	hash, err := d.hasher.hash(ctx, text)
	if err != nil {
		return "", doing("reset a password", err)
	}
	err = d.changeBy(ctx, by, "reset a password", kindPasswordReset, id,
		func(tx *store.Tx, row store.Person, now time.Time) error {
			if err := mayResetFor(tx.View, by, row); err != nil {
				return err
			}
			former, err := tx.Passwords(row.ID)
			if err != nil {
				return err
			}
			made := newPassword{person: row.ID, hash: hash, former: former, temporary: true}
			return inOrder(
				func() error { return d.keepPassword(tx, made, now) },
				func() error { return d.endAccess(tx, row.ID, "", now) },
				func() error { return d.unlockBySettings(tx, row) },
			)
		})
	if err != nil {
		return "", err
	}
	return Password(text), nil
}

// mayResetFor is [ErrResetsOneself] where a person's organisation leaves
// resetting to the person. The operator may always: nobody is to be stuck.
func mayResetFor(view *store.View, by Actor, row store.Person) error {
	settings, _, err := signInOf(view, row.ID)
	if err == nil && !by.IsOperator() && settings.resetWay(Role(row.Role)) == ResetPerson {
		err = ErrResetsOneself
	}
	return err
}

func (d *Desk) unlockBySettings(tx *store.Tx, row store.Person) error {
	settings, _, err := signInOf(tx.View, row.ID)
	if err != nil || settings.Release == ReleaseTime {
		return err
	}
	return d.unlock(tx, row)
}

// temporaryPassword is four groups of four letters and digits that are hard to
// mistake: 79 bits. It meets any rules that can be set but for the longest.
func (d *Desk) temporaryPassword() (string, error) {
	const letters, digits = "abcdefghjkmnpqrstuvwxyz", "23456789"
	var text strings.Builder
	for i := range 16 {
		from := letters + digits
		if i%4 == 3 {
			from = digits
		}
		r, err := d.pick(from)
		if err != nil {
			return "", err
		}
		if i > 0 && i%4 == 0 {
			text.WriteByte('-')
		}
		text.WriteByte(r)
	}
	return text.String(), nil
}

// pick chooses one of the characters, each as likely as any other.
func (d *Desk) pick(from string) (byte, error) {
	for {
		var raw [1]byte
		if _, err := io.ReadFull(d.random, raw[:]); err != nil {
			return 0, fmt.Errorf("make a password: %w", err)
		}
		if n := int(raw[0]); n < 256/len(from)*len(from) {
			return from[n%len(from)], nil
		}
	}
}
