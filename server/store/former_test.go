package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"sleutelbos/server/store/storetest"
)

// tablesOf makes a file with the tables of a former version. The caller closes db
// before anything else opens the file.
func tablesOf(t *testing.T, version int64) (db *sql.DB, path string) {
	t.Helper()
	path = storetest.Address(t, filepath.Join(t.TempDir(), "server.db"))
	db, err := sql.Open("sqlite", dsn(path, migrateWait, "foreign_keys(1)"))
	if err != nil {
		t.Fatal(err)
	}
	steps, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, steps, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return db, path
}

// What a server of the version before hardware tokens asks and writes still goes
// on beside this one, and what it linked has the parameters that it knew.
func TestTheFormerVersionGoesOnBeside(t *testing.T) {
	ctx := context.Background()
	path := storetest.Address(t, filepath.Join(t.TempDir(), "server.db"))
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	former := fstest.MapFS{}
	for _, name := range []string{"00001_start.sql", "00002_bounds.sql"} {
		content, err := migrationFiles.ReadFile("migrations/" + name)
		if twin, e := migrationFiles.ReadFile("migrations/postgres/" + name); e == nil && IsPostgres(path) {
			content = twin
		}
		if err != nil {
			t.Fatal(err)
		}
		former[name] = &fstest.MapFile{Data: content}
	}
	var db *sql.DB
	dialect := goose.DialectSQLite3
	if e, ok := s.engine.(*postgres); ok {
		db, dialect = stdlib.OpenDB(*e.config), goose.DialectPostgres
	} else if db, err = sql.Open("sqlite", dsn(path, migrateWait)); err != nil {
		t.Fatal(err)
	}
	_ = s.engine.release() // the writer's only connection
	if err := migrate(ctx, db, dialect, former); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Close(), s.connect(ctx)); err != nil {
		t.Fatal(err)
	}
	linked := func(id string) func(*Tx) error {
		return func(tx *Tx) error {
			for _, step := range []struct {
				text string
				args []any
			}{
				{"INSERT INTO people (id, user_name, full_name, email, role, created) VALUES ($1, $1, $1, $1, 'user', 1)", []any{id}},
				{"INSERT INTO names (name, kind, person) VALUES ($1, 'user', $1)", []any{id}},
				{`INSERT INTO links (id, person, device, secret, key_id, last_step, linked, privacy_version, terms_version, language, accepted)
				VALUES ($1, $1, 'laptop', $2, 'k', 7, 1, 'p', 't', 'nl', 1)`, []any{id, []byte("x")}},
			} {
				if _, err := tx.exec("be the former version", step.text, step.args...); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if err := s.Do(ctx, linked("before")); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Do(ctx, linked("beside")); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"before", "beside"} {
		err := s.Do(ctx, func(tx *Tx) error {
			n, err := tx.exec("be the former version", `UPDATE links SET last_step = $2, last_used = $3 WHERE id = $1 AND last_step < $2 AND disabled = 0
				AND EXISTS (SELECT 1 FROM people WHERE people.id = links.person AND people.locked_until <= $3)`, id, int64(8), int64(9))
			if err != nil || n != 1 {
				t.Errorf("%s: %d rows, %v", id, n, err)
			}
			_, _, links, err := tx.Candidates(id, nil)
			want := Candidate{
				Link: id, Secret: []byte("x"), KeyID: "k", Parameters: Parameters{"totp", "SHA1", 6, 30}, Steps: Steps{LastStep: 8}, DriftBound: 1,
			}
			if len(links) != 1 || links[0].Parameters != want.Parameters || links[0].Steps != want.Steps || links[0].DriftBound != 1 {
				t.Errorf("%s: %+v", id, links)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
