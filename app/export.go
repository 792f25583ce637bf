package app

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"sleutelbos/app/carry"
	"sleutelbos/vault"
)

func (a *App) exportCommand() *cobra.Command {
	var form, passphraseFile string
	var yes bool
	cmd := &cobra.Command{
		Use:   "export --format backup|aegis|addresses|html FILE | -",
		Short: "Take the codes out, for another program, a printer or a safe place",
		Long: `Writes the entries into a file that must not exist yet, or to standard output.

  backup     a copy of the vault; its passphrase or recovery key opens it
  aegis      an encrypted vault for Aegis, with a password of its own
  addresses  a line with the otpauth:// address of each key
  html       a page with a QR code of each key, to be printed

Whoever has a file of the last two has your codes. An organisation can forbid
them on its computers. Entries of which no codes can be made are in a backup
only.`,
		Example: `  sleutelbos export --format aegis codes.json --export-passphrase-file password
  sleutelbos export --format html - | lp`,
		Args: cobra.ExactArgs(1),
		RunE: a.run(func(ctx context.Context, args []string) error {
			return a.export(ctx, carry.Form(form), args[0], passphraseFile, yes)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&form, "format", string(carry.FormBackup), "`name`: backup, aegis, addresses or html")
	f.StringVar(&passphraseFile, "export-passphrase-file", "", "`file` whose first line is to be the password of the file for Aegis")
	f.BoolVar(&yes, "yes", false, "do not ask before writing keys that anybody can read")
	return cmd
}

func (a *App) export(ctx context.Context, form carry.Form, to, passphraseFile string, yes bool) error {
	if form != carry.FormBackup && form != carry.FormAegis && !form.Plain() {
		return &UsageError{carry.ErrForm}
	}
	if form.Plain() {
		if err := a.mayBePlain(yes); err != nil {
			return err
		}
	}
	if to != "-" {
		if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, &fs.PathError{Op: "write", Path: to, Err: fs.ErrExist})
		}
	}
	written, err := a.exported(ctx, form, passphraseFile)
	if err != nil {
		return err
	}
	defer clear(written.Content)
	if to == "-" {
		if _, err := a.terminal.Out.Write(written.Content); err != nil {
			return err
		}
	} else if err := vault.WriteWhole(to, written.Content); err != nil {
		return err
	}
	if form == carry.FormBackup {
		if to != "-" {
			a.say("%s", a.words.Say("backup.done", "file", to))
		}
		return nil
	}
	a.say("%s", a.words.Say("export.done", "n", written.Entries))
	if written.Left > 0 {
		a.say("%s", a.words.Say("export.left", "n", written.Left))
	}
	return nil
}

func (a *App) exported(ctx context.Context, form carry.Form, passphraseFile string) (carry.Exported, error) {
	if form == carry.FormBackup {
		folder, err := a.folder()
		if err != nil {
			return carry.Exported{}, err
		}
		content, err := folder.Snapshot()
		if err == nil {
			err = vault.Prove(content)
		}
		return carry.Exported{Content: content}, err
	}
	v, err := a.open(ctx)
	if err != nil {
		return carry.Exported{}, err
	}
	defer v.Lock()
	switch form {
	case carry.FormAddresses:
		return carry.Addresses(v)
	case carry.FormHTML:
		return carry.Page(v, a.words, a.now())
	}
	passphrase, err := a.newSecret(passphraseFile, "export.passphrase")
	if err != nil {
		return carry.Exported{}, err
	}
	if utf8.RuneCount(passphrase) < vault.MinPassphrase {
		return carry.Exported{}, a.refuse("cmd.passphrase-short")
	}
	return carry.Aegis(v, passphrase, rand.Reader)
}

// mayBePlain asks the organisation, by its file, and on a terminal the person.
func (a *App) mayBePlain(yes bool) error {
	if err := carry.MayBePlain(a.policyFile); err != nil {
		return err
	}
	if _, asks := a.keyboard(); !asks || yes {
		return nil
	}
	a.say("%s", a.words.Say("export.plain"))
	answer, err := a.ask("import.agree-yes")
	if err == nil && answer != a.words.Say("cmd.accept-yes") {
		err = a.refuse("export.nothing-done")
	}
	return err
}
