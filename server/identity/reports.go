package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sleutelbos/server/store"
)

// ReportName names a report of accounts that somebody has to look at.
type ReportName string

// The reports. Those on the page of reports come first.
const (
	ReportUnused  ReportName = "unused"
	ReportPastEnd ReportName = "past-end"
	ReportDevices ReportName = "devices"
	ReportLapsing ReportName = "lapsing"
	ReportStopgap ReportName = "stopgap"
	ReportTokens  ReportName = "tokens" // hardware tokens that are due back
	ReportCodes   ReportName = "codes"  // activation codes that end today, unused
)

// ReportNames lists all reports.
func ReportNames() []ReportName {
	return []ReportName{ReportUnused, ReportPastEnd, ReportDevices, ReportLapsing, ReportStopgap, ReportTokens, ReportCodes}
}

// ReportQuery asks for a report.
type ReportQuery struct {
	Name         ReportName
	Organisation string // id; empty: of all that the actor manages
	// Than is the number that makes a line: months without a use, devices, or days
	// ahead; 0: the default of the report.
	Than  int
	Limit int    // 200 when 0
	After string // where the page before ended; empty: from the beginning
}

// ReportLine is one line of a report.
type ReportLine struct {
	ID, User, Name, Organisation string
	At                           time.Time // last use, end, or since when it is due
	N                            int
	About                        string // device, or serial number
}

const (
	reportPage = 200
	reportMost = 10_000 // in one go
)

// ErrNoSuchReport says that no report has this name.
var ErrNoSuchReport = errors.New("there is no such report; the reports are: unused, past-end, devices, lapsing, stopgap, tokens, codes")

// ReportThan is the default of the number that makes a line of a report; 0 where
// it takes none.
func ReportThan(name ReportName) int {
	switch name {
	case ReportUnused:
		return 6 // months
	case ReportDevices:
		return 5
	case ReportStopgap:
		return 14 // days
	}
	return 0
}

// Report lists accounts that somebody has to look at, of people whom the actor
// manages; next is where the following page begins, and empty at the end.
func (d *Desk) Report(ctx context.Context, by Actor, q ReportQuery) (lines []ReportLine, next string, err error) {
	if !slices.Contains(ReportNames(), q.Name) {
		return nil, "", ErrNoSuchReport
	}
	if q.Limit <= 0 {
		q.Limit = reportPage
	}
	q.Limit = min(q.Limit, reportMost)
	err = d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil || !rights.Manages {
			return cmp.Or(err, ErrForbidden)
		}
		lines, next, err = d.report(view, rights, q)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("make a report: %w", err)
	}
	return lines, next, nil
}

// EachOfReport gives all lines of a report, some at a time, however many there
// are; what ends the function ends it.
func (d *Desk) EachOfReport(ctx context.Context, by Actor, q ReportQuery, do func([]ReportLine) error) error {
	for q.Limit = reportMost; ; {
		lines, next, err := d.Report(ctx, by, q)
		if err == nil {
			err = do(lines)
		}
		if q.After = next; err != nil || next == "" {
			return err
		}
	}
}

func (d *Desk) report(view *store.View, rights Rights, q ReportQuery) (lines []ReportLine, next string, err error) {
	scopes, err := rights.scopes(view, q.Organisation)
	if err != nil {
		return nil, "", err
	}
	settings, err := readSettings(view)
	if err != nil {
		return nil, "", err
	}
	if q.Than <= 0 {
		q.Than = ReportThan(q.Name)
	}
	if q.Name == ReportDevices {
		q.Than = max(q.Than, noteDevices)
	}
	most, least := q.bounds(d.now(), settings.Location())
	rows, err := view.Report(string(q.Name), scopes, most, least, readReportPlace(q.After), q.Limit+1)
	if err != nil {
		return nil, "", err
	}
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		last := rows[q.Limit-1].Place
		next = strconv.FormatInt(last.By, 10) + reportPlaceGap + last.ID
	}
	lines, err = reportLines(view, rows)
	if q.Name == ReportLapsing {
		for i := range lines { // used, and so many notices
			lines[i].At = lines[i].At.AddDate(0, settings.Keep.filled().IdleLinks, 0)
		}
	}
	return lines, next, err
}

const reportPlaceGap = "-"

// readReportPlace reads [ReportQuery.After]; what is no place is the beginning.
func readReportPlace(after string) store.ReportPlace {
	number, id, _ := strings.Cut(after, reportPlaceGap)
	by, err := strconv.ParseInt(number, 10, 64)
	if err != nil || by < 0 || id == "" || len(id) > maxName || !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		return store.ReportPlace{}
	}
	return store.ReportPlace{By: by, ID: id}
}

