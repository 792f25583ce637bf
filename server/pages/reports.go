package pages

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"sleutelbos/server/identity"
)

const (
	pathReports = "/reports"
	exportMost  = 100_000 // lines of a file
)

func (d *door) reportsRoutes() []route {
	return []route{
		{"GET " + pathReports, administrators, showReports},
		{"GET " + pathReports + "/{name}", administrators, showAccounts},
		{"GET " + pathReports + "/{name}/csv", administrators, exportReport},
	}
}

// shownReports is what the page "reports" shows.
type shownReports struct{ All []shownReportLink }

type shownReportLink struct{ Name, Title, Lead string }

func showReports(v *visit) error {
	var shown shownReports
	for _, name := range identity.ReportNames() {
		shown.All = append(shown.All, shownReportLink{string(name), v.say("reports." + string(name)), v.say("reports." + string(name) + "-lead")})
	}
	return v.show(page{name: "reports", title: v.say("reports.title"), data: shown, back: v.toStart()})
}

// shownReport is what the page "accounts" shows.
type shownReport struct {
	Name, Title, Lead string
	When, Number      string // heads of columns; empty: there is none
	About             string
	Lines             []identity.ReportLine
	More              bool
	Than              int
	ThanSaid          string
	Organisation      string
	Organisations     []identity.Organisation
	Export            string
	ExportMost        int       // how many the file holds, where there may be more
	Noted             time.Time // as of when, where that is not now
	NotNoted          bool
}

func (v *visit) reportQuery() (identity.ReportQuery, error) {
	q := identity.ReportQuery{Name: identity.ReportName(v.r.PathValue("name")), Organisation: v.r.URL.Query().Get("organisation")}
	if !slices.Contains(identity.ReportNames(), q.Name) {
		return q, errNotFound
	}
	if than, err := strconv.Atoi(v.r.URL.Query().Get("than")); err == nil && than > 0 && than <= 1000 {
		q.Than = than
	}
	return q, nil
}

func showAccounts(v *visit) error {
	q, err := v.reportQuery()
	if err != nil {
		return err
	}
	lines, more, err := v.door.desk.Report(v.r.Context(), v.actor(), q)
	if err != nil {
		return err
	}
	organisations, err := v.door.desk.Organisations(v.r.Context(), v.actor())
	if err != nil {
		return err
	}
	name := string(q.Name)
	shown := shownReport{
		Name: name, Title: v.say("reports." + name), Lead: v.say("reports." + name + "-lead"), Lines: lines, More: more,
		Than: q.Than, Organisation: q.Organisation, Organisations: organisations, When: v.say("reports." + name + "-when"),
		Export: pathReports + "/" + name + "/csv?" + query("organisation", q.Organisation, "than", strconv.Itoa(q.Than)),
	}
	if shown.Than == 0 {
		shown.Than = identity.ReportThan(q.Name)
	}
	if identity.ReportThan(q.Name) > 0 {
		shown.ThanSaid = v.say("reports." + name + "-than")
	}
	if more {
		shown.ExportMost = exportMost
	}
	if q.Name == identity.ReportUnused || q.Name == identity.ReportDevices {
		if shown.Noted, err = v.door.desk.UseNoted(v.r.Context()); err != nil {
			return err
		}
		shown.NotNoted = shown.Noted.IsZero()
	}
	switch q.Name {
	case identity.ReportDevices:
		shown.Number = v.say("reports.devices-number")
	case identity.ReportLapsing:
		shown.About = v.say("reports.lapsing-about")
	case identity.ReportTokens:
		shown.About = v.say("reports.tokens-about")
	}
	return v.show(page{name: "accounts", title: shown.Title, data: shown, back: crumb{pathReports, v.say("reports.title")}, wide: true})
}

func exportReport(v *visit) error {
	q, err := v.reportQuery()
	if err != nil {
		return err
	}
	q.Limit = exportMost
	lines, _, err := v.door.desk.Report(v.r.Context(), v.actor(), q)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := identity.WriteReportCSV(&file, lines, v.zone); err != nil {
		return err
	}
	return v.sendCSV(string(q.Name)+".csv", file.Bytes())
}

// sendCSV answers with a file.
func (v *visit) sendCSV(name string, content []byte) error {
	v.w.header.Set("Content-Type", "text/csv; charset=utf-8")
	v.w.header.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	v.w.body.Reset()
	_, _ = v.w.body.Write(content)
	return nil
}
