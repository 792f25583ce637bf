package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sleutelbos/server/store"
)

// AddPerson adds a person, who has no link yet. What is wrong with a field is a
// [*FieldError] for each, joined; a name or address that somebody has is
// [ErrUserTaken] or [ErrEmailTaken].
func (d *Desk) AddPerson(ctx context.Context, p NewPerson) (Person, error) {
	if p.Role == "" {
		p.Role = RoleUser
	}
	p.User, p.Name, p.Email = strings.TrimSpace(p.User), strings.TrimSpace(p.Name), strings.TrimSpace(p.Email)
	if wrong := p.check(); len(wrong) > 0 {
		return Person{}, errors.Join(wrong...)
	}
	id, err := d.newID()
	if err != nil {
		return Person{}, err
	}
	row := store.Person{ID: id, User: p.User, Name: p.Name, Email: p.Email, Role: string(p.Role), Created: stamp(d.now())}
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		if err := d.addPerson(tx, row); err != nil {
			return err
		}
		return d.audit(tx, AuditRow{Kind: kindPersonAdd, Outcome: outcomeDone, Person: id, Reference: referenceOf(ctx)})
	})
	if err != nil {
		return Person{}, fmt.Errorf("add a person: %w", err)
	}
	return d.personOf(row), nil
}

func (d *Desk) addPerson(tx *store.Tx, row store.Person) error {
	user, email := canonical(row.User), canonical(row.Email)
	for _, name := range []struct {
		text  string
		taken error
	}{{user, ErrUserTaken}, {email, ErrEmailTaken}} {
		if taken, err := tx.NameTaken(name.text); err != nil || taken {
			return errors.Join(err, errorIf(taken, name.taken))
		}
	}
	if err := tx.AddPerson(row); err != nil {
		return err
	}
	if err := tx.AddName(user, store.NameUser, row.ID); err != nil {
		return err
	}
	return tx.AddName(email, store.NameEmail, row.ID)
}

func errorIf(yes bool, err error) error {
	if yes {
		return err
	}
	return nil
}

// Person finds one person by user name, in any spelling.
func (d *Desk) Person(ctx context.Context, user string) (Person, error) {
	var found Person
	err := d.store.Read(ctx, func(view *store.View) error {
		row, err := personByUser(view, user)
		if err != nil {
			return err
		}
		people, err := d.fill(view, row.ID, []store.Person{row})
		if err == nil {
			found = people[0]
		}
		return err
	})
	return found, err
}

// People lists everybody by user name.
func (d *Desk) People(ctx context.Context) ([]Person, error) {
	var all []Person
	err := d.store.Read(ctx, func(view *store.View) error {
		rows, err := view.People()
		if err == nil {
			all, err = d.fill(view, "", rows)
		}
		return err
	})
	return all, err
}

func personByUser(view *store.View, user string) (store.Person, error) {
	row, err := view.PersonByUser(canonical(user))
	if errors.Is(err, store.ErrNotFound) {
		return row, ErrUnknownPerson
	}
	return row, err
}

// fill adds links and activation codes to rows of people; only is one person's
// id, or empty for everybody's.
func (d *Desk) fill(view *store.View, only string, rows []store.Person) ([]Person, error) {
	links, err := view.Links(only)
	if err != nil {
		return nil, err
	}
	byPerson := map[string][]Link{}
	for _, l := range links {
		byPerson[l.Person] = append(byPerson[l.Person], Link{
			ID: l.ID, Device: l.Device, LinkedAt: moment(l.Linked), LastUsed: moment(l.LastUsed), Disabled: moment(l.Disabled),
			Token: l.Serial, OutOfStep: moment(l.Resync),
		})
	}
	activations, err := view.NewestActivations(only)
	if err != nil {
		return nil, err
	}
	all := make([]Person, 0, len(rows))
	for _, row := range rows {
		person := d.personOf(row)
		person.Links = byPerson[row.ID]
		if a, ok := activations[row.ID]; ok {
			wrong, err := view.Tries(d.nameHash(canonical(row.User)))
			if err != nil {
				return nil, err
			}
			person.Activation = &Activation{
				Made: moment(a.Made), Expires: moment(a.Expires),
				State: stateOf(a, d.now()), TriesLeft: triesLeft(wrong),
			}
		}
		all = append(all, person)
	}
	return all, nil
}

func (d *Desk) personOf(row store.Person) Person {
	present := relieved(row.Counters, stamp(d.now()))
	return Person{
		ID: row.ID, User: row.User, Name: row.Name, Email: row.Email, Role: Role(row.Role), Created: moment(row.Created),
		LockedUntil: moment(present.LockedUntil), Failures: int(present.Failures), FailuresInRow: int(present.InRow),
	}
}

// Unlock ends a lock at once. The count of wrong codes in a row stays: only a
// right code or a new link sets it to zero.
func (d *Desk) Unlock(ctx context.Context, user string) error {
	return d.changePerson(ctx, "unlock a person", kindPersonUnlock, user,
		func(tx *store.Tx, row store.Person, _ time.Time) error {
			return tx.SetCounters(row.ID, row.Counters, store.Counters{InRow: row.InRow})
		})
}

// Unlink stops all links of a person, also one that waits for its first code,
// and any activation code that is still open: whoever has the means, the code
// or both gets in no more. They never work again; a replacement is a new
// activation.
func (d *Desk) Unlink(ctx context.Context, user string) error {
	return d.changePerson(ctx, "unlink a person", kindPersonUnlink, user,
		func(tx *store.Tx, row store.Person, now time.Time) error {
			return d.unlink(tx, row.ID, now)
		})
}

func (d *Desk) unlink(tx *store.Tx, person string, now time.Time) error {
	if err := d.returnTokens(tx, person, DueUnlinked, now); err != nil {
		return err
	}
	stopped, err := tx.DisableLinks(person, stamp(now))
	if err != nil {
		return err
	}
	if stopped {
		if err := d.post(tx, message{kind: MessageUnlinked, person: person}); err != nil {
			return err
		}
	}
	return d.endActivations(tx, person, store.ActivationVoid)
}

// changePerson finds a person, changes something and writes the audit row.
func (d *Desk) changePerson(ctx context.Context, doing, kind, user string, change func(*store.Tx, store.Person, time.Time) error) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		row, err := personByUser(tx.View, user)
		if err != nil {
			return err
		}
		if err := change(tx, row, d.now()); err != nil {
			return err
		}
		return d.audit(tx, AuditRow{Kind: kind, Outcome: outcomeDone, Person: row.ID, Reference: referenceOf(ctx)})
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
