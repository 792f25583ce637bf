package store

import (
	"context"
	"database/sql"
	"errors"
)

// querier is what a connection and a transaction have in common.
type querier interface {
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// View reads. Every method that looks for one row returns [ErrNotFound] when
// there is none.
type View struct {
	ctx    context.Context
	db     querier
	store  *Store               // counts; nil for readers
	cache  map[string]*sql.Stmt // nil for readers, whose statements are few and seldom
	failed bool                 // a statement failed, so the transaction may be gone
}

// Tx reads and writes inside the writer's transaction.
type Tx struct {
	*View
	batch uint64       // number of this transaction
	wrote bool         // the present operation changed something
	ended []func(bool) // to be told what became of this transaction
}

func newView(conn querier, s *Store) *View {
	// No context that can end: a statement of a shared transaction is not one
	// caller's to cancel.
	return &View{ctx: context.Background(), db: conn, store: s, cache: map[string]*sql.Stmt{}}
}

// Batch numbers the transaction, from 1; what was read in one stays true until
// its end, for every operation in it.
func (tx *Tx) Batch() uint64 { return tx.batch }

// Ended has the function told, before the next transaction begins, whether this
// one was committed or undone. It runs in the writer, like all operations.
func (tx *Tx) Ended(tell func(committed bool)) { tx.ended = append(tx.ended, tell) }

func (tx *Tx) end(committed bool) {
	for i, tell := range tx.ended {
		tell(committed)
		tx.ended[i] = nil
	}
	tx.ended = tx.ended[:0]
}

// Read runs the function on a snapshot of the database, beside the writer.
func (s *Store) Read(ctx context.Context, run func(*View) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return ErrClosed
	}
	snapshot, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return wrap("read the database", err)
	}
	defer func() { _ = snapshot.Rollback() }()
	return run(&View{ctx: ctx, db: snapshot})
}

func (v *View) prepare(text string) (*sql.Stmt, error) {
	if stmt, ok := v.cache[text]; ok {
		return stmt, nil
	}
	stmt, err := v.db.PrepareContext(v.ctx, text)
	if err == nil {
		v.cache[text] = stmt
	}
	return stmt, err
}

func (v *View) query(text string, args ...any) (*sql.Rows, error) {
	if v.store == nil {
		return v.db.QueryContext(v.ctx, text, args...)
	}
	v.store.statements.Add(1)
	stmt, err := v.prepare(text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(v.ctx, args...)
}

// each calls scan for every row.
func (v *View) each(doing, text string, args []any, scan func(*sql.Rows) error) (err error) {
	defer func() {
		if err != nil {
			v.failed = true
			err = wrap(doing, err)
		}
	}()
	rows, err := v.query(text, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one scans the first row, or returns ErrNotFound.
func (v *View) one(doing, text string, args []any, into ...any) error {
	found := false
	err := v.each(doing, text, args, func(rows *sql.Rows) error {
		if found {
			return nil
		}
		found = true
		return rows.Scan(into...)
	})
	if err == nil && !found {
		return ErrNotFound
	}
	return err
}

// exec runs a statement that writes and returns how many rows it changed.
func (tx *Tx) exec(doing, text string, args ...any) (int64, error) {
	tx.wrote = true
	tx.store.statements.Add(1)
	stmt, err := tx.prepare(text)
	if err == nil {
		var result sql.Result
		if result, err = stmt.ExecContext(tx.ctx, args...); err == nil {
			return result.RowsAffected()
		}
	}
	tx.failed = true
	return 0, wrap(doing, err)
}

// must runs a statement that has to change a row, else the answer is
// ErrChanged.
func (tx *Tx) must(doing, text string, args ...any) error {
	n, err := tx.exec(doing, text, args...)
	if err == nil && n == 0 {
		return wrap(doing, ErrChanged)
	}
	return err
}

// returning runs a statement that writes and returns one row.
func (tx *Tx) returning(doing, text string, args []any, into ...any) error {
	tx.wrote = true
	return tx.one(doing, text, args, into...)
}

// control begins and ends transactions.
func (tx *Tx) control(text string) error {
	stmt, err := tx.prepare(text)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(tx.ctx)
	return err
}

// rollback undoes the transaction. SQLite may have undone it already, which
// shows as an error that says so; either way none is left.
func (tx *Tx) rollback() {
	_ = tx.control("ROLLBACK")
	tx.end(false)
}

func (tx *Tx) close() {
	for _, stmt := range tx.cache {
		_ = stmt.Close()
	}
}
