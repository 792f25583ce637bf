package pages

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"sleutelbos/server/identity"
)

const pathAudit = "/audit"

func (d *door) auditRoutes() []route {
	return []route{
		{"GET " + pathAudit, administrators, showAudit},
		{"GET " + pathAudit + "/csv", administrators, exportAudit},
	}
}

// shownAudit is what the page "audit" shows.
type shownAudit struct {
	Person, Reference, From, Until string
	Kinds, Outcomes                []choice
	Fault                          string // what is wrong with what was asked
	Lines                          []shownLineOfLog
	Page                           *shownErrorPage // that has the reference
	Filtered                       bool
	Next, First, Export            string
}

// shownErrorPage is what an error page said.
type shownErrorPage struct {
	identity.ErrorPage
	Said string
}

// errorPage finds the error page whose reference is asked for.
func (v *visit) errorPage(reference string) (*shownErrorPage, error) {
	if reference == "" {
		return nil, nil
	}
	p, found, err := v.door.desk.FindErrorPage(v.r.Context(), v.actor(), reference)
	if err != nil || !found {
		return nil, err
	}
	return &shownErrorPage{p, v.say("error." + p.Kind + ".title")}, nil
}

type shownLineOfLog struct {
	identity.AuditSeen
	What, Came string // as they are said
	Good, Bad  bool
	Who        string // who did it
	Where      string // the page of the person
}

// auditSearch reads what is asked for; fault says what cannot be.
func (v *visit) auditSearch() (s identity.AuditSearch, fault string, err error) {
	asked := v.r.URL.Query()
	s = identity.AuditSearch{Kind: asked.Get("kind"), Outcome: asked.Get("outcome"), Reference: strings.ToUpper(strings.TrimSpace(asked.Get("reference"))), Limit: rowsPerPage}
	before, _ := strconv.ParseInt(asked.Get("before"), 10, 64)
	s.Before = identity.AuditPlace(max(before, 0))
	for _, day := range []struct {
		name string
		at   *time.Time
		add  int
	}{{"from", &s.From, 0}, {"until", &s.Until, 1}} {
		if text := asked.Get(day.name); text != "" {
			at, err := time.ParseInLocation(time.DateOnly, text, v.zone)
			if err != nil {
				return s, v.say("audit.day-wrong"), nil
			}
			*day.at = at.AddDate(0, 0, day.add)
		}
	}
	if name := strings.TrimSpace(asked.Get("person")); name != "" {
		found, err := v.door.desk.SearchPeople(v.r.Context(), v.actor(), identity.Search{Text: name, Limit: 2})
		switch {
		case err != nil:
			return s, "", err
		case len(found.People) == 0:
			return s, v.say("audit.nobody"), nil
		}
		s.Person = found.People[0].ID
		if len(found.People) > 1 && !strings.EqualFold(found.People[0].User, name) {
			return s, v.say("audit.several"), nil
		}
	}
	return s, "", nil
}

func showAudit(v *visit) error {
	s, fault, err := v.auditSearch()
	if err != nil {
		return err
	}
	asked := v.r.URL.Query()
	shown := shownAudit{
		Person: asked.Get("person"), Reference: asked.Get("reference"), From: asked.Get("from"), Until: asked.Get("until"), Fault: fault,
		Kinds: v.auditChoices("audit.kind.", identity.AuditKinds(), s.Kind), Outcomes: v.auditChoices("audit.outcome.", identity.AuditOutcomes(), s.Outcome),
	}
	pairs := []string{"person", shown.Person, "reference", shown.Reference, "from", shown.From, "until", shown.Until, "kind", s.Kind, "outcome", s.Outcome}
	for i := 1; i < len(pairs); i += 2 {
		shown.Filtered = shown.Filtered || pairs[i] != ""
	}
	if fault == "" {
		found, err := v.door.desk.FindAudit(v.r.Context(), v.actor(), s)
		if err != nil {
			return err
		}
		for _, l := range found.Lines {
			shown.Lines = append(shown.Lines, v.lineOfLog(l))
		}
		if found.Next != 0 {
			shown.Next = pathAudit + "?" + query(append(pairs, "before", strconv.FormatInt(int64(found.Next), 10))...)
		}
	}
	if shown.Page, err = v.errorPage(s.Reference); err != nil {
		return err
	}
	if s.Before != 0 {
		shown.First = pathAudit + "?" + query(pairs...)
	}
	shown.Export = pathAudit + "/csv?" + query(pairs...)
	return v.show(page{name: "audit", title: v.say("audit.title"), data: shown, back: v.toStart(), wide: true})
}

func (v *visit) auditChoices(start string, values []string, chosen string) []choice {
	var all []choice
	for _, value := range values {
		all = append(all, choice{Value: value, Text: v.say(start + value), Chosen: value == chosen})
	}
	return all
}

func (v *visit) lineOfLog(l identity.AuditSeen) shownLineOfLog {
	shown := shownLineOfLog{AuditSeen: l, What: v.say("audit.kind." + l.Kind), Came: v.say("audit.outcome." + l.Outcome), Who: l.By}
	switch identity.Reason(l.Outcome) {
	case identity.ReasonValid, identity.ReasonDayCode:
		shown.Good = true
	case identity.ReasonLocks, identity.ReasonDisables, identity.ReasonLocked, identity.ReasonVoid:
		shown.Bad = true
	}
	switch l.Actor {
	case "operator":
		shown.Who = v.say("audit.operator")
	case "server":
		shown.Who = v.say("audit.itself")
	}
	if l.User != "" {
		shown.Where = pathPeople + "/" + l.Person
	}
	return shown
}

var errAuditSearch = errors.New("what was asked of the audit log cannot be read")

func exportAudit(v *visit) error {
	s, fault, err := v.auditSearch()
	if err != nil {
		return err
	}
	if fault != "" {
		return errors.Join(errBadForm, errAuditSearch)
	}
	return v.sendCSV(v.say("audit.file"), func(w io.Writer) error {
		return v.door.desk.ExportAudit(v.r.Context(), v.actor(), w, s, v.zone)
	})
}
