package identity

import (
	"errors"
	"time"

	"sleutelbos/server/store"
)

// judgeSignIn decides, and writes what follows. Whether the name is somebody's
// and whatever is wrong, the code is matched and the same statements are run.
func (d *Desk) judgeSignIn(tx *store.Tx, s *signIn) error {
	person, counters, links, err := tx.Candidates(s.name, d.candidates)
	d.candidates = links
	unknown := errors.Is(err, store.ErrNotFound)
	if err != nil && !unknown {
		return err
	}
	s.attempt.person, s.attempt.now = person, s.now
	if s.row, err = tx.SignInRow(person); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if s.device, err = tx.Device(person, s.deviceHash); err != nil {
		return err
	}
	if s.grants, err = tx.Grants(person); err != nil {
		return err
	}
	tried, err := tx.SignInTries(s.nameHash)
	if err != nil {
		return err
	}
	if s.settings, s.common, err = signInOf(tx.View, person); err != nil {
		return err
	}
	step, reason, err := d.matchLinks(&s.attempt, links)
	if err != nil {
		return err
	}
	if s.attempt.day != "" {
		if reason, err = d.matchDay(tx.View, &s.attempt, reason); err != nil {
			return err
		}
	}
	fits := s.reasonOf(reason)
	switch {
	case s.locked(counters, tried):
		return d.refuseLocked(tx, s, tried)
	case s.row.Password.ID != s.passwordID: // also a lock of the name that ended since
		return errChangedMeanwhile
	case unknown:
		return d.missSignIn(tx, s, counters, tried, ReasonUnknown)
	case fits == ReasonReplayed: // and the password is right
		return d.refuseSignIn(tx, s, ReasonReplayed)
	case fits != ReasonValid:
		return d.missSignIn(tx, s, counters, tried, fits)
	}
	return d.grantSignIn(tx, s, counters, step)
}

// reasonOf puts password and code together. A right code is needed unless the
// password alone will do and no code was given.
func (s *signIn) reasonOf(code Reason) Reason {
	s.coded = code == ReasonValid
	if s.Code == "" && !s.needsCode() {
		code = ReasonValid
		s.attempt.link = ""
	}
	switch {
	case !s.right:
		s.attempt.link = ""
		return ReasonWrong
	case code == ReasonValid || code == ReasonReplayed:
		return code
	}
	return ReasonWrong
}

// needsCode tells whether the password alone will not do: always for whoever
// manages, and for others unless the settings say so of every role that they
// hold, or they have a stopgap that has not ended.
func (s *signIn) needsCode() bool {
	if Role(s.row.Role) == RoleAdministrator {
		return true
	}
	if stamp(s.now) < s.row.StopgapEnds || s.codeHolds() {
		return false
	}
	for _, grant := range s.grants {
		if s.settings.Means[Role(grant.Role)] != LeastPassword {
			return true
		}
	}
	return len(s.grants) == 0
}

// codeHolds tells whether a code that was given on this device not long ago does
// for this sign-in too (O4). Who signs in there with a code of their own takes
// the device over, so the device is then no longer known for anybody else.
func (s *signIn) codeHolds() bool {
	holds := time.Duration(s.settings.RememberHours) * time.Hour
	return s.device.ID != "" && s.device.Coded != 0 && stamp(s.now) >= s.device.Coded && stamp(s.now) < s.device.Coded+holds.Milliseconds()
}

// locked tells whether this is refused whatever was typed. On a known device its
// own lock counts. On others that of the name counts beside the person's: it is
// the one that can be told.
func (s *signIn) locked(c store.Counters, tried store.Tried) bool {
	now := stamp(s.now)
	if s.device.ID != "" {
		return s.device.LockedUntil > now
	}
	return c.LockedUntil > now || tried.LockedUntil > now
}

// refuseLocked tells the end of a lock that whoever asks brought about by this
// name or on this device. Any other lock would tell that somebody has the name.
func (d *Desk) refuseLocked(tx *store.Tx, s *signIn, tried store.Tried) error {
	s.outcome, s.attempt.link = ReasonLocked, ""
	ends := tried.LockedUntil
	if s.device.ID != "" {
		ends = s.device.LockedUntil
	}
	s.refusal = &SignInRefusal{Reason: ReasonWrong}
	if ends > stamp(s.now) {
		s.refusal = &SignInRefusal{Reason: ReasonLocked, Until: endOfLock(ends)}
	}
	return tx.CountNobody()
}

// endOfLock is when a lock ends by itself; the zero time where it does not.
func endOfLock(ends int64) time.Time {
	if ends >= lockedForGood {
		return time.Time{}
	}
	return moment(ends)
}

// lockEnd is the end of a lock of a person that begins now.
func (d *Desk) lockEnd(view *store.View, person string, now time.Time) (int64, error) {
	settings, _, err := signInOf(view, person)
	if err != nil {
		return 0, err
	}
	return settings.lockEnd(now), nil
}

func (s SignInSettings) lockEnd(now time.Time) int64 {
	if s.Release == ReleaseAdministrator {
		return lockedForGood
	}
	return stamp(now.Add(lockTime))
}

