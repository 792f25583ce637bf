package identity

import (
	"context"

	"sleutelbos/server/store"
)

// addSession makes the session and, where the device is not known yet, the
// device. The lock is looked at once more by the statement that grants.
func (d *Desk) addSession(tx *store.Tx, s *signIn) error {
	token, err := d.newToken()
	if err != nil {
		return err
	}
	id, err := d.newID()
	if err != nil {
		return err
	}
	var fresh Token
	device := s.device.ID
	if device == "" && s.settings.Devices > 0 {
		if device, fresh, err = d.addDevice(tx, s.row.Person.ID, s.Label, s.settings.Devices, s.now); err != nil {
			return err
		}
	}
	rules := s.settings.Sessions
	row := store.Session{
		ID: id, Person: s.row.Person.ID, Hash: d.tokenHash(forSession, token), KeyID: d.key.hashedWith(),
		Started: stamp(s.now), LastSeen: stamp(s.now), Ends: stamp(s.now.Add(rules.Absolute.Duration())),
		Strong: s.coded, Label: s.Label, Address: s.Address, Language: s.Language, Device: device,
	}
	if row.Stay = s.Stay && rules.Stay > 0; row.Stay {
		row.Ends = stamp(s.now.Add(rules.Stay.Duration()))
	}
	add := tx.AddSession
	if s.device.ID != "" {
		add = tx.AddSessionOnDevice
	}
	added, err := add(row)
	if err != nil {
		return err
	}
	if !added {
		return store.ErrChanged
	}
	if s.coded && s.attempt.day == "" && device != "" && s.settings.RememberHours > 0 {
		if err := tx.CodeGiven(device, stamp(s.now)); err != nil {
			return err
		}
	}
	session, err := d.sessionOf(tx.View, row, s.settings, s.now)
	s.signedIn = SignedIn{Token: token, Device: fresh, Session: session}
	return err
}

// renewHash keeps a right password by a hash of today's cost, if it had another.
// That it fails is no fault of the sign-in.
func (d *Desk) renewHash(ctx context.Context, s signIn) {
	hash, err := d.openPassword(s.row.Password)
	if err != nil {
		return
	}
	if cost, _, _, err := parseHash(hash); err != nil || cost == d.hasher.cost {
		return
	}
	text, _ := s.Password.normal()
	if hash, err = d.hasher.hash(ctx, text); err != nil {
		return
	}
	w := s.row.Password
	if w.Hash, w.KeyID, err = d.seal([]byte(hash), placeOfPassword(w.ID, w.Person)); err != nil {
		return
	}
	err = d.store.Do(ctx, func(tx *store.Tx) error { return tx.ReplacePassword(w.ID, w.Hash, w.KeyID) })
	if err != nil {
		d.log.WarnContext(ctx, "a password keeps its old hash", "cause", err.Error())
	}
}
