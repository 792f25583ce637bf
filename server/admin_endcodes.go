package server

import (
	"context"
	"errors"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

func (a *admin) endCodesCommand() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "end-codes", Short: "After a PostgreSQL was put back: end every code that may have been used", Args: noArguments,
		Long: `To be run after a PostgreSQL was put back by pg_restore, or taken back to a former
moment. A copy does not know which codes were used since it was made. So every
code up to the end of the present window (a minute) is refused from now on,
activation codes and unfinished links are over, and mail that waited is not sent.
Tokens that count wait for two codes in a row; they are listed on standard output,
with who has them. Nothing else changes.

A server refuses to start on a database that pg_restore made until this was done.
One that was taken back to a former moment (PITR) looks like a standby that took
over: it cannot know, so run this yourself before the first server starts.

The embedded database is put back by admin restore, which does this by itself.`,
		RunE: a.with(func(ctx context.Context, d *desk) error {
			if err := d.EndCodes(ctx); err != nil {
				return err
			}
			waiting, err := d.OutOfStep(ctx, identity.Operator())
			table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
			writeWaiting(table, waiting)
			notes := []error{err, table.Flush()}
			note := func(format string, arguments ...any) { notes = append(notes, a.note(format, arguments...)) }
			note("Codes of the next minute and a half are refused, of hardware tokens six, and activation codes made before now are over. Start the servers.")
			noteWaiting(note, waiting)
			return errors.Join(notes...)
		}),
	})
}
