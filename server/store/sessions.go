package store

// Session is somebody who is signed in. Times are in milliseconds.
type Session struct {
	ID, Person              string
	Hash                    []byte // of the token
	KeyID                   string
	Started, LastSeen, Ends int64
	Stay, Strong            bool
	Label, Address          string
	Language                string
	Device                  string // id
}

const sessionColumns = "s.id, s.person, s.started, s.last_seen, s.ends, s.stay, s.strong, s.label, s.address, s.language, s.device"

func (s *Session) scan(scan func(...any) error, more ...any) error {
	var stay, strong int64
	err := scan(append([]any{
		&s.ID, &s.Person, &s.Started, &s.LastSeen, &s.Ends, &stay, &strong, &s.Label, &s.Address, &s.Language, &s.Device,
	}, more...)...)
	s.Stay, s.Strong = stay != 0, strong != 0
	return err
}

// Session finds a session by the keyed hash of its token.
func (v *View) Session(hash []byte) (Session, error) {
	var s Session
	found := false
	err := v.each("find a session", "SELECT "+sessionColumns+" FROM sessions s WHERE s.hash = $1", []any{hash},
		func(rows scanner) error {
			found = true
			return s.scan(rows.Scan)
		})
	if err == nil && !found {
		err = ErrNotFound
	}
	return s, err
}

// Sessions lists the sessions of a person, newest first.
func (v *View) Sessions(person string) ([]Session, error) {
	var all []Session
	err := v.each("list sessions", "SELECT "+sessionColumns+" FROM sessions s WHERE s.person = $1 ORDER BY s.started DESC, s.id", []any{person},
		func(rows scanner) error {
			var s Session
			err := s.scan(rows.Scan)
			all = append(all, s)
			return err
		})
	return all, err
}

const addSession = `INSERT INTO sessions
	(id, person, hash, key_id, started, last_seen, ends, stay, strong, label, address, language, device)
	SELECT $1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12 WHERE EXISTS `

// AddSession adds a session, unless the person is locked at that moment or
// outside the dates of the account. It reports whether it did.
func (tx *Tx) AddSession(s Session) (bool, error) {
	return tx.addSession(s, addSession+"(SELECT 1 FROM people p WHERE "+worksAt+" AND p.locked_until <= $5)")
}

const worksAt = "p.id = $2 AND p.deleted = 0 AND p.starts <= $5 AND (p.ends = 0 OR p.ends > $5)"

// AddSessionOnDevice is AddSession for a known device, whose own lock counts.
func (tx *Tx) AddSessionOnDevice(s Session) (bool, error) {
	return tx.addSession(s, addSession+
		"(SELECT 1 FROM people p JOIN devices d ON d.person = p.id WHERE "+worksAt+" AND d.id = $12 AND d.locked_until <= $5)")
}

func (tx *Tx) addSession(s Session, text string) (bool, error) {
	n, err := tx.exec("sign somebody in", text, s.ID, s.Person, s.Hash, s.KeyID, s.Started, s.Ends,
		flag(s.Stay), flag(s.Strong), s.Label, s.Address, s.Language, s.Device)
	return n == 1, err
}

// SawSession keeps that a session was seen, unless that was known already.
func (tx *Tx) SawSession(id string, now, since int64) error {
	_, err := tx.exec("keep when a session was seen",
		"UPDATE sessions SET last_seen = $2 WHERE id = $1 AND last_seen <= $3", id, now, since)
	return err
}

// RenewSession gives a session another token.
func (tx *Tx) RenewSession(id string, hash []byte, keyID string) error {
	return tx.must("renew a session", "UPDATE sessions SET hash = $2, key_id = $3 WHERE id = $1", id, hash, keyID)
}

// EndSession ends one session of a person and reports whether there was one.
func (tx *Tx) EndSession(person, id string) (bool, error) {
	n, err := tx.exec("end a session", "DELETE FROM sessions WHERE person = $1 AND id = $2", person, id)
	return n == 1, err
}

// EndSessions ends the sessions of a person but for one, and gives how many.
func (tx *Tx) EndSessions(person, but string) (int64, error) {
	return tx.exec("end sessions", "DELETE FROM sessions WHERE person = $1 AND id <> $2", person, but)
}

// PasswordLink lets somebody choose a password once. Times are in milliseconds.
type PasswordLink struct {
	ID, Person          string
	Hash                []byte // of the token
	KeyID               string
	Kind                string
	Made, Expires, Used int64
}

// AddPasswordLink adds a link. Older ones of the person that were not used end.
func (tx *Tx) AddPasswordLink(l PasswordLink) error {
	if err := tx.EndPasswordLinks(l.Person, l.Made); err != nil {
		return err
	}
	_, err := tx.exec("make a link to choose a password",
		"INSERT INTO password_links (id, person, hash, key_id, kind, made, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		l.ID, l.Person, l.Hash, l.KeyID, l.Kind, l.Made, l.Expires)
	return err
}

// EndPasswordLinks ends the links of a person that were not used.
func (tx *Tx) EndPasswordLinks(person string, now int64) error {
	_, err := tx.exec("end links to choose a password", "UPDATE password_links SET used = $2 WHERE person = $1 AND used = 0", person, now)
	return err
}

// PasswordLink finds a link by the keyed hash of its token.
func (v *View) PasswordLink(hash []byte) (PasswordLink, error) {
	l := PasswordLink{Hash: hash}
	err := v.one("find a link to choose a password",
		"SELECT id, person, key_id, kind, made, expires, used FROM password_links WHERE hash = $1", []any{hash},
		&l.ID, &l.Person, &l.KeyID, &l.Kind, &l.Made, &l.Expires, &l.Used)
	return l, err
}

// PasswordLinksSince counts the links of a kind that were made for a person
// since a moment.
func (v *View) PasswordLinksSince(person, kind string, since int64) (n int64, err error) {
	err = v.one("count links to choose a password",
		"SELECT count(*) FROM password_links WHERE person = $1 AND kind = $2 AND made > $3", []any{person, kind, since}, &n)
	return n, err
}

// UsePasswordLink uses a link up. It reports whether it was still to be used.
func (tx *Tx) UsePasswordLink(id string, now int64) (bool, error) {
	n, err := tx.exec("use a link to choose a password",
		"UPDATE password_links SET used = $2 WHERE id = $1 AND used = 0 AND expires > $2", id, now)
	return n == 1, err
}
