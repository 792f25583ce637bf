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
	var file bytes.Buffer
	d.must(WriteReportCSV(&file, []ReportLine{{User: "=1+1", Name: "@SOM(A1)"}}, time.UTC))
	if !strings.Contains(file.String(), "'=1+1,'@SOM(A1)") {
		t.Error(file.String())
	}
}

func (h *house) noteUse() {
	h.t.Helper()
	_, err := h.jobs().Run(h.t.Context(), jobUnused)
	h.must(err)
}
