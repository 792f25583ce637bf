package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// OnDevice is a verification on a device that the person may have used before.
type OnDevice struct {
	Token    Token // of that device; may be empty
	Remember bool  // a right code makes this device a known one
	Label    string
}

// deviceLife is how long a device is remembered that is not used.
const deviceLife = 365 * 24 * time.Hour

// VerifyOn is [Desk.Verify] on a device. On one that is known for the person its
// own counter counts: what strangers do to the account does not keep the owner
// out, and wrong codes on the device lock only the device. remembered is the
// token of a device that was not known before, after a right code with Remember.
func (d *Desk) VerifyOn(ctx context.Context, application Application, user, code string, on OnDevice) (verdict Verdict, remembered Token, err error) {
	defer d.observed(d.clock(), &verdict, &err)
	asked := attempt{application: application, name: canonical(user)}
	if asked.name == "" {
		return Verdict{Reason: ReasonBlank}, "", nil
	}
	if !d.crowd.enter(application.ID) {
		return Verdict{}, "", fmt.Errorf("verify a code: %w", ErrFlooded)
	}
	defer d.crowd.leave(application.ID)
	normal, unreadable := enroll.NormalizeAnyCode(code)
	asked.code, asked.readable = normal, unreadable == nil
	if !asked.readable {
		asked.day = dayCodeIn(code)
	}
	reference, hash := referenceOf(ctx), d.tokenHash(forDevice, on.Token)
	var done attempt
	err = d.store.DoFor(ctx, asked.name, func(tx *store.Tx) (err error) {
		done = asked
		done.now = d.now()
		remembered, err = d.verifyOn(tx, &done, on, hash, reference)
		return err
	})
	if err != nil {
		if errors.Is(err, ErrUnauthorised) {
			d.keys.forget()
			return Verdict{}, "", ErrUnauthorised
		}
		return Verdict{}, "", fmt.Errorf("verify a code: %w", err)
	}
	return done.verdict, remembered, nil
}

func (d *Desk) verifyOn(tx *store.Tx, a *attempt, on OnDevice, hash []byte, reference string) (remembered Token, err error) {
	if err := d.askers.admit(tx, a.application, a.now); err != nil {
		return "", err
	}
	person, counters, links, err := tx.Candidates(a.name, d.candidates)
	d.candidates = links
	unknown := errors.Is(err, store.ErrNotFound)
	if err != nil && !unknown {
		return "", err
	}
	a.person = person
	device, err := tx.Device(person, hash)
	if err != nil {
		return "", err
	}
	switch {
	case !a.readable && a.day == "":
		a.verdict = Verdict{Reason: ReasonNotACode}
	case device.ID == "":
		err = d.judge(tx, a, counters, links, unknown)
	default:
		err = d.judgeOn(tx, a, counters, device, links)
	}
	if err == nil && a.verdict.Valid && on.Remember && device.ID == "" {
		remembered, err = d.remember(tx, a, on.Label, reference)
	}
	if err != nil {
		return "", err
	}
	return remembered, d.audit(tx, AuditRow{
		Kind: kindVerify, Outcome: string(a.verdict.Reason), Person: a.person,
		Application: a.application.ID, Link: a.link, Reference: reference,
	})
}

