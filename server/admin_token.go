package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

func (a *admin) tokenCommands() *cobra.Command {
	return group("token", "Hardware tokens: the stock, and who has which",
		a.tokenImport(), a.tokenList(), a.tokenShow(), a.tokenAssign(), a.tokenUnassign(), a.tokenReturn(),
		a.tokenBlock(), a.tokenUnblock(), a.tokenResync())
}

func (a *admin) tokenList() *cobra.Command {
	asJSON, due := false, false
	command := &cobra.Command{
		Use: "list", Short: "List the tokens", Args: noArguments,
		Long: "List the tokens: serial number, maker and model, kind, state, who has it, and since when.\n\n" +
			"With --json: a list of what show --json gives.\n\n" + tokenHelp,
	}
	command.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	command.Flags().BoolVar(&due, "due", false, "only those that must come back")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		tokens, err := d.HardwareTokens(ctx, identity.Operator())
		if err != nil {
			return err
		}
		shown := make([]shownToken, 0, len(tokens))
		for _, t := range tokens {
			if !due || !t.Due.IsZero() {
				shown = append(shown, showToken(t))
			}
		}
		if asJSON {
			return writeJSON(a.around.Out, shown)
		}
		return writeTokens(a.around.Out, shown)
	})
	return quiet(command)
}

func (a *admin) tokenShow() *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use: "show SERIAL", Short: "Show a token", Args: oneArgument("serial number"),
		Long: "Show a token: where it is, how its codes are made, and how far its clock is off.\n\n" + tokenHelp,
	}
	command.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	command.RunE = a.withName(func(ctx context.Context, d *desk, serial string) error {
		token, err := d.HardwareToken(ctx, identity.Operator(), serial)
		if err != nil {
			return fmt.Errorf("%s: %w", serial, err)
		}
		if asJSON {
			return writeJSON(a.around.Out, showToken(token))
		}
		return showToken(token).write(a.around.Out)
	})
	return quiet(command)
}

func (a *admin) tokenAssign() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "assign SERIAL NAME", Short: "Give a token to a person, who can sign in with it at once", Args: arguments("serial number", "user name"),
		Long: `Give a token to a person. Its codes are right from then on, beside the person's
other authenticators. Somebody else's former token takes no old codes along: a
time-based one works after a minute, one that counts after token resync.`,
		RunE: func(command *cobra.Command, words []string) error {
			return a.run(command, func(ctx context.Context, d *desk) error {
				token, err := d.AssignToken(ctx, identity.Operator(), words[0], words[1])
				if errors.Is(err, identity.ErrUnknownPerson) {
					return fmt.Errorf("%s: %w", words[1], err)
				}
				if err != nil {
					return fmt.Errorf("%s: %w", words[0], err)
				}
				if !token.Works {
					return a.note("%s has token %s. It had another holder: ask for two codes in a row, then: admin token resync %s CODE CODE.",
						token.Name, token.Serial, token.Serial)
				}
				return a.note("%s has token %s and can sign in with it.", token.Name, token.Serial)
			})
		},
	})
}

func (a *admin) tokenUnassign() *cobra.Command {
	return a.tokenChange("unassign SERIAL", "End a token's link; it is due back then", "%s works no more, and is due back.",
		func(ctx context.Context, d *desk, serial string) (identity.HardwareToken, error) {
			return d.UnassignToken(ctx, identity.Operator(), serial)
		})
}

func (a *admin) tokenReturn() *cobra.Command {
	return a.tokenChange("return SERIAL", "A token is back; its codes work no more", "%s is back in the stock.",
		func(ctx context.Context, d *desk, serial string) (identity.HardwareToken, error) {
			return d.ReturnToken(ctx, identity.Operator(), serial)
		})
}

func (a *admin) tokenBlock() *cobra.Command {
	reason := ""
	command := a.tokenChange("block SERIAL", "Block a token, as after loss", "%s is blocked; its codes are refused from now on.",
		func(ctx context.Context, d *desk, serial string) (identity.HardwareToken, error) {
			return d.BlockToken(ctx, identity.Operator(), serial, reason)
		})
	command.Flags().StringVar(&reason, "reason", "", "`WHY` it is blocked")
	return command
}

func (a *admin) tokenUnblock() *cobra.Command {
	return a.tokenChange("unblock SERIAL", "Let a blocked token be given out again", "%s can be given out again.",
		func(ctx context.Context, d *desk, serial string) (identity.HardwareToken, error) {
			return d.UnblockToken(ctx, identity.Operator(), serial)
		})
}

// tokenChange is a command that changes one token and says what is so now.
func (a *admin) tokenChange(use, short, said string,
	do func(context.Context, *desk, string) (identity.HardwareToken, error),
) *cobra.Command {
	return quiet(&cobra.Command{
		Use: use, Short: short, Args: oneArgument("serial number"),
		RunE: a.withName(func(ctx context.Context, d *desk, serial string) error {
			token, err := do(ctx, d, serial)
			if err != nil {
				return fmt.Errorf("%s: %w", serial, err)
			}
			return a.note(said+when(token.State == identity.TokenBlocked && use != "block SERIAL", " It stays blocked."), token.Serial)
		}),
	})
}

const resyncHelp = `Give two codes that the authenticator showed one after the other, the older one
first. A clock may be an hour off, a counter a thousand codes ahead. Both codes
together count as one try, and both are used up.`

// Errors of two codes that bring an authenticator in step.
var (
	errNotTwoCodes = errors.New("these are not two codes as it shows them; give both whole, digits only")
	errNoneLooked  = errors.New("wrong codes locked this person out, so these were not looked at; unlock the person first: admin person unlock NAME")
)

// ErrNotInStep says that two codes do not bring an authenticator in step.
var ErrNotInStep = errors.New("these are not two codes in a row of it; take the next two, the older one first")

func (a *admin) tokenResync() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "resync SERIAL CODE CODE", Short: "Bring a token in step again by two codes in a row", Long: resyncHelp,
		Args: arguments("serial number", "code", "next code"),
		RunE: func(command *cobra.Command, words []string) error {
			return a.run(command, func(ctx context.Context, d *desk) error {
				done, err := d.ResyncToken(ctx, identity.Operator(), words[0], words[1], words[2])
				return a.resynced(words[0], done, err)
			})
		},
	})
}

func (a *admin) personResync() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "resync NAME CODE CODE", Short: "Bring a person's authenticator in step again by two codes in a row", Long: resyncHelp,
		Args: arguments("user name", "code", "next code"),
		RunE: func(command *cobra.Command, words []string) error {
			return a.run(command, func(ctx context.Context, d *desk) error {
				done, err := d.Resync(ctx, identity.Operator(), words[0], words[1], words[2])
				return a.resynced(words[0], done, err)
			})
		},
	})
}

// resynced says what came of two codes, and the offset of a clock when they were
// right.
func (a *admin) resynced(whose string, done identity.Resynced, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", whose, err)
	case done.Reason == identity.ReasonNotACode:
		return fmt.Errorf("%s: %w", whose, errNotTwoCodes)
	case done.Reason == identity.ReasonLocked:
		return fmt.Errorf("%s: %w", whose, errNoneLooked)
	case !done.Done:
		return fmt.Errorf("%s: %w (%s)", whose, ErrNotInStep, done.Reason)
	case done.Offset == 0:
		return a.note("%s is in step. The codes just used work no more; the next one does.", whose)
	}
	return a.note("%s is in step; its clock is %s. The codes just used work no more; the next one does.", whose, offBy(done.Offset))
}
