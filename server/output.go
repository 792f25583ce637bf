package server

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"sleutelbos/server/identity"
)

const timeForm = "2006-01-02 15:04 MST"

// personHelp describes the JSON of a person.
const personHelp = `With --json: {"id","user","name","email","role","created","linked","locked",
"locked_until","failures","failures_in_row","links":[{"id","device","linked_at","last_used",
"disabled","token","out_of_step"}],"activation":{"made","expires","state","tries_left"}}, times in UTC (RFC 3339).
id is how the server's log names the person. state is valid, expired, used, void or
replaced; what there is not is left out.`

type shownPerson struct {
	ID            string           `json:"id"`
	User          string           `json:"user"`
	Name          string           `json:"name"`
	Email         string           `json:"email"`
	Role          string           `json:"role"`
	Created       time.Time        `json:"created"`
	Linked        bool             `json:"linked"`
	Locked        bool             `json:"locked"`
	LockedUntil   *time.Time       `json:"locked_until,omitempty"`
	Failures      int              `json:"failures"`
	FailuresInRow int              `json:"failures_in_row"`
	Links         []shownLink      `json:"links"`
	Activation    *shownActivation `json:"activation,omitempty"`
}

type shownLink struct {
	ID       string     `json:"id"`
	Device   string     `json:"device,omitempty"`
	LinkedAt time.Time  `json:"linked_at"`
	LastUsed *time.Time `json:"last_used,omitempty"`
	Disabled *time.Time `json:"disabled,omitempty"`
	Token    string     `json:"token,omitempty"`
	// OutOfStep is since when it waits for two codes in a row.
	OutOfStep *time.Time `json:"out_of_step,omitempty"`
}

type shownActivation struct {
	Made      time.Time `json:"made"`
	Expires   time.Time `json:"expires"`
	State     string    `json:"state"`
	TriesLeft int       `json:"tries_left"`
}

type shownApplication struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Created  time.Time  `json:"created"`
	LastUsed *time.Time `json:"last_used,omitempty"`
	Revoked  *time.Time `json:"revoked,omitempty"`
}

func showPerson(p identity.Person, now time.Time) shownPerson {
	shown := shownPerson{
		ID: p.ID, User: p.User, Name: p.Name, Email: p.Email, Role: string(p.Role), Created: p.Created.UTC(),
		Failures: p.Failures, FailuresInRow: p.FailuresInRow, Links: []shownLink{},
	}
	if p.LockedUntil.After(now) {
		shown.Locked, shown.LockedUntil = true, some(p.LockedUntil)
	}
	for _, l := range p.Links {
		shown.Linked = shown.Linked || l.Disabled.IsZero()
		shown.Links = append(shown.Links, shownLink{
			ID: l.ID, Device: l.Device, LinkedAt: l.LinkedAt.UTC(), LastUsed: some(l.LastUsed), Disabled: some(l.Disabled),
			Token: l.Token, OutOfStep: some(l.OutOfStep),
		})
	}
	if c := p.Activation; c != nil {
		shown.Activation = &shownActivation{Made: c.Made.UTC(), Expires: c.Expires.UTC(), State: string(c.State), TriesLeft: c.TriesLeft}
	}
	return shown
}

func showApplication(a identity.Application) shownApplication {
	return shownApplication{ID: a.ID, Name: a.Name, Created: a.Created.UTC(), LastUsed: some(a.LastUsed), Revoked: some(a.Revoked)}
}

// some is nil for a moment that never was.
func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (p shownPerson) write(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, format string, values ...any) {
		fmt.Fprintf(table, "%s\t"+format+"\n", append([]any{name}, values...)...)
	}
	line("User name", "%s", p.User)
	line("Name", "%s", p.Name)
	line("Address", "%s", p.Email)
	line("Role", "%s", p.Role)
	line("Id in the log", "%s", p.ID)
	line("Added", "%s", moment(&p.Created))
	line("Linked", "%s", yes(p.Linked))
	for _, l := range p.Links {
		line(either(when(l.Token != "", "  Token"), "  Device"), "%s, linked %s, last used %s%s%s", either(l.Device, "without a name"),
			moment(l.linked()), moment(l.LastUsed), when(l.Disabled != nil, ", blocked "+moment(l.Disabled)),
			when(l.OutOfStep != nil, ", waits for two codes in a row: admin token resync "+l.Token))
	}
	if c := p.Activation; c != nil {
		line("Activation", "%s, made %s, until %s, %d tries left", c.State, moment(&c.Made), moment(&c.Expires), c.TriesLeft)
	}
	line("Locked", "%s%s", yes(p.Locked), when(p.Locked, ", until "+moment(p.LockedUntil)))
	line("Wrong codes", "%d towards a lock, %d in a row", p.Failures, p.FailuresInRow)
	return table.Flush()
}

func (l shownLink) linked() *time.Time { return &l.LinkedAt }

func writePeople(w io.Writer, people []shownPerson) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range people {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", p.User, p.Name, p.Email, p.Role,
			either(when(p.Linked, "linked"), "not linked"), when(p.Locked, "locked"))
	}
	return table.Flush()
}

func moment(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Local().Format(timeForm)
}

func yes(is bool) string { return either(when(is, "yes"), "no") }

func when(is bool, text string) string {
	if is {
		return text
	}
	return ""
}

func either(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
