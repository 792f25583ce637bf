package server

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func (a *admin) applicationAdd() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "add NAME", Short: "Let an application verify codes; prints its key once", Args: oneArgument("name"),
		Long: `Let an application verify codes. Its key is printed alone on standard output,
this once; the server keeps only a hash. The application sends it as
Authorization: Bearer KEY.`,
		RunE: a.withName(func(ctx context.Context, d *desk, name string) error {
			key, err := d.AddApplication(ctx, name)
			return a.printKey(key, name, err)
		}),
	})
}

func (a *admin) applicationRotate() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "rotate NAME", Short: "Give an application a new key; the old one stops at once", Args: oneArgument("name"),
		RunE: a.withName(func(ctx context.Context, d *desk, name string) error {
			key, err := d.RotateApplication(ctx, name)
			return a.printKey(key, name, err)
		}),
	})
}

func (a *admin) printKey(key, name string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return errors.Join(a.print("%s", key), a.note("Keep this key where %s reads it; it is not shown again.", name))
}

func (a *admin) applicationRevoke() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "revoke NAME", Short: "Refuse an application from now on", Args: oneArgument("name"),
		RunE: a.withName(func(ctx context.Context, d *desk, name string) error {
			if err := d.RevokeApplication(ctx, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return a.note("The key of %s is refused from now on.", name)
		}),
	})
}

func (a *admin) applicationList() *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use: "list", Short: "List the applications", Args: noArguments,
		Long: `List the applications.

With --json: [{"id","name","created","last_used","revoked"}], times in UTC
(RFC 3339); last_used and revoked are left out while there are none.`,
	}
	command.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		applications, err := d.Applications(ctx)
		if err != nil {
			return fmt.Errorf("list the applications: %w", err)
		}
		shown := make([]shownApplication, 0, len(applications))
		for _, application := range applications {
			shown = append(shown, showApplication(application))
		}
		if asJSON {
			return writeJSON(a.around.Out, shown)
		}
		table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
		for _, s := range shown {
			fmt.Fprintf(table, "%s\tmade %s\tlast used %s\t%s\n", s.Name, moment(&s.Created), moment(s.LastUsed), when(s.Revoked != nil, "revoked"))
		}
		return table.Flush()
	})
	return quiet(command)
}
