package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
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
	// ErrClosed says that the store is closed or closing. Nothing happened.
	ErrClosed = errors.New("the database is closed")
	// ErrNotFound says that there is no such row.
	ErrNotFound = errors.New("there is no such row")
	// ErrChanged says that a row was no longer as it had been read. Nothing
	// was written by that statement.
	ErrChanged = errors.New("the row was changed meanwhile")
)

// wrap says what was being done, and tells a busy or foreign file from the
// rest. It never quotes arguments: they may be secret.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	var fault *sqlite.Error
	if errors.As(err, &fault) {
		switch fault.Code() & 0xff { // the upper bits hold the extended code
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return fmt.Errorf("%s: %w", doing, ErrBusy)
		case sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%s: %w", doing, ErrNotADatabase)
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR:
			return fmt.Errorf("%s: %w (%w)", doing, ErrDisk, err)
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func isChanged(err error) bool { return errors.Is(err, ErrChanged) }
