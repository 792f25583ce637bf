package identity

import (
	"context"
	"errors"
	"slices"

	"sleutelbos/server/store"
)

// CheckEdit says what [Desk.EditPerson] would refuse, and changes nothing.
func (d *Desk) CheckEdit(ctx context.Context, by Actor, id string, version int64, force Force, change func(*Details) error) error {
	return doing("look at a change", d.store.Read(ctx, func(view *store.View) error {
		s, err := d.see(view, by, id)
		if err != nil {
			return err
		}
		if err := d.sameAs(view, s, version); err != nil {
			return err
		}
		_, _, err = d.changed(view, s, change, force)
		return err
	}))
}

// checkEdit says whether the actor may make the change, and everything that is
// wrong with it.
func (d *Desk) checkEdit(view *store.View, s seen, was, want Details, force Force) error {
	if !s.commands {
		for _, c := range Differences(was, want) {
			own := c.Field == "phone" || c.Field == "job" || c.Field == "notices" || c.Field == "language"
			if c.Field != "grants" && !(s.self && own) {
				return ErrForbidden
			}
		}
	}
	all := wrongs(want.check())
	o, err := view.Organisation(want.Organisation)
	moved := want.Organisation != was.Organisation
	if err == nil && moved && (o.SignedOff != 0 || !s.rights.Operates && !reachedBy(s.rights.manages, Grant{Organisation: o.ID})) {
		err = store.ErrNotFound
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		all.add("organisation", "organisation-unknown", "there is no such organisation; choose one of the list")
		return all.join()
	case err != nil:
		return err
	}
	if moved || canonical(want.Email) != canonical(was.Email) {
		checkDomain(&all, want.Email, o)
	}
	if s.self && !s.rights.Operates {
		was.Grants = slices.DeleteFunc(slices.Clone(was.Grants), func(g Grant) bool { return !slices.Contains(want.Grants, g) })
	}
	if len(want.Grants) == 0 && len(s.holds) == len(s.visible()) {
		all.add("grants", "grants-missing", "at least one role is needed")
	}
	if err := s.rights.checkGrants(view, &all, want.Organisation, was.Grants, want.Grants); err != nil {
		return err
	}
	if err := checkNames(view, &all, s.row.ID, want); err != nil {
		return err
	}
	switch err := d.checkLast(view, s, want, force); {
	case errors.Is(err, ErrLastAdministrator):
		all = append(all, err)
	case err != nil:
		return err
	}
	return all.join()
}

// checkLast keeps the last administrator of an organisation, or of a part, from
// losing that: by the grants, or by an end of the account.
func (d *Desk) checkLast(view *store.View, s seen, want Details, force Force) error {
	if bool(force) && s.rights.Operates {
		return nil
	}
	starts, ends := stampOrNever(want.Starts), stampOrNever(want.Ends)
	bounded := ends != 0 && ends != s.row.Ends || starts != s.row.Starts && starts > stamp(d.now())
	var lost []Grant
	for _, h := range s.holds {
		g := grantOf(h)
		if s.roles[g.Role].Manages && (bounded || slices.Contains(s.visible(), g) && !slices.Contains(want.Grants, g)) {
			lost = append(lost, g)
		}
	}
	return d.othersManage(view, s.row.ID, s.roles, lost)
}

// othersManage is [ErrLastAdministrator] when somebody else manages what is
// lost no more. An operator counts for the operator's role only.
func (d *Desk) othersManage(view *store.View, person string, roles map[Role]RoleDefinition, lost []Grant) error {
	for _, g := range lost {
		rows, err := view.ManagersIn(g.Organisation)
		if err != nil {
			return err
		}
		left := false
		for _, row := range rows {
			if row.Person == person || !grantOf(row).reaches(g) {
				continue
			}
			other, err := d.rights(view, Actor{row.Person})
			if err != nil {
				return err
			}
			if left = reachedBy(other.manages, g) && (other.Operates || !roles[g.Role].Operates); left {
				break
			}
		}
		if !left {
			return ErrLastAdministrator
		}
	}
	return nil
}
