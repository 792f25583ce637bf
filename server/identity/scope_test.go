package identity

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// district is a server with two schools, each with two locations, an
// administrator of its own, a teacher at the first location, and a role that is
// held for locations.
type district struct {
	*house
	school, part  [2]string // ids; of the first location
	other         [2]string // the second location
	admin, person [2]Person
}

func newDistrict(t *testing.T) *district {
	d := &district{house: newHouse(t)}
	op := Operator()
	d.must(d.SetRole(t.Context(), op, RoleDefinition{Key: "teacher", Dutch: "Docent", English: "Teacher", NeedsParts: true}))
	d.must(d.SetRole(t.Context(), op, RoleDefinition{Key: "payroll", Dutch: "Salarissen", English: "Payroll"}))
	for i, name := range []string{"alpha", "beta"} {
		var err error
		d.school[i], err = d.AddOrganisation(t.Context(), op, "School "+name, []string{name + ".example"})
		d.must(err)
		d.part[i], err = d.SetPart(t.Context(), op, Part{Organisation: d.school[i], Code: name + "-1", Name: "Hoofdlocatie"})
		d.must(err)
		d.other[i], err = d.SetPart(t.Context(), op, Part{Organisation: d.school[i], Code: name + "-2"})
		d.must(err)
		d.admin[i] = d.add(NewPerson{
			User: "admin-" + name, Name: "Beheerder " + name, Email: "admin@" + name + ".example", Organisation: d.school[i],
			Grants: []Grant{{RoleAdministrator, d.school[i], ""}, {"teacher", d.school[i], d.part[i]}},
		})
		d.person[i] = d.add(NewPerson{
			User: "teacher-" + name, Name: "Docent " + name, Email: "teacher@" + name + ".example", Organisation: d.school[i],
			Grants: []Grant{{"teacher", d.school[i], d.part[i]}},
		})
	}
	return d
}

func (d *district) by(i int) Actor { return PersonActor(d.admin[i].ID) }

// Whatever an administrator of one school asks about somebody of another, by
// whatever method, is answered as if there were nobody.
func TestAnotherSchoolIsNotThere(t *testing.T) {
	d := newDistrict(t)
	ctx, by, theirs := t.Context(), d.by(0), d.person[1].ID
	for _, id := range []string{theirs, d.admin[1].ID, "00000000000000000000000000000000", ""} {
		_, err1 := d.PersonByID(ctx, by, id)
		_, err2 := d.EditPerson(ctx, by, id, 1, true, func(p *Details) error { p.Phone = "12345"; return nil })
		_, err3 := d.LeavingPerson(ctx, by, id, true)
		_, err4 := d.DeletePerson(ctx, by, id, true)
		err5 := d.CheckEdit(ctx, by, id, 1, true, func(p *Details) error { p.Phone = "12345"; return nil })
		for i, err := range []error{err1, err2, err3, err4, err5} {
			if !errors.Is(err, ErrUnknownPerson) {
				t.Errorf("%q, method %d: %v", id, i+1, err)
			}
		}
		if may, err := d.MayCommand(ctx, by, id); may || err != nil {
			t.Errorf("%q: may command, %v", id, err)
		}
	}
	for _, text := range []string{"", "docent", "beta", "teacher-beta", "teacher@beta.example"} {
		if got := d.found(by, Search{Text: text}); slices.ContainsFunc(got, func(u string) bool { return strings.Contains(u, "beta") }) {
			t.Errorf("%q found %v", text, got)
		}
	}
	if got := d.found(by, Search{Organisation: d.school[1]}); got != nil {
		t.Errorf("by organisation found %v", got)
	}
	choices, err := d.Choices(ctx, by)
	d.must(err)
	if len(choices.Organisations) != 1 || choices.Organisations[0].ID != d.school[0] {
		t.Errorf("may choose %v", choices.Organisations)
	}
	var file bytes.Buffer
	if _, err := d.ExportPeople(ctx, by, &file, Search{}, false); err != nil || strings.Contains(file.String(), "beta") {
		t.Errorf("exported %s, %v", file.String(), err)
	}
	var refused []string
	for _, grant := range []Grant{{"teacher", d.school[1], d.part[1]}, {RoleUser, d.school[1], ""}, {RoleUser, "main", ""}, {"teacher", d.school[0], d.part[1]}} {
		_, err := d.AddPersonBy(ctx, by, NewPerson{
			User: "spy", Name: "Spy", Email: "spy@alpha.example", Organisation: d.school[0], Grants: []Grant{{RoleUser, d.school[0], ""}, grant},
		})
		refused = append(refused, keysOf(err)...)
	}
	_, err = d.AddPersonBy(ctx, by, NewPerson{
		User: "spy", Name: "Spy", Email: "spy@beta.example", Organisation: d.school[1], Grants: []Grant{{RoleUser, d.school[1], ""}},
	})
	refused = append(refused, keysOf(err)...)
	if want := []string{"grants-unknown", "grants-unknown", "grants-unknown", "grants-unknown", "organisation-unknown"}; !slices.Equal(refused, want) {
		t.Errorf("refused as %v", refused)
	}
}

