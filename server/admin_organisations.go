package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

func (a *admin) organisationList() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "list", Short: "List the organisations and their parts", Args: noArguments,
		RunE: a.with(func(ctx context.Context, d *desk) error {
			all, err := d.Organisations(ctx, identity.Operator())
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
			for _, o := range all {
				fmt.Fprintf(table, "%s\t%s\t%s\n", o.Name, either(strings.Join(o.Domains, " "), "any address"), o.ID)
				for _, p := range o.Parts {
					fmt.Fprintf(table, "  %s\t%s\t%s\n", p.Code, p.Name, p.ID)
				}
			}
			return table.Flush()
		}),
	})
}

func (a *admin) organisationAdd() *cobra.Command {
	var domains []string
	command := &cobra.Command{
		Use: "add NAME", Short: "Add an organisation whose people sign in here too; prints its id", Args: oneArgument("name"),
	}
	command.Flags().StringSliceVar(&domains, "domains", nil, "`DOMAINS` of sign-in addresses, parted by commas; without it any")
	command.RunE = a.withName(func(ctx context.Context, d *desk, name string) error {
		id, err := d.AddOrganisation(ctx, identity.Operator(), name, domains)
		if err != nil {
			return fmt.Errorf("add %s: %w", name, err)
		}
		return errors.Join(a.print("%s", id), a.note("%s was added. Next: its administrator, with person add --organisation %q --role administrator.", name, name))
	})
	return quiet(command)
}

func (a *admin) organisationEdit() *cobra.Command {
	var name string
	var domains []string
	command := &cobra.Command{
		Use: "edit NAME", Short: "Change the name or the domains of an organisation", Args: oneArgument("name"),
		Long: `Change the name of an organisation, or the domains that sign-in addresses of new
people must have ('' for any). main stands for the operator's own organisation, whose
name is changed with organisation set.`,
	}
	command.Flags().StringVar(&name, "name", "", "its new `NAME`")
	command.Flags().StringSliceVar(&domains, "domains", nil, "`DOMAINS` of sign-in addresses, parted by commas")
	command.RunE = a.withName(func(ctx context.Context, d *desk, which string) error {
		o, err := d.FindOrganisation(ctx, identity.Operator(), which)
		if err != nil {
			return fmt.Errorf("%s: %w", which, err)
		}
		set(command.Flags(), "name", &o.Name, name)
		if command.Flags().Changed("name") && o.ID == identity.MainOrganisation {
			return usage("the name of the operator's own organisation is changed with: organisation set --name")
		}
		if command.Flags().Changed("domains") {
			o.Domains = domains
		}
		if err := d.EditOrganisation(ctx, identity.Operator(), o.ID, o.Version, o.Name, o.Domains); err != nil {
			return fmt.Errorf("%s: %w", which, err)
		}
		return a.note("%s was changed.", o.Name)
	})
	return quiet(command)
}

func (a *admin) organisationSignOff() *cobra.Command {
	yes := false
	command := &cobra.Command{
		Use: "sign-off NAME", Short: "End an organisation with all its people", Args: oneArgument("name"),
		Long: `Say what would follow from signing an organisation off, and with --yes do it: all
its people are deleted, people of others lose what they hold there, its parts and
mandates end. Where it stops in between, the
same command does the rest.`,
	}
	command.Flags().BoolVar(&yes, "yes", false, "do it")
	command.RunE = a.withName(func(ctx context.Context, d *desk, which string) error {
		o, err := d.FindOrganisation(ctx, identity.Operator(), which)
		if err != nil {
			return fmt.Errorf("%s: %w", which, err)
		}
		look := d.LeavingOrganisation
		if yes {
			look = d.SignOff
		}
		what, err := look(ctx, identity.Operator(), o.ID)
		if err != nil {
			return fmt.Errorf("%s: %w", which, err)
		}
		beside := fmt.Sprintf("people of others who lose roles there: %d\nmandates that end: %d", what.Others, what.Mandates)
		return errors.Join(a.print("%s\n%s", followed(what), beside), a.note("%s", either(when(yes, o.Name+" was signed off."),
			"This is what would follow for "+o.Name+"; nothing was done. With --yes it is.")))
	})
	return quiet(command)
}

func (a *admin) partSet() *cobra.Command {
	var name, code string
	command := &cobra.Command{
		Use: "set ORGANISATION CODE", Short: "Add a part to an organisation, or change it", Args: twoArguments("an organisation and a code"),
	}
	command.Flags().StringVar(&name, "name", "", "its `NAME`")
	command.Flags().StringVar(&code, "code", "", "its new `CODE`")
	command.RunE = func(c *cobra.Command, arguments []string) error {
		return a.run(c, func(ctx context.Context, d *desk) error {
			o, err := d.FindOrganisation(ctx, identity.Operator(), arguments[0])
			if err != nil {
				return fmt.Errorf("%s: %w", arguments[0], err)
			}
			part, err := o.FindPart(arguments[1])
			if errors.Is(err, identity.ErrUnknownPart) {
				part = identity.Part{Organisation: o.ID, Code: arguments[1]}
			}
			set(command.Flags(), "name", &part.Name, name)
			set(command.Flags(), "code", &part.Code, code)
			if _, err := d.SetPart(ctx, identity.Operator(), part); err != nil {
				return fmt.Errorf("%s: %w", arguments[1], err)
			}
			return a.note("Part %s of %s is set.", part.Code, o.Name)
		})
	}
	return quiet(command)
}

