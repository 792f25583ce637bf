package store

import "slices"

// Role is a row of roles.
type Role struct {
	Key, Dutch, English                    string
	Manages, Operates, NeedsParts, BuiltIn bool
	Ended                                  int64 // milliseconds; 0: not
}

// Grant says that a person holds a role for a part of an organisation, or for
// the whole where part is empty.
type Grant struct {
	Person, Role, Organisation, Part string
	Granted                          int64
}

// Mandate says that the giver lets people of the taker hold a role for it, or
// for one of its parts.
type Mandate struct {
	Giver, Taker, Role, Part string
	Made                     int64
}

const roleColumns = "SELECT key, name_nl, name_en, manages, operates, needs_parts, built_in, ended FROM roles "

// Roles lists the roles that have not ended: those of the program first, then
// by key.
func (v *View) Roles() ([]Role, error) {
	return v.roles("WHERE ended = 0 ORDER BY built_in DESC, operates, manages, key")
}

// Role finds a role by its key, ended or not.
func (v *View) Role(key string) (Role, error) { return firstOf(v.roles("WHERE key = $1", key)) }

func (v *View) roles(which string, args ...any) ([]Role, error) {
	var all []Role
	err := v.each("list roles", roleColumns+which, args, func(rows scanner) error {
		var r Role
		var manages, operates, needs, builtIn int64
		err := rows.Scan(&r.Key, &r.Dutch, &r.English, &manages, &operates, &needs, &builtIn, &r.Ended)
		r.Manages, r.Operates, r.NeedsParts, r.BuiltIn = manages != 0, operates != 0, needs != 0, builtIn != 0
		all = append(all, r)
		return err
	})
	return all, err
}

// PutRole adds a role, or replaces the one that has its key.
func (tx *Tx) PutRole(r Role) error {
	_, err := tx.exec("set a role",
		`INSERT INTO roles (key, name_nl, name_en, manages, operates, needs_parts, built_in, ended) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (key) DO UPDATE SET name_nl = $2, name_en = $3, manages = $4, operates = $5, needs_parts = $6, ended = $8`,
		r.Key, r.Dutch, r.English, number(r.Manages), number(r.Operates), number(r.NeedsParts), number(r.BuiltIn), r.Ended)
	return err
}

