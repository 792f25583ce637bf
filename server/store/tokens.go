package store

// Token is a hardware token. Times are in milliseconds; 0 is never.
type Token struct {
	ID, Serial, SerialKey, Maker, Model string
	Secret                              []byte // sealed
	KeyID                               string
	Parameters
	Steps              // while there is a link, working or not, that of the link counts
	Imported           int64
	Holder, HolderName string // id; who it was when the token fell due
	Issued, Due        int64
	DueReason          string
	Returned, Blocked  int64
	BlockReason        string
	HolderUser         string // of the present holder; empty when they are gone
	HolderFull         string
	Link               string // id of the link that works with it
}

const tokenColumns = `t.id, t.serial, t.serial_key, t.maker, t.model, t.key_id, t.kind, t.algorithm, t.digits, t.period,
	coalesce(l.last_step, t.last_step), coalesce(l.drift, t.drift), coalesce(l.resync, t.resync),
	t.imported, t.holder, t.holder_name, t.issued, t.due, t.due_reason, t.returned, t.blocked, t.block_reason,
	coalesce(p.user_name, ''), coalesce(p.full_name, ''), CASE WHEN l.disabled = 0 THEN l.id ELSE '' END
	FROM tokens t LEFT JOIN people p ON p.id = t.holder LEFT JOIN links l ON l.token = t.id AND l.token <> ''`

const findToken = "SELECT " + tokenColumns + " WHERE t.serial_key = $1"

func (t *Token) scan(rows scanner) error {
	return rows.Scan(&t.ID, &t.Serial, &t.SerialKey, &t.Maker, &t.Model, &t.KeyID, &t.Kind, &t.Algorithm, &t.Digits, &t.Period,
		&t.LastStep, &t.Drift, &t.Resync, &t.Imported, &t.Holder, &t.HolderName, &t.Issued, &t.Due, &t.DueReason,
		&t.Returned, &t.Blocked, &t.BlockReason, &t.HolderUser, &t.HolderFull, &t.Link)
}

// Tokens lists all tokens by serial number, without their secrets.
func (v *View) Tokens() ([]Token, error) {
	var all []Token
	err := v.each("list tokens", "SELECT "+tokenColumns+" ORDER BY t.serial_key", nil, func(rows scanner) error {
		var t Token
		err := t.scan(rows)
		all = append(all, t)
		return err
	})
	return all, err
}

// Count is where a counter-based token stands.
type Count struct {
	Token    string // id
	LastStep int64
}

// Counts lists where counter-based tokens stand, by whichever of token and link
// knows more.
func (v *View) Counts() ([]Count, error) {
	var all []Count
	err := v.each("list counters", `SELECT t.id, CASE WHEN l.last_step > t.last_step THEN l.last_step ELSE t.last_step END
		FROM tokens t LEFT JOIN links l ON l.token = t.id AND l.token <> '' WHERE t.kind = 'hotp'`, nil,
		func(rows scanner) error {
			var c Count
			err := rows.Scan(&c.Token, &c.LastStep)
			all = append(all, c)
			return err
		})
	return all, err
}

// Advance brings a counter-based token and its link to a counter, if they are
// not beyond it.
func (tx *Tx) Advance(c Count) error {
	for _, text := range []string{
		"UPDATE tokens SET last_step = $2 WHERE id = $1 AND kind = 'hotp' AND last_step < $2",
		"UPDATE links SET last_step = $2 WHERE token = $1 AND kind = 'hotp' AND last_step < $2",
	} {
		if _, err := tx.exec("advance a counter", text, c.Token, c.LastStep); err != nil {
			return err
		}
	}
	return nil
}

// Token finds a token by the one spelling of its serial number, with its secret.
func (v *View) Token(serialKey string) (Token, error) {
	var t Token
	found := false
	err := v.each("find a token", findToken, []any{serialKey}, func(rows scanner) error {
		found = true
		return t.scan(rows)
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	if err == nil {
		err = v.one("find a token", "SELECT secret FROM tokens WHERE id = $1", []any{t.ID}, &t.Secret)
	}
	return t, err
}

// AddToken adds a token to the stock.
func (tx *Tx) AddToken(t Token) error {
	_, err := tx.exec("add a token",
		`INSERT INTO tokens (id, serial, serial_key, maker, model, secret, key_id, kind, algorithm, digits, period, last_step, drift, imported)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		t.ID, t.Serial, t.SerialKey, t.Maker, t.Model, t.Secret, t.KeyID, t.Kind, t.Algorithm, t.Digits, t.Period, t.LastStep, t.Drift, t.Imported)
	return err
}

// IssueToken says who has a token from now on.
func (tx *Tx) IssueToken(id, holder string, now int64) error {
	return tx.must("issue a token",
		"UPDATE tokens SET holder = $2, holder_name = '', issued = $3, due = 0, due_reason = '', returned = 0 WHERE id = $1 AND blocked = 0",
		id, holder, now)
}

// TakeToken says that a token is back.
func (tx *Tx) TakeToken(id string, now int64) error {
	return tx.must("take a token back",
		"UPDATE tokens SET holder = '', holder_name = '', due = 0, due_reason = '', returned = $2 WHERE id = $1", id, now)
}

// BlockToken blocks a token, or ends that when now is 0.
func (tx *Tx) BlockToken(id string, now int64, reason string) error {
	return tx.must("block a token", "UPDATE tokens SET blocked = $2, block_reason = $3 WHERE id = $1", id, now, reason)
}

// keepSteps brings what the links know of tokens' keys back to the tokens. It
// comes before a link ends.
const keepSteps = `UPDATE tokens SET (last_step, drift, resync) =
	(SELECT l.last_step, l.drift, l.resync FROM links l WHERE l.token = tokens.id AND l.token <> '')
	WHERE EXISTS (SELECT 1 FROM links l WHERE l.token = tokens.id AND l.token <> '')`

// keepSteps does so for the tokens of a person.
func (tx *Tx) keepSteps(person string) error {
	_, err := tx.exec("keep the steps of a person's tokens", keepSteps+" AND holder = $1", person)
	return err
}

// TokensDue marks the tokens that a person has as due back, unless they are
// already, and keeps who it is. It comes before the person ends.
func (tx *Tx) TokensDue(person string, now int64, reason string) error {
	_, err := tx.exec("call tokens back", callBack+" AND holder = $1", person, now, reason)
	return err
}

// TokenDue marks one token that somebody has as due back.
func (tx *Tx) TokenDue(id string, now int64, reason string) error {
	_, err := tx.exec("call a token back", callBack+" AND id = $1", id, now, reason)
	return err
}

const callBack = `UPDATE tokens SET due = $2, due_reason = $3,
	holder_name = coalesce((SELECT p.full_name || ' (' || p.user_name || ')' FROM people p WHERE p.id = tokens.holder), holder_name)
	WHERE holder <> '' AND due = 0`
