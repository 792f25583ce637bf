package store

// EndCodes makes every code worthless that may have been used or sent: steps up
// to last are used up for every link, open activation codes are past their end,
// open pending links are void and their secrets erased, and what waits in the
// outbox is not sent, perhaps a second time.
func (tx *Tx) EndCodes(last int64) error {
	const doing = "end the codes of a restored database"
	if _, err := tx.exec(doing, "UPDATE links SET last_step = $1 WHERE last_step < $1", last); err != nil {
		return err
	}
	// Their end is their beginning, so that a clock that is set back a little
	// does not revive them.
	if _, err := tx.exec(doing, "UPDATE activations SET expires = made WHERE state = 'open'"); err != nil {
		return err
	}
	if _, err := tx.exec(doing, "UPDATE outbox SET state = 'replaced', sealed = $1 WHERE state = 'waiting'", []byte{}); err != nil {
		return err
	}
	_, err := tx.exec(doing, "UPDATE pending_links SET state = 'void', secret = $1 WHERE state = 'open'", []byte{})
	return err
}