func keysOf(err error) []string {
	var keys []string
	for _, field := range FieldErrors(err) {
		keys = append(keys, field.Key)
	}
	return keys
}

// What is the operator's is nobody else's, and nobody at all may do anything.
func TestWhatIsTheOperatorsAlone(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	for name, by := range map[string]Actor{"administrator": d.by(0), "teacher": PersonActor(d.person[0].ID), "nobody": {}, "stranger": PersonActor("ff"), "sly": PersonActor("operator")} {
		_, add := d.AddOrganisation(ctx, by, "Mine", nil)
		_, part := d.SetPart(ctx, by, Part{Organisation: d.school[0], Code: "x"})
		_, end := d.EndPart(ctx, by, d.part[0])
		_, leave := d.LeavingOrganisation(ctx, by, d.school[0])
		_, off := d.SignOff(ctx, by, d.school[0])
		_, role := d.EndRole(ctx, by, "teacher")
		_, deleted := d.Deleted(ctx, by, "x")
		for i, err := range []error{
			add, part, end, leave, off, role, deleted,
			d.EditOrganisation(ctx, by, d.school[0], 1, "Mine", nil),
			d.CheckOrganisation(ctx, by, d.school[0], "Mine", nil),
			d.SetRole(ctx, by, RoleDefinition{Key: "boss", Dutch: "B", English: "B", Manages: true}),
			d.AddMandate(ctx, by, Mandate{d.school[1], d.school[0], "teacher", ""}),
			d.CheckMandate(ctx, by, Mandate{d.school[1], d.school[0], "teacher", ""}),
			d.ErasePerson(ctx, by, d.person[0].ID),
		} {
			if !errors.Is(err, ErrForbidden) {
				t.Errorf("%s, %d: %v", name, i, err)
			}
		}
		if name == "administrator" {
			continue
		}
		_, add = d.AddPersonBy(ctx, by, NewPerson{User: "x", Name: "X", Email: "x@alpha.example", Organisation: d.school[0], Role: RoleUser})
		_, list := d.SearchPeople(ctx, by, Search{})
		_, mandates := d.Mandates(ctx, by)
		end = d.EndMandate(ctx, by, Mandate{d.school[1], d.school[0], "teacher", ""})
		check := d.CheckPerson(ctx, by, NewPerson{User: "x", Name: "X", Email: "x@alpha.example", Organisation: d.school[0], Role: RoleUser})
		_, choose := d.Choices(ctx, by)
		_, plan := d.PlanImport(ctx, by, []ImportRow{{1, map[string]string{"user": "x"}}})
		for i, err := range []error{add, check, list, choose, plan, mandates, end} {
			if !errors.Is(err, ErrForbidden) {
				t.Errorf("%s, page %d: %v", name, i, err)
			}
		}
	}
}

