package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sleutelbos/server/identity"
)

// newDetails is what can be said about a person on the command line.
type newDetails struct {
	identity.Details
	organisation, starts, ends, stopgap string
}

func (n *newDetails) bind(f *pflag.FlagSet) {
	f.StringVar(&n.User, "user", "", "user `NAME`, with which the person signs in and links")
	f.StringVar(&n.Name, "name", "", "full `NAME`")
	f.StringVar(&n.Given, "given", "", "given `NAME`, in place of the full name")
	f.StringVar(&n.Prefix, "prefix", "", "what stands before the family name, such as 'van den'")
	f.StringVar(&n.Family, "family", "", "family `NAME`")
	f.StringVar(&n.Email, "email", "", "the person's own `ADDRESS` at the organisation")
	f.StringVar(&n.Notices, "notices", "", "`ADDRESS` for notices, if it is another; it may be shared")
	f.StringVar(&n.Phone, "phone", "", "phone `NUMBER`")
	f.StringVar(&n.Job, "function", "", "the person's `FUNCTION`")
	f.StringVar(&n.Language, "language", "", "`LANGUAGE` of letters and mail: nl or en")
	f.StringVar((*string)(&n.Means), "means", "", "`MEANS`: token (an app or a hardware token) or outside (an account elsewhere)")
	f.StringVar(&n.organisation, "organisation", "", "`NAME` of the organisation; the operator's own when it is not given")
	f.StringVar(&n.starts, "starts", "", "first `DAY`, such as 2026-11-30")
	f.StringVar(&n.ends, "ends", "", "last `DAY`")
	f.StringVar(&n.stopgap, "stopgap", "", "last `DAY` on which a password alone will do")
}

// apply puts what was given into the details.
func (n *newDetails) apply(ctx context.Context, d *desk, f *pflag.FlagSet, into *identity.Details) error {
	set(f, "user", &into.User, n.User)
	set(f, "email", &into.Email, n.Email)
	set(f, "notices", &into.Notices, n.Notices)
	set(f, "phone", &into.Phone, n.Phone)
	set(f, "function", &into.Job, n.Job)
	set(f, "language", &into.Language, n.Language)
	if anyOf(f, "given", "prefix", "family") && into.Family == "" {
		into.Given, into.Prefix, into.Family = identity.SplitName(into.Name)
	}
	if f.Changed("name") {
		into.Name, into.Given, into.Prefix, into.Family = n.Name, "", "", ""
	}
	set(f, "given", &into.Given, n.Given)
	set(f, "prefix", &into.Prefix, n.Prefix)
	set(f, "family", &into.Family, n.Family)
	if f.Changed("means") {
		into.Means = n.Means
	}
	settings, err := d.Settings(ctx)
	if err != nil {
		return err
	}
	zone := settings.Location()
	if f.Changed("organisation") {
		o, err := d.FindOrganisation(ctx, identity.Operator(), n.organisation)
		if err != nil {
			return fmt.Errorf("%s: %w", n.organisation, err)
		}
		into.Organisation = o.ID
	}
	for _, day := range []struct {
		flag, text string
		into       interface{ set(string) error }
	}{
		{"starts", n.starts, dayFlag{zone, false, &into.Starts}},
		{"ends", n.ends, dayFlag{zone, true, &into.Ends}},
		{"stopgap", n.stopgap, dayFlag{zone, true, &into.StopgapEnds}},
	} {
		if f.Changed(day.flag) {
			if err := day.into.set(day.text); err != nil {
				return usage("--%s: %w", day.flag, err)
			}
		}
	}
	return nil
}

// grantsOf reads roles as they are written; see [identity.ParseGrant].
func grantsOf(ctx context.Context, d *desk, texts []string, home string) ([]identity.Grant, error) {
	organisations, err := d.Organisations(ctx, identity.Operator())
	if err != nil {
		return nil, err
	}
	var all []identity.Grant
	for _, text := range texts {
		g, err := identity.ParseGrant(text, organisations, home)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		all = append(all, g)
	}
	return all, nil
}

func (a *admin) personEdit() *cobra.Command {
	var details newDetails
	command := &cobra.Command{
		Use: "edit NAME", Short: "Change what is known of a person", Args: oneArgument("user name"),
		Long: `Change what is given, and nothing else; '' empties it. A new user name or address
counts at once, and the old one is free. Roles: admin grant.`,
	}
	details.bind(command.Flags())
	command.RunE = a.withName(func(ctx context.Context, d *desk, user string) error {
		return a.changePerson(ctx, d, user, false, func(into *identity.Details) error {
			return details.apply(ctx, d, command.Flags(), into)
		})
	})
	return quiet(command)
}

