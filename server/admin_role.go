package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

func (a *admin) roleList() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "list", Short: "List the roles", Args: noArguments,
		RunE: a.with(func(ctx context.Context, d *desk) error {
			roles, err := d.Roles(ctx)
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
			for _, r := range roles {
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.Key, r.Dutch, r.English, when(r.Manages, "manages people"), when(r.NeedsParts, "needs a part"))
			}
			return table.Flush()
		}),
	})
}

func (a *admin) roleSet() *cobra.Command {
	var role identity.RoleDefinition
	command := &cobra.Command{
		Use: "set KEY --nl NAME --en NAME", Short: "Make a role, or change it", Args: oneArgument("key"),
		Long: `Make a role, or change the one with this key. Whoever manages people grants only
roles that they hold themselves; roles that manage are granted here.`,
	}
	f := command.Flags()
	f.StringVar(&role.Dutch, "nl", "", "its `NAME` in Dutch")
	f.StringVar(&role.English, "en", "", "its `NAME` in English")
	f.BoolVar(&role.Manages, "manages", false, "whoever holds it manages people")
	f.BoolVar(&role.NeedsParts, "needs-parts", false, "it is held for parts of an organisation, never for the whole")
	command.RunE = a.withName(func(ctx context.Context, d *desk, key string) error {
		role.Key = identity.Role(key)
		all, err := d.Roles(ctx)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(all, func(r identity.RoleDefinition) bool { return r.Key == role.Key }); i >= 0 {
			was := all[i]
			set(f, "nl", &was.Dutch, role.Dutch)
			set(f, "en", &was.English, role.English)
			if f.Changed("manages") {
				was.Manages = role.Manages
			}
			if f.Changed("needs-parts") {
				was.NeedsParts = role.NeedsParts
			}
			role = was
		}
		if err := d.SetRole(ctx, identity.Operator(), role); err != nil {
			return err
		}
		return a.note("The role %s is set.", key)
	})
	return quiet(command)
}

func (a *admin) roleEnd() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "end KEY", Short: "Take a role from everybody, and from the list", Args: oneArgument("key"),
		RunE: a.withName(func(ctx context.Context, d *desk, key string) error {
			held, err := d.EndRole(ctx, identity.Operator(), identity.Role(key))
			if err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			return a.note("The role %s has ended; %d people held it.", key, held)
		}),
	})
}

func (a *admin) grantList() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "list NAME", Short: "List the roles that a person holds", Args: oneArgument("user name"),
		RunE: a.withName(func(ctx context.Context, d *desk, user string) error {
			person, err1 := d.Person(ctx, user)
			organisations, err2 := d.Organisations(ctx, identity.Operator())
			if err := errors.Join(err1, err2); err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
			for _, g := range person.Grants {
				if err := a.print("%s", identity.FormatGrant(g, organisations, person.Organisation)); err != nil {
					return err
				}
			}
			return nil
		}),
	})
}

// grantChange gives or takes back roles.
func (a *admin) grantChange(use, short, long string, change func(held, given []identity.Grant) []identity.Grant) *cobra.Command {
	force := false
	command := &cobra.Command{Use: use, Short: short, Long: long}
	command.Args = func(c *cobra.Command, arguments []string) error {
		if len(arguments) < 2 {
			return usage("%s takes a user name and at least one role; see --help", c.CommandPath())
		}
		return nil
	}
	command.Flags().BoolVar(&force, "force", false, "also from the last administrator")
	command.RunE = func(c *cobra.Command, arguments []string) error {
		return a.run(c, func(ctx context.Context, d *desk) error {
			person, err := d.Person(ctx, arguments[0])
			if err != nil {
				return fmt.Errorf("%s: %w", arguments[0], err)
			}
			given, err := grantsOf(ctx, d, arguments[1:], person.Organisation)
			if err != nil {
				return err
			}
			return a.changePerson(ctx, d, arguments[0], identity.Force(force), func(into *identity.Details) error {
				into.Grants = change(into.Grants, given)
				return nil
			})
		})
	}
	return quiet(command)
}

const grantHelp = `A role is written ROLE for the whole of the person's organisation, ROLE=PART for a
part of it, and ROLE@ORGANISATION or ROLE@ORGANISATION=PART for another organisation,
which must have given a mandate: admin organisation mandate.`

func (a *admin) grantAdd() *cobra.Command {
	return a.grantChange("add NAME ROLE...", "Give a person roles", grantHelp, func(held, given []identity.Grant) []identity.Grant {
		return append(slices.Clone(held), given...)
	})
}

func (a *admin) grantEnd() *cobra.Command {
	return a.grantChange("end NAME ROLE...", "Take roles back", grantHelp, func(held, given []identity.Grant) []identity.Grant {
		return slices.DeleteFunc(slices.Clone(held), func(g identity.Grant) bool { return slices.Contains(given, g) })
	})
}
