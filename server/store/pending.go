package store

import "fmt"

// The states of a pending link.
const (
	PendingOpen      = "open"
	PendingVoid      = "void"
	PendingConfirmed = "confirmed"
)

// Pending is a link that waits for its first code, or waited. Times are in
// milliseconds.
type Pending struct {
	ID, Person, Activation string
	Secret                 []byte // sealed; empty unless open
	KeyID                  string
	Issuer, Device         string
	Consent                // Accepted is when it was made
	Expires                int64
	Wrong                  int64
	State                  string
	ConfirmHash            []byte // keyed hash of the code that confirmed it
}

// Request is what was answered under an idempotency key.
type Request struct {
	KeyHash, BodyHash []byte
	Pending           string // id; empty for a refusal
	Reason            string // of the refusal
	TriesLeft         int64
	Made              int64 // milliseconds
}

// AddPending adds a pending link.
func (tx *Tx) AddPending(p Pending) error {
	_, err := tx.exec("add a pending link",
		`INSERT INTO pending_links (id, person, activation, secret, key_id, issuer, device,
		privacy_version, terms_version, language, made, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		p.ID, p.Person, p.Activation, p.Secret, p.KeyID, p.Issuer, p.Device,
		p.Privacy, p.Terms, p.Language, p.Accepted, p.Expires)
	return err
}

// Pending finds a pending link by its id.
func (v *View) Pending(id string) (Pending, error) {
	p := Pending{ID: id}
	err := v.one("find a pending link",
		`SELECT person, activation, secret, key_id, issuer, device, privacy_version, terms_version, language,
		made, expires, wrong, state, confirm_hash FROM pending_links WHERE id = $1`, []any{id},
		&p.Person, &p.Activation, &p.Secret, &p.KeyID, &p.Issuer, &p.Device, &p.Privacy, &p.Terms, &p.Language,
		&p.Accepted, &p.Expires, &p.Wrong, &p.State, &p.ConfirmHash)
	return p, err
}

// CountPending counts a wrong code at a pending link that is not void, and
// returns how many there are.
func (tx *Tx) CountPending(id string) (int64, error) {
	var wrong int64
	err := tx.returning("count a code",
		"UPDATE pending_links SET wrong = wrong + 1 WHERE id = $1 AND state <> 'void' RETURNING wrong", []any{id}, &wrong)
	return wrong, err
}

// VoidPending ends the open pending links of a person and erases their
// secrets; only the one with this id, unless it is empty.
func (tx *Tx) VoidPending(person, id string) error {
	_, err := tx.exec("void pending links",
		`UPDATE pending_links SET state = 'void', secret = $3
		WHERE person = $1 AND (id = $2 OR $2 = '') AND state = 'open'`, person, id, []byte{})
	return err
}

// ConfirmPending marks an open pending link as confirmed and erases its
// secret; [ErrChanged] when it is not open. The code that CountPending counted
// before was a right one.
func (tx *Tx) ConfirmPending(id string, codeHash []byte) error {
	return tx.must("confirm a link",
		"UPDATE pending_links SET state = 'confirmed', wrong = wrong - 1, secret = $3, confirm_hash = $2 WHERE id = $1 AND state = 'open'",
		id, codeHash, []byte{})
}

// Request finds what was answered under an idempotency key.
func (v *View) Request(keyHash []byte) (Request, error) {
	r := Request{KeyHash: keyHash}
	err := v.one("find a request",
		"SELECT body_hash, pending, reason, tries_left, made FROM requests WHERE key_hash = $1", []any{keyHash},
		&r.BodyHash, &r.Pending, &r.Reason, &r.TriesLeft, &r.Made)
	return r, err
}

// AddRequest remembers an answer.
func (tx *Tx) AddRequest(r Request) error {
	_, err := tx.exec("remember an answer",
		"INSERT INTO requests (key_hash, body_hash, pending, reason, tries_left, made) VALUES ($1, $2, $3, $4, $5, $6)",
		r.KeyHash, r.BodyHash, r.Pending, r.Reason, r.TriesLeft, r.Made)
	return err
}

// Purge says what of linking is to be removed. Moments are in milliseconds.
type Purge struct {
	Ended   int64 // whatever ended before goes
	Refused int64 // refusals, tries and void links from before go
	Most    int64 // so many answers and names with tries stay, the newest
	Batch   int64 // so many rows go at most by each step
}

// PurgeLinking removes answers, tries, pending links and activation codes that
// are over, and returns how many. Strangers make answers and tries, so these are
// bounded in number too.
func (tx *Tx) PurgeLinking(p Purge) (removed int64, err error) {
	return tx.purge(p.Batch, []purged{
		{"requests", "key_hash", "made < $1 OR made < $2 AND reason <> ''", []any{p.Ended, p.Refused}},
		{"requests", "key_hash", "made < (SELECT made FROM requests ORDER BY made DESC LIMIT 1 OFFSET $1)", []any{p.Most}},
		{"tries", "name_hash", "last < $1", []any{p.Refused}},
		{"tries", "name_hash", "last < (SELECT last FROM tries ORDER BY last DESC LIMIT 1 OFFSET $1)", []any{p.Most}},
		{"pending_links", "id", "expires < $1 OR expires < $2 AND state = 'void'", []any{p.Ended, p.Refused}},
		{"activations", "id", `expires < $1
			AND NOT EXISTS (SELECT 1 FROM pending_links WHERE pending_links.activation = activations.id)`, []any{p.Ended}},
	})
}

// purged are rows of a table that go.
type purged struct {
	table, row, which string
	args              []any
}

// purge removes at most batch rows by each step. The bound stands in the text,
// because PostgreSQL reads a whole table to be ready for a large one that it does
// not know.
func (tx *Tx) purge(batch int64, steps []purged) (removed int64, err error) {
	for _, step := range steps {
		n, err := tx.exec("remove what is over",
			fmt.Sprintf("DELETE FROM %s WHERE %s IN (SELECT %s FROM %s WHERE %s LIMIT %d)",
				step.table, step.row, step.row, step.table, step.which, batch),
			step.args...)
		if err != nil {
			return removed, err
		}
		removed += n
	}
	return removed, nil
}
