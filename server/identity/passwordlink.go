package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"sleutelbos/server/store"
)

// PathNewPassword is the page at which a link to choose a password opens; its
// token stands in the query "token".
const PathNewPassword = "/password/new"

// Rules of links to choose a password.
const (
	resetLife  = 30 * time.Minute
	choiceLife = 10 * time.Minute
	// resetsPerHour is how many links are mailed to one person: nobody's mailbox
	// is filled by strangers.
	resetsPerHour = 3
	// mostResets bounds how many questions are worked on at once.
	mostResets = 64
)

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

// passwordURL is where a link to choose a password opens.
func (s OrganisationSettings) passwordURL(token Token) string {
	return strings.TrimSuffix(s.URL, "/") + PathNewPassword + "?" + url.Values{"token": {token.Reveal()}}.Encode()
}

// AskReset mails a link to choose a new password to the person whom the name or
// address means, if there is one who may have it. The answer is the same for
// everybody, and comes before any of that is looked at; address is where the
// question comes from. [*LimitError] when that asks too often, [ErrCrowded] when
// too many ask at once, [ErrNoMail] where this server sends none.
func (d *Desk) AskReset(ctx context.Context, nameOrAddress, address string) error {
	if wait := d.asks.take(address, d.now()); wait > 0 {
		return &LimitError{RetryAfter: wait}
	}
	var mail Mail
	if err := d.store.Read(ctx, func(view *store.View) (err error) {
		mail, err = readMail(view)
		return err
	}); err != nil {
		return doing("ask for a new password", err)
	}
	if mail.From == "" {
		return ErrNoMail
	}
	select {
	case d.resets <- struct{}{}:
	default:
		return ErrCrowded
	}
	ctx = context.WithoutCancel(ctx) // nobody waits for it
	d.background.Go(func() {
		defer func() { <-d.resets }()
		if err := d.sendReset(ctx, canonical(nameOrAddress)); err != nil {
			d.log.ErrorContext(ctx, "a link to choose a password was not made", "reference", referenceOf(ctx), "cause", err.Error())
		}
	})
	return nil
}

func (d *Desk) sendReset(ctx context.Context, name string) error {
	return d.store.Do(ctx, func(tx *store.Tx) error {
		row, err := tx.SignInRowByName(name)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		settings, _, err := signInOf(tx.View, row.Person.ID)
		if err != nil {
			return err
		}
		now := d.now()
		if err := d.purge(tx, now); err != nil {
			return err
		}
		outcome, err := d.mayReset(tx.View, row, settings, now)
		if err == nil && outcome == outcomeDone {
			err = d.mailReset(tx, row.Person.ID, now)
		}
		if err != nil {
			return err
		}
		return d.audit(tx, AuditRow{Kind: kindPasswordAsk, Outcome: outcome, Person: row.Person.ID, Reference: referenceOf(ctx)})
	})
}

// mayReset says whether somebody gets a link, as the audit log has it.
func (d *Desk) mayReset(view *store.View, row store.SignInRow, settings SignInSettings, now time.Time) (string, error) {
	switch {
	case row.Person.ID == "":
		return string(ReasonUnknown), nil
	case standing(row.Person, stamp(now)) == Ended:
		return string(ReasonEnded), nil
	case row.Password.ID == "":
		return "no-password", nil
	case !settings.resetsOneself(Role(row.Role)):
		return "not-oneself", nil
	}
	made, err := view.PasswordLinksSince(row.Person.ID, string(LinkReset), stamp(now.Add(-time.Hour)))
	if err == nil && made >= resetsPerHour {
		return "limit", nil
	}
	return outcomeDone, err
}

func (s SignInSettings) resetsOneself(role Role) bool {
	return s.resetWay(role) != ResetAdministrator
}

func (d *Desk) mailReset(tx *store.Tx, person string, now time.Time) error {
	token, err := d.addPasswordLink(tx, person, LinkReset, now, resetLife)
	if err != nil {
		return err
	}
	organisation, err := readSettings(tx.View)
	if err != nil {
		return err
	}
	return d.post(tx, message{
		kind: MessagePasswordReset, person: person, secret: organisation.passwordURL(token), until: now.Add(resetLife),
	})
}

