package store

// Idle is a working link that was not used for long. Moments are in
// milliseconds.
type Idle struct {
	Link, Person, Device, Token string
	Used                        int64 // last, or else when it was linked
	Notices                     int64 // that were posted since that use
	Told                        int64 // when the last of them was
}

// IdleLinks lists working links that were last used, or linked if they never
// were, before a moment, by id, after an id.
func (v *View) IdleLinks(before int64, after string, limit int) ([]Idle, error) {
	var all []Idle
	err := v.each("look for links that are not used",
		`SELECT id, person, device, token, CASE WHEN last_used > linked THEN last_used ELSE linked END, lapse_notices, lapse_told, lapse_used
		FROM links WHERE disabled = 0 AND last_used < $1 AND linked < $1 AND id > $2 ORDER BY id LIMIT $3`,
		[]any{before, after, int64(limit)}, func(rows scanner) error {
			var l Idle
			var about int64
			err := rows.Scan(&l.Link, &l.Person, &l.Device, &l.Token, &l.Used, &l.Notices, &l.Told, &about)
			if about != l.Used { // used since, so nobody was told about this
				l.Notices, l.Told = 0, 0
			}
			all = append(all, l)
			return err
		})
	return all, err
}

// ToldOfLapse writes down a notice about a working link, unless it was used
// since it was read; it reports whether it did.
func (tx *Tx) ToldOfLapse(l Idle) (bool, error) {
	n, err := tx.exec("write down a notice", tellOfLapse, l.Link, l.Notices, l.Told, l.Used)
	return n == 1, err
}

const (
	tellOfLapse = `UPDATE links SET lapse_notices = $2, lapse_told = $3, lapse_used = $4
		WHERE id = $1 AND disabled = 0 AND last_used <= $4 AND linked <= $4`
	lapse = `UPDATE links SET disabled = $2, secret = $3
		WHERE id = $1 AND disabled = 0 AND last_used <= $4 AND linked <= $4`
)

// DisableLink stops one working link and erases its secret, unless it was used
// since it was read; it reports whether it did.
func (tx *Tx) DisableLink(l Idle, now int64) (bool, error) {
	n, err := tx.exec("disable a link", lapse, l.Link, now, []byte{}, l.Used)
	return n == 1, err
}