// bounds are the numbers of the query.
func (q ReportQuery) bounds(now time.Time, zone *time.Location) (most, least int64) {
	switch q.Name {
	case ReportUnused:
		return stamp(now.AddDate(0, -q.Than, 0)), 0
	case ReportDevices:
		return int64(q.Than), 0
	case ReportStopgap:
		return stamp(now.AddDate(0, 0, q.Than)), 0
	case ReportCodes:
		y, m, day := now.In(zone).Date()
		return stamp(time.Date(y, m, day+1, 0, 0, 0, 0, zone)), stamp(now)
	case ReportLapsing:
		return math.MaxInt64, 0
	}
	return stamp(now), 0
}

func reportLines(view *store.View, rows []store.ReportRow) ([]ReportLine, error) {
	organisations, err := view.Organisations()
	if err != nil {
		return nil, err
	}
	settings, err := readSettings(view)
	if err != nil {
		return nil, err
	}
	people := map[string]store.Person{}
	for part := range slices.Chunk(rows, maxPage) {
		var ids []string
		for _, r := range part {
			ids = append(ids, r.Person)
		}
		found, err := view.PeopleByID(ids)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			people[p.ID] = p
		}
	}
	var lines []ReportLine
	for _, r := range rows {
		p := people[r.Person]
		line := ReportLine{ID: r.Person, User: p.User, Name: p.Name, At: moment(r.At), N: int(r.N), About: r.Text}
		for _, o := range organisations {
			if o.ID == p.Organisation {
				line.Organisation = organisationOf(o, settings).Name
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// ExportReport writes all of a report as CSV, with days of a zone, while it is
// read.
func (d *Desk) ExportReport(ctx context.Context, by Actor, w io.Writer, q ReportQuery, zone *time.Location) error {
	file := newCSVFile(w, "user", "name", "organisation", "when", "number", "about")
	return file.end(d.EachOfReport(ctx, by, q, func(lines []ReportLine) error {
		for _, l := range lines {
			file.row(l.User, l.Name, l.Organisation, l.At.In(zone).Format(time.DateOnly), strconv.Itoa(l.N), l.About)
		}
		return file.Error()
	}))
}

// Todo is something that waits for an administrator.
type Todo struct {
	Report ReportName // empty: it is about no people
	What   string     // where it is about no people: "mail", "backup", "audit-verify" and so on
	N      int
	More   bool // there are more than N
	Since  time.Time
}

const todoMost = 99

// Todos lists what waits for an actor today.
func (d *Desk) Todos(ctx context.Context, by Actor) ([]Todo, error) {
	var all []Todo
	err := d.store.Read(ctx, func(view *store.View) error {
		all = nil
		rights, err := d.rights(view, by)
		if err != nil || !rights.Manages {
			return cmp.Or(err, ErrForbidden)
		}
		for _, name := range []ReportName{ReportCodes, ReportPastEnd, ReportStopgap, ReportLapsing, ReportTokens} {
			lines, next, err := d.report(view, rights, ReportQuery{Name: name, Limit: todoMost})
			if err != nil {
				return err
			}
			if len(lines) > 0 {
				all = append(all, Todo{Report: name, N: len(lines), More: next != ""})
			}
		}
		if rights.Operates {
			more, err := d.operatorTodos(view)
			all = append(all, more...)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look at what there is to do: %w", err)
	}
	return all, nil
}

// BackupOld is when a backup is old, or missing.
const BackupOld = 7 * 24 * time.Hour

// mailLate is when mails wait for too long.
const mailLate = time.Hour

func (d *Desk) operatorTodos(view *store.View) ([]Todo, error) {
	var all []Todo
	var mail MailStanding
	if err := mail.read(view, d.now()); err != nil {
		return nil, err
	}
	if mail.Failed > 0 {
		all = append(all, Todo{What: "mail", N: int(mail.Failed)})
	}
	if mail.Waits > mailLate {
		all = append(all, Todo{What: "mail-waits", N: mail.Waiting, Since: mail.Oldest})
	}
	care, err := d.careTodos(view)
	if err != nil {
		return nil, err
	}
	all = append(all, care...)
	last, err := findAudit(view, Rights{Operates: true, Manages: true}, AuditSearch{Kind: kindBackup, Outcome: outcomeDone, Limit: 1})
	if err != nil {
		return nil, err
	}
	switch {
	case len(last.Lines) > 0 && d.now().Sub(last.Lines[0].Time) > BackupOld:
		all = append(all, Todo{What: "backup", Since: last.Lines[0].Time})
	case len(last.Lines) == 0 && d.store.BacksUp(): // others copy it where this does not, and may never say so
		all = append(all, Todo{What: "backup-none"})
	}
	return all, nil
}
