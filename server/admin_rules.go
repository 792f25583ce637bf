package server

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

func (a *admin) organisationRules() *cobra.Command {
	command := &cobra.Command{
		Use: "settings NAME show | set KEY VALUE | inherit KEY", Short: "What an organisation decides for itself about signing in",
		Long: `Show or change what an organisation decides for itself about signing in; main
stands for the operator's own, and server for what all organisations follow that
have not decided for themselves.

show lists every setting, what counts, and the server's default. set gives one of
them a value of the organisation's own, inherit takes that back; for the server
inherit takes back what was shipped. A change counts at once, and is in the audit
log with what was before. A list is parted by commas.`,
		Example: `  sleutelbos admin organisation settings main show
  sleutelbos admin organisation settings server set means.user password
  sleutelbos admin organisation settings 'De Wilgen' set release administrator
  sleutelbos admin organisation settings 'De Wilgen' inherit release`,
	}
	command.RunE = func(c *cobra.Command, arguments []string) error {
		change := identity.RuleChange{}
		switch {
		case len(arguments) == 2 && arguments[1] == "show":
		case len(arguments) == 4 && arguments[1] == "set":
			change.Key, change.Value = arguments[2], arguments[3]
		case len(arguments) == 3 && arguments[1] == "inherit":
			change.Key, change.Inherit = arguments[2], true
		default:
			return usage("%s takes NAME show, NAME set KEY VALUE or NAME inherit KEY; see --help", command.CommandPath())
		}
		return a.run(c, func(ctx context.Context, d *desk) error {
			if arguments[0] == theServer {
				return a.serverRules(ctx, d, change)
			}
			o, err := d.FindOrganisation(ctx, identity.Operator(), arguments[0])
			if err != nil {
				return fmt.Errorf("%s: %w", arguments[0], err)
			}
			if change.Key == "" {
				return a.showRules(ctx, d, o)
			}
			if err := d.SetOrganisationRules(ctx, identity.Operator(), o.ID, []identity.RuleChange{change}); err != nil {
				return err
			}
			return a.note("This counts from now on.")
		})
	}
	return quiet(command)
}

// theServer stands for the whole server where an organisation is named.
const theServer = "server"

func (a *admin) serverRules(ctx context.Context, d *desk, change identity.RuleChange) error {
	if change.Key == "" {
		all, err := d.ServerRules(ctx, identity.Operator())
		if err != nil {
			return err
		}
		return a.tableRules(all, "shipped is ")
	}
	if err := d.SetServerRules(ctx, identity.Operator(), []identity.RuleChange{change}); err != nil {
		return err
	}
	return a.note("This counts from now on.")
}

func (a *admin) showRules(ctx context.Context, d *desk, o identity.Organisation) error {
	all, err := d.OrganisationRules(ctx, identity.Operator(), o.ID)
	if err != nil {
		return err
	}
	return a.tableRules(all, "own; the server's is ")
}

// tableRules lists rules; those that differ from the default say so.
func (a *admin) tableRules(all []identity.RuleStanding, than string) error {
	table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
	for _, r := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\n", r.Key, either(r.Value, "-"), when(r.Own, than+either(r.Default, "-")))
	}
	return table.Flush()
}
