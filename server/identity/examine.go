package identity

import (
	"context"
	"errors"
	"time"

	"sleutelbos/server/store"
)

// Examined is what can be known of a database without changing it.
type Examined struct {
	Copy
	Settings OrganisationSettings
	Mail     MailStanding // by the time given
	Jobs     []JobStanding
	Servers  []string  // that run, by their machine
	Behind   []string  // those of them whose program is older than the tables
	Began    time.Time // when the first server ran; zero when that is not known
	Backup   time.Time // when the last backup was made and proven; zero: never
	PutBack  bool      // a copy that was put back, and its codes not ended; see ErrPutBack
}

// Examine is [Prove] for a database in use: it tells as much as can be known,
// beside the first error. A nil key leaves out whether it is the right one.
func Examine(ctx context.Context, path string, key *ServerKey, now time.Time) (Examined, error) {
	var found Examined
	err := store.ReadFile(ctx, path, func(view *store.View) error {
		failed := found.read(view, now)
		failed = errors.Join(failed, view.Check())
		if key != nil && failed == nil {
			failed = key.fits(view)
		}
		return failed
	})
	return found, err
}

// ExamineOpen is [Examine] for a PostgreSQL, of which it reads what it needs
// only.
func ExamineOpen(ctx context.Context, opened *store.Store, key *ServerKey, now time.Time) (Examined, error) {
	var found Examined
	err := opened.ReadOnly(ctx, func(view *store.View) error {
		failed := found.read(view, now)
		if key != nil && failed == nil {
			failed = key.fits(view)
		}
		return failed
	})
	return found, err
}

func (e *Examined) read(view *store.View, now time.Time) (failed error) {
	note := func(err error) { failed = errors.Join(failed, err) }
	var err error
	e.Version, e.Old, err = view.Version()
	note(err)
	e.Settings, err = readSettings(view)
	note(err)
	if e.Version > 0 && !e.Old {
		note(e.Mail.read(view, now))
		e.Jobs, err = readJobs(view)
		note(err)
		nodes, err := view.Nodes(stamp(now.Add(-nodeLife)))
		note(err)
		for _, n := range nodes {
			e.Servers = append(e.Servers, n.Host)
			if n.Makes < e.Version {
				e.Behind = append(e.Behind, n.Host)
			}
		}
		at, err := view.AuditLast(kindBackup, outcomeDone)
		note(err)
		e.Backup = moment(at)
		chains, err := view.AuditChains()
		note(err)
		if len(chains) > 0 {
			e.Began = moment(chains[0].Started)
		}
		e.PutBack, err = putBack(view)
		note(err)
	}
	rows, err := view.NewestAudit(1)
	note(err)
	if len(rows) > 0 {
		e.Newest = moment(rows[0].At)
	}
	return failed
}

// CheckClock returns [ErrClock] for a clock that cannot be right.
func CheckClock(now time.Time) error {
	if now.Before(time.Date(earliestYear, 1, 1, 0, 0, 0, 0, time.UTC)) {
		return ErrClock
	}
	return nil
}
