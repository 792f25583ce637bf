package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// direct runs statements of the writer through the driver itself. What
// database/sql adds to a statement, its locks and conversions and the rows that
// outlive the call, is a quarter of the cost of a short one, and the writer
// needs none of it: it is one goroutine with one connection. Statements are
// prepared once and live as long as the connection.
type direct struct {
	conn       *sql.Conn
	statements map[string]directStatement
	named      []driver.NamedValue
	row        []driver.Value
}

// directStatement is what the driver's statements can do.
type directStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func newDirect(conn *sql.Conn) *direct {
	return &direct{conn: conn, statements: map[string]directStatement{}}
}

func (d *direct) prepare(text string) (directStatement, error) {
	if statement, ok := d.statements[text]; ok {
		return statement, nil
	}
	var prepared driver.Stmt
	err := d.conn.Raw(func(connection any) (err error) {
		preparer, ok := connection.(driver.ConnPrepareContext)
		if !ok {
			return errors.New("the driver prepares no statements")
		}
		prepared, err = preparer.PrepareContext(context.Background(), text)
		return err
	})
	if err != nil {
		return nil, err
	}
	statement, ok := prepared.(directStatement)
	if !ok {
		return nil, errors.Join(errors.New("the driver's statements take no arguments by name"), prepared.Close())
	}
	d.statements[text] = statement
	return statement, nil
}

// bind takes what our statements take: numbers, texts and bytes.
func (d *direct) bind(args []any) error {
	d.named = d.named[:0]
	for i, arg := range args {
		switch arg.(type) {
		case int64, string, []byte:
		default:
			return fmt.Errorf("argument %d is a %T", i+1, arg)
		}
		d.named = append(d.named, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return nil
}

// exec runs a statement and returns how many rows it changed.
func (d *direct) exec(text string, args []any) (changed int64, err error) {
	statement, err := d.prepare(text)
	if err != nil {
		return 0, err
	}
	if err := d.bind(args); err != nil {
		return 0, err
	}
	err = d.conn.Raw(func(any) error {
		result, err := statement.ExecContext(context.Background(), d.named)
		if err == nil {
			changed, err = result.RowsAffected()
		}
		return err
	})
	return changed, err
}

// each calls scan with every row. What the row holds may be kept; the slice may
// not.
func (d *direct) each(text string, args []any, scan func([]driver.Value) error) error {
	statement, err := d.prepare(text)
	if err != nil {
		return err
	}
	if err := d.bind(args); err != nil {
		return err
	}
	return d.conn.Raw(func(any) (err error) {
		rows, err := statement.QueryContext(context.Background(), d.named)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		width := len(rows.Columns())
		if cap(d.row) < width {
			d.row = make([]driver.Value, width)
		}
		for row := d.row[:width]; ; {
			if err := rows.Next(row); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
			if err := scan(row); err != nil {
				return err
			}
		}
	})
}

func (d *direct) close() {
	for _, statement := range d.statements {
		_ = statement.Close()
	}
}

// values is a row that scans itself, as far as our tables go.
type values []driver.Value

func (v values) Scan(into ...any) error {
	if len(into) != len(v) {
		return fmt.Errorf("%d columns for %d places", len(v), len(into))
	}
	for i, place := range into {
		if err := assign(place, v[i]); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func assign(place any, value driver.Value) error {
	fits := true
	switch to := place.(type) {
	case *string:
		*to, fits = value.(string)
	case *int64:
		*to, fits = value.(int64)
	case *[]byte:
		if value != nil {
			*to, fits = value.([]byte)
		} else {
			*to = nil
		}
	case sql.Scanner: // sql.NullString, sql.NullInt64
		return to.Scan(value)
	default:
		fits = false
	}
	if !fits {
		return fmt.Errorf("a %T does not go into a %T", value, place)
	}
	return nil
}
