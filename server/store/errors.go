package store

import (
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	"zombiezen.com/go/sqlite"
)

// Errors of this package.
var (
	// ErrNewer says that a newer program wrote the database. Nothing was
	// written.
	ErrNewer = errors.New("the database was made by a newer version of this program; install that version, or restore a backup made with this one")
	// ErrNotADatabase says that the file is something else, or damaged at its
	// start. Nothing was written.
	ErrNotADatabase = errors.New("the file is not a database of this server; name another file or restore a backup")
	// ErrBusy says that another process held the database too long. Nothing
	// happened, so the same may be tried again.
	ErrBusy = errors.New("the database is busy; nothing was changed, try again")
	// ErrDisk says that the file cannot be written or read now: the disk is
	// full, read-only or failing. What was asked may be tried again.
	ErrDisk = errors.New("the database's disk is full, read-only or failing; make room or mend it, then try again")
	// ErrAway says that PostgreSQL cannot be reached, or broke off. What was
	// asked may be tried again; whether it happened is open.
	ErrAway = errors.New("the database server cannot be reached now; see that it runs, then try again")
	// ErrUnfit says that a PostgreSQL is not one that this program can use.
	// Nothing was written.
	ErrUnfit = errors.New("this program needs PostgreSQL 15 or later and a database with the encoding UTF8; make one with: createdb --encoding=UTF8 --template=template0 NAME")
	// ErrAddress says that a text is not the address of a PostgreSQL.
	ErrAddress = errors.New("the address of the database is not one; it looks like postgres://USER@HOST/NAME")
	// ErrClosed says that the store is closed or closing. Nothing happened.
	ErrClosed = errors.New("the database is closed")
	// ErrNotFound says that there is no such row.
	ErrNotFound = errors.New("there is no such row")
	// ErrChanged says that a row was no longer as it had been read. Nothing
	// was written by that statement.
	ErrChanged = errors.New("the row was changed meanwhile")
)

// errNotAlone has a function run again when no other process writes.
var errNotAlone = errors.New("this must be done alone")

// wrap says what was being done, and tells a busy or foreign file and a
// database server that is away from the rest. It never quotes arguments: they
// may be secret.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	if known := postgresError(err); known != nil {
		return fmt.Errorf("%s: %w", doing, known)
	}
	switch sqliteCode(err) {
	case sqlite.ResultBusy, sqlite.ResultLocked:
		return fmt.Errorf("%s: %w", doing, ErrBusy)
	case sqlite.ResultNotADB:
		return fmt.Errorf("%s: %w", doing, ErrNotADatabase)
	case sqlite.ResultFull, sqlite.ResultReadOnly, sqlite.ResultIOErr:
		return fmt.Errorf("%s: %w (%w)", doing, ErrDisk, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// sqliteCode is what SQLite calls an error, without what it says beyond that,
// whether the writer or a reader met it.
func sqliteCode(err error) sqlite.ResultCode {
	var read *driver.Error
	if errors.As(err, &read) {
		return sqlite.ResultCode(read.Code()).ToPrimary()
	}
	return sqlite.ErrCode(err).ToPrimary()
}
