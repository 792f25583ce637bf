package store

import (
	"errors"
)

// Device is one on which a person signed in before. Times are in milliseconds.
type Device struct {
	ID, Person     string // empty for one that is not known
	Hash           []byte // of its token
	KeyID, Label   string
	Made, LastUsed int64
	Coded          int64 // when a code was last given on it; 0: never
	DeviceCounters
}

// DeviceCounters are the wrong tries on a device.
type DeviceCounters struct {
	Failures    int64
	LockedUntil int64 // milliseconds; 0: not locked
}

// Device finds a device of a person by the keyed hash of its token. Another
// person's, or none, is the zero Device.
func (v *View) Device(person string, hash []byte) (Device, error) {
	d := Device{Hash: hash}
	err := v.one("find a device",
		"SELECT id, person, label, made, last_used, coded, failures, locked_until FROM devices WHERE hash = $1 AND person = $2", []any{hash, person},
		&d.ID, &d.Person, &d.Label, &d.Made, &d.LastUsed, &d.Coded, &d.Failures, &d.LockedUntil)
	if errors.Is(err, ErrNotFound) {
		return Device{}, nil
	}
	return d, err
}

// DeviceByID finds a device of a person by its id; the zero Device when there is
// none.
func (v *View) DeviceByID(person, id string) (Device, error) {
	d := Device{ID: id}
	err := v.one("find a device",
		"SELECT person, label, made, last_used, failures, locked_until FROM devices WHERE id = $1 AND person = $2", []any{id, person},
		&d.Person, &d.Label, &d.Made, &d.LastUsed, &d.Failures, &d.LockedUntil)
	if errors.Is(err, ErrNotFound) {
		return Device{}, nil
	}
	return d, err
}

// Devices counts the devices of a person.
func (v *View) Devices(person string) (n int64, err error) {
	err = v.one("count devices", "SELECT count(*) FROM devices WHERE person = $1", []any{person}, &n)
	return n, err
}

// AddDevice adds a device and forgets the ones of the person that were not used
// for the longest time, beyond the most that are kept.
func (tx *Tx) AddDevice(d Device, most int64) error {
	if _, err := tx.exec("remember a device",
		"INSERT INTO devices (id, person, hash, key_id, label, made, last_used) VALUES ($1, $2, $3, $4, $5, $6, $6)",
		d.ID, d.Person, d.Hash, d.KeyID, d.Label, d.Made); err != nil {
		return err
	}
	_, err := tx.exec("forget old devices",
		`DELETE FROM devices WHERE person = $1 AND id NOT IN
		(SELECT id FROM devices WHERE person = $1 ORDER BY last_used DESC, made DESC, id LIMIT $2)`, d.Person, most)
	return err
}

const setDevice = `UPDATE devices SET failures = $2, locked_until = $3, last_used = $4
	WHERE id = $1 AND failures = $5 AND locked_until = $6`

// SetDevice replaces the counters of a device that were read, or returns
// [ErrChanged].
func (tx *Tx) SetDevice(id string, was, now DeviceCounters, used int64) error {
	changed, err := tx.change("count for a device", setDevice, id, now.Failures, now.LockedUntil, used, was.Failures, was.LockedUntil)
	if err == nil && !changed {
		return wrap("count for a device", ErrChanged)
	}
	return err
}

// CodeGiven notes that a code was given on a device.
func (tx *Tx) CodeGiven(id string, now int64) error {
	_, err := tx.exec("note a device", "UPDATE devices SET coded = $2 WHERE id = $1", id, now)
	return err
}

// AcceptStepOn is [Tx.AcceptStep] on a known device, whose own lock counts in
// place of the person's.
func (tx *Tx) AcceptStepOn(device, link string, step, now, drift int64) (bool, error) {
	return tx.change("accept a code", acceptStepOn, link, step, now, drift, device)
}

