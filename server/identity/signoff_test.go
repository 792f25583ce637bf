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
