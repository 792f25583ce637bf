package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

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

// Errors about a server that is not there.
var (
	// ErrNoServer says that a folder holds no server yet.
	ErrNoServer = errors.New("there is no server in this folder yet; start one with: sleutelbos serve --data FOLDER")
	// ErrNoServerInDatabase says that a PostgreSQL database holds none yet.
	ErrNoServerInDatabase = errors.New("there is no server in this database yet; start one with: sleutelbos serve --database ADDRESS")
)

// ErrEmbeddedOnly says that a command works on the files of a data folder.
var ErrEmbeddedOnly = errors.New("this is for the embedded database of a data folder; a PostgreSQL is copied with pg_dump and put back with pg_restore, and then: sleutelbos admin end-codes")

// Folder is where a server keeps its data, and the key that opens it.
type Folder struct {
	Data         string
	Database     string // address of a PostgreSQL; empty: SQLite in Data
	DatabaseFile string // file with that address, which may hold a password
	ServerKey    Secret // default the file server.key in Data
}

func (f *Folder) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.Data, "data", f.Data, "`FOLDER` with the database, the server key and the certificate; made at the first start")
	flags.StringVar(&f.Database, "database", f.Database, "`ADDRESS` of a PostgreSQL database, postgres://USER@HOST/NAME (default SQLite in the data folder); with a password rather by variable or file")
	flags.StringVar(&f.DatabaseFile, "database-file", f.DatabaseFile, "`FILE` with that address")
	f.ServerKey.bind(flags, "server-key", "key that seals the database (default server.key in the data folder)")
}

func (f *Folder) check() error {
	elsewhere := f.Database != "" || f.DatabaseFile != ""
	switch {
	case f.Database != "" && f.DatabaseFile != "":
		return usage("give either %s or %s, not both", environmentName("database"), environmentName("database-file"))
	case f.Database != "" && !store.IsPostgres(f.Database):
		return usage("--database takes postgres://USER@HOST/NAME; for SQLite give --data FOLDER alone")
	case f.Data == "" && !elsewhere:
		return usage("say where the data is, by --data FOLDER or %s", environmentName("data"))
	case f.Data == "" && f.ServerKey.File == "" && len(f.ServerKey.Value) == 0:
		return usage("say where the server key is, by --server-key-file FILE or, in a folder, --data FOLDER")
	}
	return nil
}

// address is that of the PostgreSQL, or empty.
func (f *Folder) address() (string, error) {
	if f.DatabaseFile == "" {
		return f.Database, nil
	}
	content, err := os.ReadFile(f.DatabaseFile)
	if err != nil {
		return "", fmt.Errorf("read the address of the database: %w", err)
	}
	address := strings.TrimSpace(string(content))
	if !store.IsPostgres(address) {
		return "", fmt.Errorf("the file %s: %w", f.DatabaseFile, store.ErrAddress)
	}
	return address, nil
}

// embedded insists on the embedded database.
func (f *Folder) embedded() error {
	if address, err := f.address(); err != nil || address != "" {
		return errors.Join(err, ErrEmbeddedOnly)
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

// open opens the data. The server key is made only when neither it nor a
// database exists; without a server that once started, only when fresh. While a
// folder is open, no backup can be restored there.
func (f *Folder) open(ctx context.Context, fresh bool, o identity.Options) (opened *desk, err error) {
	address, err := f.address()
	if err != nil {
		return nil, err
	}
	var held *hold
	defer func() {
		if err != nil {
			err = errors.Join(err, held.release())
		}
	}()
	where := f.Data
	if address == "" {
		held, err = f.openFile(ctx, fresh, &o)
	} else {
		where = "the database" // its address may hold a password
		err = f.openPostgres(ctx, address, fresh, &o)
	}
	if err != nil {
		return nil, err
	}
	if file, e := f.keyFile(); e == nil {
		o.ReadKey = func() (*identity.ServerKey, error) { return identity.ReadServerKey(file) }
	}
	answers, err := identity.New(ctx, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", where, err), o.Store.Close())
	}
	return &desk{Desk: answers, store: o.Store, hold: held}, nil
}

// openFile opens the database in the folder, and holds the folder.
func (f *Folder) openFile(ctx context.Context, fresh bool, o *identity.Options) (held *hold, err error) {
	_, err = os.Stat(f.path(databaseFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && !fresh:
		return nil, fmt.Errorf("%s: %w", f.Data, ErrNoServer)
	case errors.Is(err, fs.ErrNotExist):
		if err := f.makeFolder(); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, fmt.Errorf("look into the data folder: %w", err)
	}
	if held, err = f.hold(false); err != nil {
		return nil, err
	}
	if o.Key, err = f.serverKey(identity.FileInUse(f.path(databaseFile)), o.Random); err != nil {
		return held, err
	}
	if o.Store, err = store.Open(ctx, f.path(databaseFile)); err != nil {
		return held, fmt.Errorf("open the database: %w", err)
	}
	return held, nil
}

func (f *Folder) openPostgres(ctx context.Context, address string, fresh bool, o *identity.Options) (err error) {
	if o.Store, err = store.Open(ctx, address); err != nil {
		return err
	}
	version, err := o.Store.Version(ctx)
	switch {
	case err != nil:
	case version == 0 && !fresh:
		err = ErrNoServerInDatabase
	case f.Data != "" && fresh:
		err = f.makeFolder()
	}
	if err == nil {
		inUse := func() (bool, error) { return version > 0, nil }
		o.Key, err = f.serverKey(inUse, o.Random)
	}
	if err != nil {
		return errors.Join(err, o.Store.Close())
	}
	return nil
}

func (f *Folder) makeFolder() error {
	if err := os.MkdirAll(f.Data, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	return nil
}

func (f *Folder) serverKey(inUse func() (bool, error), random io.Reader) (*identity.ServerKey, error) {
	if len(f.ServerKey.Value) > 0 {
		return identity.LoadServerKey(f.ServerKey.Value)
	}
	file := f.ServerKey.File
	if file == "" {
		file = f.path(serverKeyFile)
	}
	key, err := identity.ServerKeyBeside(file, inUse, random)
	if err != nil {
		return nil, fmt.Errorf("the server key %s: %w", file, err)
	}
	return key, nil
}

func (s Surroundings) options(log *slog.Logger) identity.Options {
	return identity.Options{Now: s.Now, Random: s.Random, Log: log, Pages: true}
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
