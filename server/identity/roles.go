package identity

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"sleutelbos/server/store"
)

// RoleDefinition is a role as the operator made it.
type RoleDefinition struct {
	Key        Role
	Dutch      string // how it is called
	English    string
	Manages    bool // whoever holds it manages people
	Operates   bool // whoever holds it operates the server; the program's own role only
	NeedsParts bool // it is held for parts of an organisation, never for the whole
	BuiltIn    bool // of the program; it can be called otherwise but not changed
}

// roleKey is what a role may be called among programs.
var roleKey = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// Errors about roles.
var (
	ErrUnknownRole = errors.New("there is no such role; list the roles to find it")
	ErrBuiltIn     = errors.New("this role is one of the program's own; it can be renamed, not changed or ended")
	ErrRoleHeld    = errors.New("somebody holds this role, so it cannot begin to need parts or to manage; end it and make another")
)

// Roles lists the roles, the program's own first.
func (d *Desk) Roles(ctx context.Context) ([]RoleDefinition, error) {
	var all []RoleDefinition
	err := d.store.Read(ctx, func(view *store.View) error {
		rows, err := view.Roles()
		all = nil
		for _, row := range rows {
			all = append(all, roleOf(row))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the roles: %w", err)
	}
	return all, nil
}

func roleOf(row store.Role) RoleDefinition {
	return RoleDefinition{
		Key: Role(row.Key), Dutch: row.Dutch, English: row.English,
		Manages: row.Manages, Operates: row.Operates, NeedsParts: row.NeedsParts, BuiltIn: row.BuiltIn,
	}
}

func roleMap(view *store.View) (map[Role]RoleDefinition, error) {
	rows, err := view.Roles()
	all := make(map[Role]RoleDefinition, len(rows))
	for _, row := range rows {
		all[Role(row.Key)] = roleOf(row)
	}
	return all, err
}

// SetRole makes a role or changes the one with its key. What is wrong with it
// is a [*FieldError] for each field, joined.
func (d *Desk) SetRole(ctx context.Context, by Actor, role RoleDefinition) error {
	role.Dutch, role.English = strings.TrimSpace(role.Dutch), strings.TrimSpace(role.English)
	if err := role.check(); err != nil {
		return err
	}
	return d.operate(ctx, by, "set a role", kindRoleSet, func(tx *store.Tx, _ int64, told *AuditRow) error {
		told.Detail = string(role.Key)
		row := store.Role{
			Key: string(role.Key), Dutch: role.Dutch, English: role.English, Manages: role.Manages, NeedsParts: role.NeedsParts,
		}
		was, err := tx.Role(row.Key)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return err
		case was.BuiltIn:
			if role.Manages != was.Manages || role.NeedsParts != was.NeedsParts {
				return ErrBuiltIn
			}
			row.Operates, row.BuiltIn = was.Operates, true
		case was.Ended == 0 && (role.Manages != was.Manages || role.NeedsParts && !was.NeedsParts):
			if held, err := tx.CountHolders(row.Key); err != nil || held > 0 {
				return errors.Join(err, errorIf(held > 0, ErrRoleHeld))
			}
		}
		return tx.PutRole(row)
	})
}

func (r RoleDefinition) check() error {
	var all wrongs
	if !roleKey.MatchString(string(r.Key)) {
		all.add("key", "role-key", "a role's key begins with a letter and has small letters, digits and dashes, 40 at most")
	}
	for field, name := range map[string]string{"name-nl": r.Dutch, "name-en": r.English} {
		switch {
		case name == "":
			all.add(field, "role-name-missing", "the name is missing")
		case utf8.RuneCountInString(name) > maxName || !isClean(name, true):
			all.add(field, "name-unfit", "the name is too long or has invisible characters")
		}
	}
	return errors.Join(all...)
}

// EndRole takes a role from everybody who holds it, and from the list. It
// returns how many people held it.
func (d *Desk) EndRole(ctx context.Context, by Actor, key Role) (held int, err error) {
	err = d.operate(ctx, by, "end a role", kindRoleEnd, func(tx *store.Tx, now int64, told *AuditRow) error {
		told.Detail = string(key)
		row, err := tx.Role(string(key))
		switch {
		case errors.Is(err, store.ErrNotFound) || err == nil && row.Ended != 0:
			return ErrUnknownRole
		case err != nil:
			return err
		case row.BuiltIn:
			return ErrBuiltIn
		}
		grants, err := tx.GrantsOf(row.Key)
		if err != nil {
			return err
		}
		mandates, err := tx.MandatesWhere(func(m store.Mandate) bool { return m.Role == row.Key })
		if err != nil {
			return err
		}
		if err := tx.RemoveRole(row.Key); err != nil {
			return err
		}
		row.Ended = now
		if err := tx.PutRole(row); err != nil {
			return err
		}
		if row.Manages {
			if err := d.othersManage(tx.View, "", nil, grantsOf(grants)); err != nil {
				return err
			}
		}
		people := distinctPeople(grants)
		held = len(people)
		return inOrder(
			func() error { return d.settle(tx, people...) },
			func() error { return d.auditMandates(ctx, tx, by, mandates) },
			func() error { return d.auditGrants(ctx, tx, by, kindGrantEnd, grants) },
		)
	})
	return held, err
}

func distinctPeople(grants []store.Grant) []string {
	var all []string
	seen := map[string]bool{}
	for _, g := range grants {
		if !seen[g.Person] {
			seen[g.Person] = true
			all = append(all, g.Person)
		}
	}
	return all
}

// operate does what only the operator may, and writes the audit row, which the
// function completes.
func (d *Desk) operate(ctx context.Context, by Actor, doing, kind string, do func(tx *store.Tx, now int64, row *AuditRow) error) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		rights, err := d.rights(tx.View, by)
		if err != nil {
			return err
		}
		if !rights.Operates {
			return ErrForbidden
		}
		row := auditRowBy(ctx, by, kind, "")
		if err := do(tx, stamp(d.now()), &row); err != nil {
			return err
		}
		return d.audit(tx, row)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
