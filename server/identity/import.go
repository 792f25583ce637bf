package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sleutelbos/server/store"
)

// LineOutcome says what a line of a file does.
type LineOutcome string

// The outcomes of a line.
const (
	LineNew       LineOutcome = "new"
	LineChanged   LineOutcome = "changed"
	LineUnchanged LineOutcome = "unchanged"
	LineRefused   LineOutcome = "refused"
)

// ImportLine is what a line of a file does, or did.
type ImportLine struct {
	Number  int    // in the file, from 1; the line with the columns is 1
	User    string // as it is or would be
	Name    string
	Outcome LineOutcome
	Changes []Change      // of a person who is there
	Wrong   []*FieldError // why it is refused
}

// PeopleImport is what a file does, line by line.
type PeopleImport struct {
	Lines   []ImportLine
	Applied bool // it was done
}

// Count counts the lines of an outcome.
func (i PeopleImport) Count(outcome LineOutcome) int {
	n := 0
	for _, line := range i.Lines {
		if line.Outcome == outcome {
			n++
		}
	}
	return n
}

// importChunk is how many lines are written in one transaction, so that others
// do not wait for a long file.
const importChunk = 50

// PlanImport says what the rows of a file would do, and does nothing.
func (d *Desk) PlanImport(ctx context.Context, by Actor, rows []ImportRow) (PeopleImport, error) {
	var plan PeopleImport
	err := d.store.Read(ctx, func(view *store.View) error {
		p, err := d.newImport(view, by)
		plan = PeopleImport{}
		for i := 0; err == nil && i < len(rows); i++ {
			var step importStep
			step, err = p.plan(view, rows[i])
			plan.Lines = append(plan.Lines, step.line)
		}
		return err
	})
	if err != nil {
		return PeopleImport{}, fmt.Errorf("look through the people to import: %w", err)
	}
	return plan, nil
}

// ImportPeople does what the rows of a file say: all of it, or nothing when a line is
// refused, unless the right ones are wanted alone. A line that another change
// came before is refused by itself then, and said so.
//
// Lines are written some at a time. Where it stops in between, because the
// context ends, the database is away or the process is killed, those that were
// written stay; they are in what is returned with the error, and are told by
// [Desk.ImportStanding]. The same rows do the rest, and find those unchanged.
func (d *Desk) ImportPeople(ctx context.Context, by Actor, rows []ImportRow, rightOnes bool) (PeopleImport, error) {
	plan, err := d.PlanImport(ctx, by, rows)
	if err != nil || plan.Count(LineRefused) > 0 && !rightOnes {
		return plan, err
	}
	done := PeopleImport{Applied: true}
	seen := map[string]bool{}
	for chunk := range slices.Chunk(rows, importChunk) {
		var lines []ImportLine
		var names map[string]bool
		err := ctx.Err()
		if err != nil {
			return done, fmt.Errorf("import people, of which %d lines are done: %w", len(done.Lines), err)
		}
		// What was begun is ended, so that it is known what was done.
		err = d.store.Do(context.WithoutCancel(ctx), func(tx *store.Tx) error {
			p, err := d.newImport(tx.View, by)
			if err != nil {
				return err
			}
			lines, names = nil, map[string]bool{}
			for name := range seen {
				p.seen[name] = true
			}
			for _, row := range chunk {
				step, err := p.plan(tx.View, row)
				if err == nil {
					err = p.apply(ctx, tx, step)
				}
				if err != nil {
					return err
				}
				lines = append(lines, step.line)
			}
			names = p.seen
			return d.noteImport(tx, by, ImportStanding{Done: len(done.Lines) + len(lines), Of: len(rows), Line: chunk[len(chunk)-1].Number, At: d.now()})
		})
		if err != nil {
			return done, fmt.Errorf("import people, of which %d lines are done: %w", len(done.Lines), err)
		}
		done.Lines, seen = append(done.Lines, lines...), names
	}
	return done, nil
}

// importer plans line after line.
type importer struct {
	desk          *Desk
	by            Actor
	organisations []Organisation
	roles         map[Role]RoleDefinition
	zone          *time.Location
	seen          map[string]bool // names and addresses of the lines before
}

// importStep is one line with what is needed to do it.
type importStep struct {
	line   ImportLine
	person seen
	want   Details
}

func (d *Desk) newImport(view *store.View, by Actor) (*importer, error) {
	rights, err := d.rights(view, by)
	if err != nil {
		return nil, err
	}
	if !rights.Manages {
		return nil, ErrForbidden
	}
	p := &importer{desk: d, by: by, seen: map[string]bool{}}
	settings, err1 := readSettings(view)
	organisations, err2 := rights.organisations(view)
	roles, err3 := roleMap(view)
	p.organisations, p.roles, p.zone = organisations, roles, settings.Location()
	return p, errors.Join(err1, err2, err3)
}

// plan says what a row does.
func (p *importer) plan(view *store.View, row ImportRow) (importStep, error) {
	step := importStep{line: ImportLine{Number: row.Number}}
	was, err := p.find(view, row, &step)
	if err != nil {
		return p.refused(step, err)
	}
	want, wrong := p.fill(was, row)
	step.line.User, step.line.Name = want.User, want.tidied().Name
	if len(wrong) > 0 {
		return p.refused(step, wrong.join())
	}
	want = want.tidied()
	if step.person.row.ID == "" {
		step.line.Outcome = LineNew
		if err = p.desk.checkNew(view, p.by, &want); err == nil {
			err = p.twice(want)
		}
		step.line.User = want.User
	} else {
		want.Role = was.Role
		step.line.Changes, step.line.Outcome = Differences(was, want), LineChanged
		if len(step.line.Changes) == 0 {
			step.line.Outcome = LineUnchanged
			err = p.twice(want)
		} else if err = p.desk.checkEdit(view, step.person, was, want, false); err == nil {
			err = p.twice(want)
		}
	}
	step.want = want
	if err != nil {
		return p.refused(step, err)
	}
	return step, nil
}

