package server

import (
	"context"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

// What the administrators' start page shows: counts, and what waits.

func (a *admin) glance() *cobra.Command {
	period := ""
	command := &cobra.Command{
		Use: "glance", Short: "Count sign-ins, refusals, locks and activation codes", Args: noArguments,
		Long: `Count what the start page of administrators draws, over the last day (an hour a
line), week (a day) or year (a week). A count that is not known is a dash.`,
	}
	command.Flags().StringVar(&period, "period", string(identity.GlanceDay), "`PERIOD`: day, week or year")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		p := identity.GlancePeriod(period)
		if !slices.Contains([]identity.GlancePeriod{identity.GlanceDay, identity.GlanceWeek, identity.GlanceYear}, p) {
			return usage("--period takes day, week or year")
		}
		g, err := d.Glance(ctx, identity.Operator(), p)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
		fmt.Fprint(table, "FROM")
		for _, c := range g.Charts {
			fmt.Fprintf(table, "\t%s", c.What)
		}
		for i := range g.Charts[0].Counts {
			fmt.Fprintf(table, "\n%s", g.From.Add(time.Duration(i)*g.Span).UTC().Format(time.RFC3339))
			for _, c := range g.Charts {
				if c.Unknown != nil && c.Unknown[i] {
					fmt.Fprint(table, "\t-")
					continue
				}
				fmt.Fprintf(table, "\t%d", c.Counts[i])
			}
		}
		fmt.Fprintln(table)
		if err := table.Flush(); err != nil {
			return err
		}
		return a.note("Counted up to %s.", g.Until.UTC().Format(time.RFC3339))
	})
	return quiet(command)
}

func (a *admin) todo() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "todo", Short: "List what waits for an administrator today", Args: noArguments,
		RunE: a.with(func(ctx context.Context, d *desk) error {
			all, err := d.Todos(ctx, identity.Operator())
			if err != nil {
				return err
			}
			for _, t := range all {
				more := when(t.More, " and more")
				if t.Report != "" {
					err = a.print("%s\t%d%s\tadmin report %s", t.Report, t.N, more, t.Report)
				} else {
					err = a.print("%s\t%d%s", t.What, t.N, more)
				}
				if err != nil {
					return err
				}
			}
			if len(all) == 0 {
				return a.note("Nothing waits.")
			}
			return nil
		}),
	})
}

// personLost blocks one authenticator of a person, who called to say so.
func (a *admin) personLost() *cobra.Command {
	lost := ""
	command := &cobra.Command{
		Use: "lost NAME [DEVICE]", Short: "Block one lost or stolen authenticator of a person, and keep when it was lost",
		Long: `Block one authenticator of a person for good, and keep when it was lost and when that
was said. DEVICE is its name; without it the person has one only. Sessions and known
devices of the person end with it. To block all of them: admin person unlink NAME.`,
		Args: func(command *cobra.Command, arguments []string) error {
			if len(arguments) != 1 && len(arguments) != 2 {
				return usage("%s takes a user name and a device; see --help", command.CommandPath())
			}
			return nil
		},
	}
	command.Flags().StringVar(&lost, "at", "", "`TIME` of the loss: 2026-11-22 (UTC) or 2026-11-22T08:00:00Z; without it now")
	command.RunE = func(c *cobra.Command, arguments []string) error {
		return a.run(c, func(ctx context.Context, d *desk) error {
			user, at := arguments[0], a.around.Now()
			person, err := d.Person(ctx, user)
			if err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
			if lost != "" {
				if at, err = parseSince(lost); err != nil {
					return err
				}
			}
			var found []identity.Link
			for _, l := range person.Links {
				if l.Disabled.IsZero() && (len(arguments) == 1 || l.Device == arguments[1]) {
					found = append(found, l)
				}
			}
			if len(found) != 1 {
				return usage("%s has %d such authenticators; name one of those that person show %s lists", user, len(found), user)
			}
			if err := d.RecordLoss(ctx, user, found[0].ID, at); err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
			return a.note("%s of %s is blocked. To link again: admin activation new %s.", either(found[0].Device, "The authenticator"), user, user)
		})
	}
	return quiet(command)
}

// personLosses lists what was reported.
func (a *admin) personLosses() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "losses NAME", Short: "List the reported losses of a person: device, lost, reported", Args: oneArgument("user name"),
		RunE: a.withName(func(ctx context.Context, d *desk, user string) error {
			all, err := d.Losses(ctx, user)
			if err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
			for _, l := range all {
				if err := a.print("%s\t%s\t%s", either(l.Device, "-"), l.Lost.UTC().Format(time.RFC3339), l.Reported.UTC().Format(time.RFC3339)); err != nil {
					return err
				}
			}
			return nil
		}),
	})
}
