package store

// ServerKeysSince is the version of the tables that began to list server keys.
const ServerKeysSince = 5

// ServerKey is a server key that something was sealed with.
type ServerKey struct {
	ID             string
	Number         int64  // from 1, in the order of their use
	Secret         []byte // what is kept of it, sealed
	KeyID          string // with which key
	Added, Retired int64  // milliseconds
}

// ServerKeys lists the keys in the order of their use.
func (v *View) ServerKeys() ([]ServerKey, error) {
	var all []ServerKey
	err := v.each("list the server keys", "SELECT id, number, secret, key_id, added, retired FROM server_keys ORDER BY number", nil,
		func(rows scanner) error {
			var k ServerKey
			err := rows.Scan(&k.ID, &k.Number, &k.Secret, &k.KeyID, &k.Added, &k.Retired)
			all = append(all, k)
			return err
		})
	return all, err
}

// AddServerKey adds a key.
func (tx *Tx) AddServerKey(k ServerKey) error {
	_, err := tx.exec("add a server key",
		`INSERT INTO server_keys (id, number, secret, key_id, added) VALUES ($1, $2, $3, $4, $5)`, k.ID, k.Number, k.Secret, k.KeyID, k.Added)
	return err
}

// RetireServerKey records that nothing is sealed with a key any more.
func (tx *Tx) RetireServerKey(id string, now int64) error {
	return tx.must("retire a server key", "UPDATE server_keys SET retired = $2 WHERE id = $1 AND retired = 0", id, now)
}

// Sealed names a column of sealed values, which has key_id beside it. Row and
// Person are the columns by which a value is bound to its place; Person is
// empty where there is none.
type Sealed struct{ Table, Column, Row, Person string }

func (s Sealed) person() string {
	if s.Person == "" {
		return "''"
	}
	return s.Person
}

// SealedValue is one sealed value.
type SealedValue struct {
	Row, Person string
	Value       []byte
	KeyID       string
}

// SealedOtherwise lists values that are sealed with another key than keyID, by
// row, after a row.
func (v *View) SealedOtherwise(in Sealed, keyID, after string, limit int) ([]SealedValue, error) {
	var all []SealedValue
	err := v.each("look for sealed values",
		"SELECT "+in.Row+", "+in.person()+", "+in.Column+", key_id FROM "+in.Table+
			" WHERE "+in.Row+" > $2 AND key_id <> $1 AND key_id <> '' AND length("+in.Column+") > 0 ORDER BY "+in.Row+" LIMIT $3",
		[]any{keyID, after, int64(limit)}, func(rows scanner) error {
			var s SealedValue
			err := rows.Scan(&s.Row, &s.Person, &s.Value, &s.KeyID)
			all = append(all, s)
			return err
		})
	return all, err
}

// Reseal replaces a sealed value that is still as it was read. One that was
// erased or replaced meanwhile stays as it is.
func (tx *Tx) Reseal(in Sealed, was SealedValue, value []byte, keyID string) error {
	_, err := tx.exec("seal a value anew",
		"UPDATE "+in.Table+" SET "+in.Column+" = $1, key_id = $2 WHERE "+in.Row+" = $3 AND key_id = $4 AND "+in.Column+" = $5",
		value, keyID, was.Row, was.KeyID, was.Value)
	return err
}

// SealedBy counts the values of a column by the key that sealed them.
func (v *View) SealedBy(in Sealed) (map[string]int64, error) {
	counts := map[string]int64{}
	err := v.each("count sealed values",
		"SELECT key_id, count(*) FROM "+in.Table+" WHERE key_id <> '' AND length("+in.Column+") > 0 GROUP BY key_id", nil,
		func(rows scanner) error {
			var id string
			var n int64
			err := rows.Scan(&id, &n)
			counts[id] = n
			return err
		})
	return counts, err
}
