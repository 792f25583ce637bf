package store

import "database/sql"

// Link is a confirmed link. Times are in milliseconds; 0 is never.
type Link struct {
	ID, Person, Device         string
	Secret                     []byte // sealed; empty when disabled
	KeyID                      string
	LastStep                   int64
	Linked, LastUsed, Disabled int64
	Consent
}

// Consent says what was accepted before linking, and when.
type Consent struct {
	Privacy, Terms, Language string
	Accepted                 int64
}

// Candidate is what a verification needs to know of one link of a person.
type Candidate struct {
	Link     string // empty when the person has no link
	Secret   []byte // sealed
	KeyID    string
	LastStep int64
	Disabled int64
}

const candidateColumns = "n.name, p.id, p.failures, p.failures_in_row, p.locked_until, l.id, l.secret, l.key_id, l.last_step, l.disabled"

const candidateTables = " FROM names n JOIN people p ON p.id = n.person LEFT JOIN links l ON l.person = p.id "

// found is a person whom a name means, with all links.
type found struct {
	person   string
	counters Counters
	links    []Candidate
}

// add takes one row of candidateColumns and gives the name that it is for.
func (f *found) add(scan func(...any) error) (name string, err error) {
	var c Candidate
	var id, key sql.NullString
	var step, disabled sql.NullInt64
	err = scan(&name, &f.person, &f.counters.Failures, &f.counters.InRow, &f.counters.LockedUntil,
		&id, &c.Secret, &key, &step, &disabled)
	if err == nil && id.Valid {
		c.Link, c.KeyID, c.LastStep, c.Disabled = id.String, key.String, step.Int64, disabled.Int64
		f.links = append(f.links, c)
	}
	return name, err
}

// Candidates finds the person that a canonical name or address means, with all
// links in one statement. into is filled anew and returned; nobody is
// ErrNotFound.
func (v *View) Candidates(name string, into []Candidate) (person string, counters Counters, links []Candidate, err error) {
	f, ok := v.foreseen(name)
	if !ok {
		f = &found{links: into[:0]}
		err = v.each("find a person's links", "SELECT "+candidateColumns+candidateTables+"WHERE n.name = $1", []any{name},
			func(rows *sql.Rows) error {
				_, err := f.add(rows.Scan)
				return err
			})
	}
	if err == nil && f.person == "" {
		err = ErrNotFound
	}
	return f.person, f.counters, f.links, err
}

// foreseen gives what was read beforehand about a name. It is given once:
// whoever asks may change the person.
func (v *View) foreseen(name string) (*found, bool) {
	f, ok := v.known[name]
	if !ok {
		return nil, false
	}
	if _, asked := v.asked[f.person]; asked {
		return nil, false
	}
	v.store.statements.Add(1)
	if f.person != "" {
		v.asked[f.person] = struct{}{}
	}
	return f, true
}

// AcceptStep uses up a time step of a link, in one guarded write: only forward,
// only while the link works and its person is not locked. It reports whether
// it did.
func (tx *Tx) AcceptStep(link string, step, now int64) (bool, error) {
	return tx.change("accept a code", acceptStep, link, step, now)
}

const acceptStep = `UPDATE links SET last_step = $2, last_used = $3 WHERE id = $1 AND last_step < $2 AND disabled = 0
	AND EXISTS (SELECT 1 FROM people WHERE people.id = links.person AND people.locked_until <= $3)`

// DisableLinks stops every working link of a person, erases the secrets, and
// reports whether there was any.
func (tx *Tx) DisableLinks(person string, now int64) (bool, error) {
	n, err := tx.exec("disable links",
		"UPDATE links SET disabled = $2, secret = $3 WHERE person = $1 AND disabled = 0", person, now, []byte{})
	return n > 0, err
}

// RemoveLinks removes every link of a person.
func (tx *Tx) RemoveLinks(person string) error {
	_, err := tx.exec("remove links", "DELETE FROM links WHERE person = $1", person)
	return err
}

// AddLink adds a confirmed link.
func (tx *Tx) AddLink(l Link) error {
	_, err := tx.exec("add a link",
		`INSERT INTO links (id, person, device, secret, key_id, last_step, linked, privacy_version, terms_version, language, accepted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		l.ID, l.Person, l.Device, l.Secret, l.KeyID, l.LastStep, l.Linked, l.Privacy, l.Terms, l.Language, l.Accepted)
	return err
}

// WorkingLink finds a link that is not disabled: whose it is, and its secret.
func (v *View) WorkingLink(id string) (Link, error) {
	l := Link{ID: id}
	err := v.one("look for a link", "SELECT person, secret, key_id FROM links WHERE id = $1 AND disabled = 0",
		[]any{id}, &l.Person, &l.Secret, &l.KeyID)
	return l, err
}

// Links lists the links of one person, or of everybody when person is empty,
// oldest first, without their secrets.
func (v *View) Links(person string) ([]Link, error) {
	var all []Link
	where, args := only(person)
	err := v.each("list links",
		"SELECT id, person, device, key_id, last_step, linked, last_used, disabled FROM links"+where+" ORDER BY linked, id", args,
		func(rows *sql.Rows) error {
			var l Link
			err := rows.Scan(&l.ID, &l.Person, &l.Device, &l.KeyID, &l.LastStep, &l.Linked, &l.LastUsed, &l.Disabled)
			all = append(all, l)
			return err
		})
	return all, err
}

// only limits a list to one person, by the index, or to nobody in particular.
func only(person string) (where string, args []any) {
	if person == "" {
		return "", nil
	}
	return " WHERE person = $1", []any{person}
}
