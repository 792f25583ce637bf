package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sleutelbos/server/store"
)

// Errors about changes.
var (
	// ErrEdited says that somebody else changed it first; nothing was written.
	ErrEdited = errors.New("somebody else changed this meanwhile; look at it again")
	// ErrLastAdministrator says that nobody would be left who manages people
	// there; nothing was written.
	ErrLastAdministrator = errors.New("this is the last administrator there; make another one first, or let the operator force it")
	// ErrOneself says that this is done by somebody else.
	ErrOneself = errors.New("you cannot do this to yourself; ask another administrator or the operator")
)

// ConflictError says that somebody else changed a person first. Nothing was
// written; whoever looks at Now may do the same again from its version.
type ConflictError struct{ Now Person }

func (e *ConflictError) Error() string { return ErrEdited.Error() }

// Unwrap is [ErrEdited].
func (e *ConflictError) Unwrap() error { return ErrEdited }

// Force, of the operator, removes the last administrator too.
type Force bool

// PersonByID finds a person whom the actor manages, or oneself; any other is
// [ErrUnknownPerson]. Of what the person holds the actor sees what is held for
// what they manage.
func (d *Desk) PersonByID(ctx context.Context, by Actor, id string) (Person, error) {
	var found Person
	err := d.store.Read(ctx, func(view *store.View) error {
		seen, err := d.see(view, by, id)
		if err == nil {
			found, err = d.shown(view, seen)
		}
		return err
	})
	if err != nil {
		return Person{}, fmt.Errorf("find a person: %w", err)
	}
	return found, nil
}

// MayCommand tells whether the actor may change who a person is and how they
// sign in: make activation codes, unlink, reset, delete. Nobody may for
// oneself, except the operator.
func (d *Desk) MayCommand(ctx context.Context, by Actor, id string) (bool, error) {
	may := false
	err := d.store.Read(ctx, func(view *store.View) error {
		seen, err := d.see(view, by, id)
		may = err == nil && seen.commands
		return err
	})
	if errors.Is(err, ErrUnknownPerson) {
		return false, nil
	}
	return may, err
}

// seen is a person as an actor may see them.
type seen struct {
	row      store.Person
	holds    []store.Grant
	rights   Rights // the actor's
	roles    map[Role]RoleDefinition
	commands bool
	self     bool
}

// see looks a person up for an actor, or gives ErrUnknownPerson alike for
// whoever is not there and whoever is not theirs.
func (d *Desk) see(view *store.View, by Actor, id string) (seen, error) {
	s := seen{self: by.id != "" && by.id == id}
	var err error
	if s.rights, err = d.rights(view, by); err != nil {
		return s, err
	}
	if s.row, err = view.PersonByID(id); errors.Is(err, store.ErrNotFound) || err == nil && s.row.Deleted != 0 {
		return s, ErrUnknownPerson
	}
	if err != nil {
		return s, err
	}
	if s.holds, err = view.Grants(id); err != nil {
		return s, err
	}
	if s.roles, err = roleMap(view); err != nil {
		return s, err
	}
	if !s.rights.sees(s.row, s.holds) && (!s.self || s.rights.Person == "") {
		return s, ErrUnknownPerson
	}
	s.commands = s.rights.commands(s.row, s.holds, s.roles) && (!s.self || s.rights.Operates)
	return s, nil
}

// command is see for who may change all of the person.
func (d *Desk) command(view *store.View, by Actor, id string) (seen, error) {
	s, err := d.see(view, by, id)
	switch {
	case err != nil:
		return s, err
	case s.self && !s.rights.Operates:
		return s, ErrOneself
	case !s.commands:
		return s, ErrForbidden
	}
	return s, nil
}

// visible is what of the holdings the actor sees.
func (s seen) visible() []Grant {
	var all []Grant
	for _, h := range s.holds {
		g := grantOf(h)
		if s.self || s.rights.Operates || reachedBy(s.rights.manages, Grant{Organisation: g.Organisation, Part: g.Part}) {
			all = append(all, g)
		}
	}
	return all
}

func (d *Desk) shown(view *store.View, s seen) (Person, error) {
	people, err := d.fill(view, []store.Person{s.row})
	if err != nil {
		return Person{}, err
	}
	people[0].Grants = s.visible()
	return people[0], nil
}

// EditPerson changes a person by the function, which gets the present details
// and may run more than once. Nothing is written when it changes nothing. If
// somebody changed the person since the version, the error is a
// [*ConflictError]; what is wrong is a [*FieldError] for each field, joined with
// [ErrUserTaken], [ErrEmailTaken] and [ErrLastAdministrator] as they are so.
//
// Whoever may not change who the person is may still give and take back what is
// theirs to give, and oneself may change phone, function, notice address and
// language, and give up what one holds.
func (d *Desk) EditPerson(ctx context.Context, by Actor, id string, version int64, force Force, change func(*Details) error) (Person, error) {
	var edited Person
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		s, err := d.see(tx.View, by, id)
		if err != nil {
			return err
		}
		if err := d.sameAs(tx.View, s, version); err != nil {
			return err
		}
		if err := d.editPerson(ctx, tx, by, s, change, force); err != nil {
			return err
		}
		if s.row, err = tx.PersonByID(id); err != nil {
			return err
		}
		if s.holds, err = tx.Grants(id); err != nil {
			return err
		}
		edited, err = d.shown(tx.View, s)
		return err
	})
	if err != nil {
		return Person{}, doing("change a person", err)
	}
	return edited, nil
}

