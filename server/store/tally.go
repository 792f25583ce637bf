package store

import (
	"slices"
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

// SetTally notes how many there are in an hour, whatever was noted before.
func (tx *Tx) SetTally(t Tally) error {
	_, err := tx.exec("note by the hour",
		`INSERT INTO tallies (scope, what, hour, n) VALUES ($1, $2, $3, $4)
		ON CONFLICT (scope, what, hour) DO UPDATE SET n = $4`, t.Scope, t.What, t.Hour, t.N)
	return err
}

// Tallied tells whether something was noted of an hour.
func (v *View) Tallied(t Tally) (bool, error) {
	var n int64
	err := v.one("look by the hour", "SELECT count(*) FROM tallies WHERE scope = $1 AND what = $2 AND hour = $3", []any{t.Scope, t.What, t.Hour}, &n)
	return n > 0, err
}

// LastTallies gives of each span of so many hours from an hour on what was noted
// last: Hour is then the number of the span. A scope has nothing of an hour in
// which all together have something but it has none.
func (v *View) LastTallies(scope, what string, from, span int64) ([]Tally, error) {
	var all []Tally
	err := v.each("look by the hour",
		`SELECT l.span, coalesce(t.n, 0) FROM (SELECT (hour - $3) / $4 AS span, max(hour) AS hour FROM tallies
			WHERE scope = '' AND what = $2 AND hour >= $3 GROUP BY 1) l
		LEFT JOIN tallies t ON t.scope = $1 AND t.what = $2 AND t.hour = l.hour`,
		[]any{scope, what, from, span}, func(rows scanner) error {
			t := Tally{Scope: scope, What: what}
			err := rows.Scan(&t.Hour, &t.N)
			all = append(all, t)
			return err
		})
	return all, err
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

// AuditKey is a value by which the row of a place is found.
type AuditKey struct {
	Value string
	Place int64
}

// keyBatch is how many keys one statement adds.
const keyBatch = 50

// AddAuditKeys notes values by which rows of the audit log are found. What is
// noted already stays.
func (tx *Tx) AddAuditKeys(keys []AuditKey) error {
	for part := range slices.Chunk(keys, keyBatch) {
		args := make([]any, 0, 2*len(part))
		for _, key := range part {
			args = append(args, key.Value, key.Place)
		}
		if _, err := tx.exec("note where lines stand",
			"INSERT INTO audit_keys (value, place) VALUES "+pairs(len(part))+" ON CONFLICT (value, place) DO NOTHING", args...); err != nil {
			return err
		}
	}
	return nil
}

// pairs is so many pairs of arguments.
func pairs(n int) string {
	var all strings.Builder
	for i := range n {
		if i > 0 {
			all.WriteString(", ")
		}
		all.WriteString("($" + strconv.Itoa(2*i+1) + ", $" + strconv.Itoa(2*i+2) + ")")
	}
	return all.String()
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
	all, err := v.ScopesOfAll([]string{person})
	return all[person], err
}

// scopeBatch is how many people one statement asks for.
const scopeBatch = 50

// ScopesOfAll are the scopes in which people are found, by person.
func (v *View) ScopesOfAll(people []string) (map[string][]string, error) {
	all := make(map[string][]string, len(people))
	for part := range slices.Chunk(people, scopeBatch) {
		args, holes := make([]any, len(part)), make([]string, len(part))
		for i, person := range part {
			args[i], holes[i] = person, "$"+strconv.Itoa(i+1)
		}
		err := v.each("look for the scopes of people",
			"SELECT DISTINCT person, scope FROM person_words WHERE person IN ("+strings.Join(holes, ", ")+")", args,
			func(rows scanner) error {
				var person, scope string
				err := rows.Scan(&person, &scope)
				all[person] = append(all[person], scope)
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// LapsedActivation is an activation code that ended unused.
type LapsedActivation struct {
	ID, Person string
	Ended      int64
}

// LapsedActivations gives the next activation codes that ended unused, from a
// moment and an id on, without that one, and before another moment.
func (v *View) LapsedActivations(from int64, after string, until int64, limit int) ([]LapsedActivation, error) {
	var all []LapsedActivation
	err := v.each("look for codes that ended unused",
		`SELECT id, person, expires FROM activations WHERE expires >= $1 AND (expires, id) > ($1, $2) AND expires < $3 AND state = 'open'
		ORDER BY expires, id LIMIT $4`,
		[]any{from, after, until, int64(limit)}, func(rows scanner) error {
			var l LapsedActivation
			err := rows.Scan(&l.ID, &l.Person, &l.Ended)
			all = append(all, l)
			return err
		})
	return all, err
}

// OpenActivations counts in each scope, and in all (the empty one), whose
// activation code can be used at a moment.
func (v *View) OpenActivations(at int64) (map[string]int64, error) {
	open := map[string]int64{"": 0}
	const which = " FROM activations a JOIN people p ON p.id = a.person AND p.deleted = 0"
	const where = " WHERE a.state = 'open' AND a.expires > $1"
	count := func(rows scanner) error {
		var scope string
		var n int64
		err := rows.Scan(&scope, &n)
		open[scope] = n
		return err
	}
	err := v.each("count open codes", "SELECT '', count(DISTINCT a.person)"+which+where, []any{at}, count)
	if err != nil {
		return nil, err
	}
	err = v.each("count open codes",
		"SELECT w.scope, count(DISTINCT a.person)"+which+" JOIN person_words w ON w.person = a.person"+where+" AND w.word < $2 GROUP BY w.scope",
		[]any{at, []byte{1}}, count) // the first word of everybody, see person_words
	return open, err
}
