package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Errors of a PostgreSQL that is there, and that somebody has to set up.
var (
	// ErrNoDatabase says that the server has no database of this name.
	ErrNoDatabase = errors.New("the database server has no database of this name; make it with: createdb --owner=USER --encoding=UTF8 --template=template0 NAME")
	// ErrDenied says that the server does not let this user in, or do this.
	ErrDenied = errors.New("the database server does not let this user in; see the user name and the password in the address, and pg_hba.conf")
)

// oneLine is an error whose text may have several.
type oneLine struct{ error }

func (e oneLine) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }
func (e oneLine) Unwrap() error { return e.error }

// postgresError gives the error of this package that one of PostgreSQL or of
// the way to it stands for, or nil. The codes are those of PostgreSQL's
// appendix A.
func postgresError(err error) error {
	for _, ours := range []error{ErrAway, ErrBusy, ErrDisk, ErrNoDatabase, ErrDenied} {
		if errors.Is(err, ours) {
			return nil // wrapped before
		}
	}
	var fault *pgconn.PgError
	if errors.As(err, &fault) {
		return postgresFault(fault)
	}
	var connecting *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return nil
	case errors.As(err, &connecting), errors.As(err, &network),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), pgconn.SafeToRetry(err):
		return fmt.Errorf("%w (%w)", ErrAway, oneLine{err})
	}
	return nil
}

func postgresFault(fault *pgconn.PgError) error {
	switch fault.Code {
	case "40001", "40P01", "55P03", "57014": // serialisation, deadlock, lock timeout, cancelled
		return fmt.Errorf("%w (%s)", ErrBusy, fault.Code)
	case "53100", "58030": // disk full, input/output
		return fmt.Errorf("%w (%s)", ErrDisk, fault.Code)
	case "3D000":
		return fmt.Errorf("%w (%s)", ErrNoDatabase, fault.Code)
	case "28000", "28P01": // not let in, wrong password
		return fmt.Errorf("%w (%s)", ErrDenied, fault.Code)
	case "25006", "25P03", "53200", "53300": // read-only, idle in transaction, memory, connections
		return fmt.Errorf("%w (%s)", ErrAway, fault.Code)
	}
	if strings.HasPrefix(fault.Code, "08") || strings.HasPrefix(fault.Code, "57P") { // connection; shutting down, starting
		return fmt.Errorf("%w (%s)", ErrAway, fault.Code)
	}
	return nil
}
