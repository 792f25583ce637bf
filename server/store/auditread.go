package store

import (
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

// AuditBound is a place that no row will be written before, once the writers
// that it names, if any, have ended: rows of several processes come to light in
// another order than they got their places in.
func (v *View) AuditBound() (bound int64, writers []string, err error) {
	const doing = "look for the end of the audit log"
	if !v.strict {
		err = v.one(doing, "SELECT coalesce(max(id), 0) FROM audit", nil, &bound)
		return bound, nil, err
	}
	// First the last place that was given, then who may have got one: each of
	// them holds the writers' lock.
	err = v.one(doing, "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('audit', 'id')), 0)", nil, &bound)
	if err != nil {
		return 0, nil, err
	}
	writers, err = v.Writers()
	return bound, writers, err
}

// Writers names the transactions that are writing to a PostgreSQL now; on SQLite
// what can be read is over.
func (v *View) Writers() ([]string, error) {
	if !v.strict {
		return nil, nil
	}
	var all []string
	err := v.each("look for writers", `SELECT virtualtransaction FROM pg_locks WHERE locktype = 'advisory' AND granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND (classid::bigint << 32) + objid::bigint = $1`, []any{int64(writersLock)}, func(rows scanner) error {
		var name string
		err := rows.Scan(&name)
		all = append(all, name)
		return err
	})
	return all, err
}

// AuditBetween lists at most limit rows after a place up to another, in order.
func (v *View) AuditBetween(place, last int64, limit int) ([]AuditEntry, error) {
	return v.auditEntries("WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3", place, last, int64(limit))
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

// AuditLast is when a line of a kind and outcome was written last; 0: never.
func (v *View) AuditLast(kind, outcome string) (at int64, err error) {
	err = v.one("read the audit log", "SELECT coalesce(max(at), 0) FROM audit WHERE kind = $1 AND outcome = $2", []any{kind, outcome}, &at)
	return at, err
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
		func(rows scanner) error {
			var e AuditEntry
			err := rows.Scan(&e.ID, &e.Chain, &e.Seq, &e.At, &e.Kind, &e.Outcome, &e.Person, &e.Application, &e.Link, &e.Reference, &e.MAC, &e.Actor, &e.Detail)
			all = append(all, e)
			return err
		})
	return all, err
}

// HasAudit tells whether a row of a chain is there, wherever it stands.
func (v *View) HasAudit(chain, seq int64) (bool, error) {
	var n int64
	err := v.one("read the audit log", "SELECT count(*) FROM audit WHERE chain = $1 AND seq = $2", []any{chain, seq}, &n)
	return n > 0, err
}

// HoldsAudit tells whether a place holds this row of a chain.
func (v *View) HoldsAudit(place int64, head AuditHead) (bool, error) {
	found, err := v.AuditAt(place)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && found.Chain == head.Chain && found.Seq == head.Seq && string(found.MAC) == string(head.MAC), err
}
