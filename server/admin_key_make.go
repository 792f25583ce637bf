package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

// ErrKeyIsThere says that a file for a new server key has content already.
var ErrKeyIsThere = errors.New("there is a server key already, and it was left as it is; to change keys: sleutelbos admin key add")

func (a *admin) keyMake() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "make FILE", Short: "Make the server key of a server that is to come", Args: oneArgument("file"),
		Long: `Make a server key in a new file that only its owner can read, before the first
start: for a server that reads its key from elsewhere than its data folder, such
as by LoadCredential. Without this a first start makes the key itself. A file
that is there is never written over.

Prints the id of the key.`,
		RunE: func(_ *cobra.Command, arguments []string) error {
			file := arguments[0]
			if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
				return errors.Join(err, fmt.Errorf("%s: %w", file, ErrKeyIsThere))
			}
			unused := func() (bool, error) { return false, nil }
			key, err := identity.ServerKeyBeside(file, unused, a.around.Random)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			return errors.Join(a.print("%s", key.ID()), a.note("%s holds the server key. Keep a copy of it elsewhere: without it the database is worthless.", file))
		},
	})
}