// judgeOn is judge on a known device.
func (d *Desk) judgeOn(tx *store.Tx, a *attempt, counters store.Counters, device store.Device, links []store.Candidate) error {
	step, reason, err := d.matchLinks(a, links)
	if err != nil {
		return err
	}
	if a.day != "" {
		if reason, err = d.matchDay(tx.View, a, reason); err != nil {
			return err
		}
	}
	now := stamp(a.now)
	switch {
	case device.LockedUntil > now:
		reason = ReasonLocked
	case len(links) > 0 && reason != ReasonUnlinked && reason != ReasonDisabled:
		reason = within(links[0].Starts, links[0].Ends, now, reason)
	}
	switch reason {
	case ReasonValid:
		if a.day != "" {
			a.verdict = Verdict{Valid: true, Reason: ReasonDayCode}
			return d.forgive(tx, a.person, counters, device, a.now)
		}
		granted, err := d.acceptOn(tx, device, a, step)
		if err != nil {
			return err
		}
		if !granted {
			return store.ErrChanged
		}
		a.verdict = Verdict{Valid: true, Step: step, Reason: ReasonValid}
		return d.forgive(tx, a.person, counters, device, a.now)
	case ReasonWrong:
		settings, _, err := signInOf(tx.View, a.person)
		if err != nil {
			return err
		}
		locked, err := d.countOnDevice(tx, device, settings, a.now)
		if err != nil {
			return err
		}
		if locked != 0 {
			reason = ReasonLocks
		}
		if counters.InRow+1 >= disableAfter {
			reason = ReasonDisables
		}
		a.verdict, a.link = Verdict{Reason: reason}, ""
		return d.missed(tx, a.person, counters, counters, a.now)
	}
	if reason != ReasonReplayed {
		a.link = ""
	}
	a.verdict = Verdict{Reason: reason}
	return tx.CountNobody()
}

// acceptOn uses up a step. The lock that counts is looked at once more by the
// statement that grants.
func (d *Desk) acceptOn(tx *store.Tx, device store.Device, a *attempt, step uint64) (bool, error) {
	if device.ID == "" {
		return tx.AcceptStep(a.link, int64(step), stamp(a.now), a.drift)
	}
	return tx.AcceptStepOn(device.ID, a.link, int64(step), stamp(a.now), a.drift)
}

// countOnDevice counts a wrong try on a known device, and gives the end of the
// lock that it led to, or 0.
func (d *Desk) countOnDevice(tx *store.Tx, device store.Device, settings SignInSettings, now time.Time) (locked int64, err error) {
	next := device.DeviceCounters
	if next.LockedUntil != 0 && next.LockedUntil <= stamp(now) {
		next = store.DeviceCounters{}
	}
	if next.Failures++; next.Failures >= lockAfter {
		next.LockedUntil = settings.lockEnd(now)
		locked = next.LockedUntil
	}
	return locked, tx.SetDevice(device.ID, device.DeviceCounters, next, device.LastUsed)
}

// remember makes a device known that a right code was just given on.
func (d *Desk) remember(tx *store.Tx, a *attempt, label, reference string) (Token, error) {
	settings, _, err := signInOf(tx.View, a.person)
	if err != nil || settings.Devices == 0 {
		return "", err
	}
	_, token, err := d.addDevice(tx, a.person, tidy(label, maxLabel), settings.Devices, a.now)
	if err != nil {
		return "", err
	}
	return token, d.audit(tx, AuditRow{Kind: kindDeviceAdd, Outcome: outcomeDone, Person: a.person, Application: a.application.ID, Reference: reference})
}

// addDevice makes a device known for a person, and tells them.
func (d *Desk) addDevice(tx *store.Tx, person, label string, most int, now time.Time) (id string, token Token, err error) {
	if token, err = d.newToken(); err != nil {
		return "", "", err
	}
	if id, err = d.newID(); err != nil {
		return "", "", err
	}
	row := store.Device{
		ID: id, Person: person, Hash: d.tokenHash(forDevice, token), KeyID: d.key.hashedWith(), Label: label, Made: stamp(now),
	}
	if err := tx.AddDevice(row, int64(most)); err != nil {
		return "", "", err
	}
	return id, token, d.post(tx, message{kind: MessageNewDevice, person: person, device: label})
}

// ForgetDevices makes all devices of a person unknown.
func (d *Desk) ForgetDevices(ctx context.Context, user string) error {
	return d.changePerson(ctx, "forget devices", kindDeviceForget, user,
		func(tx *store.Tx, row store.Person, _ time.Time) error {
			_, err := tx.ForgetDevices(row.ID)
			return err
		})
}
