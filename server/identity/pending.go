package identity

import (
	"errors"
	"io"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// wrongTry counts a wrong try for the name as typed, whether anybody has it or
// not.
func (d *Desk) wrongTry(tx *store.Tx, s *start) error {
	wrong, err := tx.CountTry(d.nameHash(s.name), stamp(s.now))
	if err != nil {
		return err
	}
	row, err := tx.PersonByUser(s.name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	s.person = row.ID
	return d.voidIfSpent(tx, row.ID, wrong)
}

// voidIfSpent makes the activation code of a name invalid that has no tries
// left. For a name that nobody has the work is the same.
func (d *Desk) voidIfSpent(tx *store.Tx, person string, wrong int64) error {
	if wrong < activationTries {
		return nil
	}
	return d.endActivations(tx, person, store.ActivationVoid)
}

// addPending makes the pending link with a key of its own. A former one of the
// same person is void.
func (d *Desk) addPending(tx *store.Tx, s *start, settings OrganisationSettings, row store.Person, code store.Activation) error {
	if err := tx.VoidPending(row.ID, ""); err != nil {
		return err
	}
	id, err := d.newID()
	if err != nil {
		return err
	}
	secret := make([]byte, secretSize)
	if _, err := io.ReadFull(d.random, secret); err != nil {
		return err
	}
	sealed, keyID, err := d.seal(secret, placeOfPending(id, row.ID))
	if err != nil {
		return err
	}
	p := store.Pending{
		ID: id, Person: row.ID, Activation: code.ID, Secret: sealed, KeyID: keyID,
		Issuer: settings.issuer(), Device: tidy(s.Device, maxDevice),
		Consent: store.Consent{
			Privacy: s.Accepted.Privacy, Terms: s.Accepted.Terms,
			Language: tidy(s.Language, maxLanguage), Accepted: stamp(s.now),
		},
		Expires: min(stamp(s.now.Add(pendingLife)), code.Expires),
	}
	s.person, s.pending, s.outcome = row.ID, id, outcomeStarted
	s.answer = answerOf(p, row.User, secret)
	return tx.AddPending(p)
}

func answerOf(p store.Pending, user string, secret []byte) enroll.LinkAnswer {
	key := linkKey(secret)
	key.Issuer, key.Account = p.Issuer, user
	return enroll.LinkAnswer{ID: p.ID, Address: key.Address(), ExpiresAt: moment(p.Expires)}
}