// sameAs is a [*ConflictError] when somebody changed a person since the version.
func (d *Desk) sameAs(view *store.View, s seen, version int64) error {
	if s.row.Version == version {
		return nil
	}
	now, err := d.shown(view, s)
	return cmp.Or[error](err, &ConflictError{now})
}

// changed is a person before and after a change that may be made; both are the
// same where it changes nothing.
func (d *Desk) changed(view *store.View, s seen, change func(*Details) error, force Force) (was, want Details, err error) {
	was = detailsOf(s.row)
	was.Grants = s.visible()
	want = was
	want.Grants = slices.Clone(was.Grants)
	if err := change(&want); err != nil {
		return was, want, err
	}
	want.Role = was.Role
	want = want.tidied()
	if len(Differences(was, want)) == 0 {
		return was, was, nil
	}
	return was, want, d.checkEdit(view, s, was, want, force)
}

// editPerson changes a person where there is anything to change, and writes the
// audit rows: one of the fields, and one of each role.
func (d *Desk) editPerson(ctx context.Context, tx *store.Tx, by Actor, s seen, change func(*Details) error, force Force) error {
	was, want, err := d.changed(tx.View, s, change, force)
	changes := Differences(was, want)
	if err != nil || len(changes) == 0 {
		return err
	}
	want.fillRow(&s.row)
	steps := []func() error{
		func() error { return tx.RemoveNames(s.row.ID) },
		func() error { return d.addNames(tx, s.row) },
		func() error { return tx.SetPerson(s.row) },
	}
	taken, given := missingFrom(want.Grants, was.Grants), missingFrom(was.Grants, want.Grants)
	var ended, added []store.Grant
	for _, g := range taken {
		ended = append(ended, g.row(s.row.ID, 0))
		steps = append(steps, func() error { return tx.RemoveGrant(g.row(s.row.ID, 0)) })
	}
	for _, g := range given {
		added = append(added, g.row(s.row.ID, 0))
		steps = append(steps, func() error { return tx.AddGrant(g.row(s.row.ID, stamp(d.now()))) })
	}
	return inOrder(append(steps,
		func() error { return d.settle(tx, s.row.ID) },
		func() error { return d.auditEdit(ctx, tx, by, s.row.ID, changes) },
		func() error { return d.auditGrants(ctx, tx, by, kindGrantEnd, ended) },
		func() error { return d.auditGrants(ctx, tx, by, kindGrantAdd, added) },
	)...)
}

// missingFrom gives what is among all and not among those, once each.
func missingFrom(those, all []Grant) []Grant {
	var found []Grant
	for _, g := range all {
		if !slices.Contains(those, g) && !slices.Contains(found, g) {
			found = append(found, g)
		}
	}
	return found
}

// auditEdit writes which fields of a person were changed, by their names: who
// somebody was must be able to go. Roles have lines of their own.
func (d *Desk) auditEdit(ctx context.Context, tx *store.Tx, by Actor, id string, changes []Change) error {
	var fields []string
	for _, c := range changes {
		if c.Field != "grants" {
			fields = append(fields, c.Field)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	row := auditRowBy(ctx, by, kindPersonEdit, id)
	row.Detail = strings.Join(fields, ", ")
	return d.audit(tx, row)
}

// Change is one field that differs.
type Change struct {
	Field    string // as in a [FieldError]
	Was, Now string // as it is written; ids for organisation and grants
}

// Differences lists the fields of a person that differ, in the order of a form.
func Differences(was, now Details) []Change {
	var all []Change
	add := func(field, was, now string) {
		if was != now {
			all = append(all, Change{field, was, now})
		}
	}
	add("means", string(was.Means), string(now.Means))
	add("organisation", was.Organisation, now.Organisation)
	if was.Family == "" && now.Family != "" && was.Name == now.Name {
		was.Given, was.Prefix, was.Family = now.Given, now.Prefix, now.Family // the same name, taken apart
	}
	if was.Family == "" && now.Family == "" {
		add("name", was.Name, now.Name)
	}
	add("given", was.Given, now.Given)
	add("prefix", was.Prefix, now.Prefix)
	add("family", was.Family, now.Family)
	add("user", was.User, now.User)
	add("email", was.Email, now.Email)
	add("notices", was.Notices, now.Notices)
	add("phone", was.Phone, now.Phone)
	add("job", was.Job, now.Job)
	add("language", was.Language, now.Language)
	add("starts", written(was.Starts), written(now.Starts))
	add("ends", written(was.Ends), written(now.Ends))
	add("stopgap", written(was.StopgapEnds), written(now.StopgapEnds))
	if !sameGrants(was.Grants, now.Grants) {
		all = append(all, Change{Field: "grants"})
	}
	return all
}

func written(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func sameGrants(a, b []Grant) bool {
	for _, g := range a {
		if !slices.Contains(b, g) {
			return false
		}
	}
	for _, g := range b {
		if !slices.Contains(a, g) {
			return false
		}
	}
	return true
}