func (a *admin) partEnd() *cobra.Command {
	command := &cobra.Command{
		Use: "end ORGANISATION CODE", Short: "End a part, and what is held for it", Args: twoArguments("an organisation and a code"),
	}
	command.RunE = func(c *cobra.Command, arguments []string) error {
		return a.run(c, func(ctx context.Context, d *desk) error {
			o, err := d.FindOrganisation(ctx, identity.Operator(), arguments[0])
			if err != nil {
				return fmt.Errorf("%s: %w", arguments[0], err)
			}
			part, err := o.FindPart(arguments[1])
			if err != nil {
				return fmt.Errorf("%s: %w", arguments[1], err)
			}
			held, err := d.EndPart(ctx, identity.Operator(), part.ID)
			if err != nil {
				return fmt.Errorf("%s: %w", arguments[1], err)
			}
			return a.note("Part %s of %s has ended; %d people held something for it.", part.Code, o.Name, held)
		})
	}
	return quiet(command)
}

func twoArguments(what string) cobra.PositionalArgs {
	return func(command *cobra.Command, arguments []string) error {
		if len(arguments) != 2 {
			return usage("%s takes %s; see --help", command.CommandPath(), what)
		}
		return nil
	}
}

// newMandate is a mandate by names.
type newMandate struct{ from, to, role, part string }

func (a *admin) mandateChange(use, short, said string, change func(*desk) func(context.Context, identity.Actor, identity.Mandate) error) *cobra.Command {
	var n newMandate
	command := &cobra.Command{Use: use, Short: short, Args: noArguments}
	f := command.Flags()
	f.StringVar(&n.from, "from", "", "`ORGANISATION` that gives it")
	f.StringVar(&n.to, "to", "", "`ORGANISATION` whose people may act")
	f.StringVar(&n.role, "role", "", "`ROLE` that they may hold")
	f.StringVar(&n.part, "part", "", "`CODE` of the part for which; without it for the whole")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		if n.from == "" || n.to == "" || n.role == "" {
			return usage("a mandate needs --from, --to and --role")
		}
		m, err := n.find(ctx, d)
		if err != nil {
			return err
		}
		if err := change(d)(ctx, identity.Operator(), m); err != nil {
			return err
		}
		return a.note(said, n.to, n.role, n.from)
	})
	return quiet(command)
}

func (n newMandate) find(ctx context.Context, d *desk) (identity.Mandate, error) {
	from, err := d.FindOrganisation(ctx, identity.Operator(), n.from)
	if err != nil {
		return identity.Mandate{}, fmt.Errorf("%s: %w", n.from, err)
	}
	to, err := d.FindOrganisation(ctx, identity.Operator(), n.to)
	if err != nil {
		return identity.Mandate{}, fmt.Errorf("%s: %w", n.to, err)
	}
	m := identity.Mandate{Giver: from.ID, Taker: to.ID, Role: identity.Role(n.role)}
	if n.part != "" {
		part, err := from.FindPart(n.part)
		if err != nil {
			return m, fmt.Errorf("%s: %w", n.part, err)
		}
		m.Part = part.ID
	}
	return m, nil
}

func (a *admin) mandateAdd() *cobra.Command {
	return a.mandateChange("add --from ORGANISATION --to ORGANISATION --role ROLE", "Register that an organisation lets people of another act for it",
		"People of %s may now hold %s for %s; give it to them with: admin grant add.",
		func(d *desk) func(context.Context, identity.Actor, identity.Mandate) error { return d.AddMandate })
}

func (a *admin) mandateEnd() *cobra.Command {
	return a.mandateChange("end --from ORGANISATION --to ORGANISATION --role ROLE", "Take a mandate back",
		"What people of %s hold as %s for %s counts no more.",
		func(d *desk) func(context.Context, identity.Actor, identity.Mandate) error { return d.EndMandate })
}

func (a *admin) mandateList() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "list", Short: "List the mandates", Args: noArguments,
		RunE: a.with(func(ctx context.Context, d *desk) error {
			all, err1 := d.Mandates(ctx, identity.Operator())
			organisations, err2 := d.Organisations(ctx, identity.Operator())
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			names := map[string]string{}
			for _, o := range organisations {
				names[o.ID] = o.Name
			}
			for _, m := range all {
				g := identity.FormatGrant(identity.Grant{Role: m.Role, Organisation: m.Giver, Part: m.Part}, organisations, m.Taker)
				if err := a.print("%s: %s", names[m.Taker], g); err != nil {
					return err
				}
			}
			return nil
		}),
	})
}
