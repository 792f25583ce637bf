package server

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

// mailStuck is how long the oldest waiting mail may wait before somebody should
// look.
const mailStuck = time.Hour

type shownMessage struct {
	ID        string     `json:"id"`
	MessageID string     `json:"message_id"`
	Kind      string     `json:"kind"`
	User      string     `json:"user,omitempty"`
	Made      time.Time  `json:"made"`
	State     string     `json:"state"`
	Tries     int        `json:"tries"`
	Outcome   string     `json:"outcome,omitempty"`
	NextTry   *time.Time `json:"next_try,omitempty"`
	Finished  *time.Time `json:"finished,omitempty"`
}

func (a *admin) mailTest() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "test ADDRESS", Short: "Send a test message through the running server", Args: oneArgument("address"),
		Long: `Put a test message into the outbox, which the running server sends; this
command sends nothing itself. admin mail list then says what came of it.`,
		RunE: a.withName(func(ctx context.Context, d *desk, address string) error {
			if err := d.PostTest(ctx, address); err != nil {
				return err
			}
			return a.note("The server sends it within seconds, if it runs. What came of it: admin mail list.")
		}),
	})
}

func (a *admin) mailList() *cobra.Command {
	asJSON, limit := false, 50
	command := &cobra.Command{
		Use: "list [NAME]", Short: "List the newest mails and what became of them",
		Long: `List the newest mails, to everybody or to one person: when each was made, what it
tells, to whom, and what became of it: waiting, sent (the mail server took it),
failed (it refused it for good), late (its code had ended before) or replaced (by
a newer code). The last column is what the mail server answered.

With --json: a list of {"id","message_id","kind","user","made","state","tries","outcome",
"next_try","finished"}, times in UTC (RFC 3339). What there is not is left out.`,
		Args: atMostOneArgument("user name"),
	}
	command.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	command.Flags().IntVar(&limit, "limit", limit, "`NUMBER` of mails at most")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		return a.run(command, func(ctx context.Context, d *desk) error {
			user := ""
			if len(arguments) == 1 {
				user = arguments[0]
			}
			rows, err := d.Messages(ctx, user, limit)
			if err != nil {
				return err
			}
			return a.writeMessages(rows, asJSON)
		})
	}
	return quiet(command)
}

func (a *admin) writeMessages(rows []identity.MessageRow, asJSON bool) error {
	shown := make([]shownMessage, 0, len(rows))
	for _, r := range rows {
		shown = append(shown, shownMessage{
			ID: r.ID, MessageID: r.MessageID, Kind: string(r.Kind), User: r.User, Made: r.Made, State: string(r.State),
			Tries: r.Tries, Outcome: r.Outcome, NextTry: some(r.NextTry), Finished: some(r.Finished),
		})
	}
	if asJSON {
		return writeJSON(a.around.Out, shown)
	}
	table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
	for _, m := range shown {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", moment(&m.Made), m.Kind, either(m.User, "-"), m.State, m.more())
	}
	return table.Flush()
}

func (m shownMessage) more() string {
	if m.State == string(identity.MessageWaiting) && m.Tries > 0 {
		return fmt.Sprintf("%d tries, the next %s: %s", m.Tries, moment(m.NextTry), either(m.Outcome, "being sent"))
	}
	return m.Outcome
}

// lookAtMail says whether mail is set up and gets away.
func (d *doctor) lookAtMail() {
	const what = "mail"
	m := d.examined.Mail
	switch {
	case d.examined.Version == 0 || d.examined.Old:
	case !m.SetUp && m.Waiting > 0:
		d.amiss(what, "%d wait, and the server was last started without --mail", m.Waiting)
	case !m.SetUp:
		d.well(what, "none is set up: activation codes go by another way and nobody gets notices; see serve --mail")
	case m.Waits > mailStuck:
		d.amiss(what, "%d wait, the oldest for %s; is the server running? Look at admin mail list and at its log", m.Waiting, m.Waits.Round(time.Minute))
	case m.Failed > 0:
		d.well(what, "from %s, %d wait; %d of the last week were refused or too late, see admin mail list", m.From, m.Waiting, m.Failed)
	default:
		d.well(what, "from %s, %d wait", m.From, m.Waiting)
	}
}
