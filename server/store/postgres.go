package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

const (
	oldestPostgres = 150000 // server_version_num
	connectTimeout = 5 * time.Second
	readerLife     = 5 * time.Minute // after that a connection is made anew, maybe to another host
	migrateTries   = 60              // one a second
)

// IsPostgres tells whether an address is that of a PostgreSQL, and not a file.
func IsPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// postgres is a database of its own server, which other processes use as well.
type postgres struct {
	config          *pgx.ConnConfig
	writer, readers *sql.DB
	conn            *sql.Conn // the writer's only connection; nil: it is lost
}

func openPostgres(ctx context.Context, address string) (*postgres, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, ErrAddress // the cause might quote a part of the password
	}
	prepare(config)
	e := &postgres{config: config, writer: stdlib.OpenDB(*config), readers: stdlib.OpenDB(*config)}
	e.writer.SetMaxOpenConns(1)
	e.readers.SetMaxOpenConns(readers)
	e.readers.SetMaxIdleConns(readers)
	e.readers.SetConnMaxLifetime(readerLife)
	if err := e.check(ctx); err != nil {
		_ = e.writer.Close()
		_ = e.readers.Close()
		return nil, err
	}
	return e, nil
}

// prepare sets what the address leaves open. An answer may only be given once
// it is on the disk, a transaction of a node that is gone must not keep the
// others waiting, and of several hosts only the one that takes writes will do.
func prepare(config *pgx.ConnConfig) {
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.ValidateConnect == nil {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	for name, value := range map[string]string{
		"application_name":                    "sleutelbos",
		"synchronous_commit":                  "on",
		"lock_timeout":                        "8s",
		"idle_in_transaction_session_timeout": "10s",
	} {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
}

// check looks at the server and its database, and writes nothing.
func (e *postgres) check(ctx context.Context) error {
	var number int
	var encoding string
	err := e.readers.QueryRowContext(ctx,
		"SELECT current_setting('server_version_num')::int, current_setting('server_encoding')").Scan(&number, &encoding)
	if err != nil {
		return wrap("open the database", err)
	}
	if number < oldestPostgres || encoding != "UTF8" {
		return fmt.Errorf("%w (version %d, encoding %s)", ErrUnfit, number/10000, encoding)
	}
	have, err := e.version(ctx, e.readers)
	if err != nil {
		return err
	}
	newest, err := newest()
	if err != nil {
		return err
	}
	if have > newest {
		return ErrNewer
	}
	return nil
}

func (e *postgres) pool() *sql.DB { return e.readers }

func (e *postgres) close() error { return errors.Join(e.readers.Close(), e.writer.Close()) }

func (e *postgres) connect(ctx context.Context) error {
	if e.conn != nil {
		return nil
	}
	conn, err := e.writer.Conn(ctx)
	if err == nil {
		e.conn = conn
	}
	return err
}

func (e *postgres) release() error {
	if e.conn == nil {
		return nil
	}
	conn := e.conn
	e.conn = nil
	return conn.Close()
}

func (e *postgres) snapshot() *sql.TxOptions {
	return &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
}

func (e *postgres) view(ctx context.Context, db querier) *View {
	return &View{ctx: ctx, db: db, strict: true}
}

func (e *postgres) version(ctx context.Context, db *sql.DB) (int64, error) {
	return version(ctx, db, "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'goose_db_version'")
}

// migrate makes the steps under an advisory lock, so that of several nodes that
// start at once one does it.
func (e *postgres) migrate(ctx context.Context) error {
	db := stdlib.OpenDB(*e.config)
	defer func() { _ = db.Close() }()
	under, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return fmt.Errorf("list the migrations: %w", err)
	}
	over, err := fs.Sub(under, "postgres")
	if err != nil {
		return fmt.Errorf("list the migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, migrateTries))
	if err != nil {
		return fmt.Errorf("prepare the migrations: %w", err)
	}
	return migrate(ctx, db, goose.DialectPostgres, overlay{under, over}, goose.WithSessionLocker(locker))
}

// overlay is a folder of which some files are replaced by those of another.
type overlay struct{ under, over fs.FS }

// Open opens the file that replaces, or else the replaced one.
func (o overlay) Open(name string) (fs.File, error) {
	if name != "." {
		if file, err := o.over.Open(name); err == nil {
			return file, nil
		}
	}
	return o.under.Open(name)
}
