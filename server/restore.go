package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"sleutelbos/server/identity"
	"sleutelbos/server/store"
)

// restored is what came of restoring a backup.
type restored struct {
	copy     identity.Copy
	replaced string // where the former database is kept; empty when there was none
	lost     identity.Lost
	unread   error                    // why what was lost is not known
	audit    error                    // what is wrong with the copy's own audit log
	waiting  []identity.HardwareToken // for two codes in a row
}

// restore proves the backup, makes the codes worthless that are older than now,
// and only then puts it in the place of the database, which is kept beside it.
// Until that last step nothing changes.
func (f *Folder) restore(ctx context.Context, backup string, o identity.Options) (done restored, err error) {
	if err := f.embedded(); err != nil {
		return done, err
	}
	if err := os.MkdirAll(f.Data, 0o700); err != nil {
		return done, fmt.Errorf("make the data folder: %w", err)
	}
	held, err := f.hold(true)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, held.release()) }()
	if o.Key, err = f.presentKey(o); err != nil {
		return done, err
	}
	folder, err := os.MkdirTemp(f.Data, ".restore-*") // mode 0700, and on the same disk
	if err != nil {
		return done, fmt.Errorf("make room for the copy: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	fresh := filepath.Join(folder, databaseFile)
	if err := fetch(backup, fresh); err != nil {
		return done, err
	}
	if done.copy, err = identity.Prove(ctx, fresh, o.Key); err != nil {
		return done, fmt.Errorf("prove the backup: %w", err)
	}
	if err := f.prepare(ctx, fresh, o, &done); err != nil {
		return done, err
	}
	done.replaced, err = f.replace(fresh, "replaced-"+o.Now().UTC().Format("20060102T150405Z"))
	return done, err
}

// presentKey is the server key, which restoring never makes.
func (f *Folder) presentKey(o identity.Options) (*identity.ServerKey, error) {
	if len(f.ServerKey.Value) == 0 {
		file := either(f.ServerKey.File, f.path(serverKeyFile))
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", file, identity.ErrNoServerKey)
		}
	}
	return f.serverKey(identity.FileInUse(f.path(databaseFile)), o.Random)
}

// fetch copies a backup, with what stands beside it after a loss of power.
func fetch(backup, to string) error {
	if err := copyFile(backup, to); err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	if err := copyFile(backup+"-wal", to+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the backup: %w", err)
	}
	return nil
}

func copyFile(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err = io.Copy(target, source); err == nil {
		err = target.Sync()
	}
	return errors.Join(err, target.Close())
}

// prepare brings the copy up to date, compares it with the database that it
// will replace, and ends its codes.
func (f *Folder) prepare(ctx context.Context, fresh string, o identity.Options, done *restored) (err error) {
	if o.Store, err = store.Open(ctx, fresh); err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	defer func() {
		if e := o.Store.Close(); e != nil {
			err = errors.Join(err, fmt.Errorf("close the restored database: %w", e))
		}
	}()
	answers, err := identity.New(ctx, o)
	if err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	defer func() { err = errors.Join(err, answers.Close()) }()
	done.audit = answers.VerifyAudit(ctx)
	if _, err := os.Stat(f.path(databaseFile)); err == nil {
		done.lost, done.unread = answers.Lost(ctx, f.path(databaseFile))
	} else if !errors.Is(err, fs.ErrNotExist) {
		done.unread = err
	}
	if err := answers.KeepCounters(ctx, done.lost); err != nil {
		return err
	}
	if err := answers.EndCodes(ctx); err != nil {
		return err
	}
	done.waiting, err = answers.OutOfStep(ctx, identity.Operator())
	return err
}

// replace puts the fresh database in its place by one rename, and keeps the
// former one under a name that ends as told. What stands beside the former one
// is settled or moved away first: SQLite would take it for a part of the new.
func (f *Folder) replace(fresh, ending string) (kept string, err error) {
	const doing = "put the restored database in its place"
	if err := f.settled(fresh); err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	place := f.path(databaseFile)
	if _, err := os.Stat(place); err == nil {
		kept = place + "." + ending
		if err := keep(place, kept); err != nil {
			return "", fmt.Errorf("keep the former database: %w", err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	if err := os.Rename(fresh, place); err != nil {
		return kept, fmt.Errorf("%s: %w", doing, err)
	}
	return kept, flushFolder(f.Data)
}

// settled flushes a database that was closed, for the owner of the folder, and
// insists that nothing of it stands in a file beside it.
func (f *Folder) settled(path string) error {
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return errors.New("a part of it stands beside the file still; try again")
	}
	return flushFile(path, f.Data)
}

func keep(place, kept string) error {
	// What cannot be settled, as in a damaged file, is moved as it is.
	_ = store.Settle(context.Background(), place)
	for _, beside := range []string{"-wal", "-shm"} {
		if err := os.Rename(place+beside, kept+beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Link(place, kept); err != nil { // a file system without links
		return copyFile(place, kept)
	}
	return nil
}
