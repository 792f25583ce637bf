package server

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"sleutelbos/server/identity"
)

// tokenHelp describes the JSON of a token.
const tokenHelp = `With --json: {"serial","maker","model","kind","algorithm","digits","period","state","works",
"user","name","imported","issued","due","due_reason","returned","blocked","block_reason",
"clock_off_seconds","out_of_step"}, times in UTC (RFC 3339). state is in-stock, issued, due
(must come back), returned or blocked; due_reason is unassigned, blocked, unlinked, disabled,
linked, deleted, signed-off or lapsed; out_of_step is since when it waits for token resync. user
is empty when whoever has it is gone, and name says who it was. What there is not is left out.`

type shownToken struct {
	Serial      string     `json:"serial"`
	Maker       string     `json:"maker,omitempty"`
	Model       string     `json:"model,omitempty"`
	Kind        string     `json:"kind"`
	Algorithm   string     `json:"algorithm"`
	Digits      int        `json:"digits"`
	Period      int        `json:"period,omitempty"`
	State       string     `json:"state"`
	Works       bool       `json:"works"`
	User        string     `json:"user,omitempty"`
	Name        string     `json:"name,omitempty"`
	Imported    time.Time  `json:"imported"`
	Issued      *time.Time `json:"issued,omitempty"`
	Due         *time.Time `json:"due,omitempty"`
	DueReason   string     `json:"due_reason,omitempty"`
	Returned    *time.Time `json:"returned,omitempty"`
	Blocked     *time.Time `json:"blocked,omitempty"`
	BlockReason string     `json:"block_reason,omitempty"`
	ClockOff    int        `json:"clock_off_seconds,omitempty"`
	OutOfStep   *time.Time `json:"out_of_step,omitempty"`
}

type shownImport struct {
	Serial  string `json:"serial"`
	Outcome string `json:"outcome"`
	Why     string `json:"why,omitempty"`
	Maker   string `json:"maker,omitempty"`
	Model   string `json:"model,omitempty"`
	User    string `json:"user,omitempty"`
}

func showToken(t identity.HardwareToken) shownToken {
	shown := shownToken{
		Serial: t.Serial, Maker: t.Maker, Model: t.Model, Kind: string(t.Kind), Algorithm: string(t.Algorithm),
		Digits: t.Digits, State: string(t.State), Works: t.Works, User: t.User, Name: t.Name, Imported: t.Imported.UTC(),
		Issued: some(t.Issued), Due: some(t.Due), DueReason: t.DueReason, Returned: some(t.Returned),
		Blocked: some(t.Blocked), BlockReason: t.BlockReason, OutOfStep: some(t.OutOfStep),
	}
	if t.Kind != "hotp" {
		shown.Period, shown.ClockOff = t.Period, int(t.Drift.Seconds())
	}
	return shown
}

func (t shownToken) write(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, format string, values ...any) {
		fmt.Fprintf(table, "%s\t"+format+"\n", append([]any{name}, values...)...)
	}
	line("Serial number", "%s", t.Serial)
	line("Maker", "%s", either(t.made(), "not known"))
	line("Codes", "%s", t.codes())
	line("State", "%s%s", t.State, when(t.Works, ", its codes are right"))
	if t.holder() != "" {
		line("With", "%s, since %s", t.holder(), moment(t.Issued))
	}
	if t.Due != nil {
		line("Due back", "since %s (%s)", moment(t.Due), t.DueReason)
	}
	if t.Blocked != nil {
		line("Blocked", "%s%s", moment(t.Blocked), when(t.BlockReason != "", ": "+t.BlockReason))
	}
	if t.Returned != nil {
		line("Returned", "%s", moment(t.Returned))
	}
	if t.ClockOff != 0 {
		line("Clock", "%s", offBy(time.Duration(t.ClockOff)*time.Second))
	}
	if t.OutOfStep != nil {
		line("Out of step", "since %s; two codes in a row bring it back: token resync", moment(t.OutOfStep))
	}
	line("Imported", "%s", moment(&t.Imported))
	return table.Flush()
}

func (t shownToken) made() string { return strings.TrimSpace(t.Maker + " " + t.Model) }

func (t shownToken) codes() string {
	how := "by a counter"
	if t.Period != 0 {
		how = fmt.Sprintf("every %d seconds", t.Period)
	}
	return fmt.Sprintf("%s, %d digits, %s, %s", t.Kind, t.Digits, t.Algorithm, how)
}

// holder says who has it, or is to bring it back.
func (t shownToken) holder() string {
	if t.User == "" {
		return t.Name
	}
	return fmt.Sprintf("%s (%s)", t.Name, t.User)
}

// offBy says how far a clock is off.
func offBy(offset time.Duration) string {
	if offset < 0 {
		return (-offset).String() + " behind"
	}
	return offset.String() + " ahead"
}

func writeTokens(w io.Writer, tokens []shownToken) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, t := range tokens {
		since := t.Issued
		switch {
		case t.Due != nil:
			since = t.Due
		case t.Blocked != nil:
			since = t.Blocked
		case t.State == string(identity.TokenReturned):
			since = t.Returned
		case t.State == string(identity.TokenInStock):
			since = &t.Imported
		}
		state := t.State + when(t.Due != nil, ", due back ("+t.DueReason+")")
		if t.State == string(identity.TokenDue) {
			state = "due back (" + t.DueReason + ")"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.Serial, t.made(), t.Kind, state, t.holder(), moment(since),
			when(t.OutOfStep != nil, "out of step"))
	}
	return table.Flush()
}

func writeImports(w io.Writer, all []shownImport) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, i := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\n", i.Serial, i.Outcome, i.Why)
	}
	return table.Flush()
}
