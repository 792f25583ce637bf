package store

import (
	"cmp"
	"strconv"
	"strings"
)

// Person is a row of people. Times are in milliseconds; 0 is never.
type Person struct {
	ID, User, Name, Email, Role string
	Created                     int64
	Counters
	Organisation              string // id
	Given, Prefix, Family     string
	Phone, Job, Notices       string
	Language, Means           string
	Starts, Ends, StopgapEnds int64
	Version                   int64 // goes up with every change of what an administrator sets
	Deleted, Erased           int64
	Words                     string // see SetWords
}

// Counters are the wrong codes of a person.
type Counters struct {
	Failures    int64 // towards the next lock
	InRow       int64 // since the last right code
	LockedUntil int64 // milliseconds; 0: not locked
}

const personColumns = `p.id, p.user_name, p.full_name, p.email, p.role, p.created, p.failures, p.failures_in_row, p.locked_until,
	p.organisation, p.given, p.prefix, p.family, p.phone, p.job, p.notices, p.language, p.means,
	p.starts, p.ends, p.stopgap_ends, p.version, p.deleted, p.erased, p.words`

// peopleVersion is the version of the tables from which people have all
// columns; formerPersonColumns stand for them in a file of a former version.
const (
	peopleVersion       = 10
	formerPersonColumns = `p.id, p.user_name, p.full_name, p.email, p.role, p.created, p.failures, p.failures_in_row, p.locked_until,
		'main', '', '', '', '', '', '', '', 'token', 0, 0, 0, 1, 0, 0, ''`
)

func (p *Person) scan() []any {
	return []any{
		&p.ID, &p.User, &p.Name, &p.Email, &p.Role, &p.Created, &p.Failures, &p.InRow, &p.LockedUntil,
		&p.Organisation, &p.Given, &p.Prefix, &p.Family, &p.Phone, &p.Job, &p.Notices, &p.Language, &p.Means,
		&p.Starts, &p.Ends, &p.StopgapEnds, &p.Version, &p.Deleted, &p.Erased, &p.Words,
	}
}

// MainOrganisation is the operator's own organisation.
const MainOrganisation = "main"

// The means of signing in.
const (
	MeansToken   = "token"
	MeansOutside = "outside"
)

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

// People lists everybody who is not deleted, by user name.
func (v *View) People() ([]Person, error) {
	return v.people("WHERE p.deleted = 0 ORDER BY p.user_name, p.id")
}

// PeopleByID finds people by their ids, in no order; whoever is not there is
// left out.
func (v *View) PeopleByID(ids []string) ([]Person, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return v.people("WHERE p.id IN ("+places(1, len(ids))+")", texts(ids)...)
}

func (v *View) people(which string, args ...any) ([]Person, error) {
	columns := personColumns
	if v.former != 0 && v.former < peopleVersion {
		columns, which = formerPersonColumns, strings.Replace(which, "WHERE p.deleted = 0", "", 1)
	}
	var all []Person
	err := v.each("list people", "SELECT "+columns+" FROM people p "+which, args,
		func(rows scanner) error {
			var p Person
			err := rows.Scan(p.scan()...)
			all = append(all, p)
			return err
		})
	return all, err
}

// places writes the numbered places of so many values from the first on.
func places(first, count int) string {
	all := make([]string, count)
	for i := range all {
		all[i] = "$" + strconv.Itoa(first+i)
	}
	return strings.Join(all, ", ")
}

func texts(values []string) []any {
	all := make([]any, len(values))
	for i, value := range values {
		all[i] = value
	}
	return all
}

// AddPerson adds a person who has no names yet. An empty organisation is the
// operator's own, an empty means a token.
func (tx *Tx) AddPerson(p Person) error {
	_, err := tx.exec("add a person",
		`INSERT INTO people (id, user_name, full_name, email, role, created, organisation, given, prefix, family,
		phone, job, notices, language, means, starts, ends, stopgap_ends)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		p.ID, p.User, p.Name, p.Email, p.Role, p.Created, cmp.Or(p.Organisation, MainOrganisation), p.Given, p.Prefix, p.Family,
		p.Phone, p.Job, p.Notices, p.Language, cmp.Or(p.Means, MeansToken), p.Starts, p.Ends, p.StopgapEnds)
	return err
}

// SetPerson replaces what an administrator sets about a person, if the version
// is still p's, else it is [ErrChanged]. The new version is one more.
func (tx *Tx) SetPerson(p Person) error {
	return tx.must("change a person",
		`UPDATE people SET user_name = $3, full_name = $4, email = $5, role = $6, organisation = $7, given = $8, prefix = $9,
		family = $10, phone = $11, job = $12, notices = $13, language = $14, means = $15, starts = $16, ends = $17,
		stopgap_ends = $18, version = version + 1 WHERE id = $1 AND version = $2 AND deleted = 0`,
		p.ID, p.Version, p.User, p.Name, p.Email, p.Role, p.Organisation, p.Given, p.Prefix,
		p.Family, p.Phone, p.Job, p.Notices, p.Language, p.Means, p.Starts, p.Ends, p.StopgapEnds)
}

// RemoveNames lets a person be meant by no name any more.
func (tx *Tx) RemoveNames(person string) error {
	_, err := tx.exec("remove names", "DELETE FROM names WHERE person = $1", person)
	return err
}

// NameOwner is the id of the person whom a canonical name or address means.
func (v *View) NameOwner(name string) (string, error) {
	var person string
	err := v.one("look for a name", "SELECT person FROM names WHERE name = $1", []any{name}, &person)
	return person, err
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
