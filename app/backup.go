package app

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"sleutelbos/app/carry"
	"sleutelbos/app/words"
	"sleutelbos/vault"
)

func (a *App) backupCommand() *cobra.Command {
	every, off := "", false
	cmd := &cobra.Command{
		Use:   "backup [FILE | FOLDER]",
		Short: "Copy the vault to a safe place, now or by itself",
		Long: `Writes a copy of the vault to a file, or under the day's name into a folder, and
proves it whole. The vault's passphrase or its recovery key opens the copy on any
computer; the keyring of this one does not go along.

--every FOLDER makes a copy there each day by itself, and whenever the vault
changes; the last 14 stay. --off ends that. Without anything, says how the copies
stand: status 1 when the last good one is older than 30 days or the last try
failed.

Put a copy back with restore FILE, or bring its entries in with import FILE.`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.run(func(_ context.Context, args []string) error {
			folder, err := a.folder()
			if err != nil {
				return err
			}
			switch {
			case len(args) == 1 && (every != "" || off), every != "" && off:
				return &UsageError{errors.New("name one of FILE, --every FOLDER and --off")}
			case len(args) == 1:
				path, err := carry.Backup(folder, args[0], a.now())
				if err != nil {
					return err
				}
				a.say("%s", a.words.Say("backup.done", "file", path))
				return nil
			case every != "":
				set, err := carry.SetSchedule(folder, every, a.now())
				if err == nil {
					a.say("%s", a.words.Say("backup.every", "folder", set.Folder))
				}
				return err
			case off:
				_, err := carry.SetSchedule(folder, "", a.now())
				if err == nil {
					a.say("%s", a.words.Say("backup.off"))
				}
				return err
			}
			return a.backupState(folder)
		}),
	}
	cmd.Flags().StringVar(&every, "every", "", "`folder` for a copy each day")
	cmd.Flags().BoolVar(&off, "off", false, "make no more copies by itself")
	return cmd
}

func (a *App) backupState(folder *vault.Folder) error {
	s, err := carry.ReadSchedule(folder)
	if err != nil {
		return err
	}
	if s.Folder == "" {
		return a.refuse("backup.none")
	}
	a.backedUp = true
	s, _ = s.Run(folder, a.now()) // how it went stands in it
	text := words.Backups(a.words, s, a.now())
	if s.Stale(a.now()) || !s.Failed.IsZero() {
		return &explained{text, errors.New("backups fail")}
	}
	return a.print("%s", text)
}

// backUp makes the copy that is due, after a command that may have changed the
// vault. What goes wrong is told, and no reason for the command to fail.
func (a *App) backUp() {
	if a.backedUp {
		return
	}
	folder, err := a.folder()
	if err != nil {
		return
	}
	s, err := carry.ReadSchedule(folder)
	if err != nil || s.Folder == "" {
		return
	}
	if s, err = s.Run(folder, a.now()); err != nil {
		a.say("%s", words.Backups(a.words, s, a.now()))
	}
}

// restoreFile puts a backup in the place of a vault that is gone.
func (a *App) restoreFile(ctx context.Context, folder *vault.Folder, file string) error {
	sources, err := carry.ReadSources([]string{file})
	if err != nil {
		return err
	}
	content := sources[0].Content
	if exists, err := folder.Exists(); err != nil {
		return err
	} else if exists {
		return a.refuse("backup.vault-there", "file", file)
	}
	v, err := a.openTyped(func(by vault.Unlock) (*vault.Vault, error) { return folder.Adopt(ctx, content, by) })
	if err != nil {
		return err
	}
	defer v.Lock()
	if v.UseKeyring(ctx) == nil {
		a.say("%s", a.words.Say("unlock.keyring-anew"))
	}
	a.say("%s", a.words.Say("cmd.restored", "name", file, "n", len(v.List())))
	return nil
}

// openTyped opens by the passphrase file or by what is typed, which may be the
// passphrase or the recovery key.
func (a *App) openTyped(open func(vault.Unlock) (*vault.Vault, error)) (*vault.Vault, error) {
	var typed []byte
	var err error
	if a.passphraseFile != "" {
		typed, err = a.readPassphraseFile()
	} else if input, ok := a.keyboard(); ok {
		typed, err = a.askSecret(input, "cmd.either")
	} else {
		err = a.refuse("cmd.passphrase-needed")
	}
	if err != nil {
		return nil, err
	}
	v, err := open(vault.ByPassphrase(typed))
	if err == nil {
		return v, nil
	}
	if byKey, keyErr := open(vault.ByRecoveryKey(string(typed))); keyErr == nil {
		return byKey, nil
	}
	return nil, err
}

// isFile tells whether a path is a file that is there.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
