package app

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"sleutelbos/app/words"
	"sleutelbos/enroll"
	"sleutelbos/enroll/scan"
	"sleutelbos/vault"
)

func (a *App) addCommand() *cobra.Command {
	var pictures []string
	cmd := &cobra.Command{
		Use:   "add ADDRESS | add - | add --qr PICTURE",
		Short: "Add a key to the vault",
		Long: `Adds the key of an otpauth:// address, of each line on standard input ("-"), or
of the QR codes in a picture.

An address on the command line can be read by other programs of this computer
while the command runs, and stays in the shell's history. Where that matters,
use "-" or --qr.

The first key makes the vault. Its recovery key is then printed on standard
error, or written to --recovery-file.`,
		Example: `  sleutelbos add --qr picture.png
  wl-paste | sleutelbos add -`,
		Args: func(_ *cobra.Command, args []string) error {
			if (len(args) == 1) == (len(pictures) > 0) || len(args) > 1 {
				return errors.New("name one address, - for standard input, or --qr PICTURE")
			}
			return nil
		},
		RunE: a.run(func(ctx context.Context, args []string) error {
			addresses, err := a.addresses(ctx, args, pictures)
			if err != nil {
				return err
			}
			return a.addAll(ctx, addresses)
		}),
	}
	cmd.Flags().StringArrayVar(&pictures, "qr", nil, "`picture` with one or more QR codes (PNG, JPEG, GIF, WebP, BMP, TIFF); may be given again")
	a.recoveryFlag(cmd)
	return cmd
}

func (a *App) recoveryFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.recoveryFile, "recovery-file", "", "`file` to write the recovery key of a new vault to; it must not exist yet")
}

func (a *App) addresses(ctx context.Context, args, pictures []string) ([]string, error) {
	var addresses []string
	for _, picture := range pictures {
		found, err := scan.ReadFile(ctx, picture)
		if err != nil {
			return nil, err
		}
		for _, code := range found {
			addresses = append(addresses, code.Text)
		}
	}
	if len(args) == 0 {
		return addresses, nil
	}
	if args[0] != "-" {
		return args, nil
	}
	if a.passphraseFile == "-" {
		return nil, &UsageError{errors.New("the addresses take all of standard input; give the passphrase by a file")}
	}
	for {
		line, err := readLine(a.terminal.In)
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF) && len(addresses) > 0:
			return addresses, nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, enroll.ErrNoSecret
		case errors.Is(err, bufio.ErrTooLong):
			return nil, a.refuse("cmd.input-long")
		case err != nil:
			return nil, err
		}
		if line = strings.TrimSpace(line); line != "" {
			addresses = append(addresses, line)
		}
	}
}

// addAll adds every key or none.
func (a *App) addAll(ctx context.Context, addresses []string) error {
	keys := make([]enroll.Key, 0, len(addresses))
	for _, address := range addresses {
		key, err := enroll.ParseAddress(address)
		if err != nil {
			return err
		}
		keys = append(keys, key)
	}
	v, err := a.openOrCreate(ctx)
	if err != nil {
		return err
	}
	defer v.Lock()
	var added []vault.Entry
	err = v.Update(ctx, func(d *vault.Draft) error {
		added = added[:0]
		for _, key := range keys {
			entry, err := d.Add(key, nil)
			if err != nil {
				return err
			}
			added = append(added, entry)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, entry := range added {
		a.say("%s", a.words.Say("cmd.added", "name", words.Name(a.words, entry)))
	}
	return nil
}
