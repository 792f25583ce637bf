package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

func (a *admin) personAdd() *cobra.Command {
	var details newDetails
	var role string
	var grants []string
	command := &cobra.Command{
		Use:   "add --user NAME --name 'FULL NAME' --email ADDRESS",
		Short: "Add a person; prints the user name",
		Long: `Add a person, who can link once you have made an activation code
(admin activation new NAME). Prints the user name alone on standard output; with
--means outside it is assigned.

Hand over the letter (admin letter NAME) and the activation code by two
different ways: either alone is worthless to a thief.`,
		Args: noArguments,
	}
	details.bind(command.Flags())
	command.Flags().StringVar(&role, "role", string(identity.RoleUser), "`ROLE` for the whole organisation: user or administrator")
	command.Flags().StringArrayVar(&grants, "grant", nil, "in place of --role: `ROLE`, ROLE=PART or ROLE@ORGANISATION=PART; may be given often")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		switch {
		case details.User == "" && details.Means != identity.AuthenticatorOutside ||
			details.Name == "" && details.Family == "" || details.Email == "":
			return usage("person add needs --user, --name and --email")
		case identity.Role(role) != identity.RoleUser && identity.Role(role) != identity.RoleAdministrator:
			return usage("--role takes user or administrator")
		}
		person := identity.Details{Role: identity.Role(role)}
		if err := details.apply(ctx, d, command.Flags(), &person); err != nil {
			return err
		}
		var err error
		if person.Grants, err = grantsOf(ctx, d, grants, either(person.Organisation, identity.MainOrganisation)); err != nil {
			return err
		}
		if len(grants) > 0 {
			person.Role = ""
		}
		added, err := d.AddPerson(ctx, person)
		if err != nil {
			return fmt.Errorf("add %s: %w", either(person.User, person.Name), err)
		}
		return errors.Join(a.print("%s", added.User),
			a.note("%s was added. Next: admin activation new %s, and admin letter %s.", added.Name, added.User, added.User))
	})
	return quiet(command)
}

func (a *admin) personShow() *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use: "show NAME", Short: "Show a person, their links and whether they can sign in", Args: oneArgument("user name"),
		Long: "Show a person, their links, activation code and lock.\n\n" + personHelp,
	}
	command.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	command.RunE = a.withName(func(ctx context.Context, d *desk, user string) error {
		person, err := d.Person(ctx, user)
		if err != nil {
			return fmt.Errorf("%s: %w", user, err)
		}
		shown := showPerson(person, a.around.Now())
		if asJSON {
			return writeJSON(a.around.Out, shown)
		}
		return shown.write(a.around.Out)
	})
	return quiet(command)
}

func (a *admin) personList() *cobra.Command {
	asJSON, text, organisation := false, "", ""
	command := &cobra.Command{
		Use: "list", Short: "List all people, or search them", Args: noArguments,
		Long: "List all people: user name, full name, address, role, linked or not, locked or not.\n\n" +
			"With --search only those whose name, user name, address, function or phone number has words\nthat begin so.\n\nWith --json: a list of what show --json gives.\n\n" + personHelp,
	}
	command.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	command.Flags().StringVar(&text, "search", "", "`WORDS` to search by")
	command.Flags().StringVar(&organisation, "organisation", "", "only people of this `ORGANISATION`")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		people, err := searched(ctx, d, text, organisation)
		if err != nil {
			return fmt.Errorf("list the people: %w", err)
		}
		shown := make([]shownPerson, 0, len(people))
		for _, person := range people {
			shown = append(shown, showPerson(person, a.around.Now()))
		}
		if asJSON {
			return writeJSON(a.around.Out, shown)
		}
		return writePeople(a.around.Out, shown)
	})
	return quiet(command)
}

// searched finds people by words, in their organisation; all where neither is
// given.
func searched(ctx context.Context, d *desk, text, organisation string) ([]identity.Person, error) {
	if text == "" && organisation == "" {
		return d.People(ctx)
	}
	s := identity.Search{Text: text, Limit: 200}
	if organisation != "" {
		o, err := d.FindOrganisation(ctx, identity.Operator(), organisation)
		if err != nil {
			return nil, err
		}
		s.Organisation = o.ID
	}
	var all []identity.Person
	for {
		found, err := d.SearchPeople(ctx, identity.Operator(), s)
		if err != nil {
			return nil, err
		}
		all = append(all, found.People...)
		if s.After = found.Next; s.After == "" {
			return all, nil
		}
	}
}

func (a *admin) personUnlock() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "unlock NAME", Short: "End a lock after wrong codes before its time", Args: oneArgument("user name"),
		RunE: a.withName(func(ctx context.Context, d *desk, user string) error {
			if err := d.Unlock(ctx, user); err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
			return a.note("%s is not locked any more.", user)
		}),
	})
}

func (a *admin) personUnlink() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "unlink NAME", Short: "Block all authenticators of a person, as after loss or theft", Args: oneArgument("user name"),
		RunE: a.withName(func(ctx context.Context, d *desk, user string) error {
			if err := d.Unlink(ctx, user); err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
			return a.note("The codes of %s are refused from now on. To link again: admin activation new %s.", user, user)
		}),
	})
}

func (a *admin) activationNew() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "new NAME", Short: "Make an activation code for a person; prints it once", Args: oneArgument("user name"),
		Long: `Make an activation code. It is printed alone on standard output, this once;
what it is valid until stands on standard error. Older codes of the person
count no more. Send it by another way than the letter.`,
		RunE: a.withName(func(ctx context.Context, d *desk, user string) error {
			code, expires, err := d.NewActivation(ctx, user)
			if err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
			return errors.Join(a.print("%s", code.Reveal()),
				a.note("Valid until %s; older codes of %s count no more.", expires.Local().Format(timeForm), user))
		}),
	})
}
