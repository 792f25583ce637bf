package storetest

import (
	"database/sql"
	"iter"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Rows are rows of a table, in the order of its columns here.
type Rows struct {
	Table   string
	Columns []string
	All     iter.Seq[[]any]
}

// Fill writes very many rows behind the store's back, much faster than it could:
// no row's references are looked up, and indexes are made once all is there. It
// is for benchmarks.
func Fill(t testing.TB, address string, all ...Rows) {
	t.Helper()
	db := openAny(t, address)
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1) // what is set counts for a connection
	do := func(text string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	listed, fill, last := sqliteIndexes, fillSQLite, ""
	if strings.HasPrefix(address, "postgres") {
		do("SET session_replication_role = replica")
		do("SET maintenance_work_mem = '512MB'")
		do("SET synchronous_commit = off")
		listed, fill, last = postgresIndexes, fillPostgres, "ANALYZE"
	} else {
		do("PRAGMA foreign_keys = 0")
		do("PRAGMA synchronous = 0")
		do("PRAGMA temp_store = 2")
		do("PRAGMA cache_size = -1000000")
		last = "PRAGMA wal_checkpoint(TRUNCATE)"
	}
	for _, rows := range all {
		indexes := indexes(t, db, listed, rows.Table)
		for name := range indexes {
			do("DROP INDEX " + name)
		}
		fill(t, db, rows)
		for _, text := range indexes {
			do(text)
		}
	}
	do(last)
}

const (
	sqliteIndexes   = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = $1 AND sql IS NOT NULL"
	postgresIndexes = `SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.schemaname = current_schema() AND i.tablename = $1
		AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)`
)

// indexes are those of a table that no constraint needs: how each is made, by name.
func indexes(t testing.TB, db *sql.DB, text, table string) map[string]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text, table)
	must(t, err)
	defer func() { _ = rows.Close() }()
	all := map[string]string{}
	for rows.Next() {
		var name, made string
		must(t, rows.Scan(&name, &made))
		all[name] = made
	}
	must(t, rows.Err())
	return all
}

func fillSQLite(t testing.TB, db *sql.DB, rows Rows) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	defer func() { _ = tx.Rollback() }()
	insert, err := tx.PrepareContext(t.Context(), "INSERT INTO "+rows.Table+" ("+strings.Join(rows.Columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(rows.Columns)-1)+")")
	must(t, err)
	for row := range rows.All {
		if _, err := insert.ExecContext(t.Context(), row...); err != nil {
			t.Fatalf("fill %s: %v", rows.Table, err)
		}
	}
	must(t, insert.Close())
	must(t, tx.Commit())
}

func fillPostgres(t testing.TB, db *sql.DB, rows Rows) {
	t.Helper()
	connection, err := db.Conn(t.Context())
	must(t, err)
	defer func() { _ = connection.Close() }()
	next, stop := iter.Pull(rows.All)
	defer stop()
	must(t, connection.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(t.Context(), pgx.Identifier{rows.Table}, rows.Columns,
			pgx.CopyFromFunc(func() ([]any, error) {
				row, _ := next()
				return row, nil
			}))
		return err
	}))
}