// refused makes what is wrong with a line a part of it; other errors end all.
func (p *importer) refused(step importStep, err error) (importStep, error) {
	step.line.Outcome, step.line.Changes = LineRefused, nil
	step.line.Wrong = FieldErrors(err)
	for _, known := range []struct {
		err        error
		field, key string
	}{
		{ErrUserTaken, "user", "user-taken"},
		{ErrEmailTaken, "email", "email-taken"},
		{ErrForbidden, "user", "forbidden"},
		{ErrLastAdministrator, "grants", "last-administrator"},
	} {
		if errors.Is(err, known.err) {
			step.line.Wrong = append(step.line.Wrong, &FieldError{known.field, known.err.Error(), known.key})
		}
	}
	if len(step.line.Wrong) == 0 {
		return step, err
	}
	return step, nil
}

// find looks for the person of a row: by user name, or by address where the
// file has none. Who is not the actor's to see has only taken the name.
func (p *importer) find(view *store.View, row ImportRow, step *importStep) (Details, error) {
	name, taken := row.Fields["user"], ErrUserTaken
	if name == "" {
		name, taken = row.Fields["email"], ErrEmailTaken
	}
	step.line.User, step.line.Name = row.Fields["user"], row.Fields["name"]
	owner, err := view.NameOwner(canonical(name))
	if errors.Is(err, store.ErrNotFound) {
		return Details{}, nil
	}
	if err != nil {
		return Details{}, err
	}
	if step.person, err = p.desk.see(view, p.by, owner); errors.Is(err, ErrUnknownPerson) {
		return Details{}, taken
	}
	if err != nil {
		return Details{}, err
	}
	was := detailsOf(step.person.row)
	was.Grants = step.person.visible()
	return was, nil
}

// twice refuses a name or address that a line before has.
func (p *importer) twice(want Details) error {
	for _, name := range []string{canonical(want.User), canonical(want.Email)} {
		if p.seen[name] {
			return &FieldError{"user", "a line before this one has the same user name or address", "line-twice"}
		}
	}
	p.seen[canonical(want.User)], p.seen[canonical(want.Email)] = true, true
	return nil
}

func (p *importer) apply(ctx context.Context, tx *store.Tx, step importStep) error {
	switch step.line.Outcome {
	case LineNew:
		id, err := p.desk.newID()
		if err != nil {
			return err
		}
		_, err = p.desk.addPersonBy(ctx, tx, p.by, id, step.want)
		return err
	case LineChanged:
		want := step.want
		return p.desk.editPerson(ctx, tx, p.by, step.person, func(d *Details) error { *d = want; return nil }, false)
	}
	return nil
}

// fill is what the person's details become by a row. What the file has no column
// for stays.
func (p *importer) fill(was Details, row ImportRow) (Details, wrongs) {
	want, wrong := was, wrongs(nil)
	for field, into := range map[string]*string{
		"user": &want.User, "name": &want.Name, "given": &want.Given, "prefix": &want.Prefix, "family": &want.Family,
		"email": &want.Email, "notices": &want.Notices, "phone": &want.Phone, "job": &want.Job, "language": &want.Language,
	} {
		if text, ok := row.Fields[field]; ok && !(field == "user" && text == "") {
			*into = text
		}
	}
	switch name, family := row.Fields["name"], row.Fields["family"]; {
	case name == "":
	case family == "" && name != was.Name:
		want.Given, want.Prefix, want.Family = "", "", ""
	case family != "" && name != joinName(row.Fields["given"], row.Fields["prefix"], family):
		wrong.add("name", "name-twice", "the full name and its parts differ; leave one of them empty")
	}
	if text, ok := row.Fields["means"]; ok {
		want.Means = Authenticator(text)
	}
	for field, into := range map[string]*time.Time{"starts": &want.Starts, "ends": &want.Ends, "stopgap": &want.StopgapEnds} {
		text, ok := row.Fields[field]
		if !ok {
			continue
		}
		day, err := ParseDay(text, p.zone, field != "starts")
		if err != nil {
			wrong.add(field, "date-unfit", "this is not a day; it looks like 2026-11-30")
		}
		*into = day
	}
	if text := row.Fields["organisation"]; text != "" {
		o, err := findOrganisation(p.organisations, text)
		if err != nil {
			wrong.add("organisation", "organisation-unknown", "there is no such organisation; choose one of the list")
		}
		want.Organisation = o.ID
	} else if want.Organisation == "" && len(p.organisations) > 0 {
		want.Organisation = p.organisations[0].ID
	}
	if text, ok := row.Fields["roles"]; ok {
		p.fillGrants(&want, &wrong, text)
	} else if len(want.Grants) == 0 {
		want.Grants = []Grant{{Role: RoleUser, Organisation: want.Organisation}}
	}
	return want, wrong
}

// fillGrants reads roles as they are written: ROLE, ROLE=PART, or
// ROLE@ORGANISATION=PART, parted by bars or commas.
func (p *importer) fillGrants(want *Details, wrong *wrongs, text string) {
	want.Grants = nil
	for one := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '|' || r == ',' }) {
		g, err := ParseGrant(one, p.organisations, want.Organisation)
		if err != nil {
			wrong.add("grants", "grants-unknown", "there is no such role or part; choose one of the list")
			return
		}
		if !slices.Contains(want.Grants, g) {
			want.Grants = append(want.Grants, g)
		}
	}
}
