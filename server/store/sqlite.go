package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

const (
	// readerWait and migrateWait bound how long a connection waits for
	// another process, in milliseconds.
	readerWait  = 5000
	migrateWait = 10_000
	// writerWait is short: the writer waits in Go, see begin.
	writerWait = 5 * time.Millisecond
)

// countVersions tells whether there is a table of versions.
const countVersions = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'"

// embedded is an SQLite database: one file and those that SQLite keeps beside
// it.
type embedded struct {
	path    string
	writer  *direct // nil: not connected
	rows    rowNumbers
	used    usedSteps
	mu      sync.Mutex
	log     *os.File // the write-ahead log, to flush it; nil: not opened yet
	readers *sql.DB
}

func openSQLite(ctx context.Context, path string) (*embedded, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the database: %w", err)
	}
	if err := checkFile(ctx, path); err != nil {
		return nil, err
	}
	e := &embedded{path: path}
	if e.readers, err = sql.Open("sqlite", dsn(path, readerWait,
		"query_only(1)", "foreign_keys(1)", fmt.Sprintf("cache_size(-%d)", readerCache), "temp_store(MEMORY)")); err != nil {
		return nil, wrap("open the database", err)
	}
	e.readers.SetMaxOpenConns(readers)
	e.readers.SetMaxIdleConns(readers)
	return e, nil
}

func (e *embedded) pool() *sql.DB { return e.readers }

func (e *embedded) close() error { return e.readers.Close() }

func (e *embedded) connect(context.Context) (err error) {
	e.writer, err = openDirect(e.path,
		"journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)", fmt.Sprintf("cache_size(-%d)", writerCache),
		"wal_autocheckpoint(16000)", "journal_size_limit(83886080)", "temp_store(MEMORY)")
	if err == nil {
		e.used = usedSteps{writer: e.writer, steps: map[int64]usedStep{}}
		e.rows.used, e.writer.used = &e.used, &e.used
	}
	return err
}

func (e *embedded) release() error {
	if e.writer == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var closed error
	if e.log != nil {
		closed = e.log.Close()
	}
	writer := e.writer
	e.writer, e.log = nil, nil
	return errors.Join(closed, writer.close())
}

// flush flushes the log. SQLite would do so within the commit, and the processor
// would wait for the disk; see [flusher].
func (e *embedded) flush() func() error {
	return func() error {
		log, err := e.openLog()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing was ever written
		}
		if err != nil {
			return err
		}
		return syncData(log)
	}
}

// openLog opens the log once. It stays the same file as long as the writer is
// connected; no lock of SQLite's is on it that closing it would take away.
func (e *embedded) openLog() (log *os.File, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.log == nil {
		e.log, err = os.OpenFile(e.path+"-wal", os.O_RDWR, 0)
	}
	return e.log, err
}

func (e *embedded) snapshot() *sql.TxOptions { return &sql.TxOptions{ReadOnly: true} }

func (e *embedded) view(ctx context.Context, db querier) *View {
	return &View{ctx: ctx, db: db, numbered: true}
}

func (e *embedded) version(ctx context.Context, db *sql.DB) (int64, error) {
	return version(ctx, db, countVersions)
}

func (e *embedded) migrate(ctx context.Context) error {
	db, err := sql.Open("sqlite", dsn(e.path, migrateWait, "synchronous(FULL)", "foreign_keys(1)"))
	if err != nil {
		return wrap("open the database", err)
	}
	defer func() { _ = db.Close() }()
	steps, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return fmt.Errorf("list the migrations: %w", err)
	}
	return migrate(ctx, db, goose.DialectSQLite3, steps)
}

// parts are one: whatever is written shares a flush.
func (e *embedded) parts(batch []*operation) [][]*operation { return [][]*operation{batch} }

// begin takes the database's write lock before anything is read.
func (e *embedded) begin(_ *Store, tx *Tx, _ []*operation, _ bool) error {
	tx.direct, tx.rows = e.writer, &e.rows
	err := patiently(context.Background(), e.open)
	if err == nil && e.used.press() {
		if err = e.used.slice(usedSlice); err != nil {
			err = errors.Join(err, e.end(nil, nil, false))
		}
	}
	return err
}

// open opens a transaction, with what is used up as it is then.
func (e *embedded) open() error {
	if err := e.control("BEGIN IMMEDIATE"); err != nil {
		return wrap("begin to write", err)
	}
	if err := e.used.compare(); err != nil {
		return errors.Join(err, e.end(nil, nil, false))
	}
	return nil
}

func (e *embedded) putOff() bool { return e.used.pending() }

func (e *embedded) catchUp() error {
	if err := e.open(); err != nil {
		return err
	}
	err := e.used.slice(usedSlice)
	if err == nil {
		err = e.end(nil, nil, true)
	}
	if err != nil {
		err = errors.Join(err, e.end(nil, nil, false))
	}
	return err
}

// send writes down what is used up. Nothing else is left for it: a statement
// costs no way to another machine.
func (e *embedded) send(*Store, *Tx) error { return e.used.keep() }

// end commits or undoes. SQLite may have undone the transaction already, which
// shows as an error that says so; either way none is left.
func (e *embedded) end(_ *Store, _ *Tx, commit bool) error {
	if commit {
		err := e.control("COMMIT")
		if err == nil {
			e.used.end(true)
		} else {
			e.used.fault()
		}
		return wrap("commit to the database", err)
	}
	_ = e.control("ROLLBACK")
	e.used.end(false)
	return nil
}

func (e *embedded) control(text string) error {
	_, err := e.writer.exec(text, nil)
	return err
}

// checkFile looks at an existing file without changing its content, and makes a new one
// that only its owner can read; SQLite gives the files beside it the same mode.
// Rights that others have on an existing file are taken away.
func checkFile(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return fmt.Errorf("make the database: %w", err)
		}
		return file.Close()
	}
	if err != nil {
		return fmt.Errorf("find the database: %w", err)
	}
	if info.IsDir() {
		return fmt.Errorf("open the database: %s is a folder", filepath.Base(path))
	}
	takeBack(path, path+"-wal", path+"-shm")
	if info.Size() == 0 {
		return nil
	}
	db, err := sql.Open("sqlite", dsn(path, readerWait, "query_only(1)"))
	if err != nil {
		return wrap("open the database", err)
	}
	defer func() { _ = db.Close() }()
	have, err := (&embedded{}).version(ctx, db)
	if err != nil {
		return err
	}
	if newest, err := newest(); err != nil || have > newest {
		return errors.Join(err, ErrNewer)
	}
	return nil
}

// takeBack takes away what others may do with the files: a copy that was put
// back is often readable for all. Whoever may not change that may still be
// allowed to use them.
func takeBack(files ...string) {
	for _, file := range files {
		info, err := os.Stat(file)
		if err == nil && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
			_ = os.Chmod(file, info.Mode().Perm()&0o700)
		}
	}
}

// dsn names the file, how long to wait for other processes in milliseconds,
// and the pragmas that every connection begins with.
func dsn(path string, wait int, pragmas ...string) string {
	query := url.Values{"_pragma": append([]string{fmt.Sprintf("busy_timeout(%d)", wait)}, pragmas...)}
	query.Set("_txlock", "deferred")
	slashed := filepath.ToSlash(path)
	if runtime.GOOS == "windows" && !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // file:///C:/…
	}
	return (&url.URL{Scheme: "file", Path: slashed, RawQuery: query.Encode()}).String()
}
