package store

// Use is how a person uses their account, beside what was noted of it. Moments
// are in milliseconds.
type Use struct {
	Row           int64 // number of the person's row on SQLite
	Person        string
	Used, Devices int64 // last code, or when they were linked or added; devices that they are known on
	Idle, KnownOn int64 // as noted; 0: nothing to tell
}

// Uses lists how people who are there use their accounts, after one of them; the
// first is the zero Use. They come in the order in which the database finds them
// soonest: of SQLite's rows, which lie as people were added and mostly their links
// too, and of their ids on PostgreSQL.
func (v *View) Uses(after Use, limit int) ([]Use, error) {
	var all []Use
	text, from := findUses("0", "p.id"), any(after.Person)
	if v.numbered {
		text, from = findUses("p.rowid", "p.rowid"), after.Row
	}
	err := v.each("look how accounts are used", text, []any{from, int64(limit)}, func(rows scanner) error {
		var u Use
		err := rows.Scan(&u.Row, &u.Person, &u.Used, &u.Devices, &u.Idle, &u.KnownOn)
		all = append(all, u)
		return err
	})
	return all, err
}

func findUses(row, order string) string {
	return "SELECT " + row + `, p.id,
		coalesce((SELECT max(CASE WHEN l.last_used > l.linked THEN l.last_used ELSE l.linked END) FROM links l WHERE l.person = p.id), p.created),
		(SELECT count(*) FROM devices d WHERE d.person = p.id), p.idle, p.known_on
		FROM people p WHERE p.deleted = 0 AND ` + order + " > $1 ORDER BY " + order + " LIMIT $2"
}

// NoteUse notes since when a person gave no code, and on how many devices they
// are known.
func (tx *Tx) NoteUse(person string, idle, knownOn int64) error {
	_, err := tx.exec("note how an account is used", "UPDATE people SET idle = $2, known_on = $3 WHERE id = $1", person, idle, knownOn)
	return err
}
