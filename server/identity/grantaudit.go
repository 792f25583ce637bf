package identity

import (
	"context"
	"errors"

	"sleutelbos/server/store"
)

// auditGrants writes a line of the audit log for each role that was given to
// people or taken back from them.
func (d *Desk) auditGrants(ctx context.Context, tx *store.Tx, by Actor, kind string, grants []store.Grant) error {
	names := grantNames{view: tx.View, organisations: map[string]string{}, parts: map[string]string{}}
	for _, g := range grants {
		row := auditRowBy(ctx, by, kind, g.Person)
		var err error
		if row.Detail, err = names.of(grantOf(g)); err != nil {
			return err
		}
		if err := d.audit(tx, row); err != nil {
			return err
		}
	}
	return nil
}

// grantNames says what is held as [FormatGrant] does, also for what has ended.
type grantNames struct {
	view                 *store.View
	organisations, parts map[string]string // by id, as far as they were looked up
}

func (n grantNames) of(g Grant) (string, error) {
	organisation, err := n.organisation(g.Organisation)
	if err != nil {
		return "", err
	}
	text := string(g.Role) + "@" + organisation
	if g.Part == "" {
		return text, nil
	}
	code, known := n.parts[g.Part]
	if !known {
		part, err := n.view.Part(g.Part)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return "", err
		}
		code = either(part.Code, g.Part)
		n.parts[g.Part] = code
	}
	return text + "=" + code, nil
}

func (n grantNames) organisation(id string) (string, error) {
	if name, known := n.organisations[id]; known {
		return name, nil
	}
	o, err := n.view.Organisation(id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	settings, err := readSettings(n.view)
	if err != nil {
		return "", err
	}
	name := either(organisationOf(o, settings).Name, id)
	n.organisations[id] = name
	return name, nil
}

// auditAll writes the same line for each of some people.
func (d *Desk) auditAll(ctx context.Context, tx *store.Tx, by Actor, kind string, people []string) error {
	for _, id := range people {
		if err := d.audit(tx, auditRowBy(ctx, by, kind, id)); err != nil {
			return err
		}
	}
	return nil
}
