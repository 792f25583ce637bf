package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// Errors about helping somebody to sign in.
var (
	// ErrLinked says that something is for people who are not linked.
	ErrLinked = errors.New("this person is linked already; unlink first, if the link is not theirs or is lost")
	// ErrNotLinked says that something is for people who are linked.
	ErrNotLinked = errors.New("this person is not linked; mail an activation code instead")
	// ErrNotActive says that an account cannot be used now.
	ErrNotActive = errors.New("this account has not begun yet, or has ended")
)

// MailActivation makes an activation code and mails it to the person's own
// address, and nobody else sees it. It gives the moment at which the code ends.
// An administrator's code is the operator's to mail. The error is [ErrLinked]
// for somebody who is linked, but for a hardware token, and [ErrNoMail] where
// no mail is set up; then nothing has changed.
func (d *Desk) MailActivation(ctx context.Context, by Actor, id string) (expires time.Time, err error) {
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		row, err := d.helped(tx.View, by, id, false)
		if err != nil {
			return err
		}
		if err := d.notLinked(tx.View, id); err != nil {
			return err
		}
		expires, err = d.mailActivation(ctx, tx, by, row)
		return err
	})
	return expires, doing("mail an activation code", err)
}

// UnlinkAndMail ends all links of a person, who may be oneself, as
// [Desk.Unlink] does, and mails an activation code for the next one.
func (d *Desk) UnlinkAndMail(ctx context.Context, by Actor, id string) (expires time.Time, err error) {
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		row, err := d.helped(tx.View, by, id, true)
		if err != nil {
			return err
		}
		if err := d.unlink(tx, id, d.now()); err != nil {
			return err
		}
		if err := d.audit(tx, auditRowBy(ctx, by, kindPersonUnlink, id)); err != nil {
			return err
		}
		expires, err = d.mailActivation(ctx, tx, by, row)
		return err
	})
	return expires, doing("unlink and mail an activation code", err)
}

// NewActivationBy is [Desk.NewActivation] for an actor: the code is theirs to
// hand over. It is for servers that send no mail.
func (d *Desk) NewActivationBy(ctx context.Context, by Actor, id string) (code enroll.ActivationCode, expires time.Time, err error) {
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		row, err := d.helped(tx.View, by, id, false)
		if err != nil {
			return err
		}
		if err := d.notLinked(tx.View, id); err != nil {
			return err
		}
		if code, expires, err = d.makeActivation(tx, row, d.now()); err != nil {
			return err
		}
		return d.audit(tx, auditRowBy(ctx, by, kindActivationNew, id))
	})
	if err != nil {
		return enroll.ActivationCode{}, time.Time{}, doing("make an activation code", err)
	}
	return code, expires, nil
}

func (d *Desk) mailActivation(ctx context.Context, tx *store.Tx, by Actor, row store.Person) (time.Time, error) {
	code, expires, err := d.makeActivation(tx, row, d.now())
	if err != nil {
		return expires, err
	}
	return expires, inOrder(
		func() error {
			return d.post(tx, message{kind: MessageActivation, person: row.ID, secret: code.Reveal(), until: expires})
		},
		func() error { return d.audit(tx, auditRowBy(ctx, by, kindActivationMail, row.ID)) },
	)
}

// ForLetters gives the people by their ids, in that order, if a letter for each
// may be made by the actor: those whom they manage and who are not linked.
func (d *Desk) ForLetters(ctx context.Context, by Actor, ids []string) ([]Person, error) {
	var found []Person
	err := d.store.Read(ctx, func(view *store.View) error {
		var rows []store.Person
		for _, id := range ids {
			s, err := d.see(view, by, id)
			if err != nil {
				return err
			}
			if err := d.notLinked(view, id); err != nil {
				return fmt.Errorf("%s: %w", s.row.User, err)
			}
			rows = append(rows, s.row)
		}
		var err error
		found, err = d.fill(view, rows)
		return err
	})
	return found, doing("make letters", err)
}

// helped finds a person whom an actor may help to sign in: whoever may change
// all of them, and they themselves where that is allowed.
func (d *Desk) helped(view *store.View, by Actor, id string, self bool) (store.Person, error) {
	s, err := d.see(view, by, id)
	if err != nil || s.self && self {
		return s.row, err
	}
	s, err = d.command(view, by, id)
	return s.row, err
}

// notLinked is ErrLinked when a link of the person works that is no hardware
// token.
func (d *Desk) notLinked(view *store.View, person string) error {
	links, err := view.Links(person)
	for _, l := range links {
		if l.Disabled == 0 && l.Serial == "" {
			return errors.Join(err, ErrLinked)
		}
	}
	return err
}

// UnlinkBy is [Desk.Unlink] for an actor, for servers that send no mail.
func (d *Desk) UnlinkBy(ctx context.Context, by Actor, id string) error {
	return d.changeBy(ctx, by, "unlink a person", kindPersonUnlink, id,
		func(tx *store.Tx, row store.Person, now time.Time) error { return d.unlink(tx, row.ID, now) })
}
