package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

// ErrBackupThere says that a backup would stand in the place of another file.
var ErrBackupThere = errors.New("there is a file of this name already; a backup replaces none, choose another name")

func (a *admin) backupCommand() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "backup FILE", Short: "Write a copy of the database, also while the server runs", Args: oneArgument("file"),
		Long: `Write a copy of the database as it is at one moment into a new file (mode 0600),
also while the server runs. The copy is read back whole, and opened with the
server key, before it gets its name: a file of that name is a good copy.

The server key is not in it. Keep a copy of that elsewhere: without it a backup
cannot be restored, and whoever has both can make every code.`,
		RunE: a.withName(func(ctx context.Context, d *desk, file string) error {
			made, err := d.backup(ctx, file)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			return a.note("%s holds the database up to %s. The server key is not in it.", file, made.Newest.Local().Format(timeForm))
		}),
	})
}

// backup makes the copy beside its place, in a folder that only this user can
// open, since SQLite gives new files the mode that it likes.
func (d *desk) backup(ctx context.Context, file string) (made identity.Copy, err error) {
	if err := free(file); err != nil {
		return made, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(file), ".sleutelbos-backup-*") // mode 0700
	if err != nil {
		return made, fmt.Errorf("make room for the backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	fresh := filepath.Join(folder, databaseFile)
	if made, err = d.Backup(ctx, fresh); err != nil {
		return made, err
	}
	if err := flushFile(fresh, ""); err != nil {
		return made, fmt.Errorf("write the backup to the disk: %w", err)
	}
	if err := free(file); err != nil { // somebody may have been quicker
		return made, err
	}
	if err := os.Rename(fresh, file); err != nil {
		return made, fmt.Errorf("name the backup: %w", err)
	}
	return made, flushFolder(filepath.Dir(file))
}

func free(file string) error {
	switch _, err := os.Lstat(file); {
	case err == nil:
		return ErrBackupThere
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("look for the file: %w", err)
	}
	return nil
}

// flushFile leaves a file on the disk and to one user alone: who made it, or the
// owner of the folder if one is named.
func flushFile(path, folder string) error {
	file, err := os.OpenFile(path, os.O_RDWR|noFollow, 0)
	if err != nil {
		return err
	}
	err = file.Chmod(0o600)
	if folder != "" {
		err = errors.Join(err, giveToOwner(file, folder))
	}
	return errors.Join(err, file.Sync(), file.Close())
}
