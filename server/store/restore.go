package store

// ended is the last step of a key's window now, however far its clock may have
// been learned to be off: $1 is the time in seconds, $2 the window's width.
const ended = "$1 / period + CASE WHEN drift > 2 * drift_bound THEN drift / 2 ELSE drift_bound END + $2"

// EndCodes makes every code worthless that may have been used or sent: the
// steps of every link up to the end of its window are used up, what counts has
// to be resynchronised, open activation codes are past their end, open pending
// links are void and their secrets erased, what waits in the outbox is not sent,
// perhaps a second time, and no day code is left. The drift of tokens without a link
// may have been learned up to the bound, in seconds.
func (tx *Tx) EndCodes(now, seconds, width, bound int64) error {
	const doing = "end the codes of a restored database"
	token := "$1 / period + CASE WHEN drift > 2 * ($3 / period) THEN drift / 2 ELSE $3 / period END + $2"
	for _, step := range []struct {
		text string
		args []any
	}{
		{"UPDATE links SET last_step = " + ended + " WHERE kind <> 'hotp' AND last_step < " + ended, []any{seconds, width}},
		{"UPDATE links SET resync = $1 WHERE kind = 'hotp' AND disabled = 0", []any{now}},
		{"UPDATE tokens SET last_step = " + token + " WHERE kind <> 'hotp' AND last_step < " + token, []any{seconds, width, bound}},
		{"UPDATE tokens SET resync = $1 WHERE kind = 'hotp'", []any{now}},
		// Their end is their beginning, so that a clock that is set back a little
		// does not revive them.
		{"UPDATE activations SET expires = made WHERE state = 'open'", nil},
		{"DELETE FROM day_codes", nil},
		{"UPDATE outbox SET state = 'replaced', sealed = $1 WHERE state = 'waiting'", []any{[]byte{}}},
		{"UPDATE pending_links SET state = 'void', secret = $1 WHERE state = 'open'", []any{[]byte{}}},
	} {
		if _, err := tx.exec(doing, step.text, step.args...); err != nil {
			return err
		}
	}
	return nil
}