// An administrator grants only what they hold, where they hold it, and never
// what manages.
func TestOnlyWhatOneHolds(t *testing.T) {
	d := newDistrict(t)
	ctx, by := t.Context(), d.by(0)
	for _, test := range []struct {
		grant Grant
		want  string
	}{
		{Grant{"teacher", d.school[0], d.part[0]}, ""},
		{Grant{RoleUser, d.school[0], d.other[0]}, ""},
		{Grant{"teacher", d.school[0], d.other[0]}, "grants-unknown"}, // held for another location
		{Grant{"payroll", d.school[0], ""}, "grants-unknown"},         // not held
		{Grant{RoleAdministrator, d.school[0], ""}, "grants-unknown"}, // the operator's
		{Grant{RoleOperator, "main", ""}, "grants-unknown"},
	} {
		p := d.person[0]
		now, err := d.PersonByID(ctx, by, p.ID)
		d.must(err)
		_, err = d.EditPerson(ctx, by, p.ID, now.Version, false, func(p *Details) error { p.Grants = append(p.Grants, test.grant); return nil })
		if got := strings.Join(keysOf(err), " "); got != test.want {
			t.Errorf("%v: %v", test.grant, err)
		}
	}
	// Whoever holds more than the administrator is not the administrator's to
	// change: they could become that person.
	now := d.look("teacher-alpha")
	_, err := d.EditPerson(ctx, Operator(), now.ID, now.Version, false, func(p *Details) error {
		p.Grants = append(p.Grants, Grant{"payroll", d.school[0], ""})
		return nil
	})
	d.must(err)
	now = d.look("teacher-alpha")
	_, err = d.EditPerson(ctx, by, now.ID, now.Version, false, func(p *Details) error { p.Email = "mine@alpha.example"; return nil })
	if !errors.Is(err, ErrForbidden) {
		t.Errorf("took the account over: %v", err)
	}
	if _, err := d.DeletePerson(ctx, by, now.ID, false); !errors.Is(err, ErrForbidden) {
		t.Errorf("deleted: %v", err)
	}
	if keys := keysOf(second(d.EditPerson(ctx, by, now.ID, now.Version, false, func(p *Details) error { p.Grants = p.Grants[:0]; return nil }))); !slices.Contains(keys, "grants-keep") {
		t.Errorf("took back what is not theirs: %v", keys)
	}
}

func second[T any](_ T, err error) error { return err }

// D20: for another organisation with its mandate, and only then.
func TestMandate(t *testing.T) {
	d := newDistrict(t)
	ctx, by := t.Context(), d.by(0)
	there := []Grant{{RoleAdministrator, d.school[1], ""}, {"teacher", d.school[1], d.part[1]}}
	register := func() error {
		now := d.look("admin-alpha")
		return second(d.EditPerson(ctx, Operator(), now.ID, now.Version, false, func(p *Details) error {
			p.Grants = append(p.Grants, there...)
			return nil
		}))
	}
	if keys := keysOf(register()); !slices.Contains(keys, "grants-mandate") {
		t.Fatalf("registered without a mandate: %v", keys)
	}
	for _, m := range []Mandate{{d.school[1], d.school[0], RoleAdministrator, ""}, {d.school[1], d.school[0], "teacher", d.part[1]}} {
		d.must(d.AddMandate(ctx, Operator(), m))
	}
	if got := d.found(by, Search{Text: "beta"}); got != nil {
		t.Errorf("the mandate alone shows %v", got)
	}
	d.must(register())
	if got := d.found(by, Search{Text: "docent beta"}); len(got) != 1 {
		t.Errorf("with both found %v", got)
	}
	_, err := d.AddPersonBy(ctx, by, NewPerson{
		User: "new-beta", Name: "Nieuw", Email: "new@beta.example", Organisation: d.school[1], Grants: []Grant{there[1]},
	})
	d.must(err)
	d.must(d.EndMandate(ctx, Operator(), Mandate{d.school[1], d.school[0], RoleAdministrator, ""}))
	if got := d.found(by, Search{Text: "beta"}); got != nil {
		t.Errorf("after its end found %v", got)
	}
	if _, err := d.PersonByID(ctx, by, d.person[1].ID); !errors.Is(err, ErrUnknownPerson) {
		t.Errorf("after its end: %v", err)
	}
}

