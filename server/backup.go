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
	made := false
	command := &cobra.Command{
		Use: "backup FILE", Short: "Write a copy of the database, also while the server runs",
		Args: func(command *cobra.Command, given []string) error {
			if made {
				return noArguments(command, given)
			}
			return oneArgument("file")(command, given)
		},
		Long: `Write a copy of the database as it is at one moment into a new file (mode 0600),
also while the server runs. The copy is read back whole, and opened with the
server key, before it gets its name: a file of that name is a good copy.

The server key is not in it. Keep a copy of that elsewhere: without it a backup
cannot be restored, and whoever has both can make every code.

A PostgreSQL is copied by its own means. With --made and no file, the script that
copies it says that this went well: the start page of operators and the doctor
then tell how old the last backup is.`,
	}
	command.Flags().BoolVar(&made, "made", false, "only write down that a backup was made in another way, and that you know it to be good")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		if made {
			return errors.Join(d.BackupMade(ctx), a.note("It is written down that a backup was made now."))
		}
		file := command.Flags().Arg(0)
		copied, err := d.backup(ctx, file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		return a.note("%s holds the database up to %s. The server key is not in it.", file, copied.Newest.Local().Format(timeForm))
	})
	return quiet(command)
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
