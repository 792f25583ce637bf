package store

// Password is one password of a person, as a sealed hash. Made is in
// milliseconds.
type Password struct {
	ID, Person string // empty when there is none
	Generation int64
	Hash       []byte // sealed
	KeyID      string
	Made       int64
	Temporary  bool
}

// SignInRow is what a sign-in needs to know of a person.
type SignInRow struct {
	Person
	Password Password // the present one
}

const signInRow = "SELECT " + personColumns + `, coalesce(w.id, ''), coalesce(w.generation, 0), w.hash, coalesce(w.key_id, ''),
	coalesce(w.made, 0), coalesce(w.temporary, 0)
	FROM people p
	LEFT JOIN passwords w ON w.person = p.id AND w.generation = (SELECT max(m.generation) FROM passwords m WHERE m.person = p.id) `

// SignInRow finds a person by id.
func (v *View) SignInRow(person string) (SignInRow, error) {
	return v.signInRow(signInRow+"WHERE p.id = $1", person)
}

// SignInRowByName finds the person whom a canonical name or address means.
func (v *View) SignInRowByName(name string) (SignInRow, error) {
	return v.signInRow(signInRow+"JOIN names n ON n.person = p.id WHERE n.name = $1", name)
}

func (v *View) signInRow(text, arg string) (SignInRow, error) {
	var r SignInRow
	var temporary int64
	w := &r.Password
	err := v.one("find who signs in", text, []any{arg},
		append(r.Person.scan(), &w.ID, &w.Generation, &w.Hash, &w.KeyID, &w.Made, &temporary)...)
	w.Person, w.Temporary = r.Person.ID, temporary != 0
	return r, err
}

// NamesOf lists the canonical names and addresses that mean a person.
func (v *View) NamesOf(person string) ([]string, error) {
	var all []string
	err := v.each("list names", "SELECT name FROM names WHERE person = $1 ORDER BY name", []any{person},
		func(rows scanner) error {
			var name string
			err := rows.Scan(&name)
			all = append(all, name)
			return err
		})
	return all, err
}

// Passwords lists the passwords of a person that are kept, the present one
// first.
func (v *View) Passwords(person string) ([]Password, error) {
	var all []Password
	err := v.each("list passwords",
		"SELECT id, generation, hash, key_id, made, temporary FROM passwords WHERE person = $1 ORDER BY generation DESC", []any{person},
		func(rows scanner) error {
			w := Password{Person: person}
			var temporary int64
			err := rows.Scan(&w.ID, &w.Generation, &w.Hash, &w.KeyID, &w.Made, &temporary)
			w.Temporary = temporary != 0
			all = append(all, w)
			return err
		})
	return all, err
}

// AddPassword makes a password the present one and keeps one before it. Of
// several that are made of the same state, one finds its generation free.
func (tx *Tx) AddPassword(w Password) error {
	if _, err := tx.exec("set a password",
		"INSERT INTO passwords (id, person, generation, hash, key_id, made, temporary) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		w.ID, w.Person, w.Generation, w.Hash, w.KeyID, w.Made, flag(w.Temporary)); err != nil {
		return err
	}
	_, err := tx.exec("set a password", "DELETE FROM passwords WHERE person = $1 AND generation < $2", w.Person, w.Generation-1)
	return err
}

// ReplacePassword keeps the same password by another hash.
func (tx *Tx) ReplacePassword(id string, hash []byte, keyID string) error {
	_, err := tx.exec("keep a password anew", "UPDATE passwords SET hash = $2, key_id = $3 WHERE id = $1", id, hash, keyID)
	return err
}

// Tried is how often a name as typed went wrong. LockedUntil is in milliseconds.
type Tried struct{ Wrong, LockedUntil int64 }

// SignInTries finds what went wrong with a name; nothing is no error.
func (v *View) SignInTries(name []byte) (Tried, error) {
	var t Tried
	err := v.one("count the tries", "SELECT coalesce(sum(wrong), 0), coalesce(max(locked_until), 0) FROM sign_in_tries WHERE name_hash = $1",
		[]any{name}, &t.Wrong, &t.LockedUntil)
	return t, err
}

// SetSignInTries keeps what went wrong with a name.
func (tx *Tx) SetSignInTries(name []byte, keyID string, t Tried, now int64) error {
	_, err := tx.exec("count a try",
		`INSERT INTO sign_in_tries (name_hash, key_id, wrong, last, locked_until) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (name_hash) DO UPDATE SET wrong = $3, last = $4, locked_until = $5`, name, keyID, t.Wrong, now, t.LockedUntil)
	return err
}

// ForgetSignInTries sets the count of a name to zero.
func (tx *Tx) ForgetSignInTries(name []byte) error {
	_, err := tx.exec("reset the tries", "DELETE FROM sign_in_tries WHERE name_hash = $1", name)
	return err
}

func flag(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}
