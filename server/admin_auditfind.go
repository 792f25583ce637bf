package server

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

func (a *admin) auditFind() *cobra.Command {
	var person, since, until string
	var s identity.AuditSearch
	asCSV := false
	command := &cobra.Command{
		Use: "find", Short: "Search the audit log, newest first", Args: noArguments,
		Long: `Search the audit log by one or more of: the reference that an error page shows, a
person, a kind, an outcome, a time. The newest lines come first.`,
		Example: `  sleutelbos admin audit find --reference 7F3KQ2MX
  sleutelbos admin audit find --person jvries --outcome wrong-locks --csv`,
	}
	f := command.Flags()
	f.StringVar(&s.Reference, "reference", "", "`REFERENCE` of an error page")
	f.StringVar(&person, "person", "", "user `NAME` of whom it is about, or who did it")
	f.StringVar(&s.Kind, "kind", "", "`KIND`, such as signin")
	f.StringVar(&s.Outcome, "outcome", "", "`OUTCOME`, such as wrong-locks")
	f.StringVar(&since, "since", "", "not older than this `TIME`: 2026-11-22 (UTC) or 2026-11-22T08:00:00Z")
	f.StringVar(&until, "until", "", "older than this `TIME`")
	f.IntVar(&s.Limit, "limit", 50, "`MANY` lines at most, up to 500")
	f.BoolVar(&asCSV, "csv", false, "as CSV")
	command.RunE = a.with(func(ctx context.Context, d *desk) (err error) {
		for _, t := range []struct {
			text string
			at   *time.Time
		}{{since, &s.From}, {until, &s.Until}} {
			if t.text != "" {
				if *t.at, err = parseSince(t.text); err != nil {
					return err
				}
			}
		}
		if person != "" {
			p, err := d.Person(ctx, person)
			if err != nil {
				return fmt.Errorf("%s: %w", person, err)
			}
			s.Person = p.ID
		}
		found, err := d.FindAudit(ctx, identity.Operator(), s)
		if err != nil {
			return err
		}
		if s.Reference != "" && !asCSV {
			p, known, err := d.FindErrorPage(ctx, identity.Operator(), s.Reference)
			if err != nil {
				return err
			}
			if known {
				if err := a.print("%s\terror page %d (%s)\t%s\t%s", p.At.UTC().Format(time.RFC3339), p.Status, p.Kind, either(p.User, either(p.Person, "-")), p.Path); err != nil {
					return err
				}
			}
		}
		if asCSV {
			return identity.WriteAuditCSV(a.around.Out, found.Lines, time.UTC)
		}
		table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
		for _, l := range found.Lines {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Time.UTC().Format(time.RFC3339), l.Kind, l.Outcome,
				either(l.User, either(l.Person, "-")), either(l.By, either(l.Actor, "-")), either(l.Reference, "-"), either(l.Detail, l.Target))
		}
		if err := table.Flush(); err != nil {
			return err
		}
		if found.Next != 0 {
			return a.note("There may be more; narrow the search or give a higher --limit.")
		}
		return nil
	})
	return quiet(command)
}
