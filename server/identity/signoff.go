package identity

import (
	"cmp"
	"context"
	"fmt"

	"sleutelbos/server/store"
)

// signOffStep is how many people are deleted in one transaction, so that who signs
// in meanwhile does not wait for all of them.
const signOffStep = 100

// SignOff ends an organisation: all its people are deleted, what others hold for
// it is taken back, its parts and mandates end. It gives what followed.
//
// That is done to some people at a time, its own before the others. Where it
// stops in between, because the context ends, the database is away or the process
// is killed, it stays done for them and is in what is returned with the error; the
// organisation is there with the rest, its parts and its mandates, until the same
// call ends it.
func (d *Desk) SignOff(ctx context.Context, by Actor, id string) (Leaving, error) {
	off := signingOff{desk: d, by: by, id: id}
	for !off.over {
		err := ctx.Err()
		if err == nil { // what was begun is ended, so that it is known what was done
			err = off.step(context.WithoutCancel(ctx))
		}
		if err != nil {
			return off.done, fmt.Errorf("sign off an organisation, of which %d people are deleted: %w", off.done.People, err)
		}
	}
	return off.done, nil
}

// signingOff is how far an organisation is signed off.
type signingOff struct {
	desk  *Desk
	by    Actor
	id    string
	begun bool
	after string // the last id that was deleted
	done  Leaving
	over  bool
}

// step deletes some people, and with the last of them ends the organisation.
func (o *signingOff) step(ctx context.Context) error {
	d, next := o.desk, *o
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		next = *o
		if rights, err := d.rights(tx.View, o.by); !o.begun && (err != nil || !rights.Operates) {
			return cmp.Or(err, ErrForbidden) // whoever may begin may end, also when they are one of the people
		}
		row, err := mayLeave(tx.View, o.id)
		if err != nil {
			return err
		}
		who, err := next.choose(tx.View)
		if err != nil {
			return err
		}
		left, err1 := leaving(tx.View, who)
		people, held, err2 := tx.Leavers(who)
		next.begun, next.done = true, o.done.with(left)
		now := stamp(d.now())
		return inOrder(
			func() error { return cmp.Or(err1, err2) },
			func() error { return tx.Leave(who, now, DueSignedOff) },
			func() error {
				if !next.over {
					return nil
				}
				others, err := next.takeBack(tx)
				held = append(held, others...)
				return err
			},
			func() error {
				if !next.over {
					return nil
				}
				return next.end(ctx, tx, now)
			},
			func() error { return d.auditAll(ctx, tx, o.by, kindPersonDelete, people) },
			func() error { return d.auditGrants(ctx, tx, o.by, kindGrantEnd, held) },
			func() error {
				if !next.over {
					return nil
				}
				told := auditRowBy(ctx, o.by, kindOrganisationOff, "")
				told.Link, told.Detail = o.id, row.Name
				return d.audit(tx, told)
			},
		)
	})
	if err == nil {
		*o = next
	}
	return err
}

// choose says who is next. Whoever was added behind those who are deleted
// already comes with the last ones, or in another round.
func (o *signingOff) choose(view *store.View) (store.Leavers, error) {
	some, upto, err := view.SomeOf(o.id, o.after, signOffStep)
	if o.after = upto; err != nil || upto != "" {
		return some, err
	}
	all := store.AllOf(o.id)
	left, err := view.Leaving(all)
	if o.over = left.People <= 2*signOffStep; err != nil || o.over {
		return all, err
	}
	some, o.after, err = view.SomeOf(o.id, "", signOffStep)
	return some, err
}

// takeBack takes back what some others hold for the organisation, now that none
// of its own people are left, and gives that. Where there may be more of them, it
// is not over.
func (o *signingOff) takeBack(tx *store.Tx) ([]store.Grant, error) {
	held, err := tx.GrantsInOfSome(o.id, signOffStep)
	if err != nil {
		return nil, err
	}
	for _, g := range held {
		if err := tx.RemoveGrant(g); err != nil {
			return nil, err
		}
	}
	others := distinctPeople(held)
	o.done.Others += len(others)
	o.over = len(others) < signOffStep
	return held, o.desk.settle(tx, others...)
}

// end ends the organisation itself, with its parts and mandates.
func (o *signingOff) end(ctx context.Context, tx *store.Tx, now int64) error {
	mandates, err := tx.MandatesWhere(func(m store.Mandate) bool { return m.Giver == o.id || m.Taker == o.id })
	if err != nil {
		return err
	}
	o.done.Mandates += len(mandates)
	return inOrder(
		func() error { return o.desk.auditMandates(ctx, tx, o.by, mandates) },
		func() error { return tx.SignOffOrganisation(o.id, now) },
	)
}

func (l Leaving) with(more Leaving) Leaving {
	return Leaving{
		People: l.People + more.People, Links: l.Links + more.Links, Activations: l.Activations + more.Activations,
		Grants: l.Grants + more.Grants, Tokens: l.Tokens + more.Tokens, Others: l.Others + more.Others, Mandates: l.Mandates + more.Mandates,
	}
}
