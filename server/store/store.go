package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
)

const (
	queueLength = 1024
	readers     = 4
)

// engine is what differs between the databases.
type engine interface {
	// pool gives the connections of the readers.
	pool() *sql.DB
	// connect opens the writer's connection, and release closes it, if it is
	// open.
	connect(ctx context.Context) error
	release() error
	// close comes after release.
	close() error
	// version is that of the tables; 0 means that there are none.
	version(ctx context.Context, db *sql.DB) (int64, error)
	// migrate makes the steps that are missing.
	migrate(ctx context.Context) error
	// snapshot is how a reader sees one moment.
	snapshot() *sql.TxOptions
	// view makes what a function reads by.
	view(ctx context.Context, db querier) *View
	// parts says which of the operations share a transaction. It may change their
	// order: they came at the same time.
	parts(batch []*operation) [][]*operation
	// begin opens a transaction for the operations on the writer's connection.
	// What one of them reads stays true until the transaction's end.
	begin(s *Store, tx *Tx, batch []*operation, together bool) error
	// send hands over what the operations left for later.
	send(s *Store, tx *Tx) error
	// end commits the transaction or undoes it.
	end(s *Store, tx *Tx, commit bool) error
	// putOff tells whether there is work for a time in which nothing comes, and
	// catchUp does a part of it in a transaction of its own.
	putOff() bool
	catchUp() error
	// flush gives what brings commits to the disk; nil where each does so itself.
	flush() func() error
}

// Store is one open database. Its methods may be called from any goroutine.
type Store struct {
	engine  engine
	readers *sql.DB

	mu     sync.RWMutex // held while an operation is put into the queue
	closed bool
	queue  chan *operation
	done   chan struct{} // closed when the writer has ended

	flusher *flusher // the writer's; nil where a commit is a flush

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

// Open opens the database at the address: a file's path for SQLite, made when
// there is none, or postgres://… for PostgreSQL, whose database must be there.
// It writes nothing into a database that has content; that is
// [Store.Migrate]'s work. A database of a newer program is [ErrNewer], a file
// of something else [ErrNotADatabase], a PostgreSQL that does not answer
// [ErrAway].
func Open(ctx context.Context, address string) (*Store, error) {
	s := &Store{queue: make(chan *operation, queueLength), done: make(chan struct{})}
	var err error
	if IsPostgres(address) {
		s.engine, err = openPostgres(ctx, address)
	} else {
		s.engine, err = openSQLite(ctx, address)
	}
	if err != nil {
		return nil, err
	}
	s.readers = s.engine.pool()
	if err := s.connect(ctx); err != nil {
		return nil, errors.Join(err, s.engine.close())
	}
	s.flusher = startFlusher(s.engine.flush(), s.answer)
	go s.write()
	return s, nil
}

// connect opens the writer's connection. Another process that makes the same
// new file at this moment holds it for an instant, so it is tried again.
func (s *Store) connect(ctx context.Context) error {
	return patiently(ctx, func() error { return wrap("open the database", s.engine.connect(ctx)) })
}

// Ping asks the database whether it answers and, when the last transaction
// could not be made, whether one can be made now.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.flusher.fault(); err != nil {
		return err
	}
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
	return wrap("close the database", errors.Join(s.engine.release(), s.engine.close()))
}

// Stats tells what the writer did so far.
func (s *Store) Stats() Stats {
	return Stats{Commits: s.commits.Load(), Operations: s.operations.Load(), Statements: s.statements.Load()}
}
