package server

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

// accountReports are the reports of accounts that somebody has to look at.
func (a *admin) accountReports() []*cobra.Command {
	about := map[identity.ReportName]string{
		identity.ReportUnused:  "List accounts that were not used for long: --than months",
		identity.ReportPastEnd: "List accounts that are past their end",
		identity.ReportDevices: "List accounts that are known on many devices: --than so many",
		identity.ReportLapsing: "List links that are about to lapse",
		identity.ReportStopgap: "List accounts whose time with a password alone ends: --than days",
		identity.ReportTokens:  "List hardware tokens that are due back",
		identity.ReportCodes:   "List activation codes that end today, unused",
	}
	var all []*cobra.Command
	for _, name := range identity.ReportNames() {
		all = append(all, a.accountReport(name, about[name]))
	}
	return all
}

func (a *admin) accountReport(name identity.ReportName, about string) *cobra.Command {
	q := identity.ReportQuery{Name: name}
	asCSV, organisation := false, ""
	command := &cobra.Command{Use: string(name), Short: about, Args: noArguments}
	f := command.Flags()
	f.BoolVar(&asCSV, "csv", false, "as CSV, in which no spreadsheet takes a cell for a formula")
	f.StringVar(&organisation, "organisation", "", "only people of this `ORGANISATION`")
	if identity.ReportThan(name) > 0 {
		f.IntVar(&q.Than, "than", identity.ReportThan(name), "the `NUMBER` that counts")
	}
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		if organisation != "" {
			o, err := d.FindOrganisation(ctx, identity.Operator(), organisation)
			if err != nil {
				return fmt.Errorf("%s: %w", organisation, err)
			}
			q.Organisation = o.ID
		}
		if noted, err := d.UseNoted(ctx); err != nil {
			return err
		} else if noted.IsZero() && (name == identity.ReportUnused || name == identity.ReportDevices) {
			if err := a.note("Nobody was looked at yet. A server does so every hour; at once: sleutelbos admin job run unused"); err != nil {
				return err
			}
		}
		if asCSV {
			return d.ExportReport(ctx, identity.Operator(), a.around.Out, q, time.UTC)
		}
		table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
		err := d.EachOfReport(ctx, identity.Operator(), q, func(lines []identity.ReportLine) error {
			for _, l := range lines {
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\n", l.User, l.Name, l.Organisation, l.At.UTC().Format(time.DateOnly), l.N, either(l.About, "-"))
			}
			return nil
		})
		return errors.Join(err, table.Flush())
	})
	return quiet(command)
}
