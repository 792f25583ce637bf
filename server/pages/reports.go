package pages

import (
	"io"
	"slices"
	"strconv"
	"time"

	"sleutelbos/server/identity"
)

const pathReports = "/reports"

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
	First, Next       string // addresses; empty: there is none
	Than              int
	ThanSaid          string
	Organisation      string
	Organisations     []identity.Organisation
	Export            string
	Noted             time.Time // as of when, where that is not now
	NotNoted          bool
}

func (v *visit) reportQuery() (identity.ReportQuery, error) {
	asked := v.r.URL.Query()
	q := identity.ReportQuery{Name: identity.ReportName(v.r.PathValue("name")), Organisation: asked.Get("organisation"), After: asked.Get("after")}
	if !slices.Contains(identity.ReportNames(), q.Name) {
		return q, errNotFound
	}
	if than, err := strconv.Atoi(asked.Get("than")); err == nil && than > 0 && than <= 1000 {
		q.Than = than
	}
	return q, nil
}

func showAccounts(v *visit) error {
	q, err := v.reportQuery()
	if err != nil {
		return err
	}
	lines, next, err := v.door.desk.Report(v.r.Context(), v.actor(), q)
	if err != nil {
		return err
	}
	organisations, err := v.door.desk.Organisations(v.r.Context(), v.actor())
	if err != nil {
		return err
	}
	name := string(q.Name)
	here, asked := pathReports+"/"+name, []string{"organisation", q.Organisation, "than", strconv.Itoa(q.Than)}
	shown := shownReport{
		Name: name, Title: v.say("reports." + name), Lead: v.say("reports." + name + "-lead"), Lines: lines,
		Than: q.Than, Organisation: q.Organisation, Organisations: organisations, When: v.say("reports." + name + "-when"),
		Export: here + "/csv?" + query(asked...),
	}
	if q.After != "" {
		shown.First = here + "?" + query(asked...)
	}
	if next != "" {
		shown.Next = here + "?" + query(append(asked, "after", next)...)
	}
	if shown.Than == 0 {
		shown.Than = identity.ReportThan(q.Name)
	}
	if identity.ReportThan(q.Name) > 0 {
		shown.ThanSaid = v.say("reports." + name + "-than")
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
	q.After = ""
	return v.sendCSV(string(q.Name)+".csv", func(w io.Writer) error {
		return v.door.desk.ExportReport(v.r.Context(), v.actor(), w, q, v.zone)
	})
}
