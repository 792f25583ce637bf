package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"sleutelbos/server/store"
)

// Mandate says that the giver lets people of the taker hold a role for it, or
// for one part of it (D20).
type Mandate struct {
	Giver, Taker string // ids of organisations
	Role         Role
	Part         string // id; empty: the whole
}

// MandateStanding is a mandate as it is said.
type MandateStanding struct {
	Mandate
	GiverName, TakerName string
	Code, PartName       string // of the part
	Made                 time.Time
	MayEnd               bool // the actor
}

// ErrUnknownMandate says that there is no such mandate, or none that the actor
// may see.
var ErrUnknownMandate = errors.New("there is no such mandate; list the mandates to find it")

// decidesFor tells whether somebody speaks for an organisation about what others
// may do for it: who is of its own people and manages all of it.
func (r Rights) decidesFor(organisation string) bool {
	return r.Operates || r.home == organisation && reachedBy(r.manages, Grant{Organisation: organisation})
}

// seesMandate tells whether an actor may know of a mandate: who manages all of
// the organisation that gave it, or of the one that was given it.
func (r Rights) seesMandate(m Mandate) bool {
	return r.Operates || reachedBy(r.manages, Grant{Organisation: m.Giver}) || reachedBy(r.manages, Grant{Organisation: m.Taker})
}

// Mandates lists the mandates: for the operator all, for whoever manages all of
// an organisation those that it gave or was given.
func (d *Desk) Mandates(ctx context.Context, by Actor) ([]MandateStanding, error) {
	var all []MandateStanding
	err := d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil || !rights.Manages {
			return cmp.Or(err, ErrForbidden)
		}
		rows, err := view.Mandates("")
		if err != nil {
			return err
		}
		all = nil
		for _, row := range rows {
			m := MandateStanding{Mandate: mandateOf(row), Made: moment(row.Made)}
			if !rights.seesMandate(m.Mandate) {
				continue
			}
			m.MayEnd = rights.decidesFor(m.Giver)
			if err := m.name(view); err != nil {
				return err
			}
			all = append(all, m)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the mandates: %w", err)
	}
	return all, nil
}

func mandateOf(row store.Mandate) Mandate {
	return Mandate{row.Giver, row.Taker, Role(row.Role), row.Part}
}

func (m Mandate) row(now int64) store.Mandate {
	return store.Mandate{Giver: m.Giver, Taker: m.Taker, Role: string(m.Role), Part: m.Part, Made: now}
}

func (m *MandateStanding) name(view *store.View) error {
	settings, err := readSettings(view)
	if err != nil {
		return err
	}
	for _, one := range []struct {
		id   string
		into *string
	}{{m.Giver, &m.GiverName}, {m.Taker, &m.TakerName}} {
		o, err := view.Organisation(one.id)
		if err != nil {
			return err
		}
		*one.into = organisationOf(o, settings).Name
	}
	if m.Part == "" {
		return nil
	}
	part, err := view.Part(m.Part)
	m.Code, m.PartName = part.Code, part.Name
	return err
}

// told completes the audit row of a mandate: the organisation that gave it, and
// in words what it says.
func (m Mandate) told(view *store.View, row *AuditRow) error {
	names := grantNames{view: view, organisations: map[string]string{}, parts: map[string]string{}}
	what, err := names.of(Grant{m.Role, m.Giver, m.Part})
	if err != nil {
		return err
	}
	taker, err := names.organisation(m.Taker)
	row.Link, row.Detail = m.Giver, tidy(taker+": "+what, maxDetail)
	return err
}

// auditMandates writes a line of the audit log for each mandate that ends with
// something else.
func (d *Desk) auditMandates(ctx context.Context, tx *store.Tx, by Actor, mandates []store.Mandate) error {
	for _, m := range mandates {
		row := auditRowBy(ctx, by, kindMandateEnd, "")
		if err := mandateOf(m).told(tx.View, &row); err != nil {
			return err
		}
		if err := d.audit(tx, row); err != nil {
			return err
		}
	}
	return nil
}

