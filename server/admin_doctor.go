package server

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// ErrUnwell says that the doctor found something amiss, which it has told.
var ErrUnwell = errors.New("not all is well with this server; see the lines that begin with AMISS")

func (a *admin) doctorCommand() *cobra.Command {
	var certificate, heads string
	days := backupDays
	command := &cobra.Command{
		Use: "doctor", Short: "Look whether all is well with the server and its database", Args: noArguments,
		Long: `Look at the server key, the database (all of it is read), the recorded address
and fingerprint, the clock, waiting mail, the certificate, the permissions and the room
on the disk, the jobs in the background, the servers that run and their versions, the age
of the last backup and of the signed heads of the audit log, also while the server runs.
Of a PostgreSQL it
looks at the settings that keep what was answered, its standbys and its clock, and
whether it is a copy that was put back. Nothing is changed. One line each on standard
output, "ok" or "AMISS" first; status 0 only when all is well.`,
	}
	command.Flags().StringVar(&certificate, "tls-cert", "", "`FILE` with the certificate, where serve has it by --tls-cert")
	command.Flags().StringVar(&heads, "audit-heads", "", "`FILE` of signed heads, where serve has it by --audit-heads")
	command.Flags().IntVar(&days, "backup-days", days, "`NUMBER` of days that the last backup may be old; 0 where backups are made in another way")
	showEnvironment(command.Flags())
	command.RunE = func(command *cobra.Command, _ []string) error {
		if err := readEnvironment(command.Flags(), a.around.LookupEnv); err != nil {
			return err
		}
		if err := a.settle(); err != nil {
			return err
		}
		looking := doctor{folder: a.folder, options: a.options(), certificate: certificate, heads: heads, backupDays: days}
		table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
		ill := false
		for _, f := range looking.examine(command.Context()) {
			ill = ill || !f.well
			fmt.Fprintf(table, "%s\t%s\t%s\n", either(when(f.well, "ok"), "AMISS"), f.what, f.text)
		}
		if err := table.Flush(); err != nil {
			return err
		}
		if ill {
			return ErrUnwell
		}
		return nil
	}
	return quiet(command)
}
