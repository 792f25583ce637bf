package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Facts are what a PostgreSQL tells about itself.
type Facts struct {
	Version  string
	Settings map[string]string // by name, as SHOW tells them
	Standby  bool              // it only reads
	Behind   []string          // standbys that follow it, with how
	Ahead    time.Duration     // of its clock before this machine's
	Size     int64             // bytes of this database
}

// FactSettings are the settings that [Facts] has.
func FactSettings() []string {
	return []string{"fsync", "full_page_writes", "synchronous_commit", "synchronous_standby_names", "max_connections"}
}

// Facts asks the database server about itself; nil on SQLite. now is this
// machine's clock.
func (s *Store) Facts(ctx context.Context, now func() time.Time) (*Facts, error) {
	if _, ok := s.engine.(*postgres); !ok {
		return nil, nil
	}
	f := &Facts{Settings: map[string]string{}}
	err := s.Read(ctx, func(v *View) error {
		const doing = "ask the database server about itself"
		for _, name := range FactSettings() {
			var value string
			if err := v.one(doing, "SELECT current_setting($1)", []any{name}, &value); err != nil {
				return err
			}
			f.Settings[name] = value
		}
		asked := now()
		var there float64
		err := v.one(doing, `SELECT current_setting('server_version'), pg_is_in_recovery(),
			extract(epoch FROM clock_timestamp())::float8, pg_database_size(current_database())`, nil,
			&f.Version, &f.Standby, &there, &f.Size)
		if err != nil {
			return err
		}
		answered := now()
		middle := asked.Add(answered.Sub(asked) / 2)
		f.Ahead = time.UnixMicro(int64(there * 1e6)).Sub(middle)
		return v.each(doing, "SELECT coalesce(application_name, ''), coalesce(sync_state, '') FROM pg_stat_replication ORDER BY 1", nil,
			func(rows scanner) error {
				var name, state string
				err := rows.Scan(&name, &state)
				f.Behind = append(f.Behind, strings.TrimSpace(name+" "+state))
				return err
			})
	})
	return f, err
}

// Origin names this very database: a copy that pg_restore made is another one,
// a standby that took over is the same. Empty on SQLite.
func (v *View) Origin() (string, error) {
	if !v.strict {
		return "", nil
	}
	const doing = "look which database this is"
	var cluster, database, table string
	err := v.one(doing, "SELECT oid::text, 'audit'::regclass::oid::text FROM pg_database WHERE datname = current_database()", nil, &database, &table)
	if err != nil {
		return "", err
	}
	var may bool
	if err := v.one(doing, "SELECT has_function_privilege('pg_control_system()', 'EXECUTE')", nil, &may); err != nil {
		return "", err
	}
	if may {
		if err := v.one(doing, "SELECT system_identifier::text FROM pg_control_system()", nil, &cluster); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s/%s/%s", cluster, database, table), nil
}

// ReadOnly runs the function on a snapshot of a PostgreSQL that may be of a
// former version, and changes nothing. A database without tables is
// [ErrNotADatabase].
func (s *Store) ReadOnly(ctx context.Context, run func(*View) error) error {
	have, err := s.Version(ctx)
	if err != nil {
		return err
	}
	if have == 0 {
		return ErrNotADatabase
	}
	return s.Read(ctx, func(v *View) error {
		newest, err := newest()
		if have < newest {
			v.former = have
		}
		return errors.Join(err, run(v))
	})
}