// changePerson changes a person whom nobody changes at this moment.
func (a *admin) changePerson(ctx context.Context, d *desk, user string, force identity.Force, change func(*identity.Details) error) error {
	person, err := d.Person(ctx, user)
	if err != nil {
		return fmt.Errorf("%s: %w", user, err)
	}
	want := person.Details
	if err := change(&want); err != nil {
		return err
	}
	changed, err := d.EditPerson(ctx, identity.Operator(), person.ID, person.Version, force,
		func(into *identity.Details) error { *into = want; return nil })
	if err != nil {
		return fmt.Errorf("%s: %w", user, err)
	}
	if changed.Version == person.Version {
		return a.note("%s is so already; nothing was changed.", changed.User)
	}
	return a.note("%s was changed.", changed.User)
}

func (a *admin) personDelete() *cobra.Command {
	yes, force := false, false
	command := &cobra.Command{
		Use: "delete NAME", Short: "End a person's account for good", Args: oneArgument("user name"),
		Long: `Say what would follow from deleting a person, and with --yes do it: links, codes
and roles end at once, and user name and address are free. For the audit log it is
kept who it was, as long as is set (organisation set --keep-deleted-months), or
until: admin person erase NAME.`,
	}
	command.Flags().BoolVar(&yes, "yes", false, "do it")
	command.Flags().BoolVar(&force, "force", false, "also the last administrator")
	command.RunE = a.withName(func(ctx context.Context, d *desk, user string) error {
		person, err := d.Person(ctx, user)
		if err != nil {
			return fmt.Errorf("%s: %w", user, err)
		}
		look := d.LeavingPerson
		if yes {
			look = d.DeletePerson
		}
		what, err := look(ctx, identity.Operator(), person.ID, identity.Force(force))
		if err != nil {
			return fmt.Errorf("%s: %w", user, err)
		}
		return errors.Join(a.print("%s", followed(what)), a.note("%s", either(when(yes, person.Name+" was deleted."),
			"This is what would follow for "+person.Name+"; nothing was done. With --yes it is.")))
	})
	return quiet(command)
}

func followed(what identity.Leaving) string {
	return fmt.Sprintf("people: %d\nlinks that end: %d\nactivation codes that become void: %d\nroles taken back: %d\nhardware tokens due back: %d",
		what.People, what.Links, what.Activations, what.Grants, what.Tokens)
}

func (a *admin) personErase() *cobra.Command {
	yes := false
	command := &cobra.Command{
		Use: "erase NAME", Short: "Erase who a deleted person was", Args: oneArgument("user name or id"),
		Long: `Erase whatever tells who a deleted person was. The audit log keeps its lines, which
then name nobody, and stays whole. NAME is the user name that the person had, or the
id that the log has (admin person deleted lists them). Without --yes it says what would
go. Nothing brings it back, except a backup.`,
	}
	command.Flags().BoolVar(&yes, "yes", false, "do it")
	command.RunE = a.withName(func(ctx context.Context, d *desk, user string) error {
		all, err := d.Deleted(ctx, identity.Operator(), user)
		if err != nil {
			return fmt.Errorf("%s: %w", user, err)
		}
		if len(all) == 0 {
			all = []identity.Person{{ID: user}}
		}
		for _, person := range all {
			if !yes {
				what, err := d.ErasingPerson(ctx, identity.Operator(), person.ID)
				if err != nil {
					return fmt.Errorf("%s: %w", user, err)
				}
				if err := a.print("%s", erased(what)); err != nil {
					return err
				}
				continue
			}
			if err := d.ErasePerson(ctx, identity.Operator(), person.ID); err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
		}
		if !yes {
			return a.note("This is what would go of %s for ever, beside name, address and phone; nothing was done. With --yes it is.\nThe audit log keeps its lines, without a name; a backup from before keeps everything.", user)
		}
		return a.note("Nothing tells any more who %s was.", strings.TrimSpace(user))
	})
	return quiet(command)
}

func erased(what identity.Erasing) string {
	by := "never"
	if !what.By.IsZero() {
		by = what.By.UTC().Format(time.DateOnly)
	}
	return fmt.Sprintf("name: %s\nuser: %s\ndeleted: %s\nerased by the server itself: %s\nended links: %d\nlapsed codes: %d\nmails: %d\nreports of a loss: %d\nhardware tokens with the name: %d",
		what.Person.Name, what.Person.User, what.Person.Deleted.UTC().Format(time.DateOnly), by, what.Links, what.Codes, what.Mails, what.Losses, what.Tokens)
}

func (a *admin) personDeleted() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "deleted", Short: "List who was deleted and is not erased yet", Args: noArguments,
		Long: "List who was deleted and is not erased yet, the newest first: user name, name, when, id.",
		RunE: a.with(func(ctx context.Context, d *desk) error {
			all, err := d.Deleted(ctx, identity.Operator(), "")
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
			for _, p := range all {
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", p.User, p.Name, p.Deleted.UTC().Format(time.DateOnly), p.ID)
			}
			if err := table.Flush(); err != nil || len(all) < identity.MostDeleted {
				return err
			}
			return a.note("There are more; these are the newest %d.", identity.MostDeleted)
		}),
	})
}
