package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sleutelbos/app/linking"
	"sleutelbos/app/words"
	"sleutelbos/vault"
)

func (a *App) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look at what may keep codes from working, and say what to do",
		Long: `Looks at the vault, the system's keyring, the kept generations and, for linked
accounts, at the server and this computer's clock. Changes nothing. Status 1
when something needs doing.`,
		Args: cobra.NoArgs,
		RunE: a.run(func(ctx context.Context, _ []string) error { return a.examine(ctx) }),
	}
}

func (a *App) examine(ctx context.Context) error {
	folder, err := a.folder()
	if err != nil {
		return err
	}
	ill := false
	report := func(about string, err error, well string) {
		if err != nil {
			ill = true
			_ = a.print("!  %-13s %s", about, words.Explain(a.words, err, about))
			return
		}
		_ = a.print("%s", strings.TrimRight(fmt.Sprintf("ok %-13s %s", about, well), " "))
	}
	slots, slotErr := folder.Slots()
	report(a.words.Say("doctor.vault"), slotErr, fmt.Sprintf("%s %v", folder.Dir(), slots))
	if probe := folder.Probe(ctx); errors.Is(probe, vault.ErrKeyringMissing) {
		_ = a.print("-  %-13s %s", a.words.Say("doctor.keyring"), words.Explain(a.words, probe, "").What)
	} else {
		report(a.words.Say("doctor.keyring"), probe, "")
	}
	generations, err := folder.Generations()
	report(a.words.Say("doctor.copies"), err, fmt.Sprint(len(generations)))
	if slotErr == nil {
		v, err := a.open(ctx)
		if err != nil {
			report(a.words.Say("doctor.open"), err, "")
		} else {
			defer v.Lock()
			report(a.words.Say("doctor.entries"), nil, fmt.Sprint(len(v.List())))
			a.examineServers(ctx, v, report)
		}
	}
	if ill {
		return a.refuse("cmd.doctor-ill")
	}
	return nil
}

func (a *App) examineServers(ctx context.Context, v *vault.Vault, report func(string, error, string)) {
	asked := map[string]bool{}
	for _, e := range v.List() {
		if e.Link == nil || asked[e.Link.Server] {
			continue
		}
		asked[e.Link.Server] = true
		name := strings.TrimPrefix(e.Link.Server, "https://")
		conversation, err := linking.Start(linking.Server{Address: e.Link.Server, Fingerprint: e.Link.Fingerprint}, a.now)
		if err != nil {
			report(name, err, "")
			continue
		}
		organisation, clock, err := conversation.Ask(ctx)
		if err == nil && clock.Off() {
			err = &linking.ClockError{Clock: clock}
		}
		report(name, err, organisation.Name)
		conversation.Close()
	}
}
