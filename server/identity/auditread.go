package identity

import (
	"context"
	"fmt"
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
