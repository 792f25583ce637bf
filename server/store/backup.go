package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"zombiezen.com/go/sqlite"
)

// ErrDamaged says that a part of the database cannot be what was written.
var ErrDamaged = errors.New("the database is damaged; restore a backup")

// ErrUsePgDump says that a PostgreSQL database is copied by its own means.
var ErrUsePgDump = errors.New("this database is a PostgreSQL; copy it with: pg_dump --format=custom --file=FILE ADDRESS")

// BacksUp tells whether [Store.Backup] copies this database.
func (s *Store) BacksUp() bool {
	_, ok := s.engine.(*embedded)
	return ok
}

// Backup writes a copy of the database, as it is at one moment, into the new
// file path (https://sqlite.org/lang_vacuum.html, VACUUM INTO). The writer goes
// on meanwhile. The copy is not flushed to the disk yet, and a failure may
// leave a part of it.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	file, ok := s.engine.(*embedded)
	if !ok {
		return ErrUsePgDump
	}
	db, err := sql.Open("sqlite", dsn(file.path, readerWait))
	if err != nil {
		return wrap("open the database", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "VACUUM INTO $1", path)
	return wrap("copy the database", err)
}

// ReadFile runs the function on a snapshot of the database file path, and
// changes nothing of its content. A database of a newer program is [ErrNewer],
// one without tables or something else [ErrNotADatabase], one that cannot be
// followed [ErrDamaged].
func ReadFile(ctx context.Context, path string, run func(*View) error) (err error) {
	defer func() {
		if sqliteCode(err) == sqlite.ResultCorrupt {
			err = fmt.Errorf("%w (%w)", ErrDamaged, err)
		}
	}()
	if path, err = filepath.Abs(path); err != nil {
		return fmt.Errorf("find the database: %w", err)
	}
	if _, err := os.Stat(path); err != nil { // SQLite would make it
		return fmt.Errorf("find the database: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(path, readerWait, "query_only(1)"))
	if err != nil {
		return wrap("open the database", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	have, err := version(ctx, db, countVersions)
	switch {
	case err != nil:
		return err
	case have == 0:
		return ErrNotADatabase
	default:
		if newest, err := newest(); err != nil || have > newest {
			return errors.Join(err, ErrNewer)
		}
	}
	snapshot, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return wrap("read the database", err)
	}
	defer func() { _ = snapshot.Rollback() }()
	return run(&View{ctx: ctx, db: snapshot, former: have})
}

// Version is the version of the tables, and whether this program makes a newer
// one of them.
func (v *View) Version() (have int64, old bool, err error) {
	if err := v.one("look at the database", "SELECT coalesce(max(version_id), 0) FROM goose_db_version", nil, &have); err != nil {
		return 0, false, err
	}
	newest, err := newest()
	return have, have < newest, err
}

// Check reads all of the database, every index, every reference and what names say
// of their people, and returns [ErrDamaged] when something does not fit.
func (v *View) Check() error {
	const doing = "check the database"
	var found string
	if err := v.one(doing, "PRAGMA integrity_check(1)", nil, &found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("%w (%s)", ErrDamaged, found)
	}
	if err := v.each(doing, "PRAGMA foreign_key_check", nil, func(scanner) error {
		return fmt.Errorf("%w (a row names another that is not there)", ErrDamaged)
	}); err != nil || v.former != 0 && v.former < meaningVersion {
		return err
	}
	return v.each(doing, strayNames, nil, func(scanner) error {
		return fmt.Errorf("%w (a name does not say what is known of its person)", ErrDamaged)
	})
}

// meaningVersion is that of the tables from which names say what their people do.
const (
	meaningVersion = 29
	strayNames     = `SELECT n.name FROM names n LEFT JOIN meaning m ON m.person = n.person
		WHERE (n.failures, n.failures_in_row, n.locked_until, n.starts, n.ends, n.link)
		IS NOT (m.failures, m.failures_in_row, m.locked_until, m.starts, m.ends, m.link) LIMIT 1`
)

// Settle brings what stands in the files beside a database, as after a loss of
// power, into the file itself. No other process may use it.
func Settle(ctx context.Context, path string) (err error) {
	if path, err = filepath.Abs(path); err != nil {
		return fmt.Errorf("find the database: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(path, migrateWait, "synchronous(FULL)"))
	if err != nil {
		return wrap("open the database", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return wrap("settle the database", err)
}