// Who manages all of an organisation sees what it gave and was given, and takes
// back what it gave; of mandates between others nobody learns.
func TestMandatesOfOnesOwnOrganisation(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	between := Mandate{d.school[1], d.school[0], "payroll", ""}
	d.must(d.AddMandate(ctx, Operator(), between))
	d.must(d.AddMandate(ctx, Operator(), Mandate{MainOrganisation, d.school[1], "payroll", ""}))
	if keys := keysOf(d.AddMandate(ctx, Operator(), between)); !slices.Equal(keys, []string{"mandate-known"}) {
		t.Errorf("given twice: %v", keys)
	}
	if keys := keysOf(d.AddMandate(ctx, Operator(), Mandate{d.school[1], d.school[0], "teacher", ""})); !slices.Equal(keys, []string{"grants-part"}) {
		t.Errorf("a role of parts for the whole: %v", keys)
	}
	for i, want := range []struct {
		seen []bool // may end, of each seen
		end  error
	}{{[]bool{false}, ErrForbidden}, {[]bool{true, false}, nil}} {
		all, err := d.Mandates(ctx, d.by(i))
		d.must(err)
		var may []bool
		for _, m := range all {
			may = append(may, m.MayEnd)
			if m.Mandate == between && (m.GiverName != "School beta" || m.TakerName != "School alpha") {
				t.Errorf("is said as %q to %q", m.GiverName, m.TakerName)
			}
		}
		slices.SortFunc(may, func(a, b bool) int { return firstIs(a, b) })
		if !slices.Equal(may, want.seen) {
			t.Errorf("school %d may end %v", i, may)
		}
		if err := d.EndMandate(ctx, d.by(i), between); !errors.Is(err, want.end) {
			t.Errorf("school %d ended it: %v", i, err)
		}
	}
	if err := d.EndMandate(ctx, d.by(0), Mandate{MainOrganisation, d.school[1], "payroll", ""}); !errors.Is(err, ErrUnknownMandate) {
		t.Errorf("one between others: %v", err)
	}
}

// Whoever manages one location sees its people and what they hold there.
func TestManagerOfAPart(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	d.must(d.SetRole(ctx, Operator(), RoleDefinition{Key: "site-manager", Dutch: "Locatiebeheer", English: "Site manager", Manages: true, NeedsParts: true}))
	site := d.add(NewPerson{
		User: "site", Name: "Site Manager", Email: "site@alpha.example", Organisation: d.school[0],
		Grants: []Grant{{"site-manager", d.school[0], d.part[0]}, {"teacher", d.school[0], d.part[0]}},
	})
	by := PersonActor(site.ID)
	now := d.look("teacher-alpha")
	_, err := d.EditPerson(ctx, Operator(), now.ID, now.Version, false, func(p *Details) error {
		p.Grants = append(p.Grants, Grant{"teacher", d.school[0], d.other[0]})
		return nil
	})
	d.must(err)
	d.add(NewPerson{User: "elsewhere", Name: "Elsewhere", Email: "e@alpha.example", Organisation: d.school[0], Grants: []Grant{{"teacher", d.school[0], d.other[0]}}})
	if got := d.found(by, Search{}); !slices.Equal(got, []string{"admin-alpha", "teacher-alpha", "site"}) {
		t.Errorf("sees %v", got)
	}
	seen, err := d.PersonByID(ctx, by, now.ID)
	d.must(err)
	if len(seen.Grants) != 1 || seen.Grants[0].Part != d.part[0] {
		t.Errorf("sees %v", seen.Grants)
	}
	_, err = d.EditPerson(ctx, by, now.ID, seen.Version, false, func(p *Details) error { p.Grants = nil; return nil })
	d.must(err)
	if got := d.look("teacher-alpha").Grants; len(got) != 1 || got[0].Part != d.other[0] {
		t.Errorf("left with %v", got)
	}
	if _, err := d.PersonByID(ctx, by, now.ID); !errors.Is(err, ErrUnknownPerson) {
		t.Errorf("still sees them: %v", err)
	}
}

// Rights count at the next request: an account that has ended, or has not begun,
// has none.
func TestRightsFollowTheAccount(t *testing.T) {
	d := newDistrict(t)
	ctx, by := t.Context(), d.by(0)
	d.add(NewPerson{User: "deputy", Name: "Deputy", Email: "deputy@alpha.example", Organisation: d.school[0], Role: RoleAdministrator})
	now := d.look("admin-alpha")
	_, err := d.EditPerson(ctx, Operator(), now.ID, now.Version, false, func(p *Details) error { p.Ends = d.clock.Now().Add(time.Hour); return nil })
	d.must(err)
	if _, err := d.SearchPeople(ctx, by, Search{}); err != nil {
		t.Errorf("before the end: %v", err)
	}
	d.clock.add(time.Hour)
	if _, err := d.SearchPeople(ctx, by, Search{}); !errors.Is(err, ErrForbidden) {
		t.Errorf("after the end: %v", err)
	}
}
