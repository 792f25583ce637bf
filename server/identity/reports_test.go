package identity

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sleutelbos/server/store"
)

// Reports name whom somebody has to look at, in a scope, and so does what there
// is to do.
func TestReportsNameWhomToLookAt(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	for i := range 2 {
		_, err := d.EditPerson(ctx, Operator(), d.person[i].ID, d.look(d.person[i].User).Version, true, func(p *Details) error {
			p.Ends = d.clock.Now().Add(time.Hour)
			return nil
		})
		d.must(err)
		_, _, err = d.NewActivation(ctx, d.admin[i].User)
		d.must(err)
	}
	d.clock.add(2 * time.Hour)
	users := func(by Actor, name ReportName) (all []string) {
		lines, _, err := d.Report(ctx, by, ReportQuery{Name: name})
		d.must(err)
		for _, l := range lines {
			all = append(all, l.User)
		}
		slices.Sort(all)
		return all
	}
	for name, want := range map[ReportName]string{ReportPastEnd: "teacher-", ReportUnused: "", ReportCodes: "", ReportStopgap: "", ReportTokens: "", ReportLapsing: "", ReportDevices: ""} {
		for i, school := range []string{"alpha", "beta"} {
			got := strings.Join(users(d.by(i), name), " ")
			if want != "" && got != want+school || want == "" && got != "" {
				t.Errorf("%s of %s is %q", name, school, got)
			}
		}
	}
	if got := users(Operator(), ReportPastEnd); len(got) != 2 {
		t.Errorf("the operator sees %v", got)
	}
	todos, err := d.Todos(ctx, d.by(0))
	d.must(err)
	if len(todos) != 1 || todos[0].Report != ReportPastEnd || todos[0].N != 1 {
		t.Errorf("%+v", todos)
	}
	d.clock.add(13 * time.Hour) // the codes end later on this day
	if got := users(d.by(0), ReportCodes); !slices.Equal(got, []string{"admin-alpha"}) {
		t.Errorf("codes: %v", got)
	}
	d.clock.add(200 * 24 * time.Hour)
	d.noteUse()
	if got := users(d.by(1), ReportUnused); !slices.Equal(got, []string{"admin-beta", "teacher-beta"}) {
		t.Errorf("unused: %v", got)
	}
	key := d.linked("fresh")
	fresh := d.look("fresh")
	d.clock.add(200 * 24 * time.Hour)
	d.noteUse()
	if got := users(Operator(), ReportUnused); !slices.Contains(got, "fresh") {
		t.Errorf("unused: %v", got)
	}
	if v, err := d.Verify(ctx, d.app, "fresh", d.code(key)); err != nil || !v.Valid {
		t.Fatal(v, err)
	}
	if got := users(Operator(), ReportUnused); slices.Contains(got, "fresh") {
		t.Error("whoever gave a code since it was noted is still reported")
	}
	for i := range 6 {
		d.must(d.store.Do(ctx, func(tx *store.Tx) error {
			return tx.AddDevice(store.Device{ID: fmt.Sprint("device", i), Person: fresh.ID, Hash: []byte{byte(i)}, KeyID: "k", Label: "Firefox"}, 100)
		}))
	}
	d.noteUse()
	if lines, _, err := d.Report(ctx, Operator(), ReportQuery{Name: ReportDevices}); err != nil || len(lines) != 1 || lines[0].User != "fresh" || lines[0].N != 6 {
		t.Errorf("devices: %+v, %v", lines, err)
	}
	d.must(d.ForgetDevices(ctx, "fresh"))
	if got := users(Operator(), ReportDevices); len(got) != 0 {
		t.Errorf("devices: %v", got)
	}
	if _, _, err := d.Report(ctx, PersonActor(d.person[0].ID), ReportQuery{Name: ReportUnused}); !errors.Is(err, ErrForbidden) {
		t.Errorf("somebody who manages nobody: %v", err)
	}
}

// A report is read on where the page before ended, past lines that stand at the
// same moment, and the file holds all of it and no formula.
func TestReportsArePaged(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	const people = 7
	var want []string
	for i := range people {
		user := fmt.Sprint("last", i)
		_, err := d.AddPersonBy(ctx, Operator(), NewPerson{User: user, Name: "@SOM(A1)", Email: user + "@alpha.example", Grants: []Grant{{RoleUser, d.school[0], ""}}, Organisation: d.school[0], Ends: d.clock.Now().Add(time.Duration(1+i/4) * time.Hour)})
		d.must(err)
		want = append(want, user)
	}
	d.clock.add(24 * time.Hour)
	for name, by := range map[string]Actor{"the operator": Operator(), "an administrator": d.by(0)} {
		var got []string
		q := ReportQuery{Name: ReportPastEnd, Limit: 3}
		for pages := 0; pages == 0 || q.After != ""; pages++ {
			lines, next, err := d.Report(ctx, by, q)
			if d.must(err); len(lines) > q.Limit || pages > people {
				t.Fatalf("%s: %d lines on page %d", name, len(lines), pages)
			}
			for _, l := range lines {
				got = append(got, l.User)
			}
			q.After = next
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s reads %v", name, got)
		}
	}
	for _, after := range []string{"nonsense", "-1-x", "5", "99999999999999999999-x", "1-\x00"} {
		if lines, _, err := d.Report(ctx, d.by(0), ReportQuery{Name: ReportPastEnd, After: after}); err != nil || len(lines) != people {
			t.Errorf("after %q there are %d, %v", after, len(lines), err)
		}
	}
	var file bytes.Buffer
	d.must(d.ExportReport(ctx, d.by(0), &file, ReportQuery{Name: ReportPastEnd}, time.UTC))
	if n := strings.Count(file.String(), ",'@SOM(A1),"); n != people {
		t.Errorf("%d of %d people:\n%s", n, people, file.String())
	}
	if err := d.ExportReport(ctx, PersonActor(d.person[0].ID), &file, ReportQuery{Name: ReportPastEnd}, time.UTC); !errors.Is(err, ErrForbidden) {
		t.Errorf("somebody who manages nobody: %v", err)
	}
}

// Whoever is known on more devices comes first, and a page goes on among those
// who are known on as many.
func TestReportOfDevicesIsPaged(t *testing.T) {
	h := newHouse(t)
	const people = 5
	for i := range people {
		user := fmt.Sprint("known", i)
		id := h.person(user).ID
		for j := range noteDevices + i/2 {
			h.must(h.store.Do(t.Context(), func(tx *store.Tx) error {
				return tx.AddDevice(store.Device{ID: fmt.Sprint(user, "-", j), Person: id, Hash: []byte{byte(i), byte(j)}, KeyID: "k", Label: "Firefox", LastUsed: stamp(h.clock.Now())}, 100)
			}))
		}
	}
	h.noteUse()
	var got []int
	for q := (ReportQuery{Name: ReportDevices, Than: noteDevices, Limit: 2}); len(got) == 0 || q.After != ""; {
		lines, next, err := h.Report(t.Context(), Operator(), q)
		h.must(err)
		for _, l := range lines {
			got = append(got, l.N-noteDevices)
		}
		q.After = next
	}
	if !slices.Equal(got, []int{2, 1, 1, 0, 0}) {
		t.Errorf("more devices than the least: %v", got)
	}
}

func (h *house) noteUse() {
	h.t.Helper()
	_, err := h.jobs().Run(h.t.Context(), jobUnused)
	h.must(err)
}