const acceptStepOn = `UPDATE links SET last_step = $2, last_used = $3, drift = $4
	WHERE id = $1 AND last_step < $2 AND disabled = 0 AND resync = 0
	AND EXISTS (SELECT 1 FROM devices JOIN people ON people.id = devices.person
	WHERE devices.id = $5 AND devices.person = links.person AND devices.locked_until <= $3
	AND people.starts <= $3 AND (people.ends = 0 OR people.ends > $3))`

// ForgetDevices forgets all devices of a person and gives how many.
func (tx *Tx) ForgetDevices(person string) (int64, error) {
	return tx.exec("forget devices", "DELETE FROM devices WHERE person = $1", person)
}

// Loss is an authenticator that was reported lost. Times are in milliseconds.
type Loss struct {
	ID, Person, Link, Device string
	Lost, Reported           int64
}

// AddLoss keeps a report.
func (tx *Tx) AddLoss(l Loss) error {
	_, err := tx.exec("keep a report of a loss",
		"INSERT INTO losses (id, person, link, device, lost, reported) VALUES ($1, $2, $3, $4, $5, $6)",
		l.ID, l.Person, l.Link, l.Device, l.Lost, l.Reported)
	return err
}

// Losses lists what was reported lost of a person, newest first.
func (v *View) Losses(person string) ([]Loss, error) {
	var all []Loss
	err := v.each("list losses",
		"SELECT id, link, device, lost, reported FROM losses WHERE person = $1 ORDER BY reported DESC, id", []any{person},
		func(rows scanner) error {
			l := Loss{Person: person}
			err := rows.Scan(&l.ID, &l.Link, &l.Device, &l.Lost, &l.Reported)
			all = append(all, l)
			return err
		})
	return all, err
}

// BlockLink stops one working link of a person and erases its secret. It
// gives how the person named its device, or [ErrNotFound].
func (tx *Tx) BlockLink(person, id string, now int64) (device string, err error) {
	err = tx.returning("disable a link",
		"UPDATE links SET disabled = $3, secret = $4 WHERE person = $1 AND id = $2 AND disabled = 0 RETURNING device",
		[]any{person, id, now, []byte{}}, &device)
	return device, err
}

// OldSignIns says what of signing in is to be removed; moments in milliseconds.
type OldSignIns struct {
	Now     int64
	Idle    int64 // sessions that were last seen before go
	Tried   int64 // tries from before go
	Links   int64 // links to choose a password that ended before go
	Devices int64 // devices that were last used before go
	Most    int64 // so many names with tries stay, the newest
	Batch   int64 // so many rows go at most by each step
}

// PurgeSignIns removes what is over, and returns how many rows. Strangers make
// tries, so these are bounded in number too.
func (tx *Tx) PurgeSignIns(p OldSignIns) (removed int64, err error) {
	return tx.purge(p.Batch, []purged{
		{"sessions", "id", "ends <= $1 OR last_seen < $2", []any{p.Now, p.Idle}},
		{"sign_in_tries", "name_hash", "last < $1 AND locked_until <= $2", []any{p.Tried, p.Now}},
		{"sign_in_tries", "name_hash", "last < (SELECT last FROM sign_in_tries ORDER BY last DESC LIMIT 1 OFFSET $1)", []any{p.Most}},
		{"password_links", "id", "expires < $1", []any{p.Links}},
		{"devices", "id", "last_used < $1", []any{p.Devices}},
	})
}

// EndSignIns is for a restored copy: nobody is signed in, no device is known, no
// link to choose a password and no temporary password is worth anything.
func (tx *Tx) EndSignIns() error {
	for _, text := range []string{
		"DELETE FROM sessions", "DELETE FROM devices", "DELETE FROM password_links", "DELETE FROM passwords WHERE temporary <> 0",
	} {
		if _, err := tx.exec("end the sign-ins of a restored database", text); err != nil {
			return err
		}
	}
	return nil
}
