package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sleutelbos/server/store"
)

// MainOrganisation is the id of the operator's own organisation. Its name is
// that of the settings.
const MainOrganisation = store.MainOrganisation

// Organisation is one whose people are here.
type Organisation struct {
	ID        string
	Name      string
	Domains   []string // of sign-in addresses; none: any
	Version   int64    // goes up with every change of name or domains
	SignedOff time.Time
	Parts     []Part
}

// Part is a part of an organisation for which roles are held.
type Part struct {
	ID, Organisation string
	Code             string // as it is known elsewhere, such as 66KG
	Name             string
}

// Most of what one organisation has.
const (
	maxCode    = 32 // characters
	maxDomains = 50
)

// Errors about organisations.
var (
	ErrUnknownOrganisation = errors.New("there is no such organisation; list the organisations to find it")
	ErrUnknownPart         = errors.New("the organisation has no such part; list the organisations to find it")
	ErrOrganisationTaken   = errors.New("an organisation has this name already; choose another")
	ErrPartTaken           = errors.New("the organisation has a part with this code already; choose another")
	ErrMainOrganisation    = errors.New("this is the operator's own organisation, which stays; its name is changed with: organisation set --name")
)

// Organisations lists those that the actor manages, whole or in part, with the
// parts that they manage: the operator's own first, then by name.
func (d *Desk) Organisations(ctx context.Context, by Actor) ([]Organisation, error) {
	var all []Organisation
	err := d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err == nil {
			all, err = rights.organisations(view)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the organisations: %w", err)
	}
	return all, nil
}

func (r Rights) organisations(view *store.View) ([]Organisation, error) {
	rows, err := view.Organisations()
	if err != nil {
		return nil, err
	}
	parts, err := view.Parts("")
	if err != nil {
		return nil, err
	}
	settings, err := readSettings(view)
	if err != nil {
		return nil, err
	}
	var all []Organisation
	for _, row := range rows {
		o := organisationOf(row, settings)
		for _, p := range parts {
			if p.Organisation == o.ID && (r.Operates || reachedBy(r.manages, Grant{Organisation: o.ID, Part: p.ID})) {
				o.Parts = append(o.Parts, Part{p.ID, p.Organisation, p.Code, p.Name})
			}
		}
		if r.Operates || slices.ContainsFunc(r.manages, func(g Grant) bool { return g.Organisation == o.ID }) {
			all = append(all, o)
		}
	}
	return all, nil
}

func organisationOf(row store.Organisation, settings OrganisationSettings) Organisation {
	o := Organisation{
		ID: row.ID, Name: row.Name, Domains: strings.Fields(row.Domains), Version: row.Version, SignedOff: moment(row.SignedOff),
	}
	if o.ID == MainOrganisation {
		o.Name = settings.Name
	}
	return o
}

// FindOrganisation finds one that the actor manages by its name in any spelling,
// or by its id.
func (d *Desk) FindOrganisation(ctx context.Context, by Actor, name string) (Organisation, error) {
	all, err := d.Organisations(ctx, by)
	if err != nil {
		return Organisation{}, err
	}
	return findOrganisation(all, name)
}

func findOrganisation(all []Organisation, name string) (Organisation, error) {
	for _, o := range all {
		if o.ID == name || canonical(o.Name) == canonical(name) && o.Name != "" {
			return o, nil
		}
	}
	return Organisation{}, ErrUnknownOrganisation
}

// FindPart finds a part by its code in any spelling, or by its id.
func (o Organisation) FindPart(code string) (Part, error) {
	for _, p := range o.Parts {
		if p.ID == code || canonical(p.Code) == canonical(code) {
			return p, nil
		}
	}
	return Part{}, ErrUnknownPart
}

// AddOrganisation adds an organisation and gives its id. That is the operator's,
// like all changes of organisations.
func (d *Desk) AddOrganisation(ctx context.Context, by Actor, name string, domains []string) (id string, err error) {
	if id, err = d.newID(); err != nil {
		return "", err
	}
	return id, d.operate(ctx, by, "add an organisation", kindOrganisationAdd, func(tx *store.Tx, now int64, told *AuditRow) error {
		row, err := wantedOrganisation(tx.View, id, name, domains)
		if err != nil {
			return err
		}
		told.Link, told.Detail = id, row.Name
		row.Created = now
		return tx.AddOrganisation(row)
	})
}