func number(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// RemoveRole takes a role from everybody who holds it, and from all mandates.
func (tx *Tx) RemoveRole(key string) error {
	if _, err := tx.exec("take a role back", "DELETE FROM grants WHERE role = $1", key); err != nil {
		return err
	}
	_, err := tx.exec("take a role back", "DELETE FROM mandates WHERE role = $1", key)
	return err
}

// CountHolders counts who holds a role and is not deleted.
func (v *View) CountHolders(role string) (int64, error) {
	var n int64
	err := v.one("count who holds a role",
		"SELECT count(DISTINCT g.person) FROM grants g JOIN people p ON p.id = g.person WHERE g.role = $1 AND p.deleted = 0",
		[]any{role}, &n)
	return n, err
}

const grantColumns = "SELECT person, role, organisation, part, granted FROM grants "

// Grants lists what the people hold, or everybody when none is named, in order.
func (v *View) Grants(people ...string) ([]Grant, error) {
	where, args := only(people)
	return v.grants(where+" ORDER BY person, organisation, role, part", args...)
}

// GrantsInOfSome lists what the first so many people, by their ids, hold for an
// organisation or its parts.
func (v *View) GrantsInOfSome(organisation string, many int) ([]Grant, error) {
	return v.grants(`WHERE organisation = $1 AND person IN
		(SELECT DISTINCT person FROM grants WHERE organisation = $1 ORDER BY person LIMIT $2) ORDER BY person, role, part`, organisation, int64(many))
}

// ManagersIn lists by which roles people manage others of an organisation or of
// its parts.
func (v *View) ManagersIn(organisation string) ([]Grant, error) {
	return v.grants(`WHERE organisation = $1 AND role IN (SELECT key FROM roles WHERE manages = 1 AND ended = 0)
		ORDER BY person, role, part`, organisation)
}

// GrantsFor lists what is held for a part.
func (v *View) GrantsFor(organisation, part string) ([]Grant, error) {
	return v.grants("WHERE organisation = $1 AND part = $2 ORDER BY person, role", organisation, part)
}

// GrantsOf lists who holds a role.
func (v *View) GrantsOf(role string) ([]Grant, error) {
	return v.grants("WHERE role = $1 ORDER BY person, organisation, part", role)
}

func (v *View) grants(which string, args ...any) ([]Grant, error) {
	var all []Grant
	err := v.each("list who holds what", grantColumns+which, args, func(rows scanner) error {
		var g Grant
		err := rows.Scan(&g.Person, &g.Role, &g.Organisation, &g.Part, &g.Granted)
		all = append(all, g)
		return err
	})
	return all, err
}

// AddGrant grants what is not held yet.
func (tx *Tx) AddGrant(g Grant) error {
	_, err := tx.exec("grant a role",
		`INSERT INTO grants (person, role, organisation, part, granted) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (person, role, organisation, part) DO NOTHING`, g.Person, g.Role, g.Organisation, g.Part, g.Granted)
	return err
}

// RemoveGrant takes back one thing that is held.
func (tx *Tx) RemoveGrant(g Grant) error {
	_, err := tx.exec("take a role back",
		"DELETE FROM grants WHERE person = $1 AND role = $2 AND organisation = $3 AND part = $4", g.Person, g.Role, g.Organisation, g.Part)
	return err
}

// SetRole notes, for servers of former versions, whether a person manages.
func (tx *Tx) SetRole(person, role string) error {
	_, err := tx.exec("note a role", "UPDATE people SET role = $2 WHERE id = $1 AND role <> $2", person, role)
	return err
}

// Mandates lists what organisations were given, or gave: those that taker may
// act on, or all of them when taker is empty.
func (v *View) Mandates(taker string) ([]Mandate, error) {
	var all []Mandate
	err := v.each("list mandates",
		"SELECT giver, taker, role, part, made FROM mandates WHERE $1 = '' OR taker = $1 ORDER BY giver, taker, role, part", []any{taker},
		func(rows scanner) error {
			var m Mandate
			err := rows.Scan(&m.Giver, &m.Taker, &m.Role, &m.Part, &m.Made)
			all = append(all, m)
			return err
		})
	return all, err
}

// MandatesWhere lists the mandates that are so.
func (v *View) MandatesWhere(so func(Mandate) bool) ([]Mandate, error) {
	all, err := v.Mandates("")
	return slices.DeleteFunc(all, func(m Mandate) bool { return !so(m) }), err
}

// AddMandate adds a mandate that is not there yet.
func (tx *Tx) AddMandate(m Mandate) error {
	_, err := tx.exec("give a mandate",
		`INSERT INTO mandates (giver, taker, role, part, made) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (taker, giver, role, part) DO NOTHING`, m.Giver, m.Taker, m.Role, m.Part, m.Made)
	return err
}

// RemoveMandate takes a mandate back.
func (tx *Tx) RemoveMandate(m Mandate) error {
	return tx.must("take a mandate back", "DELETE FROM mandates WHERE giver = $1 AND taker = $2 AND role = $3 AND part = $4",
		m.Giver, m.Taker, m.Role, m.Part)
}

// CountByMandate counts people who hold what a mandate lets them hold.
func (v *View) CountByMandate(m Mandate) (int64, error) {
	var n int64
	err := v.one("count who holds by a mandate",
		`SELECT count(DISTINCT g.person) FROM grants g JOIN people p ON p.id = g.person
		WHERE g.organisation = $1 AND p.organisation = $2 AND g.role = $3 AND ($4 = '' OR g.part = $4) AND p.deleted = 0`,
		[]any{m.Giver, m.Taker, m.Role, m.Part}, &n)
	return n, err
}
