package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"zombiezen.com/go/sqlite"
)

// direct is the writer's own connection to SQLite. What database/sql and its
// driver add to a statement, which is names looked up for every argument and
// column and copies of all of them, costs more than most of our statements do,
// and the writer needs none of it: it is one goroutine with one connection.
// Statements are prepared once and live as long as the connection.
type direct struct {
	conn     *sqlite.Conn
	prepared map[string]directStatement
	used     *usedSteps // are settled before a statement that must know of them
}

// directStatement is a statement that is used again and again.
type directStatement struct {
	*sqlite.Stmt
	order []int    // by place in the statement: which argument goes there
	first settling // see [usedSteps]
}

// directError is what SQLite says to the writer, as against a row that does not
// fit or a rule that refuses.
type directError struct{ error }

// Unwrap is for [errors.As] and its like.
func (e directError) Unwrap() error { return e.error }

// openDirect opens an existing file and runs the pragmas.
func openDirect(path string, pragmas ...string) (*direct, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	d := &direct{conn, map[string]directStatement{}, nil}
	conn.SetBusyTimeout(writerWait)
	for _, pragma := range pragmas {
		if err := d.each("PRAGMA "+pragma, nil, func(scanner) error { return nil }); err != nil {
			return nil, errors.Join(err, d.close())
		}
	}
	return d, nil
}

func (d *direct) close() error { return d.conn.Close() }

func (d *direct) prepare(text string) (directStatement, error) {
	if statement, ok := d.prepared[text]; ok {
		return statement, nil
	}
	statement, err := d.conn.Prepare(text)
	if err != nil {
		return directStatement{}, directError{err}
	}
	// SQLite counts our $1, $2, … as they come, whatever they are called.
	order := make([]int, statement.BindParamCount())
	for place := range order {
		number, err := strconv.Atoi(strings.TrimPrefix(statement.BindParamName(place+1), "$"))
		if err != nil {
			return directStatement{}, fmt.Errorf("argument %d has no number", place+1)
		}
		order[place] = number - 1
	}
	d.prepared[text] = directStatement{statement, order, settles(text)}
	return d.prepared[text], nil
}

// bind takes what our statements take: numbers, texts and bytes, and pointers to
// them, which go into an argument without a copy.
func (d *direct) bind(text string, args []any) (directStatement, error) {
	statement, err := d.prepare(text)
	if err != nil {
		return statement, err
	}
	if statement.first != nothing {
		if err := d.used.first(statement.first, args); err != nil {
			return statement, err
		}
	}
	for place, number := range statement.order {
		place++
		if number >= len(args) {
			return statement, fmt.Errorf("argument %d is missing", number+1)
		}
		switch value := args[number].(type) {
		case int64:
			statement.BindInt64(place, value)
		case *int64:
			statement.BindInt64(place, *value)
		case string:
			statement.BindText(place, value)
		case *string:
			statement.BindText(place, *value)
		case []byte:
			statement.bindBytes(place, value)
		case *[]byte:
			statement.bindBytes(place, *value)
		default:
			return statement, fmt.Errorf("argument %d is a %T", number+1, value)
		}
	}
	return statement, nil
}

// bindBytes tells nothing, which is NULL, from bytes that are empty.
func (s directStatement) bindBytes(place int, value []byte) {
	if value == nil {
		s.BindNull(place)
	} else {
		s.BindBytes(place, value)
	}
}

// exec runs a statement and returns how many rows it changed.
func (d *direct) exec(text string, args []any) (changed int64, err error) {
	statement, err := d.bind(text, args)
	if err != nil {
		return 0, err
	}
	for more := true; more; {
		if more, err = statement.Step(); err != nil {
			return 0, directError{err}
		}
	}
	changed = int64(d.conn.Changes())
	return changed, statement.Reset()
}

// each calls scan with every row. What is scanned may be kept; the row may not.
func (d *direct) each(text string, args []any, scan func(scanner) error) (err error) {
	statement, err := d.bind(text, args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, statement.Reset()) }()
	row := directRow{statement.Stmt}
	for {
		more, err := statement.Step()
		if err != nil {
			return directError{err}
		}
		if !more {
			return nil
		}
		if err := scan(row); err != nil {
			return err
		}
	}
}

// directRow is a row that scans itself, as far as our tables go.
type directRow struct{ statement *sqlite.Stmt }

func (r directRow) Scan(into ...any) error {
	if have := r.statement.ColumnCount(); have != len(into) {
		return fmt.Errorf("%d columns for %d places", have, len(into))
	}
	for i, place := range into {
		if err := r.scan(i, place); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func (r directRow) scan(column int, place any) error {
	kind := r.statement.ColumnType(column)
	switch to := place.(type) {
	case *string:
		if kind == sqlite.TypeText {
			r.text(column, to)
			return nil
		}
	case *int64:
		if kind == sqlite.TypeInteger {
			*to = r.statement.ColumnInt64(column)
			return nil
		}
	case *[]byte:
		switch kind {
		case sqlite.TypeNull:
			*to = nil
			return nil
		case sqlite.TypeBlob:
			*to = r.bytes(column)
			return nil
		}
	case sql.Scanner: // sql.NullString, sql.NullInt64
		return to.Scan(r.value(column, kind))
	}
	return fmt.Errorf("a %s does not go into a %T", kind, place)
}

// text copies a text that is not there already: rows that follow one another have
// much in common.
func (r directRow) text(column int, to *string) {
	var short [64]byte
	switch n := r.statement.ColumnBytes(column, short[:]); {
	case n == len(short):
		*to = r.statement.ColumnText(column)
	case string(short[:n]) != *to:
		*to = string(short[:n])
	}
}

// bytes copies what is SQLite's own memory; nothing is not nil.
func (r directRow) bytes(column int) []byte {
	all := make([]byte, r.statement.ColumnLen(column))
	r.statement.ColumnBytes(column, all)
	return all
}

func (r directRow) value(column int, kind sqlite.ColumnType) any {
	switch kind {
	case sqlite.TypeInteger:
		return r.statement.ColumnInt64(column)
	case sqlite.TypeText:
		return r.statement.ColumnText(column)
	case sqlite.TypeBlob:
		return r.bytes(column)
	}
	return nil
}
