package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"unicode/utf8"
)

// querier is what a connection and a transaction have in common.
type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

// View reads. Every method that looks for one row returns [ErrNotFound] when
// there is none.
type View struct {
	ctx      context.Context
	db       querier
	store    *Store              // counts; nil for readers
	direct   *direct             // the writer's connection to SQLite, in place of db; nil elsewhere
	rows     *rowNumbers         // where that found rows; nil elsewhere
	numbered bool                // rows have numbers, as SQLite's do
	strict   bool                // the database takes no text that is none; see fit
	before   func() error        // comes before every statement; nil: nothing does
	known    map[string]*found   // read beforehand, by canonical name
	asked    map[string]struct{} // people of known who may have changed since they were read
	last     string              // the one of them whom the present operation asked for
	failed   bool                // a statement failed, so the transaction may be gone
	former   int64               // version of the tables in a file of a former version; 0: the present one
}

// Tx reads and writes inside the writer's transaction.
type Tx struct {
	*View
	batch   uint64       // number of this transaction
	wrote   bool         // the present operation wrote something
	changed bool         // and not only what is added
	shared  bool         // others write at the same time
	crowded bool         // many operations share this transaction
	spoiler int          // which operation spoiled the last transaction; -1: none that is known
	unsent  []statement  // what is left for later
	ended   []func(bool) // to be told what became of this transaction
}

// statement is one that writes, and how many rows it has to change.
type statement struct {
	doing, text string
	args        []any
	rows        int64 // -1: any number
}

func (s *Store) newTx() *Tx {
	// No context that can end: a statement of a shared transaction is not one
	// caller's to cancel.
	view := s.engine.view(context.Background(), nil)
	view.store = s
	return &Tx{View: view}
}

// Alone returns nil when nobody else, in whatever process, writes during this
// transaction. Otherwise it returns an error which the function hands on: it is
// then run again, alone.
func (tx *Tx) Alone() error {
	if tx.shared {
		tx.wrote = true
		return errNotAlone
	}
	return nil
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
	snapshot, err := s.readers.BeginTx(ctx, s.engine.snapshot())
	if err != nil {
		return wrap("read the database", err)
	}
	defer func() { _ = snapshot.Rollback() }()
	return run(s.engine.view(ctx, snapshot))
}

func (v *View) query(text string, args ...any) (*sql.Rows, error) {
	if v.before != nil {
		if err := v.before(); err != nil {
			return nil, err
		}
	}
	if v.store != nil {
		v.store.statements.Add(1)
	}
	if v.strict {
		fit(args)
	}
	return v.db.QueryContext(v.ctx, text, args...)
}

// scanner is one row of whatever driver.
type scanner interface{ Scan(into ...any) error }

// each calls scan for every row.
func (v *View) each(doing, text string, args []any, scan func(scanner) error) (err error) {
	defer func() {
		if err != nil {
			v.failed = true
			err = wrap(doing, err)
		}
	}()
	if v.direct != nil {
		v.store.statements.Add(1)
		return v.direct.each(text, args, scan)
	}
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
	err := v.each(doing, text, args, func(rows scanner) error {
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
	tx.wrote, tx.changed = true, true
	n, err := tx.run(text, args)
	if err != nil {
		tx.failed = true
	}
	return n, wrap(doing, err)
}

func (tx *Tx) run(text string, args []any) (int64, error) {
	if tx.before != nil {
		if err := tx.before(); err != nil {
			return 0, err
		}
	}
	tx.store.statements.Add(1)
	if tx.strict {
		fit(args)
	}
	if tx.direct != nil {
		return tx.direct.exec(text, args)
	}
	result, err := tx.db.ExecContext(tx.ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// change runs a statement that writes and reports whether it changed one row.
// In a shared transaction it says that it does and is sent later, with others;
// if it then does not, all is undone and the function is run again, alone.
func (tx *Tx) change(doing, text string, args ...any) (bool, error) {
	if tx.shared {
		tx.changed = true
		tx.leave(statement{doing, text, args, 1})
		return true, nil
	}
	n, err := tx.exec(doing, text, args...)
	return n == 1, err
}

// later runs a statement that writes nothing that Candidates reads. In a shared
// transaction it is sent later, with others.
func (tx *Tx) later(doing, text string, args ...any) error {
	if tx.shared {
		tx.leave(statement{doing, text, args, -1})
		return nil
	}
	_, err := tx.exec(doing, text, args...)
	return err
}

func (tx *Tx) leave(s statement) {
	tx.wrote = true
	tx.store.statements.Add(1)
	fit(s.args)
	tx.unsent = append(tx.unsent, s)
}

// kept ends an operation: a person about whom it changed nothing is as before for
// the next one.
func (tx *Tx) kept() {
	if !tx.changed && tx.last != "" {
		delete(tx.asked, tx.last)
	}
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
	tx.wrote, tx.changed = true, true
	return tx.one(doing, text, args, into...)
}

// fit replaces what PostgreSQL takes for no text, which is NUL and broken
// UTF-8, by a character that no stored text has: it is then found nowhere.
func fit(args []any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)) {
			args[i] = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\x01"), "\x01")
		}
	}
}
