package app

import (
	"context"

	"github.com/spf13/cobra"

	"sleutelbos/vault"
)

func (a *App) restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore [COPY | FILE]",
		Short: "Put a kept copy of the vault back",
		Long: `Without COPY, lists the copies that are kept beside the vault, the newest first:
the last five and one a day for a week. With COPY, a name from that list, or
"newest", makes that copy the vault. A vault file that is there is put aside and
never deleted, and counters only go up. With FILE, a backup, makes that the vault
where there is none; to take entries of a backup over, see import.

The copy opens as the vault did: by the keyring, or by --passphrase-file; on a
terminal the passphrase or the recovery key is asked for.`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.run(func(ctx context.Context, args []string) error {
			folder, err := a.folder()
			if err != nil {
				return err
			}
			copies, err := folder.Generations()
			if err != nil {
				return err
			}
			if len(args) == 1 && isFile(args[0]) {
				return a.restoreFile(ctx, folder, args[0])
			}
			if len(args) == 1 {
				return a.restore(ctx, folder, copies, args[0])
			}
			for _, c := range copies {
				if err := a.print("%s  %s", c.Name, c.Saved.Local().Format("2006-01-02 15:04:05")); err != nil {
					return err
				}
			}
			return nil
		}),
	}
}

func (a *App) restore(ctx context.Context, folder *vault.Folder, copies []vault.Generation, name string) error {
	for i, c := range copies {
		if c.Name != name && (name != "newest" || i > 0) {
			continue
		}
		v, err := a.restoreCopy(ctx, folder, c)
		if err != nil {
			return err
		}
		defer v.Lock()
		a.say("%s", a.words.Say("cmd.restored", "name", c.Name, "n", len(v.List())))
		return nil
	}
	return a.refuse("cmd.no-copy", "name", name)
}

// restoreCopy opens the copy by what was given, and asks on the terminal where
// the keyring does not do it. What is typed there may be either.
func (a *App) restoreCopy(ctx context.Context, folder *vault.Folder, c vault.Generation) (*vault.Vault, error) {
	if a.passphraseFile != "" {
		passphrase, err := a.readPassphraseFile()
		if err != nil {
			return nil, err
		}
		return folder.Restore(ctx, c, vault.ByPassphrase(passphrase))
	}
	v, err := folder.Restore(ctx, c, vault.ByKeyring())
	input, asks := a.keyboard()
	if err == nil || !asks {
		return v, err
	}
	typed, err := a.askSecret(input, "cmd.either")
	if err != nil {
		return nil, err
	}
	if v, err = folder.Restore(ctx, c, vault.ByPassphrase(typed)); err == nil {
		return v, nil
	}
	if byKey, keyErr := folder.Restore(ctx, c, vault.ByRecoveryKey(string(typed))); keyErr == nil {
		return byKey, nil
	}
	return nil, err
}
