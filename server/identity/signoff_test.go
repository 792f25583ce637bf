package identity

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// tired is a context that ends after having been asked so often.
type tired struct {
	context.Context
	left int
}

func (c *tired) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A large organisation is signed off in steps. Cut off in between, each person is
// deleted or is not, the organisation is there with the others, and the same
// call does the rest.
func TestSignOffInSteps(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	const people = 5*signOffStep + 7
	file := "user,name,email,organisation\n"
	for i := range people - 2 { // beside those who are there
		file += fmt.Sprintf("p%d,P %d,p%d@alpha.example,School alpha\n", i, i, i)
	}
	added, err := d.ImportPeople(ctx, Operator(), d.lines(file), false)
	if d.must(err); added.Count(LineNew) != people-2 {
		t.Fatalf("%d people were added", added.Count(LineNew))
	}
	would, err := d.LeavingOrganisation(ctx, Operator(), d.school[0])
	d.must(err)
	first, err := d.SignOff(&tired{ctx, 2}, Operator(), d.school[0])
	if !errors.Is(err, context.Canceled) || first.People != 2*signOffStep {
		t.Fatalf("cut off: %+v, %v", first, err)
	}
	left, err := d.LeavingOrganisation(ctx, Operator(), d.school[0])
	if d.must(err); left.with(first) != would {
		t.Errorf("%+v is done and %+v is left of %+v", first, left, would)
	}
	d.must(d.VerifyAudit(ctx))
	rest, err := d.SignOff(ctx, Operator(), d.school[0])
	if d.must(err); rest != left {
		t.Errorf("the rest is %+v and not %+v", rest, left)
	}
	if _, err := d.SignOff(ctx, Operator(), d.school[0]); !errors.Is(err, ErrUnknownOrganisation) {
		t.Errorf("signed off once more: %v", err)
	}
	deleted, off := 0, 0
	all, err := d.Audit(ctx, 10_000)
	d.must(err)
	for _, row := range all {
		switch row.Kind {
		case kindPersonDelete:
			deleted++
		case kindOrganisationOff:
			off++
		}
	}
	if deleted != people || off != 1 {
		t.Errorf("the log tells of %d deleted people and %d organisations", deleted, off)
	}
	d.must(d.VerifyAudit(ctx))
}

// What people of others hold there goes with it, in steps too, and its mandates
// either way; that was told before. They keep what they hold elsewhere. Cut off in
// between, who lost it is known, and who did not has it still.
func TestSignOffTakesBackWhatOthersHold(t *testing.T) {
	d := newDistrict(t)
	ctx, op := t.Context(), Operator()
	const others = signOffStep + 30
	for _, m := range []Mandate{
		{d.school[0], d.school[1], RoleUser, ""},
		{d.school[0], d.school[1], "teacher", d.part[0]},
		{MainOrganisation, d.school[0], "payroll", ""},
		{MainOrganisation, d.school[1], "payroll", ""},
	} {
		d.must(d.AddMandate(ctx, op, m))
	}
	file := "user,name,email,organisation,roles\n"
	for i := range others {
		roles := "user | user@School alpha"
		if i == 0 {
			roles += " | teacher@School alpha=alpha-1"
		}
		file += fmt.Sprintf("p%d,P %d,p%d@beta.example,School beta,%s\n", i, i, i, roles)
	}
	added, err := d.ImportPeople(ctx, op, d.lines(file), false)
	if d.must(err); added.Count(LineNew) != others {
		t.Fatalf("%+v", added.Lines)
	}
	would, err := d.LeavingOrganisation(ctx, op, d.school[0])
	if d.must(err); would != (Leaving{People: 2, Grants: 3, Others: others, Mandates: 3}) {
		t.Fatalf("would follow %+v", would)
	}

	first, err := d.SignOff(&tired{ctx, 1}, op, d.school[0])
	if !errors.Is(err, context.Canceled) || first != (Leaving{People: 2, Grants: 3, Others: signOffStep}) {
		t.Fatalf("cut off: %+v, %v", first, err)
	}
	left, err := d.LeavingOrganisation(ctx, op, d.school[0])
	if d.must(err); left.with(first) != would {
		t.Errorf("%+v is done and %+v is left of %+v", first, left, would)
	}
	if n := d.holding(d.school[0]); n != others-signOffStep {
		t.Errorf("%d people hold something there", n)
	}
	if all, err := d.Mandates(ctx, op); err != nil || len(all) != 4 {
		t.Errorf("mandates half-way: %v, %v", all, err)
	}
	d.must(d.VerifyAudit(ctx))

	rest, err := d.SignOff(ctx, op, d.school[0])
	if d.must(err); rest != left {
		t.Errorf("the rest is %+v and not %+v", rest, left)
	}
	if n := d.holding(d.school[0]); n != 0 {
		t.Errorf("%d people hold something of what is gone", n)
	}
	if n := d.holding(d.school[1]); n != others+2 {
		t.Errorf("%d people hold something at the other school", n)
	}
	if all, err := d.Mandates(ctx, op); err != nil || len(all) != 1 || all[0].Taker != d.school[1] {
		t.Errorf("mandates left: %v, %v", all, err)
	}
	if got := d.look("p0"); len(got.Grants) != 1 || got.Grants[0] != (Grant{RoleUser, d.school[1], ""}) {
		t.Errorf("p0 holds %v", got.Grants)
	}
	told := map[string]int{}
	all, err := d.Audit(ctx, 10_000)
	d.must(err)
	for _, row := range all {
		told[row.Kind]++
	}
	if told[kindMandateEnd] != 3 || told[kindGrantEnd] != 3+others+1 || told[kindPersonDelete] != 2 || told[kindOrganisationOff] != 1 {
		t.Errorf("the log tells of %v", told)
	}
	d.must(d.VerifyAudit(ctx))
}

// holding is how many people hold something for an organisation.
func (d *district) holding(organisation string) int {
	d.t.Helper()
	people, err := d.People(d.t.Context())
	d.must(err)
	n := 0
	for _, p := range people {
		for _, g := range p.Grants {
			if g.Organisation == organisation {
				n++
				break
			}
		}
	}
	return n
}
