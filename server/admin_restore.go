package server

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

func (a *admin) restoreCommand() *cobra.Command {
	command := &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in the place of the database, with the server stopped", Args: oneArgument("file"),
		Long: `Put a backup in the place of the database. The server must be stopped, and the
server key be in its place. The backup is proven first: it is read whole, of
this version or an older one, and opens with the server key. Until then nothing
changes, and the former database is kept beside the new one.

No used code comes back to life: every code up to the end of the present window
(a minute and a half; six minutes for hardware tokens) is refused, activation
codes and unfinished links are over. Tokens that count wait for two codes in a
row: admin token resync SERIAL.

What was done since the backup is lost. It is listed on standard output, as far
as the former database can still be read; "works again" marks what was ended
since the backup and has to be ended again. Then come the tokens that wait, and
who has them.`,
	}
	command.RunE = func(command *cobra.Command, arguments []string) error {
		if err := a.settle(); err != nil {
			return err
		}
		done, err := a.folder.restore(command.Context(), arguments[0], a.options())
		if err != nil {
			return fmt.Errorf("%s: %w", arguments[0], err)
		}
		return errors.Join(writeLost(a.around.Out, done.lost, done.waiting), a.told(arguments[0], done))
	}
	return quiet(command)
}

// told says what there is to know and to do now.
func (a *admin) told(backup string, done restored) error {
	var notes []error
	note := func(format string, arguments ...any) { notes = append(notes, a.note(format, arguments...)) }
	note("%s was restored; it holds what was there up to %s.", backup, done.copy.Newest.Local().Format(timeForm))
	if done.audit != nil {
		note("Its audit log does not hold: %v", done.audit)
	}
	switch {
	case done.unread != nil:
		note("What was lost since is not known: %v", done.unread)
	case done.replaced == "":
		note("There was no database before, so what was lost since the backup is not known.")
	default:
		note("Lost since: %d people, %d lines of the audit log and %d verifications; see standard output.",
			len(done.lost.People), len(done.lost.Rows), done.lost.Verifications)
	}
	if done.replaced != "" {
		note("The former database is kept as %s; remove it when nothing in it is needed any more.", done.replaced)
	}
	note("Codes of the next minute and a half are refused, of hardware tokens six. Activation codes made before now are over. Start the server again.")
	noteWaiting(note, done.waiting)
	return errors.Join(notes...)
}

// noteWaiting says what to do for the tokens that wait for two codes in a row.
func noteWaiting(note func(string, ...any), waiting []identity.HardwareToken) {
	if len(waiting) > 0 {
		note("Tokens that count and wait for two codes in a row, see standard output: %d. With the token in hand: admin token resync SERIAL CODE CODE.", len(waiting))
	}
}

// writeLost lists people, audit rows and the tokens that wait, one a line.
func writeLost(w io.Writer, lost identity.Lost, waiting []identity.HardwareToken) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range lost.People {
		fmt.Fprintf(table, "person\t%s\t%s\t%s\t%s\n", moment(some(p.Created)), p.User, p.Name, p.Email)
	}
	for _, r := range lost.Rows {
		fmt.Fprintf(table, "audit\t%s\t%s %s\t%s\t%s\n", moment(some(r.Time)), r.Kind, r.Outcome,
			either(r.User, r.ApplicationName), when(r.Revived, "works again"))
	}
	writeWaiting(table, waiting)
	return table.Flush()
}

func writeWaiting(w io.Writer, waiting []identity.HardwareToken) {
	for _, t := range waiting {
		fmt.Fprintf(w, "token\t%s\t%s\t%s\twaits for two codes in a row\n", moment(some(t.OutOfStep)), t.Serial, showToken(t).holder())
	}
}
