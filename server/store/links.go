package store

// Link is a confirmed link. Times are in milliseconds; 0 is never.
type Link struct {
	ID, Person, Device         string
	Secret                     []byte // sealed; empty when disabled
	KeyID                      string
	Parameters                       // the zero value is what a link has that says nothing
	Steps                            // where the key stands
	DriftBound                 int64 // how far a clock may be learned to be off, in steps; of a counter, how many codes it may be ahead
	Linked, LastUsed, Disabled int64
	Token, Serial              string // id of the hardware token with the key, and its number; empty: none
	Consent
}

// Parameters are how codes are made from a key.
type Parameters struct {
	Kind, Algorithm string
	Digits, Period  int64
}

// Steps is where a key stands.
type Steps struct {
	LastStep int64 // time step or counter that was used last
	Drift    int64 // of the key's clock, in half time steps
	Resync   int64 // since when it waits for two codes in a row; 0: it does not
}

// Consent says what was accepted before linking, and when.
type Consent struct {
	Privacy, Terms, Language string
	Accepted                 int64
}

// Candidate is what a verification needs to know of one link of a person.
type Candidate struct {
	Link   string // empty when the person has no link
	Secret []byte // sealed
	KeyID  string
	Parameters
	Steps
	DriftBound int64
	Disabled   int64
	// Starts and Ends are the person's; 0: no bound.
	Starts, Ends int64
}

// linkColumns are the link's of the columns that [found] takes.
const linkColumns = `coalesce(l.id, ''), l.secret, coalesce(l.key_id, ''), coalesce(l.kind, ''), coalesce(l.algorithm, ''),
	coalesce(l.digits, 0), coalesce(l.period, 0), coalesce(l.last_step, 0), coalesce(l.drift, 0),
	coalesce(l.drift_bound, 0), coalesce(l.resync, 0), coalesce(l.disabled, 0)`

const (
	candidateColumns = "n.name, p.id, p.failures, p.failures_in_row, p.locked_until, p.starts, p.ends, " + linkColumns
	candidateTables  = " FROM names n JOIN people p ON p.id = n.person LEFT JOIN links l ON l.person = p.id "
	findCandidates   = "SELECT " + candidateColumns + candidateTables + "WHERE n.name = $1"
)

// On SQLite names have all that is asked of the person, and the number of the
// link, where there is one and no other: two places in the file and not five.
const (
	meaningColumns = "SELECT n.name, n.person, n.failures, n.failures_in_row, n.locked_until, n.starts, n.ends, " + linkColumns +
		", n.link, coalesce(l.number, 0) FROM names n "
	findMeaning = meaningColumns + "LEFT JOIN links l ON l.number = n.link WHERE n.name = $1"
	findSeveral = meaningColumns + "JOIN links l ON l.person = n.person WHERE n.name = $1"
	several     = -1 // in place of the number
)

// found is a person whom a name means, with all links.
type found struct {
	person   string
	counters Counters
	links    []Candidate

	// What add reads into, row after row.
	into []any
	name string
	row  Candidate
}

// add takes one row of candidateColumns and gives the name that it is for.
func (f *found) add(scan func(...any) error) (name string, err error) {
	if f.into == nil {
		f.into = f.places()
	}
	err = scan(f.into...)
	if err == nil && f.row.Link != "" {
		f.links = append(f.links, f.row)
	}
	return f.name, err
}

// places are where candidateColumns go.
func (f *found) places() []any {
	c := &f.row
	return []any{
		&f.name, &f.person, &f.counters.Failures, &f.counters.InRow, &f.counters.LockedUntil,
		&c.Starts, &c.Ends,
		&c.Link, &c.Secret, &c.KeyID, &c.Kind, &c.Algorithm, &c.Digits, &c.Period, &c.LastStep, &c.Drift,
		&c.DriftBound, &c.Resync, &c.Disabled,
	}
}

// SetLookAhead says for every counter-based link how many codes it may be ahead.
func (tx *Tx) SetLookAhead(codes int64) error {
	_, err := tx.exec("set how far counters may be ahead", "UPDATE links SET drift_bound = $1 WHERE kind = 'hotp' AND drift_bound <> $1", codes)
	return err
}

// Candidates finds the person that a canonical name or address means, with all
// links, in one statement, or in two on SQLite where there are several links. into
// is filled anew and returned; nobody is ErrNotFound.
func (v *View) Candidates(name string, into []Candidate) (person string, counters Counters, links []Candidate, err error) {
	const doing = "find a person's links"
	if f, ok := v.foreseen(name); ok {
		return f.person, f.counters, append(into[:0], f.links...), f.missing()
	}
	f, text := &found{}, findCandidates
	if v.rows != nil {
		if err := v.rows.used.know(); err != nil {
			return "", Counters{}, into[:0], err
		}
		f, text = v.rows.begin(), findMeaning
	}
	f.links = into[:0]
	read := func(row scanner) error {
		_, err := f.add(row.Scan)
		if v.rows != nil && err == nil {
			v.rows.note(&f.links)
		}
		return err
	}
	err = v.each(doing, text, []any{name}, read)
	if v.rows != nil && err == nil && v.rows.only == several {
		err = v.each(doing, findSeveral, []any{name}, read)
	}
	if err == nil {
		err = f.missing()
	}
	return f.person, f.counters, f.links, err
}

