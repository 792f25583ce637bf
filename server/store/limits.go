package store

import (
	"context"
	"database/sql"
	"errors"
)

// Turns are how much of a limit is asked for. All are in microseconds.
type Turns struct {
	Now  int64
	Cost int64 // of what is asked for
	Most int64 // that may be used up at once
}

const (
	// usedAhead is how much further than it may be the use of an application can
	// stand by the clock of another machine. Beyond it a clock was wrong.
	usedAhead = 60_000_000

	takeTurns = `INSERT INTO application_limits (application, used_until) VALUES ($1, $3)
		ON CONFLICT (application) DO UPDATE
		SET used_until = CASE WHEN application_limits.used_until > $2 THEN application_limits.used_until + $4 ELSE $3 END
		WHERE CASE WHEN application_limits.used_until > $2 THEN application_limits.used_until + $4 ELSE $3 END <= $5
		RETURNING used_until`
	mendTurns = "UPDATE application_limits SET used_until = $2 WHERE application = $1 AND used_until > $3 RETURNING used_until"
	readTurns = "SELECT used_until FROM application_limits WHERE application = $1"
)

// TakeTurns takes from the limit of an application what is asked for, or says
// for how many microseconds there is none. It is one guarded write that waits for
// nobody who verifies: on PostgreSQL on a connection of its own, on SQLite in the
// writer's transaction with others.
func (s *Store) TakeTurns(ctx context.Context, application string, t Turns) (wait int64, err error) {
	if _, remote := s.engine.(*postgres); remote {
		s.mu.RLock()
		defer s.mu.RUnlock()
		if s.closed {
			return 0, ErrClosed
		}
		return t.take(application, func(text string, args ...any) (int64, bool, error) {
			var until int64
			err := s.readers.QueryRowContext(ctx, text, args...).Scan(&until)
			if errors.Is(err, sql.ErrNoRows) {
				return 0, false, nil
			}
			return until, err == nil, wrap("look at a limit", err)
		})
	}
	err = s.Do(ctx, func(tx *Tx) (err error) {
		wait, err = t.take(application, func(text string, args ...any) (until int64, ok bool, err error) {
			err = tx.returning("look at a limit", text, args, &until)
			if errors.Is(err, ErrNotFound) {
				return 0, false, nil
			}
			return until, err == nil, err
		})
		return err
	})
	return wait, err
}

// take runs the statements; ask tells whether one gave a row.
func (t Turns) take(application string, ask func(text string, args ...any) (int64, bool, error)) (wait int64, err error) {
	_, granted, err := ask(takeTurns, application, t.Now, t.Now+t.Cost, t.Cost, t.Now+t.Most)
	if err != nil || granted {
		return 0, err
	}
	until, mended, err := ask(mendTurns, application, t.Now+t.Most, t.Now+t.Most+usedAhead)
	if err == nil && !mended {
		until, _, err = ask(readTurns, application)
	}
	return max(1, until+t.Cost-t.Most-t.Now), err
}