// CheckOrganisation says what is wrong with name and domains of an organisation,
// which has no id yet where it is new: what [Desk.AddOrganisation] and
// [Desk.EditOrganisation] would refuse of them. It changes nothing.
func (d *Desk) CheckOrganisation(ctx context.Context, by Actor, id, name string, domains []string) error {
	return doing("look at an organisation", d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil || !rights.Operates {
			return cmp.Or(err, ErrForbidden)
		}
		_, err = wantedOrganisation(view, id, name, domains)
		return err
	}))
}

// wantedOrganisation is the row of an organisation, or all that is wrong with it.
func wantedOrganisation(view *store.View, id, name string, domains []string) (store.Organisation, error) {
	row, wrong := organisationRow(id, name, domains)
	if row.Name == "" {
		return row, wrong // the operator's own takes its name from the settings
	}
	return row, errors.Join(wrong, nameFree(view, row))
}

func organisationRow(id, name string, domains []string) (store.Organisation, error) {
	var all wrongs
	name = strings.TrimSpace(name)
	switch {
	case id == MainOrganisation:
		name = ""
	case name == "":
		all.add("name", "name-missing", "the name is missing")
	case utf8.RuneCountInString(name) > maxName || !isClean(name, true):
		all.add("name", "name-unfit", "the name is too long or has invisible characters")
	}
	kept := make([]string, 0, len(domains))
	for _, domain := range domains {
		domain = strings.TrimPrefix(canonical(domain), "@")
		switch {
		case domain == "":
		case !isDomain(domain) || len(domains) > maxDomains:
			all.add("domains", "domains-unfit", "these are not domains; they look like: example.org school.example")
			return store.Organisation{ID: id, Name: name, NameKey: canonical(name)}, all.join()
		default:
			kept = append(kept, domain)
		}
	}
	return store.Organisation{ID: id, Name: name, NameKey: canonical(name), Domains: strings.Join(kept, " ")}, all.join()
}

// isDomain tells whether a canonical text has the form of a domain's name.
func isDomain(text string) bool {
	labels := strings.Split(text, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, func(r rune) bool { return r != '-' && apart(r) }) {
			return false
		}
	}
	return len(labels) > 1 && len(text) <= 253
}

func nameFree(view *store.View, row store.Organisation) error {
	other, err := view.OrganisationByName(row.NameKey)
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && other.ID == row.ID:
		return nil
	case err != nil:
		return err
	}
	return ErrOrganisationTaken
}

// EditOrganisation changes name and domains, unless somebody changed them since
// the version, which is [ErrEdited]. People whose address does not fit the new
// domains keep it.
func (d *Desk) EditOrganisation(ctx context.Context, by Actor, id string, version int64, name string, domains []string) error {
	return d.operate(ctx, by, "change an organisation", kindOrganisationEdit, func(tx *store.Tx, _ int64, told *AuditRow) error {
		was, err := tx.Organisation(id)
		switch {
		case errors.Is(err, store.ErrNotFound) || err == nil && was.SignedOff != 0:
			return ErrUnknownOrganisation
		case err != nil:
			return err
		case was.Version != version:
			return ErrEdited
		}
		row, err := wantedOrganisation(tx.View, id, name, domains)
		if err != nil {
			return err
		}
		row.Version = version
		told.Link, told.Detail = id, changedTexts("name", was.Name, row.Name, "domains", was.Domains, row.Domains)
		return tx.SetOrganisation(row)
	})
}

// changedTexts says which of some fields, each with what it was and is, differ.
func changedTexts(fields ...string) string {
	var all []string
	for ; len(fields) > 2; fields = fields[3:] {
		if fields[1] != fields[2] {
			all = append(all, fields[0]+": "+either(fields[1], "-")+" > "+either(fields[2], "-"))
		}
	}
	return tidy(strings.Join(all, "; "), maxDetail)
}

