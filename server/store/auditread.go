package store

import (
	"database/sql"
	"errors"
)

// AuditEntry is an audit row with its place in the order of writing.
type AuditEntry struct {
	ID int64
	AuditRow
}

// AuditBefore is the place before the first row that is not older than since,
// in milliseconds; the end when there is none.
func (v *View) AuditBefore(since int64) (int64, error) {
	var before int64
	err := v.one("read the audit log", `SELECT coalesce(
		(SELECT min(id) - 1 FROM audit WHERE at >= $1), (SELECT max(id) FROM audit), 0)`, []any{since}, &before)
	return before, err
}

// AuditAfter lists at most limit rows that were written after a place, in order.
func (v *View) AuditAfter(place int64, limit int) ([]AuditEntry, error) {
	return v.auditEntries("WHERE id > $1 ORDER BY id LIMIT $2", place, int64(limit))
}

// AuditAt is the row of a place.
func (v *View) AuditAt(place int64) (AuditEntry, error) {
	all, err := v.auditEntries("WHERE id = $1", place)
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return AuditEntry{}, err
	}
	return all[0], nil
}

// AuditHeads gives the newest row of every chain that was written to after a
// place, in the order of writing.
func (v *View) AuditHeads(place int64) ([]AuditEntry, error) {
	return v.auditEntries("WHERE id IN (SELECT max(id) FROM audit WHERE id > $1 GROUP BY chain) ORDER BY id", place)
}

func (v *View) auditEntries(which string, args ...any) ([]AuditEntry, error) {
	var all []AuditEntry
	err := v.each("read the audit log",
		v.auditColumns("id, ")+which, args,
		func(rows *sql.Rows) error {
			var e AuditEntry
			err := rows.Scan(&e.ID, &e.Chain, &e.Seq, &e.At, &e.Kind, &e.Outcome, &e.Person, &e.Application, &e.Link, &e.Reference, &e.MAC, &e.Actor)
			all = append(all, e)
			return err
		})
	return all, err
}

// HoldsAudit tells whether a place holds this row of a chain.
func (v *View) HoldsAudit(place int64, head AuditHead) (bool, error) {
	found, err := v.AuditAt(place)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && found.Chain == head.Chain && found.Seq == head.Seq && string(found.MAC) == string(head.MAC), err
}