// CheckMandate says what [Desk.AddMandate] would refuse, and changes nothing.
func (d *Desk) CheckMandate(ctx context.Context, by Actor, m Mandate) error {
	return doing("look at a mandate", d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil || !rights.Operates {
			return cmp.Or(err, ErrForbidden)
		}
		return m.check(view)
	}))
}

// AddMandate registers what an organisation granted to another. That is the
// operator's: an organisation's own administrators do not know the others. What
// is wrong is a [*FieldError] for its field.
func (d *Desk) AddMandate(ctx context.Context, by Actor, m Mandate) error {
	return d.operate(ctx, by, "give a mandate", kindMandateAdd, func(tx *store.Tx, now int64, told *AuditRow) error {
		return inOrder(
			func() error { return m.check(tx.View) },
			func() error { return tx.AddMandate(m.row(now)) },
			func() error { return m.told(tx.View, told) },
		)
	})
}

// check says what is wrong with a mandate that is to be given.
func (m Mandate) check(view *store.View) error {
	if m.Giver == m.Taker {
		return &FieldError{"taker", "an organisation needs no mandate of its own", "mandate-own"}
	}
	for _, id := range []string{m.Giver, m.Taker} {
		o, err := view.Organisation(id)
		if errors.Is(err, store.ErrNotFound) || err == nil && o.SignedOff != 0 {
			return ErrUnknownOrganisation
		}
		if err != nil {
			return err
		}
	}
	role, err := view.Role(string(m.Role))
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && (role.Ended != 0 || role.Operates):
		return ErrUnknownRole
	case err != nil:
		return err
	case role.NeedsParts && m.Part == "":
		return &FieldError{"part", "this role needs a part of the organisation", "grants-part"}
	}
	if m.Part != "" {
		part, err := view.Part(m.Part)
		if errors.Is(err, store.ErrNotFound) || err == nil && (part.Ended != 0 || part.Organisation != m.Giver) {
			return ErrUnknownPart
		}
		if err != nil {
			return err
		}
	}
	known, err := view.Mandates(m.Taker)
	for _, row := range known {
		if mandateOf(row) == m {
			return &FieldError{"role", "there is this mandate already", "mandate-known"}
		}
	}
	return err
}

// EndingMandate tells how many people hold something because of a mandate, which
// counts no more when it ends. The refusals are those of [Desk.EndMandate].
func (d *Desk) EndingMandate(ctx context.Context, by Actor, m Mandate) (held int, err error) {
	err = d.store.Read(ctx, func(view *store.View) error {
		if err := d.mayEndMandate(view, by, m); err != nil {
			return err
		}
		n, err := view.CountByMandate(m.row(0))
		held = int(n)
		return err
	})
	return held, doing("look at what follows", err)
}

// mayEndMandate tells whether an actor may take a mandate back: the operator, or
// who decides for the organisation that gave it. One that the actor must not
// know of is as if it were not there.
func (d *Desk) mayEndMandate(view *store.View, by Actor, m Mandate) error {
	rights, err := d.rights(view, by)
	if err != nil {
		return err
	}
	rows, err := view.Mandates(m.Taker)
	if err != nil {
		return err
	}
	if !rights.Manages {
		return ErrForbidden
	}
	known := false
	for _, row := range rows {
		known = known || mandateOf(row) == m
	}
	switch {
	case !known || !rights.seesMandate(m):
		return ErrUnknownMandate
	case !rights.decidesFor(m.Giver):
		return ErrForbidden
	}
	return nil
}

// EndMandate takes a mandate back: what is held because of it counts no more
// from the next request on. An organisation's own administrators may end what it
// gave.
func (d *Desk) EndMandate(ctx context.Context, by Actor, m Mandate) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		row := auditRowBy(ctx, by, kindMandateEnd, "")
		return inOrder(
			func() error { return d.mayEndMandate(tx.View, by, m) },
			func() error { return m.told(tx.View, &row) },
			func() error { return tx.RemoveMandate(m.row(0)) },
			func() error { return d.audit(tx, row) },
		)
	})
	if errors.Is(err, store.ErrChanged) {
		err = ErrUnknownMandate
	}
	return doing("end a mandate", err)
}
