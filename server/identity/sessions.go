package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sleutelbos/server/store"
)

// SignOut ends the session of the token. One that has ended already is no error.
func (d *Desk) SignOut(ctx context.Context, token Token) error {
	err := d.inSession(ctx, token, func(tx *store.Tx, s Session) error {
		if _, err := tx.EndSession(s.Person.ID, s.ID); err != nil {
			return err
		}
		return d.audit(tx, ownRow(ctx, kindSignOut, s))
	})
	if errors.Is(err, ErrNoSession) {
		return nil
	}
	return doing("sign out", err)
}

// OwnSessions lists the sessions of whoever is signed in, the present one first.
func (d *Desk) OwnSessions(ctx context.Context, token Token) ([]Session, error) {
	var all []Session
	err := d.store.Read(ctx, func(view *store.View) error {
		now := d.now()
		present, _, err := d.session(view, token, now)
		if err != nil {
			return err
		}
		if all, err = d.sessionsOf(view, present.Person, now); err != nil {
			return err
		}
		for i := range all {
			all[i].Current = all[i].ID == present.ID
		}
		slices.SortStableFunc(all, func(a, b Session) int { return firstIs(a.Current, b.Current) })
		return nil
	})
	return all, doing("list sessions", err)
}

// firstIs orders what is before what is not.
func firstIs(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// EndOwnSession ends one of the sessions of whoever is signed in, by its id. One
// that has ended already is no error.
func (d *Desk) EndOwnSession(ctx context.Context, token Token, id string) error {
	err := d.inSession(ctx, token, func(tx *store.Tx, s Session) error {
		ended, err := tx.EndSession(s.Person.ID, id)
		if err != nil || !ended {
			return err
		}
		return d.audit(tx, ownRow(ctx, kindSessionEnd, s))
	})
	return doing("end a session", err)
}

// EndOtherSessions ends all sessions of whoever is signed in but this one, and
// gives how many.
func (d *Desk) EndOtherSessions(ctx context.Context, token Token) (int, error) {
	var ended int64
	err := d.inSession(ctx, token, func(tx *store.Tx, s Session) (err error) {
		if ended, err = tx.EndSessions(s.Person.ID, s.ID); err != nil {
			return err
		}
		return d.audit(tx, ownRow(ctx, kindSessionEnd, s))
	})
	return int(ended), doing("end sessions", err)
}

// Sessions lists the sessions of a person, newest first.
func (d *Desk) Sessions(ctx context.Context, user string) ([]Session, error) {
	var all []Session
	err := d.store.Read(ctx, func(view *store.View) error {
		row, err := personByUser(view, user)
		if err != nil {
			return err
		}
		all, err = d.sessionsOf(view, sessionPersonOf(row), d.now())
		return err
	})
	return all, doing("list sessions", err)
}

// EndSessions ends all sessions of a person and gives how many.
func (d *Desk) EndSessions(ctx context.Context, user string) (int, error) {
	var ended int64
	err := d.changePerson(ctx, "end sessions", kindSessionEnd, user,
		func(tx *store.Tx, row store.Person, _ time.Time) (err error) {
			ended, err = tx.EndSessions(row.ID, "")
			return err
		})
	return int(ended), err
}

// sessionsOf lists the sessions of a person that have not ended.
func (d *Desk) sessionsOf(view *store.View, person SessionPerson, now time.Time) ([]Session, error) {
	settings, _, err := signInOf(view, person.ID)
	if err != nil {
		return nil, err
	}
	rows, err := view.Sessions(person.ID)
	var all []Session
	for _, row := range rows {
		if settings.Sessions.lives(row, stamp(now)) {
			s := settings.session(row)
			s.Person = person
			all = append(all, s)
		}
	}
	return all, err
}

// inSession changes something for whoever is signed in.
func (d *Desk) inSession(ctx context.Context, token Token, change func(*store.Tx, Session) error) error {
	return d.store.Do(ctx, func(tx *store.Tx) error {
		s, _, err := d.session(tx.View, token, d.now())
		if err != nil {
			return err
		}
		return change(tx, s)
	})
}

// ownRow is the audit row of something that somebody did for themselves.
func ownRow(ctx context.Context, kind string, s Session) AuditRow {
	return auditRowBy(ctx, PersonActor(s.Person.ID), kind, s.Person.ID)
}

// endAccess ends whatever lets a person in without signing in anew: sessions but
// for one, and links to choose a password.
func (d *Desk) endAccess(tx *store.Tx, person, but string, now time.Time) error {
	if _, err := tx.EndSessions(person, but); err != nil {
		return fmt.Errorf("end access: %w", err)
	}
	return tx.EndPasswordLinks(person, stamp(now))
}

// forgetAccess is endAccess for whoever is gone or lost what they sign in with:
// their devices are unknown from now on too.
func (d *Desk) forgetAccess(tx *store.Tx, person, but string, now time.Time) error {
	if err := d.endAccess(tx, person, but, now); err != nil {
		return err
	}
	_, err := tx.ForgetDevices(person)
	return err
}
