package identity

import (
	"context"
	"time"

	"sleutelbos/server/store"
)

// changePersonBy is changePerson for an actor who may change how the person
// signs in. Whoever does not see the person hears that there is none.
func (d *Desk) changePersonBy(ctx context.Context, by Actor, what, kind, user string, change func(*store.Tx, store.Person, time.Time) error) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		row, err := personByUser(tx.View, user)
		if err != nil {
			return err
		}
		if err := d.mayCommand(tx.View, by, row); err != nil {
			return err
		}
		if err := change(tx, row, d.now()); err != nil {
			return err
		}
		return d.audit(tx, auditRowBy(ctx, by, kind, row.ID))
	})
	return doing(what, err)
}

func (d *Desk) mayCommand(view *store.View, by Actor, row store.Person) error {
	if by.IsOperator() {
		return nil
	}
	rights, err := d.rights(view, by)
	if err != nil {
		return err
	}
	holds, err := view.Grants(row.ID)
	if err != nil {
		return err
	}
	roles, err := roleMap(view)
	if err != nil {
		return err
	}
	switch {
	case !rights.sees(row, holds):
		return ErrUnknownPerson
	case !rights.commands(row, holds, roles):
		return ErrForbidden
	}
	return nil
}
