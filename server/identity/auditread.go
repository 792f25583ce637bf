package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sleutelbos/server/store"
)

// AuditPlace is a place in the audit log, in the order of writing; 0 is before
// its first row.
type AuditPlace int64

// AuditSince is the place before the first row that is not older than since.
func (d *Desk) AuditSince(ctx context.Context, since time.Time) (AuditPlace, error) {
	var place int64
	err := d.store.Read(ctx, func(view *store.View) (err error) {
		place, err = view.AuditBefore(stamp(since))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("read the audit log: %w", err)
	}
	return AuditPlace(place), nil
}

// AuditLine is a row with its place.
type AuditLine struct {
	AuditRow
	Place AuditPlace
}

// AuditFollower reads the log in the order of writing and passes nothing over,
// however many processes write: it goes no further than where every row has come
// to light.
type AuditFollower struct {
	desk    *Desk
	place   AuditPlace
	bound   int64
	writers []string // that must have ended before the bound holds
}

// FollowAudit begins after a place.
func (d *Desk) FollowAudit(place AuditPlace) *AuditFollower {
	return &AuditFollower{desk: d, place: place}
}

// Next gives the next lines, at most limit. settled tells that all are read that
// there were at some moment since the call before; without lines and without
// that, others are writing: ask again soon.
func (f *AuditFollower) Next(ctx context.Context, limit int) (lines []AuditLine, settled bool, err error) {
	if err := f.look(ctx); err != nil {
		return nil, false, fmt.Errorf("read the audit log: %w", err)
	}
	if len(f.writers) > 0 {
		return nil, false, nil
	}
	var found []store.AuditEntry
	// A snapshot of its own: taken after the look, so the rows of who ended are in it.
	err = f.desk.store.Read(ctx, func(view *store.View) (err error) {
		found, err = view.AuditBetween(int64(f.place), f.bound, limit)
		return err
	})
	if err == nil && len(found) > 0 {
		err = f.desk.store.Flushed() // others keep what they are given
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the audit log: %w", err)
	}
	for _, e := range found {
		lines = append(lines, AuditLine{auditRowOf(e.AuditRow), AuditPlace(e.ID)})
	}
	if len(found) < limit {
		f.place = max(f.place, AuditPlace(f.bound))
		return lines, true, nil
	}
	f.place = AuditPlace(found[len(found)-1].ID)
	return lines, false, nil
}

// look sets a bound when the one before is reached, and waits for its writers.
func (f *AuditFollower) look(ctx context.Context) error {
	fresh := int64(f.place) >= f.bound
	if !fresh && len(f.writers) == 0 {
		return nil
	}
	return f.desk.store.Read(ctx, func(view *store.View) (err error) {
		if fresh {
			f.bound, f.writers, err = view.AuditBound()
			return err
		}
		now, err := view.Writers()
		f.writers = slices.DeleteFunc(f.writers, func(name string) bool { return !slices.Contains(now, name) })
		return err
	})
}

// AuditAfter lists what was written after a place, oldest first, at most limit
// rows, and gives the place after the last of them.
func (d *Desk) AuditAfter(ctx context.Context, place AuditPlace, limit int) ([]AuditRow, AuditPlace, error) {
	var found []store.AuditEntry
	err := d.store.Read(ctx, func(view *store.View) (err error) {
		found, err = view.AuditAfter(int64(place), limit)
		return err
	})
	if err != nil {
		return nil, place, fmt.Errorf("read the audit log: %w", err)
	}
	rows := make([]AuditRow, 0, len(found))
	for _, e := range found {
		rows, place = append(rows, auditRowOf(e.AuditRow)), AuditPlace(e.ID)
	}
	return rows, place, nil
}
