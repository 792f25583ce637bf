package migrate

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	_ "modernc.org/sqlite" // the driver
)

const sqliteMagic = "SQLite format 3\x00"

// query goes through the rows of a table in a database of a stranger.
func (j *job) query(content []byte, table, query string, do func(*sql.Rows) error) error {
	ctx, cancel := context.WithCancel(j.ctx)
	defer cancel()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer func() { _ = db.Close() }() // only read from
	conn, err := db.Conn(ctx)
	if err != nil {
		return j.broken()
	}
	defer func() { _ = conn.Close() }()
	if err := loadSQLite(conn, content); err != nil {
		return err
	}
	if err := plainTable(ctx, conn, table); err != nil {
		return j.broken()
	}
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return j.broken()
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := do(rows); err != nil {
			return err
		}
	}
	if rows.Err() != nil {
		return j.broken()
	}
	return nil
}

// broken is the context's error, or else that the database cannot be read.
func (j *job) broken() error {
	if err := j.alive(); err != nil {
		return err
	}
	return damaged("its database")
}

// loadSQLite gives a connection the bytes of a database. A database that is
// written ahead keeps a log beside it, which memory has not.
func loadSQLite(conn *sql.Conn, content []byte) error {
	const head, writes, reads, rollback = 100, 18, 19, 1
	if len(content) < head {
		return damaged("its database")
	}
	content = bytes.Clone(content)
	content[writes], content[reads] = rollback, rollback
	err := conn.Raw(func(driver any) error {
		d, ok := driver.(interface{ Deserialize([]byte) error })
		if !ok {
			return damaged("its database")
		}
		return d.Deserialize(content)
	})
	if err != nil {
		return damaged("its database")
	}
	return nil
}

// plainTable refuses a view or a column that is computed, since a stranger's
// file would decide what is computed.
func plainTable(ctx context.Context, conn *sql.Conn, table string) error {
	if _, err := conn.ExecContext(ctx, `PRAGMA trusted_schema = OFF`); err != nil {
		return damaged("its database")
	}
	var tables, computed int
	err := conn.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = $1 AND sql LIKE 'CREATE TABLE%'`, table).Scan(&tables)
	if err != nil || tables != 1 {
		return damaged("its database")
	}
	err = conn.QueryRowContext(ctx, `SELECT count(*) FROM pragma_table_xinfo($1) WHERE hidden <> 0`, table).Scan(&computed)
	if err != nil || computed != 0 {
		return damaged("its database")
	}
	return nil
}
