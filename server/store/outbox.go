package store

// The states of a message.
const (
	MessageWaiting  = "waiting"
	MessageSent     = "sent"
	MessageFailed   = "failed"
	MessageLate     = "late"
	MessageReplaced = "replaced"
)

// Message is a message that waits in the outbox, or what is kept of one. Times
// are in milliseconds; 0 is never.
type Message struct {
	ID, Person, Kind string
	Sealed           []byte // empty once it no longer waits
	KeyID            string
	MessageID        string // of the mail, in every try the same
	Made, Ends       int64
	NextTry, Tries   int64
	State, Outcome   string
	Finished         int64
}

const messageColumns = "o.id, o.person, o.kind, o.message_id, o.made, o.ends, o.next_try, o.tries, o.state, o.outcome, o.finished"

func (m *Message) scan() []any {
	return []any{&m.ID, &m.Person, &m.Kind, &m.MessageID, &m.Made, &m.Ends, &m.NextTry, &m.Tries, &m.State, &m.Outcome, &m.Finished}
}

// Addressee is whom a message goes to. Language is empty where it is not known,
// Notices where notices go to Email.
type Addressee struct{ Name, Email, Notices, Language string }

// Addressee finds where a person gets mail, and in which language: their own, or
// the one in which they last accepted the terms.
func (v *View) Addressee(person string) (Addressee, error) {
	var a Addressee
	err := v.one("find an addressee",
		`SELECT p.full_name, p.email, p.notices, coalesce(nullif(p.language, ''), (SELECT l.language FROM links l WHERE l.person = p.id ORDER BY l.linked DESC, l.id LIMIT 1), '')
		FROM people p WHERE p.id = $1`, []any{person}, &a.Name, &a.Email, &a.Notices, &a.Language)
	return a, err
}

// AddMessage puts a message into the outbox, to be sent at once.
func (tx *Tx) AddMessage(m Message) error {
	_, err := tx.exec("add a message",
		`INSERT INTO outbox (id, person, kind, sealed, key_id, message_id, made, ends, next_try)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7)`,
		m.ID, m.Person, m.Kind, m.Sealed, m.KeyID, m.MessageID, m.Made, m.Ends)
	return err
}

// ReplaceMessages ends a person's waiting messages of a kind unsent.
func (tx *Tx) ReplaceMessages(person, kind string, now int64) error {
	_, err := tx.exec("replace messages",
		`UPDATE outbox SET state = 'replaced', sealed = $4, finished = $3
		WHERE person = $1 AND kind = $2 AND state = 'waiting'`, person, kind, now, []byte{})
	return err
}

// DueMessage finds the waiting message whose turn it is, or else the moment of
// the next one's.
func (v *View) DueMessage(now int64) (id string, next int64, err error) {
	err = v.one("look for a message",
		"SELECT id, next_try FROM outbox WHERE state = 'waiting' ORDER BY next_try, id LIMIT 1", nil, &id, &next)
	if err == nil && next > now {
		return "", next, nil
	}
	return id, next, err
}

// ClaimMessage gives a waiting message to the caller alone, until the moment,
// and counts the try; [ErrNotFound] when somebody else has it.
func (tx *Tx) ClaimMessage(id string, now, until int64) (Message, error) {
	m := Message{ID: id, NextTry: until, State: MessageWaiting}
	err := tx.returning("claim a message",
		`UPDATE outbox SET next_try = $3, tries = tries + 1 WHERE id = $1 AND state = 'waiting' AND next_try <= $2
		RETURNING person, kind, sealed, key_id, message_id, made, ends, tries`, []any{id, now, until},
		&m.Person, &m.Kind, &m.Sealed, &m.KeyID, &m.MessageID, &m.Made, &m.Ends, &m.Tries)
	return m, err
}

// EndMessage gives a waiting message its last state and erases its content. One
// that no longer waits stays as it is.
func (tx *Tx) EndMessage(id, state, outcome string, now int64) error {
	_, err := tx.exec("end a message",
		`UPDATE outbox SET state = $2, outcome = $3, finished = $4, sealed = $5 WHERE id = $1 AND state = 'waiting'`,
		id, state, outcome, now, []byte{})
	return err
}

// PutOffMessage lets a message wait until the moment for its next try, if that
// many tries are what it has had.
func (tx *Tx) PutOffMessage(id string, tries, until int64, outcome string) error {
	_, err := tx.exec("put off a message",
		"UPDATE outbox SET next_try = $3, outcome = $4 WHERE id = $1 AND state = 'waiting' AND tries = $2",
		id, tries, until, outcome)
	return err
}

// Messages lists the newest messages, of one person or of everybody when person
// is empty, without their content.
func (v *View) Messages(person string, limit int) ([]Message, error) {
	var all []Message
	where, args := onlyOf(person)
	args = append(args, limit)
	most := "$1"
	if person != "" {
		most = "$2"
	}
	err := v.each("list messages", "SELECT "+messageColumns+" FROM outbox o"+where+" ORDER BY o.made DESC, o.id LIMIT "+most, args,
		func(rows scanner) error {
			var m Message
			err := rows.Scan(m.scan()...)
			all = append(all, m)
			return err
		})
	return all, err
}

// Outbox is how the messages stand.
type Outbox struct {
	Waiting int64
	Oldest  int64 // when the oldest waiting one was made; 0: none waits
	Tried   int64 // of the waiting ones, those that were tried in vain
	Failed  int64 // failed or too late since the moment asked for
}

// Outbox counts the messages.
func (v *View) Outbox(since int64) (Outbox, error) {
	var o Outbox
	err := v.one("count messages",
		`SELECT count(*), coalesce(min(made), 0), coalesce(sum(CASE WHEN outcome <> '' THEN 1 ELSE 0 END), 0)
		FROM outbox WHERE state = 'waiting'`, nil, &o.Waiting, &o.Oldest, &o.Tried)
	if err == nil {
		err = v.one("count messages",
			"SELECT count(*) FROM outbox WHERE made >= $1 AND state IN ('failed', 'late')", []any{since}, &o.Failed)
	}
	return o, err
}

// PurgeMessages removes at most so many messages that ended before the moment, and
// returns how many.
func (tx *Tx) PurgeMessages(before, batch int64) (removed int64, err error) {
	return tx.purge(batch, []purged{{"outbox", "id", "made < $1 AND state <> 'waiting' AND finished < $1", []any{before}}})
}
