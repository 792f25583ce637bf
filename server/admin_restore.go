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
since the backup and has to be ended again.`,
	}
	command.RunE = func(command *cobra.Command, arguments []string) error {
		if err := a.settle(); err != nil {
			return err
		}
		done, err := a.folder.restore(command.Context(), arguments[0], a.options())
		if err != nil {
			return fmt.Errorf("%s: %w", arguments[0], err)
		}
		return errors.Join(writeLost(a.around.Out, done.lost), a.told(arguments[0], done))
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
	note("Codes of the next minute and a half are refused, of hardware tokens six; tokens that count wait for admin token resync. Activation codes made before now are over. Start the server again.")
	return errors.Join(notes...)
}

// writeLost lists people and audit rows, one a line.
func writeLost(w io.Writer, lost identity.Lost) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range lost.People {
		fmt.Fprintf(table, "person\t%s\t%s\t%s\t%s\n", moment(some(p.Created)), p.User, p.Name, p.Email)
	}
	for _, r := range lost.Rows {
		fmt.Fprintf(table, "audit\t%s\t%s %s\t%s\t%s\n", moment(some(r.Time)), r.Kind, r.Outcome,
			either(r.User, r.ApplicationName), when(r.Revived, "works again"))
	}
	return table.Flush()
}
