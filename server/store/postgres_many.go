package store

// What every verification writes has a second text for PostgreSQL, which does
// the same for many rows: one statement for a batch takes half the time of one
// for each.
const (
	acceptSteps = `UPDATE links SET last_step = u.step, last_used = u.at, drift = u.drift
		FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS u (id, step, at, drift)
		WHERE links.id = u.id AND links.last_step < u.step AND links.disabled = 0 AND links.resync = 0
		AND EXISTS (SELECT 1 FROM people WHERE people.id = links.person AND people.locked_until <= u.at
		AND people.starts <= u.at AND (people.ends = 0 OR people.ends > u.at))`
	addAudits = `INSERT INTO audit (chain, seq, at, kind, outcome, person, application, link, reference, mac)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[],
		$6::text[], $7::text[], $8::text[], $9::text[], $10::bytea[]) AS u ORDER BY 1, 2`
)

func forMany(text string) string {
	switch text {
	case acceptStep:
		return acceptSteps
	case addAudit:
		return addAudits
	}
	return ""
}

// gathered puts statements of one text together where there is a text for many.
// It changes their order, which they do not depend on: whoever asks for a row
// has what was left before sent first, so no row is written to twice.
func gathered(left []statement) []statement {
	var all []statement
	at := map[string]int{} // place in all
	for _, s := range left {
		many := forMany(s.text)
		if many == "" {
			all = append(all, s)
			continue
		}
		i, ok := at[many]
		if !ok {
			i = len(all)
			at[many] = i
			all = append(all, statement{doing: s.doing, text: many, args: make([]any, len(s.args)), rows: min(s.rows, 0)})
		}
		if s.rows > 0 {
			all[i].rows += s.rows
		}
		for column, arg := range s.args {
			all[i].args[column] = appended(all[i].args[column], arg)
		}
	}
	return all
}

// appended adds a value to a column, which is nil at first.
func appended(column, value any) any {
	switch value := value.(type) {
	case int64:
		values, _ := column.([]int64)
		return append(values, value)
	case string:
		values, _ := column.([]string)
		return append(values, value)
	case []byte:
		values, _ := column.([][]byte)
		return append(values, value)
	}
	panic("store: a column of a type that no table has")
}
