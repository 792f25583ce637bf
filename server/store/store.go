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
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

const (
	queueLength = 1024
	readers     = 4
	// readerWait and migrateWait bound how long a connection waits for
	// another process, in milliseconds.
	readerWait  = 5000
	migrateWait = 10_000
	// writerWait is short: the writer waits in Go, see begin.
	writerWait = 5
)

// Store is one open database. Its methods may be called from any goroutine.
type Store struct {
	path    string
	writer  *sql.DB
	conn    *sql.Conn // the writer's only connection
	readers *sql.DB

	mu     sync.RWMutex // held while an operation is put into the queue
	closed bool
	queue  chan *operation
	done   chan struct{} // closed when the writer has ended

	ailing                          atomic.Bool // the last transaction could not be made
	commits, operations, statements atomic.Uint64
	figures                         figures
}

// Stats counts what the writer did since the store was opened.
type Stats struct {
	Commits    uint64 // transactions committed; each is one flush to the disk
	Operations uint64 // functions run by Do
	Statements uint64 // statements run for them
}

// Open opens the SQLite database in the file path, and makes an empty one if
// there is none. It writes nothing into a database that has content; that is
// [Store.Migrate]'s work. A database of a newer program is [ErrNewer], a file
// of something else [ErrNotADatabase].
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the database: %w", err)
	}
	if err := checkFile(ctx, path); err != nil {
		return nil, err
	}
	s := &Store{path: path, queue: make(chan *operation, queueLength), done: make(chan struct{})}
	if s.writer, err = sql.Open("sqlite", dsn(path, writerWait,
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-65536)",
		"wal_autocheckpoint(4000)", "journal_size_limit(67108864)", "temp_store(MEMORY)")); err != nil {
		return nil, wrap("open the database", err)
	}
	s.writer.SetMaxOpenConns(1)
	if s.readers, err = sql.Open("sqlite", dsn(path, readerWait,
		"query_only(1)", "foreign_keys(1)", "cache_size(-8192)", "temp_store(MEMORY)")); err != nil {
		_ = s.writer.Close()
		return nil, wrap("open the database", err)
	}
	s.readers.SetMaxOpenConns(readers)
	s.readers.SetMaxIdleConns(readers)
	if err := s.connect(ctx); err != nil {
		_ = s.writer.Close()
		_ = s.readers.Close()
		return nil, err
	}
	go s.write()
	return s, nil
}

// connect opens the writer's connection. Another process that makes the same
// new file at this moment holds it for an instant, so it is tried again.
func (s *Store) connect(ctx context.Context) error {
	return patiently(ctx, func() error {
		conn, err := s.writer.Conn(ctx)
		if err == nil {
			s.conn = conn
		}
		return wrap("open the database", err)
	})
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
	have, err := version(ctx, db)
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

// Ping asks the database whether it answers and, when the last transaction
// could not be made, whether one can be made now.
func (s *Store) Ping(ctx context.Context) error {
	if s.ailing.Load() {
		return s.Do(ctx, func(tx *Tx) error { return tx.probe() })
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return ErrClosed
	}
	var one int
	return wrap("ask the database", s.readers.QueryRowContext(ctx, "SELECT 1 FROM settings LIMIT 1").Scan(&one))
}

// Close lets everything that is queued finish, and closes the database. What
// comes after gets [ErrClosed]. Closing twice does nothing more.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		<-s.done
		return nil
	}
	s.closed = true
	close(s.queue)
	s.mu.Unlock()
	<-s.done
	return wrap("close the database", errors.Join(s.conn.Close(), s.readers.Close(), s.writer.Close()))
}

// Stats tells what the writer did so far.
func (s *Store) Stats() Stats {
	return Stats{Commits: s.commits.Load(), Operations: s.operations.Load(), Statements: s.statements.Load()}
}
