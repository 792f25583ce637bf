package store

// Use is how a person uses their account, beside what was noted of it. Moments
// are in milliseconds.
type Use struct {
	Person        string
	Used, Devices int64 // last code, or when they were linked or added; devices that they are known on
	Idle, KnownOn int64 // as noted; 0: nothing to tell
}

// Uses lists how people who are there use their accounts, by id, after an id.
func (v *View) Uses(after string, limit int) ([]Use, error) {
	var all []Use
	err := v.each("look how accounts are used",
		`SELECT p.id, coalesce((SELECT max(CASE WHEN l.last_used > l.linked THEN l.last_used ELSE l.linked END) FROM links l WHERE l.person = p.id), p.created),
		(SELECT count(*) FROM devices d WHERE d.person = p.id), p.idle, p.known_on
		FROM people p WHERE p.deleted = 0 AND p.id > $1 ORDER BY p.id LIMIT $2`,
		[]any{after, int64(limit)}, func(rows scanner) error {
			var u Use
			err := rows.Scan(&u.Person, &u.Used, &u.Devices, &u.Idle, &u.KnownOn)
			all = append(all, u)
			return err
		})
	return all, err
}

// NoteUse notes since when a person gave no code, and on how many devices they
// are known.
func (tx *Tx) NoteUse(person string, idle, knownOn int64) error {
	_, err := tx.exec("note how an account is used", "UPDATE people SET idle = $2, known_on = $3 WHERE id = $1", person, idle, knownOn)
	return err
}