// SetPart adds a part, or changes the one whose id is given, and gives its id.
func (d *Desk) SetPart(ctx context.Context, by Actor, p Part) (id string, err error) {
	p.Code, p.Name = strings.TrimSpace(p.Code), strings.TrimSpace(p.Name)
	var all wrongs
	switch {
	case p.Code == "":
		all.add("code", "code-missing", "the code is missing")
	case utf8.RuneCountInString(p.Code) > maxCode || !isClean(p.Code, false) || strings.ContainsAny(p.Code, "=,;|"):
		all.add("code", "code-unfit", "a code has no blanks, commas, semicolons, bars or equal signs, and 32 characters at most")
	}
	if utf8.RuneCountInString(p.Name) > maxName || !isClean(p.Name, true) {
		all.add("name", "name-unfit", "the name is too long or has invisible characters")
	}
	if len(all) > 0 {
		return "", all.join()
	}
	fresh, err := d.newID()
	if err != nil {
		return "", err
	}
	err = d.operate(ctx, by, "set a part", kindPartSet, func(tx *store.Tx, _ int64, told *AuditRow) error {
		row := store.Part{ID: p.ID, Organisation: p.Organisation, Code: p.Code, CodeKey: canonical(p.Code), Name: p.Name}
		id = row.ID
		if err := partFree(tx.View, row); err != nil {
			return err
		}
		told.Link = row.Organisation
		if row.ID != "" {
			was, err := tx.Part(row.ID)
			if err != nil {
				return err
			}
			told.Detail = either(changedTexts("code", was.Code, row.Code, "name", was.Name, row.Name), row.Code)
			return tx.SetPart(row)
		}
		row.ID, id = fresh, fresh
		told.Detail = row.Code
		return tx.AddPart(row)
	})
	return id, err
}

// partFree tells whether the organisation is there, and the part if it has an
// id, and no other part has its code.
func partFree(view *store.View, row store.Part) error {
	o, err := view.Organisation(row.Organisation)
	if errors.Is(err, store.ErrNotFound) || err == nil && o.SignedOff != 0 {
		return ErrUnknownOrganisation
	}
	if err != nil {
		return err
	}
	parts, err := view.Parts(row.Organisation)
	known := row.ID == ""
	for _, other := range parts {
		if other.ID == row.ID {
			known = true
		} else if other.CodeKey == row.CodeKey {
			return ErrPartTaken
		}
	}
	return errors.Join(err, errorIf(!known, ErrUnknownPart))
}

// EndPart ends a part: what was held for it is held no more. It gives how many
// people held something.
func (d *Desk) EndPart(ctx context.Context, by Actor, id string) (held int, err error) {
	err = d.operate(ctx, by, "end a part", kindPartEnd, func(tx *store.Tx, now int64, told *AuditRow) error {
		row, err := tx.Part(id)
		if errors.Is(err, store.ErrNotFound) || err == nil && row.Ended != 0 {
			return ErrUnknownPart
		}
		if err != nil {
			return err
		}
		grants, err := tx.GrantsFor(row.Organisation, row.ID)
		if err != nil {
			return err
		}
		mandates, err := tx.MandatesWhere(func(m store.Mandate) bool { return m.Part == id })
		if err != nil {
			return err
		}
		if err := tx.EndPart(id, now); err != nil {
			return err
		}
		people := distinctPeople(grants)
		held = len(people)
		told.Link, told.Detail = row.Organisation, row.Code
		return inOrder(
			func() error { return d.settle(tx, people...) },
			func() error { return d.auditMandates(ctx, tx, by, mandates) },
			func() error { return d.auditGrants(ctx, tx, by, kindGrantEnd, grants) },
		)
	})
	return held, err
}

// LeavingOrganisation tells what would follow from signing an organisation off.
func (d *Desk) LeavingOrganisation(ctx context.Context, by Actor, id string) (Leaving, error) {
	var found Leaving
	err := d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil || !rights.Operates {
			return cmp.Or(err, ErrForbidden)
		}
		if _, err := mayLeave(view, id); err != nil {
			return err
		}
		if found, err = leaving(view, store.AllOf(id)); err != nil {
			return err
		}
		others, mandates, err := view.LeavingBeside(id)
		found.Others, found.Mandates = int(others), int(mandates)
		return err
	})
	if err != nil {
		return Leaving{}, fmt.Errorf("look at what follows: %w", err)
	}
	return found, nil
}

func mayLeave(view *store.View, id string) (store.Organisation, error) {
	row, err := view.Organisation(id)
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && row.SignedOff != 0:
		return row, ErrUnknownOrganisation
	case err == nil && id == MainOrganisation:
		return row, ErrMainOrganisation
	}
	return row, err
}
