package pages

import (
	"errors"

	"sleutelbos/server/identity"
)

func (d *door) reportRoutes() []route {
	return []route{
		{"GET /report", signedIn, showReport},
		{"POST /report", signedIn, sendReport},
		{"GET /reported", administrators, showReported},
		{"POST /reported", administrators, closeReported},
	}
}

func (v *visit) reportForm() *form {
	f := v.form("report.submit",
		&field{Name: "about", Label: "report.about", Hint: "report.about-hint", Required: true, Max: 256},
		&field{Name: "fault", Kind: radio, Label: "report.fault", Required: true, Choices: []choice{
			{Value: string(identity.FaultShared), Text: v.say("report.shared")},
			{Value: string(identity.FaultLeft), Text: v.say("report.left")},
			{Value: string(identity.FaultOther), Text: v.say("report.other")},
		}},
		&field{Name: "note", Kind: long, Label: "report.note", Max: 1000})
	f.Cancel = "/"
	return f
}

func showReport(v *visit) error {
	return v.show(page{name: "report", title: v.say("report.title"), form: v.reportForm(), back: v.toStart()})
}

func sendReport(v *visit) error {
	f := v.reportForm()
	if f.read() {
		err := v.door.desk.ReportAccount(v.r.Context(), v.actor(), identity.AccountReport{
			About: f.get("about"), Fault: identity.AccountFault(f.get("fault")), Note: f.get("note"),
		})
		if !f.take(err) {
			if err != nil {
				return err
			}
			v.tell("report.sent")
			return v.redirect("/")
		}
	}
	return v.show(page{name: "report", title: v.say("report.title"), form: f, back: v.toStart()})
}

// openReports counts what was reported and waits for somebody.
func (v *visit) openReports() (n int, err error) {
	all, err := v.door.desk.AccountReports(v.r.Context(), v.actor())
	for _, r := range all {
		if r.Closed.IsZero() {
			n++
		}
	}
	return n, err
}

// shownReported is one page of what was reported.
type shownReported struct {
	Reports []identity.AccountReport
	Pager   pager
}

func showReported(v *visit) error {
	all, err := v.door.desk.AccountReports(v.r.Context(), v.actor())
	if err != nil {
		return err
	}
	p := v.pager(len(all), rowsPerPage)
	from := (p.Page - 1) * rowsPerPage
	shown := shownReported{Reports: all[from:min(from+rowsPerPage, len(all))], Pager: p}
	return v.show(page{name: "reported", title: v.say("reported.title"), data: shown, back: v.toStart()})
}

func closeReported(v *visit) error {
	err := v.door.desk.CloseReport(v.r.Context(), v.actor(), v.r.PostForm.Get("report"))
	switch {
	case errors.Is(err, identity.ErrUnknownReport):
		v.warn("reported.gone")
	case err != nil:
		return err
	default:
		v.tell("reported.closed")
	}
	return v.redirect("/reported")
}