// rowNumbers remembers in which rows the writer found the links that it read
// last. SQLite finds a row by its number several times faster than by a text, and
// in the transaction that read it the number stands.
type rowNumbers struct {
	found []place
	last  place // of the row that was read last
	only  int64 // what its name has for the number of the link
	read  found // used again and again: it is large, and the writer reads one at a time
	used  *usedSteps
}

// place is a link, the number of its row, and what decides whether a code may be
// accepted.
type place struct {
	Candidate
	link        int64
	lockedUntil int64
}

// takes is the condition of acceptStepIn, where nothing was changed since the
// link was read.
func (p *place) takes(step, now int64) bool {
	return p.LastStep < step && p.Disabled == 0 && p.Resync == 0 &&
		p.lockedUntil <= now && p.Starts <= now && (p.Ends == 0 || p.Ends > now)
}

// begin forgets what was found, and gives what to read into.
func (r *rowNumbers) begin() *found {
	f := &r.read
	if f.into == nil {
		f.into = append(f.places(), &r.only, &r.last.link)
	}
	f.person, f.counters, r.found, r.only = "", Counters{}, r.found[:0], 0
	return f
}

// note remembers the row that was read, and says what is not in it yet.
func (r *rowNumbers) note(links *[]Candidate) {
	if r.read.row.Link == "" {
		return
	}
	newest := &(*links)[len(*links)-1]
	r.used.over(r.last.link, &newest.Steps)
	r.last.Candidate, r.last.lockedUntil = *newest, r.read.counters.LockedUntil
	r.found = append(r.found, r.last)
}

// forget ends what was found, before another operation.
func (r *rowNumbers) forget() {
	if r != nil {
		r.found = r.found[:0]
	}
}

func (r *rowNumbers) of(link string) *place {
	if r != nil {
		for i := range r.found {
			if r.found[i].Link == link {
				return &r.found[i]
			}
		}
	}
	return nil
}

func (f *found) missing() error {
	if f.person == "" {
		return ErrNotFound
	}
	return nil
}

// foreseen gives what was read beforehand about a name, until an operation that
// was given it changes something; see [Tx.kept].
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
		v.last = f.person
	}
	return f, true
}

// AcceptStep uses up a time step or counter of a link and keeps the drift that
// was learned by it, in one guarded write: only forward, only while the link
// works and its person is neither locked nor outside the dates of the account.
// It reports whether it did.
func (tx *Tx) AcceptStep(link string, step, now, drift int64) (bool, error) {
	const doing = "accept a code"
	at := tx.rows.of(link)
	switch {
	case at == nil:
		return tx.change(doing, acceptStep, link, step, now, drift)
	case tx.gathers(at):
		tx.store.statements.Add(1)
		if !at.takes(step, now) {
			return false, nil
		}
		tx.wrote, tx.changed = true, true
		tx.rows.used.gather(at.link, link, usedStep{step, now, drift})
		return true, nil
	case tx.rows.used.has(at.link):
		return tx.change(doing, acceptStep, link, step, now, drift)
	}
	return tx.change(doing, acceptStepIn, &at.link, &step, &now, &drift, &link)
}

// gathers tells whether a step is kept in [usedSteps]. One of a link that is there
// already is, unless the operation changed something since it read the link. What
// counts has no part in it: its key stands where links says.
func (tx *Tx) gathers(at *place) bool {
	u := tx.rows.used
	return u.ready && !tx.changed && at.Kind == "totp" && (tx.crowded || u.has(at.link))
}

const acceptStep = `UPDATE links SET last_step = $2, last_used = $3, drift = $4
	WHERE id = $1 AND last_step < $2 AND disabled = 0 AND resync = 0
	AND EXISTS (SELECT 1 FROM people WHERE people.id = links.person AND people.locked_until <= $3
	AND people.starts <= $3 AND (people.ends = 0 OR people.ends > $3))`

// acceptStepIn is acceptStep by the numbers of the rows.
const acceptStepIn = `UPDATE links SET last_step = $2, last_used = $3, drift = $4
	WHERE number = $1 AND +id = $5 AND last_step < $2 AND disabled = 0 AND resync = 0
	AND EXISTS (SELECT 1 FROM people WHERE people.id = links.person AND people.locked_until <= $3
	AND people.starts <= $3 AND (people.ends = 0 OR people.ends > $3))`

// ResyncLink is AcceptStep for two codes in a row: it also ends the waiting.
func (tx *Tx) ResyncLink(link string, step, now, drift int64) (bool, error) {
	n, err := tx.exec("resynchronise a link", resyncLink, link, step, now, drift)
	return n == 1, err
}

