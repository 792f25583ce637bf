package identity

import (
	"errors"

	"sleutelbos/server/store"
)

// mayHandle tells whether an actor may give somebody a token, or take one from
// them: whoever can do that can sign in as them. Somebody whom the actor does
// not manage is not there for them.
func (d *Desk) mayHandle(view *store.View, by Actor, person store.Person) error {
	rights, err := d.rights(view, by)
	if err != nil || rights.Operates {
		return err
	}
	if !rights.Manages {
		return ErrForbidden
	}
	holds, err1 := view.Grants(person.ID)
	roles, err2 := roleMap(view)
	switch err := errors.Join(err1, err2); {
	case err != nil:
		return err
	case !rights.sees(person, holds):
		return ErrUnknownPerson
	case !rights.commands(person, holds, roles):
		return ErrForbidden
	}
	return nil
}

// mayTouch is mayHandle for the holder of a token. One that nobody has is there
// for everybody who manages people; one of somebody who is gone, for the
// operator.
func (d *Desk) mayTouch(view *store.View, by Actor, t store.Token) error {
	rights, err := d.rights(view, by)
	switch {
	case err != nil || rights.Operates:
		return err
	case !rights.Manages:
		return ErrForbidden
	case t.Holder == "":
		return nil
	}
	person, err := view.PersonByID(t.Holder)
	if err == nil {
		err = d.mayHandle(view, by, person)
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, ErrUnknownPerson) {
		return ErrForbidden
	}
	return err
}
