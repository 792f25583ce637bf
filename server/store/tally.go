package store

import (
	"strconv"
	"strings"
)

// Tally is how often something happened in an hour, in a scope.
type Tally struct {
	Scope, What string
	Hour        int64 // since 1970
	N           int64
}

// AddTally counts further.
func (tx *Tx) AddTally(t Tally) error {
	_, err := tx.exec("count by the hour",
		`INSERT INTO tallies (scope, what, hour, n) VALUES ($1, $2, $3, $4)
		ON CONFLICT (scope, what, hour) DO UPDATE SET n = tallies.n + $4`, t.Scope, t.What, t.Hour, t.N)
	return err
}

// Tallies sums what happened in a scope from an hour on, in spans of so many
// hours: Hour is then the number of the span.
func (v *View) Tallies(scope string, from, span int64) ([]Tally, error) {
	var all []Tally
	err := v.each("sum by the hour",
		`SELECT what, (hour - $2) / $3, sum(n) FROM tallies WHERE scope = $1 AND hour >= $2 GROUP BY 1, 2`,
		[]any{scope, from, span}, func(rows scanner) error {
			t := Tally{Scope: scope}
			err := rows.Scan(&t.What, &t.Hour, &t.N)
			all = append(all, t)
			return err
		})
	return all, err
}

// ForgetTallies removes what was counted before an hour.
func (tx *Tx) ForgetTallies(before int64) error {
	_, err := tx.exec("forget counts", "DELETE FROM tallies WHERE hour < $1", before)
	return err
}

// AddAuditKey notes a value by which a row of the audit log is found.
func (tx *Tx) AddAuditKey(value string, place int64) error {
	_, err := tx.exec("note where a line stands",
		"INSERT INTO audit_keys (value, place) VALUES ($1, $2) ON CONFLICT (value, place) DO NOTHING", value, place)
	return err
}

// ForgetAuditKeys removes where a row of the audit log was found.
func (tx *Tx) ForgetAuditKeys(values []string, place int64) error {
	for _, value := range values {
		if _, err := tx.exec("forget where a line stood", "DELETE FROM audit_keys WHERE value = $1 AND place = $2", value, place); err != nil {
			return err
		}
	}
	return nil
}

// AuditByKey lists at most limit rows that have one of the values, before a
// place and up to the place up to which they were noted, newest first. Empty
// values are all rows.
func (v *View) AuditByKey(values []string, before int64, limit int) ([]AuditEntry, error) {
	if len(values) == 0 {
		return v.auditEntries("WHERE id < $1 ORDER BY id DESC LIMIT $2", before, int64(limit))
	}
	args := []any{before, int64(limit)}
	holes := make([]string, len(values))
	for i, value := range values {
		args = append(args, value)
		holes[i] = "SELECT place FROM (SELECT place FROM audit_keys WHERE value = $" + strconv.Itoa(i+3) + " AND place < $1 ORDER BY place DESC LIMIT $2) AS one"
	}
	return v.auditEntries("WHERE id IN (SELECT place FROM ("+strings.Join(holes, " UNION ")+") AS found ORDER BY place DESC LIMIT $2) ORDER BY id DESC", args...)
}

// AuditNewer lists at most limit rows between two places, without them, newest
// first.
func (v *View) AuditNewer(after, before int64, limit int) ([]AuditEntry, error) {
	return v.auditEntries("WHERE id > $1 AND id < $2 ORDER BY id DESC LIMIT $3", after, before, int64(limit))
}

// ScopesOf are those in which a person is found.
func (v *View) ScopesOf(person string) ([]string, error) {
	var all []string
	err := v.each("look for the scopes of a person", "SELECT DISTINCT scope FROM person_words WHERE person = $1", []any{person},
		func(rows scanner) error {
			var scope string
			err := rows.Scan(&scope)
			all = append(all, scope)
			return err
		})
	return all, err
}

// LapsedActivations gives whose activation codes ended unused between two
// moments, and when.
func (v *View) LapsedActivations(from, until int64, limit int) (people []string, ends []int64, err error) {
	err = v.each("look for codes that ended unused",
		"SELECT person, expires FROM activations WHERE expires > $1 AND expires <= $2 AND state = 'open' ORDER BY expires LIMIT $3",
		[]any{from, until, int64(limit)}, func(rows scanner) error {
			var person string
			var end int64
			err := rows.Scan(&person, &end)
			people, ends = append(people, person), append(ends, end)
			return err
		})
	return people, ends, err
}