const resyncLink = `UPDATE links SET last_step = $2, last_used = $3, drift = $4, resync = 0
	WHERE id = $1 AND last_step < $2 AND disabled = 0
	AND EXISTS (SELECT 1 FROM people WHERE people.id = links.person AND people.locked_until <= $3
	AND people.starts <= $3 AND (people.ends = 0 OR people.ends > $3))`

// DisableLinks stops every working link of a person, erases the secrets, and
// reports whether there was any.
func (tx *Tx) DisableLinks(person string, now int64) (bool, error) {
	n, err := tx.exec("disable links",
		"UPDATE links SET disabled = $2, secret = $3 WHERE person = $1 AND disabled = 0", person, now, []byte{})
	return n > 0, err
}

// RemoveLinks removes every link of a person.
func (tx *Tx) RemoveLinks(person string) error {
	if err := tx.keepSteps(person); err != nil {
		return err
	}
	_, err := tx.exec("remove links", removeLinks, person)
	return err
}

const (
	removeLinks    = "DELETE FROM links WHERE person = $1"
	removeAppLinks = removeLinks + " AND (token = '' OR disabled <> 0)"
	removeOfToken  = "DELETE FROM links WHERE token = $1 AND token <> ''"
)

// RemoveAppLinks removes the links of a person but for those of hardware tokens
// that work.
func (tx *Tx) RemoveAppLinks(person string) error {
	if err := tx.keepSteps(person); err != nil {
		return err
	}
	_, err := tx.exec("remove links", removeAppLinks, person)
	return err
}

// RemoveTokenLink removes the link of a hardware token, if there is one. What a
// link that ends knows of a token's key goes back to the token.
func (tx *Tx) RemoveTokenLink(token string) error {
	if _, err := tx.exec("keep the step of a token", keepSteps+" AND tokens.id = $1", token); err != nil {
		return err
	}
	_, err := tx.exec("remove a link", removeOfToken, token)
	return err
}

// AddLink adds a confirmed link.
func (tx *Tx) AddLink(l Link) error {
	if l.Parameters == (Parameters{}) {
		l.Parameters, l.DriftBound = Parameters{"totp", "SHA1", 6, 30}, 1
	}
	_, err := tx.exec("add a link", addLink,
		l.ID, l.Person, l.Device, l.Secret, l.KeyID, l.LastStep, l.Linked, l.Privacy, l.Terms, l.Language, l.Accepted,
		l.Kind, l.Algorithm, l.Digits, l.Period, l.Drift, l.DriftBound, l.Resync, l.Token)
	return err
}

const addLink = `INSERT INTO links (id, person, device, secret, key_id, last_step, linked, privacy_version, terms_version, language, accepted,
	kind, algorithm, digits, period, drift, drift_bound, resync, token)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`

// WorkingLink finds a link that is not disabled: whose it is, and its secret.
func (v *View) WorkingLink(id string) (Link, error) {
	l := Link{ID: id}
	err := v.one("look for a link", "SELECT person, secret, key_id, kind, algorithm, digits, period FROM links WHERE id = $1 AND disabled = 0",
		[]any{id}, &l.Person, &l.Secret, &l.KeyID, &l.Kind, &l.Algorithm, &l.Digits, &l.Period)
	return l, err
}

// Links lists the links of the people, or of everybody when none is named,
// oldest first, without their secrets.
func (v *View) Links(people ...string) ([]Link, error) {
	var all []Link
	where, args := only(people)
	err := v.each("list links", listLinks+where+inOrder, args, func(rows scanner) error {
		var l Link
		err := rows.Scan(&l.ID, &l.Person, &l.Device, &l.KeyID, &l.LastStep, &l.Linked, &l.LastUsed, &l.Disabled,
			&l.Kind, &l.Algorithm, &l.Digits, &l.Period, &l.Drift, &l.Resync, &l.Token, &l.Serial)
		all = append(all, l)
		return err
	})
	return all, err
}

const (
	listLinks = `SELECT l.id, l.person, l.device, l.key_id, l.last_step, l.linked, l.last_used, l.disabled,
		l.kind, l.algorithm, l.digits, l.period, l.drift, l.resync, l.token, coalesce(t.serial, '')
		FROM links l LEFT JOIN tokens t ON t.id = l.token`
	inOrder = " ORDER BY l.linked, l.id"
	ofOne   = " WHERE person IN ($1)" // what only says of one person
)

// onlyOf is only for one person, or for everybody when person is empty.
func onlyOf(person string) (where string, args []any) {
	if person == "" {
		return "", nil
	}
	return only([]string{person})
}

// only limits a list to some people, by the index, or to nobody in particular.
func only(people []string) (where string, args []any) {
	if len(people) == 0 {
		return "", nil
	}
	return " WHERE person IN (" + places(1, len(people)) + ")", texts(people)
}