func (d *Desk) refuseSignIn(tx *store.Tx, s *signIn, outcome Reason) error {
	s.outcome, s.refusal = outcome, &SignInRefusal{Reason: ReasonWrong}
	return tx.CountNobody()
}

// missSignIn counts a wrong try: for the name as typed, and for the person or,
// on a known device, for that.
func (d *Desk) missSignIn(tx *store.Tx, s *signIn, was store.Counters, tried store.Tried, outcome Reason) error {
	s.outcome, s.refusal, s.attempt.link = outcome, &SignInRefusal{Reason: ReasonWrong}, ""
	if s.device.ID != "" {
		return d.missOnDevice(tx, s, was)
	}
	if tried.LockedUntil != 0 && tried.LockedUntil <= stamp(s.now) {
		tried = store.Tried{}
	}
	if tried.Wrong++; tried.Wrong >= lockAfter {
		tried.LockedUntil = s.common.lockEnd(s.now)
		s.refusal = &SignInRefusal{Reason: ReasonLocked, Until: endOfLock(tried.LockedUntil)}
	}
	if err := tx.SetSignInTries(s.nameHash, d.key.hashedWith(), tried, stamp(s.now)); err != nil {
		return err
	}
	if s.attempt.person == "" {
		return tx.CountNobody()
	}
	next := relieved(was, stamp(s.now))
	if next.Failures++; next.Failures >= lockAfter {
		next.LockedUntil, s.outcome = s.settings.lockEnd(s.now), ReasonLocks
	}
	if next.InRow+1 >= disableAfter {
		s.outcome = ReasonDisables
	}
	return d.missed(tx, s.attempt.person, was, next, s.now)
}

func (d *Desk) missOnDevice(tx *store.Tx, s *signIn, was store.Counters) error {
	locked, err := d.countOnDevice(tx, s.device, s.settings, s.now)
	if err != nil {
		return err
	}
	if locked != 0 {
		s.outcome, s.refusal = ReasonLocks, &SignInRefusal{Reason: ReasonLocked, Until: endOfLock(locked)}
	}
	if was.InRow+1 >= disableAfter {
		s.outcome = ReasonDisables
	}
	return d.missed(tx, s.attempt.person, was, was, s.now)
}

// grantSignIn uses up the code, unless it is one for the whole day, and signs in, or says why a right sign-in gets no
// further. Where the account does not work, no door takes a code, so none is
// used up.
func (d *Desk) grantSignIn(tx *store.Tx, s *signIn, was store.Counters, step uint64) error {
	if standing(s.row.Person, stamp(s.now)) != Active {
		s.outcome, s.refusal = s.notReady()
		return tx.CountNobody()
	}
	if s.attempt.link != "" {
		granted, err := d.acceptOn(tx, s.device, &s.attempt, step)
		if err != nil {
			return err
		}
		if !granted {
			return store.ErrChanged
		}
	}
	if err := d.forgive(tx, s.attempt.person, was, s.device, s.now); err != nil {
		return err
	}
	if s.outcome, s.refusal = s.notReady(); s.refusal != nil {
		return nil
	}
	s.outcome = ReasonValid
	return d.addSession(tx, s)
}

// forgive sets to zero what counts against a person who was right. On a known
// device that is what went wrong on it: what strangers did elsewhere stays.
func (d *Desk) forgive(tx *store.Tx, person string, was store.Counters, device store.Device, now time.Time) error {
	next := store.Counters{}
	if device.ID != "" {
		next = store.Counters{Failures: was.Failures, LockedUntil: was.LockedUntil}
		if err := tx.SetDevice(device.ID, device.DeviceCounters, store.DeviceCounters{}, stamp(now)); err != nil {
			return err
		}
	}
	if was != next {
		if err := tx.SetCounters(person, was, next); err != nil {
			return err
		}
	}
	if device.ID != "" {
		return nil
	}
	return d.forgetTries(tx, person)
}

// forgetTries forgets what went wrong at signing in by any name of a person.
func (d *Desk) forgetTries(tx *store.Tx, person string) error {
	names, err := tx.NamesOf(person)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := tx.ForgetSignInTries(d.nameHash(name)); err != nil {
			return err
		}
	}
	return nil
}

// notReady says why somebody who was right does not get in yet, or any more.
func (s *signIn) notReady() (Reason, *SignInRefusal) {
	now := stamp(s.now)
	ready := s.row.Created + s.settings.SynchroniseFor.Duration().Milliseconds()
	switch is := standing(s.row.Person, now); {
	case is == Ended:
		return ReasonEnded, &SignInRefusal{Reason: ReasonEnded}
	case is == NotYet:
		return ReasonNotYet, &SignInRefusal{Reason: ReasonNotYet, Until: moment(s.row.Starts)}
	case s.settings.SynchroniseFor > 0 && now < ready:
		return ReasonSynchronising, &SignInRefusal{Reason: ReasonSynchronising, Until: moment(ready)}
	}
	return "", nil
}
