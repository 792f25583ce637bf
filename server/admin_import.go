package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

// dayFlag reads a day into a moment.
type dayFlag struct {
	zone *time.Location
	end  bool
	into *time.Time
}

func (d dayFlag) set(text string) error {
	day, err := identity.ParseDay(text, d.zone, d.end)
	if err == nil {
		*d.into = day
	}
	return err
}

func (a *admin) personImport() *cobra.Command {
	apply, dry, rightOnes := false, false, false
	command := &cobra.Command{
		Use: "import FILE", Short: "Add and change people by a CSV file", Args: oneArgument("file"),
		Long: `Say line by line what a file does, and with --apply do it: nothing at all when one
line is refused, unless --right-ones takes the others. People are known by their user
name, or by their address where the file has no user names.

The first line names the columns, in Dutch or English: user, name (or given, prefix,
family), email, notices, phone, function, organisation, language, means, starts, ends,
stopgap, roles. What has no column stays as it is. Roles: ROLE, ROLE=PART or
ROLE@ORGANISATION=PART, parted by bars. Commas, semicolons and tabs part the cells.
admin person export writes such a file.`,
	}
	command.Flags().BoolVar(&dry, "dry-run", false, "only say what it would do (so it is without --apply too)")
	command.Flags().BoolVar(&apply, "apply", false, "do it")
	command.Flags().BoolVar(&rightOnes, "right-ones", false, "with --apply: do the lines that are right, and leave out those that are refused")
	command.RunE = a.withName(func(ctx context.Context, d *desk, path string) error {
		if apply && dry || rightOnes && !apply {
			return usage("--dry-run and --apply exclude each other, and --right-ones needs --apply")
		}
		file, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("read the people: %w", err)
		}
		defer func() { _ = file.Close() }()
		rows, err := identity.ReadImport(file)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		var plan identity.PeopleImport
		if apply {
			plan, err = d.ImportPeople(ctx, identity.Operator(), rows, rightOnes)
		} else {
			plan, err = d.PlanImport(ctx, identity.Operator(), rows)
		}
		return errors.Join(err, writeImport(a.around.Out, plan), a.noteImport(plan, apply, err != nil))
	})
	return quiet(command)
}

// errRefusedLines is the end of an import that did nothing.
var errRefusedLines = errors.New("nothing was written, since lines were refused; mend them, or take the others with --right-ones")

func (a *admin) noteImport(plan identity.PeopleImport, apply, stopped bool) error {
	counts := fmt.Sprintf("%d new, %d changed, %d unchanged, %d refused", plan.Count(identity.LineNew),
		plan.Count(identity.LineChanged), plan.Count(identity.LineUnchanged), plan.Count(identity.LineRefused))
	switch {
	case stopped:
		return a.note("Stopped. So far: %s. The same file does the rest: what is done is unchanged then.", counts)
	case plan.Applied:
		return a.note("Done: %s.", counts)
	case apply:
		return errors.Join(a.note("%s.", counts), errRefusedLines)
	}
	return a.note("Would be: %s. Nothing was written; --apply does it.", counts)
}

func writeImport(w io.Writer, plan identity.PeopleImport) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range plan.Lines {
		var what []string
		for _, c := range line.Changes {
			if c.Was == "" && c.Now == "" {
				what = append(what, c.Field)
			} else {
				what = append(what, fmt.Sprintf("%s: %q becomes %q", c.Field, c.Was, c.Now))
			}
		}
		for _, wrong := range line.Wrong {
			what = append(what, wrong.Error())
		}
		fmt.Fprintf(table, "line %d\t%s\t%s\t%s\n", line.Number, either(line.User, "-"), line.Outcome, strings.Join(what, "; "))
	}
	return table.Flush()
}

func (a *admin) personExport() *cobra.Command {
	var search, organisation string
	semicolons := false
	command := &cobra.Command{
		Use: "export", Short: "Write the people as a CSV file", Args: noArguments,
		Long: "Write the people as a CSV file on standard output, as admin person import reads it.",
	}
	command.Flags().StringVar(&search, "search", "", "only those whom these `WORDS` find")
	command.Flags().StringVar(&organisation, "organisation", "", "only those of the organisation with this `NAME`")
	command.Flags().BoolVar(&semicolons, "semicolons", false, "part the cells by semicolons, as a Dutch Excel wants them")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		asked := identity.Search{Text: search}
		if organisation != "" {
			o, err := d.FindOrganisation(ctx, identity.Operator(), organisation)
			if err != nil {
				return fmt.Errorf("%s: %w", organisation, err)
			}
			asked.Organisation = o.ID
		}
		n, err := d.ExportPeople(ctx, identity.Operator(), a.around.Out, asked, semicolons)
		if err != nil {
			return fmt.Errorf("export the people: %w", err)
		}
		return a.note("%d people.", n)
	})
	return quiet(command)
}
