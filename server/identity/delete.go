package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sleutelbos/server/store"
)

// Leaving is what follows when people are deleted.
type Leaving struct {
	People      int // who end
	Links       int // that work now and end
	Activations int // codes that are open and become void
	Grants      int // that are taken back
	Tokens      int // hardware tokens that are due back

	// Of a whole organisation, beside what its people lose:
	Others   int // people of other organisations who lose what they hold there
	Mandates int // given and taken, that end
}

func leaving(view *store.View, who store.Leavers) (Leaving, error) {
	found, err := view.Leaving(who)
	return Leaving{
		People: int(found.People), Links: int(found.Links), Activations: int(found.Codes),
		Grants: int(found.Grants), Tokens: int(found.Tokens),
	}, err
}

// LeavingPerson tells what would follow from deleting a person, and nothing else
// happens: the refusals are those of [Desk.DeletePerson].
func (d *Desk) LeavingPerson(ctx context.Context, by Actor, id string, force Force) (Leaving, error) {
	var found Leaving
	err := d.store.Read(ctx, func(view *store.View) error {
		if _, err := d.mayDelete(view, by, id, force); err != nil {
			return err
		}
		var err error
		found, err = leaving(view, store.OnePerson(id))
		return err
	})
	if err != nil {
		return Leaving{}, fmt.Errorf("look at what follows: %w", err)
	}
	return found, nil
}

func (d *Desk) mayDelete(view *store.View, by Actor, id string, force Force) (seen, error) {
	s, err := d.command(view, by, id)
	if err != nil {
		return s, err
	}
	return s, d.checkLast(view, s, Details{}, force)
}

// DeletePerson ends a person's account for good: links, codes, sessions and
// rights end at once, and the user name and address are free again. Who it was
// is kept for as long as the retention says, for the audit log; see
// [Desk.ErasePerson]. It gives what followed.
func (d *Desk) DeletePerson(ctx context.Context, by Actor, id string, force Force) (Leaving, error) {
	var done Leaving
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		s, err := d.mayDelete(tx.View, by, id, force)
		if err != nil {
			return err
		}
		if done, err = leaving(tx.View, store.OnePerson(id)); err != nil {
			return err
		}
		if err := tx.ForgetTries(d.nameHash(canonical(s.row.User))); err != nil {
			return err
		}
		return inOrder(
			func() error { return tx.Leave(store.OnePerson(id), stamp(d.now()), DueDeleted) },
			func() error { return d.audit(tx, auditRowBy(ctx, by, kindPersonDelete, id)) },
			func() error { return d.auditGrants(ctx, tx, by, kindGrantEnd, s.holds) },
		)
	})
	if err != nil {
		return Leaving{}, fmt.Errorf("delete a person: %w", err)
	}
	return done, nil
}

// ErasePerson removes whatever tells who a person was. The person must be
// deleted; the id stays in the audit log, where it says nothing about anybody.
// That is the operator's.
func (d *Desk) ErasePerson(ctx context.Context, by Actor, id string) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		if _, err := d.mayErase(tx.View, by, id); err != nil {
			return err
		}
		if err := tx.Erase(id, stamp(d.now())); err != nil {
			return err
		}
		return d.audit(tx, auditRowBy(ctx, by, kindPersonErase, id))
	})
	if err != nil {
		return fmt.Errorf("erase a person: %w", err)
	}
	return nil
}

// MostDeleted is how many deleted people are listed at most.
const MostDeleted = 200

// eraseDeleted is the job that erases who was deleted longer ago than it is kept.
func (d *Desk) eraseDeleted(ctx context.Context, t *turn) (changed int, more bool, err error) {
	err = t.do(ctx, func(tx *store.Tx) error {
		keep, err := readKeep(tx.View)
		until := before(d.now(), keep.Deleted)
		if changed, more = 0, false; err != nil || until.IsZero() {
			return err
		}
		rows, err := tx.DeletedBefore(stamp(until), jobBatch)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := tx.Erase(row.ID, stamp(d.now())); err != nil {
				return err
			}
			if err := d.audit(tx, auditRowBy(ctx, itself(), kindPersonErase, row.ID)); err != nil {
				return err
			}
		}
		changed, more = len(rows), len(rows) == jobBatch
		return nil
	})
	return changed, more, err
}

// Erasing is what goes when a deleted person is erased.
type Erasing struct {
	Person Person
	Links  int       // of authenticators that ended
	Codes  int       // activation codes and day codes
	Mails  int       // lines about mails that were sent to them
	Losses int       // reports of a loss
	Tokens int       // hardware tokens in whose records the name stands
	By     time.Time // when the server does it unasked; zero: never
}

// ErasingPerson tells what [Desk.ErasePerson] would remove, with its refusals.
func (d *Desk) ErasingPerson(ctx context.Context, by Actor, id string) (Erasing, error) {
	var found Erasing
	err := d.store.Read(ctx, func(view *store.View) error {
		row, err := d.mayErase(view, by, id)
		if err != nil {
			return err
		}
		keep, err := readKeep(view)
		if err != nil {
			return err
		}
		n, err := view.Erasing(id)
		found = Erasing{
			Person: d.personOf(row), Links: int(n.Links), Codes: int(n.Codes), Mails: int(n.Mails), Losses: int(n.Losses), Tokens: int(n.Tokens),
		}
		if keep.Deleted >= 0 {
			found.By = moment(row.Deleted).AddDate(0, keep.Deleted, 0)
		}
		return err
	})
	return found, doing("look at what follows", err)
}

func (d *Desk) mayErase(view *store.View, by Actor, id string) (store.Person, error) {
	rights, err := d.rights(view, by)
	if err != nil || !rights.Operates {
		return store.Person{}, cmp.Or(err, ErrForbidden)
	}
	row, err := view.PersonByID(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (row.Deleted == 0 || row.Erased != 0) {
		return row, ErrUnknownPerson
	}
	return row, err
}

// Deleted finds people who were deleted and are not erased yet by the user name
// that they had, those deleted last, first; without a name all of them, up to
// [MostDeleted]. That is the operator's.
func (d *Desk) Deleted(ctx context.Context, by Actor, user string) ([]Person, error) {
	var all []Person
	err := d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil || !rights.Operates {
			return cmp.Or(err, ErrForbidden)
		}
		rows, err := view.DeletedByUser(strings.TrimSpace(user), MostDeleted)
		all = nil
		for _, row := range rows {
			all = append(all, d.personOf(row))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find a deleted person: %w", err)
	}
	return all, nil
}
