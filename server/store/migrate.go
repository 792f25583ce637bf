package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// One text for both databases; what PostgreSQL must have otherwise replaces the
// file of the same name.
//
//go:embed migrations/*.sql migrations/postgres/*.sql
var migrationFiles embed.FS

// Version is the version of the database's tables; 0 means that there are none.
func (s *Store) Version(ctx context.Context) (int64, error) { return s.engine.version(ctx, s.readers) }

// version reads the version, if the statement that counts its table finds one.
func version(ctx context.Context, db *sql.DB, count string) (int64, error) {
	var tables int
	if err := db.QueryRowContext(ctx, count).Scan(&tables); err != nil || tables == 0 {
		return 0, wrap("look at the database", err)
	}
	var have int64
	err := db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version").Scan(&have)
	return have, wrap("look at the database", err)
}

// newest is the version that this program makes.
func newest() (int64, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return 0, fmt.Errorf("list the migrations: %w", err)
	}
	var last int64
	for _, name := range names {
		number, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("list the migrations: %w", err)
		}
		last = max(last, number)
	}
	return last, nil
}

// Migrate brings the tables to this program's version, each step in a
// transaction of its own. Several processes may do so at once.
func (s *Store) Migrate(ctx context.Context) error {
	target, err := newest()
	if err != nil {
		return err
	}
	seen, unknown := s.Version(ctx)
	for {
		err := s.migrate(ctx, target)
		now, look := s.Version(ctx)
		if !errors.Is(err, ErrBusy) || unknown != nil || look != nil || now <= seen {
			return err
		}
		seen = now // another process gets on with it, be it slowly: so this one waits anew
	}
}

func (s *Store) migrate(ctx context.Context, target int64) error {
	return patiently(ctx, func() error {
		have, err := s.Version(ctx)
		switch {
		case err != nil:
			return err
		case have == target:
			return nil
		case have > target:
			return ErrNewer
		}
		if err = s.engine.migrate(ctx); err == nil {
			return nil
		}
		// Another process may have made the same step first, which shows as a
		// table that exists already; then there is something new to look at.
		if now, look := s.Version(ctx); look == nil && now > have {
			return fmt.Errorf("%w: %w", ErrBusy, err)
		}
		return err
	})
}

func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, steps fs.FS, options ...goose.ProviderOption) error {
	provider, err := goose.NewProvider(dialect, db, steps, append(options, goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return wrap("prepare the migrations", err)
	}
	_, err = provider.Up(ctx)
	return wrap("bring the database up to date", err)
}
