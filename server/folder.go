package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/pflag"

	"sleutelbos/server/identity"
	"sleutelbos/server/store"
)

// Files of the data folder.
const (
	databaseFile    = "sleutelbos.db"
	serverKeyFile   = "server.key"
	certificateFile = "tls.crt"
	tlsKeyFile      = "tls.key"
	acmeFolder      = "acme"
)

// ErrNoServer says that a folder holds no server yet.
var ErrNoServer = errors.New("there is no server in this folder yet; start one with: sleutelbos serve --data FOLDER")

// Folder is where a server keeps its data, and the key that opens it.
type Folder struct {
	Data      string
	ServerKey Secret // default the file server.key in Data
}

func (f *Folder) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.Data, "data", f.Data, "`FOLDER` with the database, the server key and the certificate; made at the first start")
	f.ServerKey.bind(flags, "server-key", "key that seals the database (default server.key in the data folder)")
}

func (f *Folder) check() error {
	if f.Data == "" {
		return usage("say where the data is, by --data FOLDER or %s", environmentName("data"))
	}
	return nil
}

func (f *Folder) path(name string) string { return filepath.Join(f.Data, name) }

// desk is an open data folder.
type desk struct {
	*identity.Desk
	store *store.Store
	hold  *hold
}

// Close writes what is left and lets go of the database.
func (d *desk) Close() error {
	return errors.Join(d.Desk.Close(), d.store.Close(), d.hold.release())
}

// open opens the folder. The server key is made only when neither it nor a
// database exists; without a server that once started, only when fresh. While
// it is open, no backup can be restored there.
func (f *Folder) open(ctx context.Context, fresh bool, o identity.Options) (opened *desk, err error) {
	_, err = os.Stat(f.path(databaseFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && !fresh:
		return nil, fmt.Errorf("%s: %w", f.Data, ErrNoServer)
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(f.Data, 0o700); err != nil {
			return nil, fmt.Errorf("make the data folder: %w", err)
		}
	case err != nil:
		return nil, fmt.Errorf("look into the data folder: %w", err)
	}
	held, err := f.hold(false)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, held.release())
		}
	}()
	if o.Key, err = f.serverKey(o); err != nil {
		return nil, err
	}
	if o.Store, err = store.Open(ctx, f.path(databaseFile)); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	answers, err := identity.New(ctx, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", f.Data, err), o.Store.Close())
	}
	return &desk{Desk: answers, store: o.Store, hold: held}, nil
}

func (f *Folder) serverKey(o identity.Options) (*identity.ServerKey, error) {
	if len(f.ServerKey.Value) > 0 {
		return identity.LoadServerKey(f.ServerKey.Value)
	}
	file := f.ServerKey.File
	if file == "" {
		file = f.path(serverKeyFile)
	}
	key, err := identity.ServerKeyFile(file, f.path(databaseFile), o.Random)
	if err != nil {
		return nil, fmt.Errorf("the server key %s: %w", file, err)
	}
	return key, nil
}

func (s Surroundings) options(log *slog.Logger) identity.Options {
	return identity.Options{Now: s.Now, Random: s.Random, Log: log}
}

// writeFile writes a file that only this user reads, whole or not at all.
func writeFile(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // gone already when all went well
	if _, err = file.Write(content); err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return flushFolder(filepath.Dir(path))
}

// flushFolder makes what was renamed in a folder last through a loss of power.
func flushFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be flushed there, and need not be
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
