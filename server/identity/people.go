package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sleutelbos/server/store"
)

// AddPerson is [Desk.AddPersonBy] for the operator.
func (d *Desk) AddPerson(ctx context.Context, p NewPerson) (Person, error) {
	return d.AddPersonBy(ctx, Operator(), p)
}

// AddPersonBy adds a person, who has no link yet. What is wrong with a field is
// a [*FieldError] for each; a name or address that somebody has is [ErrUserTaken]
// or [ErrEmailTaken]; all of them are joined. Whoever manages nobody gets [ErrForbidden].
func (d *Desk) AddPersonBy(ctx context.Context, by Actor, p NewPerson) (Person, error) {
	p = p.asNew(by)
	id, err := d.newID()
	if err != nil {
		return Person{}, err
	}
	var added Person
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		row, err := d.addPersonBy(ctx, tx, by, id, p)
		if err != nil {
			return err
		}
		people, err := d.fill(tx.View, []store.Person{row})
		added = people[0]
		return err
	})
	if err != nil {
		return Person{}, doing("add a person", err)
	}
	return added, nil
}

// asNew is what was typed of somebody who is to be added.
func (p Details) asNew(by Actor) Details {
	p = p.tidied()
	if p.Role == "" && len(p.Grants) == 0 && by.IsOperator() {
		p.Role = RoleUser
	}
	if p.Role != "" && len(p.Grants) == 0 {
		p.Grants = []Grant{{Role: p.Role, Organisation: p.Organisation}}
	}
	return p
}

// CheckPerson says what [Desk.AddPersonBy] would refuse, and changes nothing.
func (d *Desk) CheckPerson(ctx context.Context, by Actor, p NewPerson) error {
	return doing("look at a new person", d.store.Read(ctx, func(view *store.View) error {
		p := p.asNew(by)
		return d.checkNew(view, by, &p)
	}))
}

// addPersonBy adds a person with what they hold, and writes the audit rows.
func (d *Desk) addPersonBy(ctx context.Context, tx *store.Tx, by Actor, id string, p Details) (store.Person, error) {
	if err := d.checkNew(tx.View, by, &p); err != nil {
		return store.Person{}, err
	}
	now := stamp(d.now())
	row := store.Person{ID: id, Role: string(RoleUser), Created: now}
	p.fillRow(&row)
	if err := d.addPerson(tx, row); err != nil {
		return row, err
	}
	given := make([]store.Grant, 0, len(p.Grants))
	for _, g := range p.Grants {
		given = append(given, g.row(id, now))
		if err := tx.AddGrant(g.row(id, now)); err != nil {
			return row, err
		}
	}
	err := inOrder(
		func() error { return d.settle(tx, id) },
		func() error { return d.audit(tx, auditRowBy(ctx, by, kindPersonAdd, id)) },
		func() error { return d.auditGrants(ctx, tx, by, kindGrantAdd, given) },
	)
	if err != nil {
		return row, err
	}
	return tx.PersonByID(id)
}

// checkNew says whether an actor may add a person, and everything that is wrong
// with the details.
func (d *Desk) checkNew(view *store.View, by Actor, p *Details) error {
	rights, err := d.rights(view, by)
	if err != nil {
		return err
	}
	if !rights.Manages {
		return ErrForbidden
	}
	if p.Means == AuthenticatorOutside && p.User == "" {
		if p.User, err = d.assignUser(view); err != nil {
			return err
		}
	}
	all := wrongs(p.check())
	o, err := rights.organisation(view, p.Organisation)
	if errors.Is(err, store.ErrNotFound) {
		all.add("organisation", "organisation-unknown", "there is no such organisation; choose one of the list")
		return all.join()
	}
	if err != nil {
		return err
	}
	checkDomain(&all, p.Email, o)
	if p.Role == "" || p.Role == RoleUser || p.Role == RoleAdministrator {
		if len(p.Grants) == 0 {
			all.add("grants", "grants-missing", "at least one role is needed")
		}
		if err := rights.checkGrants(view, &all, p.Organisation, nil, p.Grants); err != nil {
			return err
		}
	}
	if err := checkNames(view, &all, "", *p); err != nil {
		return err
	}
	return all.join()
}

// checkNames says which of the user name and the address somebody else has,
// where there is nothing else wrong with them.
func checkNames(view *store.View, all *wrongs, person string, p Details) error {
	for _, name := range []struct {
		field, text string
		taken       error
	}{{"user", p.User, ErrUserTaken}, {"email", p.Email, ErrEmailTaken}} {
		if all.has(name.field) {
			continue
		}
		owner, err := view.NameOwner(canonical(name.text))
		switch {
		case errors.Is(err, store.ErrNotFound) || err == nil && owner == person:
		case err != nil:
			return err
		default:
			*all = append(*all, name.taken)
		}
	}
	return nil
}

// addPerson adds a row and its names, which nobody may have.
func (d *Desk) addPerson(tx *store.Tx, row store.Person) error {
	if err := tx.AddPerson(row); err != nil {
		return err
	}
	return d.addNames(tx, row)
}

func (d *Desk) addNames(tx *store.Tx, row store.Person) error {
	if err := tx.AddName(canonical(row.User), store.NameUser, row.ID); err != nil {
		return err
	}
	return tx.AddName(canonical(row.Email), store.NameEmail, row.ID)
}

// assignUser makes a user name that nobody has, such as 067wtvpm: three digits
// and five letters, none of which is taken for another.
func (d *Desk) assignUser(view *store.View) (string, error) {
	const digits, letters = "0123456789", "abcdefghjkmnpqrstvwxyz"
	for {
		var raw [8]byte
		if _, err := io.ReadFull(d.random, raw[:]); err != nil {
			return "", fmt.Errorf("assign a user name: %w", err)
		}
		for i, b := range raw {
			if from := digits; i < 3 {
				raw[i] = from[int(b)%len(from)]
			} else {
				raw[i] = letters[int(b)%len(letters)]
			}
		}
		_, err := view.NameOwner(string(raw[:]))
		if errors.Is(err, store.ErrNotFound) {
			return string(raw[:]), nil
		}
		if err != nil {
			return "", err
		}
	}
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
		people, err := d.fill(view, []store.Person{row})
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
			all, err = d.filled(view, rows)
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

// Unlock ends a lock at once. The count of wrong codes in a row stays: only a
// right code or a new link sets it to zero. [ErrRelease] where time alone ends
// locks.
func (d *Desk) Unlock(ctx context.Context, user string) error {
	return d.changePerson(ctx, "unlock a person", kindPersonUnlock, user,
		func(tx *store.Tx, row store.Person, _ time.Time) error { return d.unlockIfAllowed(tx, row) })
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
	if err := d.forgetAccess(tx, person, "", now); err != nil {
		return err
	}
	if err := tx.EndDayCodes(person, stamp(now)); err != nil {
		return err
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
		return d.audit(tx, auditRowBy(ctx, Operator(), kind, row.ID))
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
