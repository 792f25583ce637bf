package identity

import (
	"context"
	"time"

	"sleutelbos/server/store"
)

// changeBy changes how a person signs in, for an actor who may; see helped.
func (d *Desk) changeBy(ctx context.Context, by Actor, what, kind, id string, change func(*store.Tx, store.Person, time.Time) error) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		row, err := d.helped(tx.View, by, id, false)
		if err != nil {
			return err
		}
		if err := change(tx, row, d.now()); err != nil {
			return err
		}
		return d.audit(tx, auditRowBy(ctx, by, kind, id))
	})
	return doing(what, err)
}

// idOf finds the id of a person by user name.
func (d *Desk) idOf(ctx context.Context, user string) (id string, err error) {
	err = d.store.Read(ctx, func(view *store.View) error {
		row, err := personByUser(view, user)
		id = row.ID
		return err
	})
	return id, err
}

// UnlockBy is [Desk.Unlock] for an actor.
func (d *Desk) UnlockBy(ctx context.Context, by Actor, id string) error {
	return d.changeBy(ctx, by, "unlock a person", kindPersonUnlock, id,
		func(tx *store.Tx, row store.Person, _ time.Time) error { return d.unlockIfAllowed(tx, row) })
}

func (d *Desk) unlockIfAllowed(tx *store.Tx, row store.Person) error {
	settings, _, err := signInOf(tx.View, row.ID)
	if err != nil {
		return err
	}
	if settings.Release == ReleaseTime {
		return ErrRelease
	}
	return d.unlock(tx, row)
}

// unlock ends a person's lock and those of their names.
func (d *Desk) unlock(tx *store.Tx, row store.Person) error {
	if err := tx.SetCounters(row.ID, row.Counters, store.Counters{InRow: row.InRow}); err != nil {
		return err
	}
	return d.forgetTries(tx, row.ID)
}

// SessionsBy lists the sessions of a person for an actor, newest first.
func (d *Desk) SessionsBy(ctx context.Context, by Actor, id string) ([]Session, error) {
	var all []Session
	err := d.store.Read(ctx, func(view *store.View) error {
		row, err := d.helped(view, by, id, false)
		if err != nil {
			return err
		}
		all, err = d.sessionsOf(view, sessionPersonOf(row), d.now())
		return err
	})
	return all, doing("list sessions", err)
}

// EndSessionsBy ends all sessions of a person and gives how many.
func (d *Desk) EndSessionsBy(ctx context.Context, by Actor, id string) (int, error) {
	var ended int64
	err := d.changeBy(ctx, by, "end sessions", kindSessionEnd, id,
		func(tx *store.Tx, row store.Person, _ time.Time) (err error) {
			ended, err = tx.EndSessions(row.ID, "")
			return err
		})
	return int(ended), err
}
