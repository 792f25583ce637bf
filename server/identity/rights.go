package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sleutelbos/server/store"
)

// Grant is a role that a person holds for a part of an organisation, or for the
// whole of it where Part is empty.
type Grant struct {
	Role         Role
	Organisation string // id
	Part         string // id
}

// Rights is what an actor may do, as of the moment it was looked up.
type Rights struct {
	Person   string // id; empty for the operator's commands
	Operates bool   // organisations, roles, administrators: everything
	Manages  bool   // people of some organisation at least
	// Holds is what counts now: what is held for another organisation is left
	// out as long as that has not given a mandate for it.
	Holds []Grant

	home    string // organisation of the person
	manages []Grant
}

// Rights tells what an actor may do. Somebody who is not there, or whose
// account has not begun or has ended, may do nothing; that is no error.
func (d *Desk) Rights(ctx context.Context, by Actor) (Rights, error) {
	var found Rights
	err := d.store.Read(ctx, func(view *store.View) (err error) {
		found, err = d.rights(view, by)
		return err
	})
	if err != nil {
		return Rights{}, fmt.Errorf("look up rights: %w", err)
	}
	return found, nil
}

func (d *Desk) rights(view *store.View, by Actor) (Rights, error) {
	if by.IsOperator() {
		return Rights{Operates: true, Manages: true}, nil
	}
	if by.id == "" {
		return Rights{}, nil
	}
	row, err := view.PersonByID(by.id)
	if errors.Is(err, store.ErrNotFound) {
		return Rights{}, nil
	}
	if err != nil {
		return Rights{}, err
	}
	if standing(row, stamp(d.now())) != Active {
		return Rights{}, nil
	}
	return rightsOf(view, row)
}

// rightsOf is what a person's grants amount to.
func rightsOf(view *store.View, row store.Person) (Rights, error) {
	r := Rights{Person: row.ID, home: row.Organisation}
	grants, err := view.Grants(row.ID)
	if err != nil {
		return Rights{}, err
	}
	roles, err := roleMap(view)
	if err != nil {
		return Rights{}, err
	}
	mandates, err := mandatesFor(view, row.Organisation, grants)
	if err != nil {
		return Rights{}, err
	}
	for _, row := range grants {
		g := Grant{Role(row.Role), row.Organisation, row.Part}
		role, known := roles[g.Role]
		if !known || g.Organisation != r.home && !coveredBy(mandates, g) {
			continue
		}
		r.Holds = append(r.Holds, g)
		if role.Manages {
			r.Manages = true
			r.manages = append(r.manages, g)
		}
		r.Operates = r.Operates || role.Operates && g.Organisation == store.MainOrganisation && g.Part == ""
	}
	return r, nil
}

// mandatesFor reads what other organisations let people of one do, where any of
// the grants needs it.
func mandatesFor(view *store.View, home string, grants []store.Grant) ([]Grant, error) {
	if !slices.ContainsFunc(grants, func(g store.Grant) bool { return g.Organisation != home }) {
		return nil, nil
	}
	rows, err := view.Mandates(home)
	all := make([]Grant, 0, len(rows))
	for _, m := range rows {
		all = append(all, Grant{Role(m.Role), m.Giver, m.Part})
	}
	return all, err
}

// covers tells whether who holds g holds other as well.
func (g Grant) covers(other Grant) bool {
	return g.Role == other.Role && g.reaches(other)
}

// reaches is covers for any role: the same organisation, and all of it or the
// same part.
func (g Grant) reaches(other Grant) bool {
	return g.Organisation == other.Organisation && (g.Part == "" || g.Part == other.Part)
}

func coveredBy(held []Grant, g Grant) bool {
	return slices.ContainsFunc(held, func(h Grant) bool { return h.covers(g) })
}

func reachedBy(held []Grant, g Grant) bool {
	return slices.ContainsFunc(held, func(h Grant) bool { return h.reaches(g) })
}

// mayGrant tells whether a role may be given or taken back: by who manages
// there and holds it there. The role of a user says no more than that somebody
// is there, so nobody need hold it to give it. Roles that manage are the
// operator's.
func (r Rights) mayGrant(g Grant, role RoleDefinition) bool {
	switch {
	case r.Operates:
		return true
	case role.Manages || role.Operates || !reachedBy(r.manages, g):
		return false
	}
	return g.Role == RoleUser || coveredBy(r.Holds, g)
}

// sees tells whether a person is among those whom the actor manages: of an
// organisation that they manage whole, or holding something for what they
// manage.
func (r Rights) sees(row store.Person, holds []store.Grant) bool {
	if r.Operates || reachedBy(r.manages, Grant{Organisation: row.Organisation}) {
		return true
	}
	return slices.ContainsFunc(holds, func(h store.Grant) bool {
		return reachedBy(r.manages, Grant{Organisation: h.Organisation, Part: h.Part})
	})
}

// commands tells whether the actor may change who a person is and how they sign
// in. Whoever can do that can become them, so that must give no more than the
// actor holds already; and an administrator is the operator's to change.
func (r Rights) commands(row store.Person, holds []store.Grant, roles map[Role]RoleDefinition) bool {
	if r.Operates {
		return true
	}
	if !r.sees(row, holds) {
		return false
	}
	for _, h := range holds {
		g := Grant{Role(h.Role), h.Organisation, h.Part}
		if role, known := roles[g.Role]; known && !r.mayGrant(g, role) {
			return false
		}
	}
	return reachedBy(r.manages, Grant{Organisation: row.Organisation}) || len(holds) > 0
}
