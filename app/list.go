package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sleutelbos/app/words"
	"sleutelbos/vault"
)

// listed is an entry as "list --json" shows it: no secrets.
type listed struct {
	ID        string `json:"id"`
	Issuer    string `json:"issuer"`
	Account   string `json:"account"`
	Kind      string `json:"kind"`
	Algorithm string `json:"algorithm"`
	Digits    int    `json:"digits"`
	Period    int    `json:"period"`
}

func (a *App) listCommand() *cobra.Command {
	var asJSON, withCodes bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show the entries of the vault",
		Long: `Shows the entries of the vault, without their keys.

--json prints one array of objects with id, issuer, account, kind (totp, hotp,
steam), algorithm (SHA1, SHA256, SHA512), digits and period (seconds; 0 for a
counter-based key).`,
		Args: cobra.NoArgs,
		RunE: a.run(func(ctx context.Context, _ []string) error {
			v, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer v.Lock()
			if asJSON {
				return a.listJSON(v)
			}
			return a.listTable(v, withCodes)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&withCodes, "codes", false, "show each time-based code and the seconds it has left")
	cmd.MarkFlagsMutuallyExclusive("json", "codes")
	return cmd
}

func (a *App) listJSON(v *vault.Vault) error {
	list := []listed{}
	for _, e := range v.List() {
		list = append(list, listed{e.ID, e.Issuer, e.Account, string(e.Kind), string(e.Algorithm), e.Digits, e.Period})
	}
	encoder := json.NewEncoder(a.terminal.Out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(list)
}

func (a *App) listTable(v *vault.Vault, withCodes bool) error {
	entries := v.List()
	if len(entries) == 0 {
		a.say("%s", a.words.Say("cmd.empty"))
		return nil
	}
	table := tabwriter.NewWriter(a.terminal.Out, 0, 0, 2, ' ', 0)
	now := a.now()
	for _, e := range entries {
		note := ""
		switch {
		case e.Foreign:
			if f, err := v.Foreign(e.ID); err == nil {
				note = a.words.Say("import.what.kept", "why", a.words.Say(f.Reason))
			}
		case !e.Readable:
			note = a.words.Say("codes.unreadable")
		case e.Link.Pending():
			note = a.words.Say("codes.pending")
		case withCodes:
			if code, err := v.Peek(e.ID, now); err == nil {
				left := int(code.Until.Sub(now).Seconds()) + 1
				note = fmt.Sprintf("%s\t%s", words.Grouped(code.Text), a.words.Say("codes.left", "n", left))
			}
		}
		if _, err := fmt.Fprintf(table, "%s\t%s\t%s\n", e.Issuer, e.Account, note); err != nil {
			return err
		}
	}
	return table.Flush()
}

func (a *App) codeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "code NAME",
		Short: "Print the code of one entry, and nothing else",
		Long: `Prints the code of one entry and a newline. NAME is the issuer, the account,
"issuer:account" or the id; a part will do where it fits one entry only. If it
fits none or several, the candidates are on standard error and the status is 1.

A counter-based entry moves to its next counter each time.`,
		Args: cobra.ExactArgs(1),
		RunE: a.runOn(func(ctx context.Context, v *vault.Vault, entry vault.Entry) error {
			code, err := v.Code(ctx, entry.ID, a.now())
			if err != nil {
				return err
			}
			return a.print("%s", code.Text)
		}),
	}
}

func (a *App) removeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove one entry from the vault",
		Long: `Removes one entry. NAME is found as by "code". Earlier generations of the vault
keep it for a week.`,
		Args: cobra.ExactArgs(1),
		RunE: a.runOn(func(ctx context.Context, v *vault.Vault, entry vault.Entry) error {
			if err := v.Update(ctx, func(d *vault.Draft) error { return d.Remove(entry.ID) }); err != nil {
				return err
			}
			a.say("%s", a.words.Say("cmd.removed", "name", words.Name(a.words, entry)))
			return nil
		}),
	}
}

// runOn makes the function of a command that does something with one entry,
// named by its only argument.
func (a *App) runOn(do func(context.Context, *vault.Vault, vault.Entry) error) func(*cobra.Command, []string) error {
	return a.run(func(ctx context.Context, args []string) error {
		v, err := a.open(ctx)
		if err != nil {
			return err
		}
		defer v.Lock()
		entry, err := a.find(v, args[0])
		if err != nil {
			return err
		}
		return do(ctx, v, entry)
	})
}

// find picks the entry that a person means: the exact one, else the only one
// that a part fits. Anything else shows the candidates.
func (a *App) find(v *vault.Vault, name string) (vault.Entry, error) {
	entries := v.List()
	fits := slices.Collect(func(yield func(vault.Entry) bool) {
		for _, e := range entries {
			if isExactly(e, name) && !yield(e) {
				return
			}
		}
	})
	if len(fits) == 0 {
		part := strings.ToLower(name)
		for _, e := range entries {
			if strings.Contains(strings.ToLower(e.Issuer), part) || strings.Contains(strings.ToLower(e.Account), part) {
				fits = append(fits, e)
			}
		}
	}
	switch len(fits) {
	case 1:
		return fits[0], nil
	case 0:
		a.say("%s", a.words.Say("cmd.no-entry", "name", name))
		for _, e := range entries {
			a.say("  %s:%s", e.Issuer, e.Account)
		}
		return vault.Entry{}, a.refuse("cmd.no-entry-next")
	}
	candidates := make([]string, 0, len(fits))
	for _, e := range fits {
		candidates = append(candidates, fmt.Sprintf("  %s:%s  (%s)", e.Issuer, e.Account, e.ID))
	}
	return vault.Entry{}, a.refuseList("cmd.ambiguous", name, candidates)
}

func (a *App) refuseList(key, name string, candidates []string) error {
	text := a.words.Say(key, "name", name) + "\n" + strings.Join(candidates, "\n")
	return &explained{words.Message{What: text}, fmt.Errorf("%q is ambiguous", name)}
}

func isExactly(e vault.Entry, name string) bool {
	return e.ID == name || strings.EqualFold(e.Issuer, name) || strings.EqualFold(e.Account, name) ||
		strings.EqualFold(e.Issuer+":"+e.Account, name)
}
