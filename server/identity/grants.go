package identity

import (
	"errors"
	"slices"

	"sleutelbos/server/store"
)

func grantOf(row store.Grant) Grant { return Grant{Role(row.Role), row.Organisation, row.Part} }

func (g Grant) row(person string, now int64) store.Grant {
	return store.Grant{Person: person, Role: string(g.Role), Organisation: g.Organisation, Part: g.Part, Granted: now}
}

func grantsOf(rows []store.Grant) []Grant {
	all := make([]Grant, len(rows))
	for i, row := range rows {
		all[i] = grantOf(row)
	}
	return all
}

// organisation finds one that the actor manages, whole or in part.
func (r Rights) organisation(view *store.View, id string) (store.Organisation, error) {
	o, err := view.Organisation(id)
	if err != nil {
		return o, err
	}
	managed := r.Operates || slices.ContainsFunc(r.manages, func(g Grant) bool { return g.Organisation == id })
	if !managed || o.SignedOff != 0 {
		return o, store.ErrNotFound
	}
	return o, nil
}

// checkGrants says what is wrong with what a person of an organisation is to
// hold, compared with what they held: what the actor may neither give nor take
// back looks as if it did not exist.
func (r Rights) checkGrants(view *store.View, all *wrongs, home string, was, want []Grant) error {
	roles, err := roleMap(view)
	if err != nil {
		return err
	}
	for _, g := range want {
		if slices.Contains(was, g) {
			continue
		}
		if key, why, err := r.wrongGrant(view, roles, home, g); err != nil {
			return err
		} else if key != "" {
			all.add("grants", key, why)
		}
	}
	for _, g := range was {
		if slices.Contains(want, g) {
			continue
		}
		if role, known := roles[g.Role]; known && !r.mayGrant(g, role) {
			all.add("grants", "grants-keep", "this role is not yours to take back")
		}
	}
	return nil
}

// wrongGrant says what is wrong with one grant; an empty key: nothing.
func (r Rights) wrongGrant(view *store.View, roles map[Role]RoleDefinition, home string, g Grant) (key, why string, err error) {
	role, known := roles[g.Role]
	if !known || !r.mayGrant(g, role) {
		return "grants-unknown", "there is no such role or part; choose one of the list", nil
	}
	o, err := view.Organisation(g.Organisation)
	if err == nil && g.Part != "" {
		var part store.Part
		part, err = view.Part(g.Part)
		if err == nil && (part.Organisation != g.Organisation || part.Ended != 0) {
			err = store.ErrNotFound
		}
	}
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && o.SignedOff != 0:
		return "grants-unknown", "there is no such role or part; choose one of the list", nil
	case err != nil:
		return "", "", err
	case role.NeedsParts && g.Part == "":
		return "grants-part", "this role needs at least one part of the organisation", nil
	case role.Operates && (g.Organisation != store.MainOrganisation || g.Part != ""):
		return "grants-operator", "the operator's role is held for the operator's own organisation", nil
	case g.Organisation == home:
		return "", "", nil
	}
	mandates, err := mandatesFor(view, home, []store.Grant{g.row("", 0)})
	if err != nil || coveredBy(mandates, g) {
		return "", "", err
	}
	return "grants-mandate", "that organisation has not given the person's organisation a mandate for this role", nil
}

// settle brings up to date what follows from a person's row and grants: the
// words by which they are found, and the role that servers of former versions
// look at.
func (d *Desk) settle(tx *store.Tx, people ...string) error {
	roles, err := roleMap(tx.View)
	if err != nil {
		return err
	}
	for _, id := range people {
		row, err := tx.PersonByID(id)
		if err != nil {
			return err
		}
		grants, err := tx.Grants(id)
		if err != nil {
			return err
		}
		role := RoleUser
		if slices.ContainsFunc(grants, func(g store.Grant) bool { return roles[Role(g.Role)].Manages }) {
			role = RoleAdministrator
		}
		if err := tx.SetRole(id, string(role)); err != nil {
			return err
		}
		if err := d.index(tx, row, grants); err != nil {
			return err
		}
	}
	return nil
}
