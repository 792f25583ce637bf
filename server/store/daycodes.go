package store

// DayCode is a code for one day, of which only a keyed hash is known. Times are
// in milliseconds.
type DayCode struct {
	ID, Person   string
	Hash         []byte
	KeyID        string
	Issued, Ends int64
}

// AddDayCode adds a code.
func (tx *Tx) AddDayCode(c DayCode) error {
	_, err := tx.exec("add a day code",
		"INSERT INTO day_codes (id, person, hash, key_id, issued, ends) VALUES ($1, $2, $3, $4, $5, $6)",
		c.ID, c.Person, c.Hash, c.KeyID, c.Issued, c.Ends)
	return err
}

// EndDayCodes ends those of a person that have not ended yet.
func (tx *Tx) EndDayCodes(person string, now int64) error {
	_, err := tx.exec("end day codes", "UPDATE day_codes SET ends = $2 WHERE person = $1 AND ends > $2", person, now)
	return err
}

// DayCode finds the code of a person that has not ended.
func (v *View) DayCode(person string, now int64) (DayCode, error) {
	c := DayCode{Person: person}
	err := v.one("find a day code",
		"SELECT id, hash, key_id, issued, ends FROM day_codes WHERE person = $1 AND ends > $2 ORDER BY issued DESC, id LIMIT 1",
		[]any{person, now}, &c.ID, &c.Hash, &c.KeyID, &c.Issued, &c.Ends)
	return c, err
}

// CountDayCodes counts those that a person got since the moment.
func (v *View) CountDayCodes(person string, since int64) (int64, error) {
	var n int64
	err := v.one("count day codes", "SELECT count(*) FROM day_codes WHERE person = $1 AND issued > $2", []any{person, since}, &n)
	return n, err
}

// PurgeDayCodes removes those that ended before the moment.
func (tx *Tx) PurgeDayCodes(before int64) error {
	_, err := tx.exec("remove old day codes", "DELETE FROM day_codes WHERE ends < $1", before)
	return err
}