// addPasswordLink makes a link. It ends those before it.
func (d *Desk) addPasswordLink(tx *store.Tx, person string, kind PasswordLinkKind, now time.Time, life time.Duration) (Token, error) {
	token, err := d.newToken()
	if err != nil {
		return "", err
	}
	id, err := d.newID()
	if err != nil {
		return "", err
	}
	return token, tx.AddPasswordLink(store.PasswordLink{
		ID: id, Person: person, Hash: d.tokenHash(forPasswordLink, token), KeyID: d.key.hashedWith(),
		Kind: string(kind), Made: stamp(now), Expires: stamp(now.Add(life)),
	})
}

// startPasswordChoice gives the address at which somebody who has just linked,
// and has no password yet, chooses one. It is empty where this server has no
// pages, and for whoever has a password.
func (d *Desk) startPasswordChoice(tx *store.Tx, person string, now time.Time) (string, error) {
	if !d.pages {
		return "", nil
	}
	row, err := tx.SignInRow(person)
	if err != nil || row.Password.ID != "" || row.Means == store.MeansOutside {
		return "", err
	}
	organisation, err := readSettings(tx.View)
	if err != nil || organisation.URL == "" {
		return "", err
	}
	token, err := d.addPasswordLink(tx, person, LinkChoice, now, choiceLife)
	return organisation.passwordURL(token), err
}

// LookAtPasswordLink tells what a link to choose a password is for, without using
// it up; else [ErrPasswordLink].
func (d *Desk) LookAtPasswordLink(ctx context.Context, link Token) (PasswordLink, error) {
	var found PasswordLink
	err := d.store.Read(ctx, func(view *store.View) error {
		row, person, err := d.passwordLink(view, link)
		if err != nil {
			return err
		}
		settings, _, err := signInOf(view, person.ID)
		found = PasswordLink{PasswordLinkKind(row.Kind), sessionPersonOf(person), moment(row.Expires), settings.Passwords}
		return err
	})
	if err != nil {
		return PasswordLink{}, doing("look at a link to choose a password", err)
	}
	return found, nil
}

func (d *Desk) passwordLink(view *store.View, link Token) (store.PasswordLink, store.Person, error) {
	now := stamp(d.now())
	row, err := view.PasswordLink(d.tokenHash(forPasswordLink, link))
	if errors.Is(err, store.ErrNotFound) || err == nil && (row.Used != 0 || now >= row.Expires) {
		return row, store.Person{}, ErrPasswordLink
	}
	if err != nil {
		return row, store.Person{}, err
	}
	person, err := view.PersonByID(row.Person)
	if errors.Is(err, store.ErrNotFound) || err == nil && standing(person, now) == Ended {
		return row, person, ErrPasswordLink
	}
	return row, person, err
}

// UnmetForLink is [Desk.UnmetFor] for whoever has a link to choose a password.
func (d *Desk) UnmetForLink(ctx context.Context, link Token, password Password) ([]PasswordRule, error) {
	var unmet []PasswordRule
	err := d.store.Read(ctx, func(view *store.View) error {
		row, _, err := d.passwordLink(view, link)
		if err != nil {
			return err
		}
		unmet, err = unmetBy(view, row.Person, password)
		return err
	})
	return unmet, doing("look at a password", err)
}

// UsePasswordLink sets the password, once. The person's sessions end; links,
// locks and the second factor stay as they are. Rules that are not met are a
// [*PasswordError], after which the link can still be used.
func (d *Desk) UsePasswordLink(ctx context.Context, link Token, next Password) error {
	var person string
	err := d.store.Read(ctx, func(view *store.View) error {
		row, _, err := d.passwordLink(view, link)
		person = row.Person
		return err
	})
	if err != nil {
		return doing("choose a password", err)
	}
	made, err := d.prepare(ctx, person, next)
	if err != nil {
		return doing("choose a password", err)
	}
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		now := d.now()
		row, _, err := d.passwordLink(tx.View, link)
		if err != nil {
			return err
		}
		used, err := tx.UsePasswordLink(row.ID, stamp(now))
		if err != nil || !used {
			return cmp.Or(err, ErrPasswordLink)
		}
		return inOrder(
			func() error { return d.keepPassword(tx, made, now) },
			func() error { return d.endAccess(tx, person, "", now) },
			func() error { return d.audit(tx, auditRowBy(ctx, PersonActor(person), kindPasswordChoose, person)) },
		)
	})
	if err != nil {
		return fmt.Errorf("choose a password: %w", err)
	}
	return nil
}
