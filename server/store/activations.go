package store

import (
	"errors"
)

// The states of an activation code.
const (
	ActivationOpen     = "open" // expired when it is past its end
	ActivationUsed     = "used"
	ActivationVoid     = "void"
	ActivationReplaced = "replaced"
)

// Activation is an activation code, of which only a keyed hash is known. Times
// are in milliseconds.
type Activation struct {
	ID, Person    string
	Hash          []byte
	KeyID         string
	Made, Expires int64
	State         string
}

// AddActivation adds an activation code.
func (tx *Tx) AddActivation(a Activation) error {
	_, err := tx.exec("add an activation code",
		"INSERT INTO activations (id, person, hash, key_id, made, expires, state) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		a.ID, a.Person, a.Hash, a.KeyID, a.Made, a.Expires, a.State)
	return err
}

// EndActivations gives the person's open activation codes another state.
func (tx *Tx) EndActivations(person, state string) error {
	_, err := tx.exec("end activation codes",
		"UPDATE activations SET state = $2 WHERE person = $1 AND state = 'open'", person, state)
	return err
}

// UseActivation uses up one open code; [ErrChanged] when it is not open.
func (tx *Tx) UseActivation(id string) error {
	return tx.must("use an activation code",
		"UPDATE activations SET state = 'used' WHERE id = $1 AND state = 'open'", id)
}

// ActivationByHash finds a code of the person by its keyed hash, the newest
// first.
func (v *View) ActivationByHash(person string, hash []byte) (Activation, error) {
	a := Activation{Person: person, Hash: hash}
	err := v.one("find an activation code",
		`SELECT id, key_id, made, expires, state FROM activations WHERE person = $1 AND hash = $2
		ORDER BY made DESC, id LIMIT 1`, []any{person, hash},
		&a.ID, &a.KeyID, &a.Made, &a.Expires, &a.State)
	return a, err
}

// Activation finds a code by its id, without its hash.
func (v *View) Activation(id string) (Activation, error) {
	a := Activation{ID: id}
	err := v.one("find an activation code",
		"SELECT person, key_id, made, expires, state FROM activations WHERE id = $1", []any{id},
		&a.Person, &a.KeyID, &a.Made, &a.Expires, &a.State)
	return a, err
}

// NewestActivations gives the newest code of each of the people, or of everybody
// when none is named, by person.
func (v *View) NewestActivations(people ...string) (map[string]Activation, error) {
	newest := map[string]Activation{}
	where, args := only(people)
	err := v.each("list activation codes",
		"SELECT id, person, made, expires, state FROM activations"+where+
			" ORDER BY made, CASE state WHEN 'replaced' THEN 0 ELSE 1 END", args,
		func(rows scanner) error {
			var a Activation
			err := rows.Scan(&a.ID, &a.Person, &a.Made, &a.Expires, &a.State)
			newest[a.Person] = a
			return err
		})
	return newest, err
}

// CountTry counts one more wrong try for a name and returns how many there are.
func (tx *Tx) CountTry(name []byte, now int64) (int64, error) {
	var wrong int64
	err := tx.returning("count a try",
		`INSERT INTO tries (name_hash, wrong, last) VALUES ($1, 1, $2)
		ON CONFLICT (name_hash) DO UPDATE SET wrong = tries.wrong + 1, last = $2 RETURNING wrong`,
		[]any{name, now}, &wrong)
	return wrong, err
}

// UncountTry takes one try back, because it was right.
func (tx *Tx) UncountTry(name []byte) error {
	_, err := tx.exec("count a try", "UPDATE tries SET wrong = wrong - 1 WHERE name_hash = $1 AND wrong > 0", name)
	return err
}

// ForgetTries sets the count of a name to zero.
func (tx *Tx) ForgetTries(name []byte) error {
	_, err := tx.exec("reset the tries", "DELETE FROM tries WHERE name_hash = $1", name)
	return err
}

// Tries counts the wrong tries of a name.
func (v *View) Tries(name []byte) (int64, error) {
	var wrong int64
	err := v.one("count the tries", "SELECT wrong FROM tries WHERE name_hash = $1", []any{name}, &wrong)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return wrong, err
}
