package identity

import (
	"context"
	"errors"
	"time"
)

// PathNewPassword is the page at which a link to choose a password opens; its
// token stands in the query "token".
const PathNewPassword = "/password/new"

// PasswordLinkKind says where a link to choose a password comes from.
type PasswordLinkKind string

// The kinds of a link to choose a password.
const (
	LinkReset  PasswordLinkKind = "reset"  // mailed, after a forgotten password
	LinkChoice PasswordLinkKind = "choice" // opened by the app, for who has no password yet
)

// PasswordLink is what the page of such a link shows.
type PasswordLink struct {
	Kind    PasswordLinkKind
	Person  SessionPerson
	Expires time.Time
	Rules   PasswordRules
}

// UnmetFor names the rules that a password does not meet for whoever is signed
// in, as far as that can be said without the former ones.
func (d *Desk) UnmetFor(ctx context.Context, token Token, password Password) ([]PasswordRule, error) {
	return nil, errors.ErrUnsupported
}

// UnmetForLink is [Desk.UnmetFor] for whoever has a link to choose a password.
func (d *Desk) UnmetForLink(ctx context.Context, link Token, password Password) ([]PasswordRule, error) {
	return nil, errors.ErrUnsupported
}

// ChangePassword sets another password for whoever is signed in. All other
// sessions of the person end, and this one goes on under the new token. A wrong
// present password is a [*SignInRefusal] and counts like a wrong sign-in; rules
// that are not met are a [*PasswordError].
func (d *Desk) ChangePassword(ctx context.Context, token Token, present, next Password) (Token, error) {
	return "", errors.ErrUnsupported
}

// ResetPassword gives a person a temporary password, shown this once, that must
// be changed at the next sign-in. Their sessions end.
func (d *Desk) ResetPassword(ctx context.Context, user string) (Password, error) {
	return "", errors.ErrUnsupported
}

// AskReset mails a link to choose a new password to the person whom the name or
// address means, if there is one. The answer is the same for everybody; address
// is where the request comes from. [*LimitError] when that asks too often.
func (d *Desk) AskReset(ctx context.Context, nameOrAddress, address string) error {
	return errors.ErrUnsupported
}

// LookAtPasswordLink tells what a link to choose a password is for, without using
// it up; else [ErrPasswordLink].
func (d *Desk) LookAtPasswordLink(ctx context.Context, link Token) (PasswordLink, error) {
	return PasswordLink{}, errors.ErrUnsupported
}

// UsePasswordLink sets the password, once. The person's sessions end; links,
// locks and the second factor stay as they are.
func (d *Desk) UsePasswordLink(ctx context.Context, link Token, next Password) error {
	return errors.ErrUnsupported
}
