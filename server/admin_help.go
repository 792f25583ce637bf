package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

func (a *admin) activationMail() *cobra.Command {
	unlink := false
	command := &cobra.Command{
		Use: "mail NAME", Short: "Make an activation code and mail it to the person", Args: oneArgument("user name"),
		Long: `Make an activation code and mail it to the person's own address; nobody else sees
it. Older codes of the person count no more. The letter (admin letter NAME) goes by
another way. Somebody who is linked gets a code only with --unlink.`,
	}
	command.Flags().BoolVar(&unlink, "unlink", false, "first end the links of the person, as after loss: no code of theirs is accepted until they link again")
	command.RunE = a.withName(func(ctx context.Context, d *desk, user string) error {
		person, err := d.Person(ctx, user)
		if err != nil {
			return fmt.Errorf("%s: %w", user, err)
		}
		mail := d.MailActivation
		if unlink {
			mail = d.UnlinkAndMail
		}
		expires, err := mail(ctx, identity.Operator(), person.ID)
		switch {
		case errors.Is(err, identity.ErrNoMail):
			return fmt.Errorf("%s: %w; or hand over what admin activation new %s prints", user, err, user)
		case errors.Is(err, identity.ErrLinked):
			return fmt.Errorf("%s: %w (--unlink)", user, err)
		case err != nil:
			return fmt.Errorf("%s: %w", user, err)
		}
		return a.note("A code goes to %s within seconds, if the server runs. It is valid until %s; older codes of %s count no more.",
			person.Email, expires.Local().Format(timeForm), user)
	})
	return quiet(command)
}

func (a *admin) dayCodeCommand() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "daycode NAME", Short: "Make a code for the rest of this day, for whoever has not the app at hand; prints it once", Args: oneArgument("user name"),
		Long: `Make a code with which a person signs in for the rest of this day, as often as
needed: for whoever forgot the laptop. Make sure who asks for it: call back at a
number that you knew before, or see the person. It is printed alone on standard
output, this once, and ends at midnight in the organisation's time zone. The person
is told by mail.

A person may have one in seven days; see admin organisation set --day-codes. After
a loss it is the wrong thing: unlink then (admin person unlink NAME).`,
		RunE: a.withName(func(ctx context.Context, d *desk, user string) error {
			person, err := d.Person(ctx, user)
			if err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
			code, ends, err := d.IssueDayCode(ctx, identity.Operator(), person.ID)
			if err != nil {
				return fmt.Errorf("%s: %w", user, err)
			}
			return errors.Join(a.print("%s", code.Reveal()),
				a.note("Valid for %s until %s, as often as needed.", user, ends.Local().Format(timeForm)))
		}),
	})
}
