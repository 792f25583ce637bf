package store

import "database/sql"

// Person is a row of people. Created and LockedUntil are in milliseconds.
type Person struct {
	ID, User, Name, Email, Role string
	Created                     int64
	Counters
}

// Counters are the wrong codes of a person.
type Counters struct {
	Failures    int64 // towards the next lock
	InRow       int64 // since the last right code
	LockedUntil int64 // milliseconds; 0: not locked
}

const personColumns = "p.id, p.user_name, p.full_name, p.email, p.role, p.created, p.failures, p.failures_in_row, p.locked_until"

func (p *Person) scan() []any {
	return []any{&p.ID, &p.User, &p.Name, &p.Email, &p.Role, &p.Created, &p.Failures, &p.InRow, &p.LockedUntil}
}

// The kinds of a name.
const (
	NameUser  = "user"
	NameEmail = "email"
)

// PersonByUser finds a person by canonical user name, never by address.
func (v *View) PersonByUser(name string) (Person, error) {
	var p Person
	err := v.one("find a person",
		"SELECT "+personColumns+" FROM names n JOIN people p ON p.id = n.person WHERE n.name = $1 AND n.kind = 'user'",
		[]any{name}, p.scan()...)
	return p, err
}

// People lists everybody by user name.
func (v *View) People() ([]Person, error) {
	var all []Person
	err := v.each("list people", "SELECT "+personColumns+" FROM people p ORDER BY p.user_name, p.id", nil,
		func(rows *sql.Rows) error {
			var p Person
			if err := rows.Scan(p.scan()...); err != nil {
				return err
			}
			all = append(all, p)
			return nil
		})
	return all, err
}

// NameTaken tells whether a canonical name or address means anybody.
func (v *View) NameTaken(name string) (bool, error) {
	var n int64
	err := v.one("look for a name", "SELECT count(*) FROM names WHERE name = $1", []any{name}, &n)
	return n > 0, err
}

// AddPerson adds a person who has no names yet.
func (tx *Tx) AddPerson(p Person) error {
	_, err := tx.exec("add a person",
		"INSERT INTO people (id, user_name, full_name, email, role, created) VALUES ($1, $2, $3, $4, $5, $6)",
		p.ID, p.User, p.Name, p.Email, p.Role, p.Created)
	return err
}

// AddName lets a canonical name mean a person.
func (tx *Tx) AddName(name, kind, person string) error {
	_, err := tx.exec("add a name", "INSERT INTO names (name, kind, person) VALUES ($1, $2, $3)", name, kind, person)
	return err
}

const setCounters = `UPDATE people SET failures = $2, failures_in_row = $3, locked_until = $4
	WHERE id = $1 AND failures = $5 AND failures_in_row = $6 AND locked_until = $7`

// SetCounters replaces the counters that were read, or returns [ErrChanged]
// when they are no longer the same.
func (tx *Tx) SetCounters(person string, was, now Counters) error {
	changed, err := tx.change("count for a person", setCounters,
		person, now.Failures, now.InRow, now.LockedUntil, was.Failures, was.InRow, was.LockedUntil)
	if err == nil && !changed {
		return wrap("count for a person", ErrChanged)
	}
	return err
}

// CountNobody does for a name that nobody has what SetCounters does for a
// person: the same statement, which finds no row.
func (tx *Tx) CountNobody() error {
	return tx.later("count for a person", setCounters, "", int64(0), int64(0), int64(0), int64(0), int64(0), int64(0))
}

// PersonByID finds a person by id.
func (v *View) PersonByID(id string) (Person, error) {
	var p Person
	err := v.one("find a person", "SELECT "+personColumns+" FROM people p WHERE p.id = $1", []any{id}, p.scan()...)
	return p, err
}
