package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// Rules of links. The keys that are made here are what every authenticator can read: SHA-1, six
// digits, 30 seconds (RFC 6238 §4, RFC 4226 §4 R6).
const (
	secretSize  = 20 // bytes; 160 bits
	linkDigits  = enroll.MinDigits
	pendingLife = 10 * time.Minute
	maxDevice   = 128
	maxLanguage = 16
)

// StartLink asks for a pending link.
type StartLink struct {
	enroll.LinkRequest
	IdempotencyKey string // 128 random bits of the app, as text; empty: a repeat is a new request
	Language       string // in which the texts were accepted, "nl" or "en"
}

// linkKey makes the key of a link that an app asks for.
func linkKey(secret []byte) enroll.Key {
	return enroll.Key{
		Kind: enroll.TOTP, Secret: secret, Algorithm: enroll.SHA1, Digits: linkDigits, Period: enroll.DefaultPeriod,
	}
}

// start is one request for a link on its way through the rules.
type start struct {
	StartLink
	code              enroll.ActivationCode
	name              string // canonical
	keyHash, bodyHash []byte // nil without an idempotency key
	now               time.Time
	reference         string
	person            string // id, as far as it is known
	answer            enroll.LinkAnswer
	refusal           *Refusal
	pending           string
	outcome           string // of the audit row
	remember          bool   // the answer is to be given again
}

// StartLink makes a pending link for a right pair of user name and activation
// code. Nothing is active until [Desk.ConfirmLink]. Every "no" is a [*Refusal];
// the try is counted before the pair is looked at.
func (d *Desk) StartLink(ctx context.Context, request StartLink) (enroll.LinkAnswer, error) {
	s := start{StartLink: request, name: canonical(request.User), reference: referenceOf(ctx)}
	var err error
	if s.code, err = enroll.ParseActivationCode(request.ActivationCode); err != nil {
		return enroll.LinkAnswer{}, &Refusal{ReasonCheck, -1}
	}
	if s.name == "" {
		return enroll.LinkAnswer{}, &Refusal{ReasonMismatch, -1}
	}
	if request.IdempotencyKey != "" {
		s.keyHash = d.key.hash(forRequestKey, request.IdempotencyKey)
		s.bodyHash = d.key.hash(forRequestBody, request.User, request.ActivationCode,
			request.Accepted.Privacy, request.Accepted.Terms, request.Device)
	}
	var done start
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		done = s
		done.now = d.now()
		return d.startLink(tx, &done)
	})
	switch {
	case err != nil:
		return enroll.LinkAnswer{}, fmt.Errorf("start a link: %w", err)
	case done.refusal != nil:
		return enroll.LinkAnswer{}, done.refusal
	}
	return done.answer, nil
}

func (d *Desk) startLink(tx *store.Tx, s *start) error {
	if err := d.purge(tx, s.now); err != nil {
		return err
	}
	known, err := d.repeat(tx, s)
	if err == nil && !known {
		err = d.tryLink(tx, s)
	}
	if err != nil {
		return err
	}
	if s.remember && s.keyHash != nil {
		request := store.Request{KeyHash: s.keyHash, BodyHash: s.bodyHash, Pending: s.pending, Made: stamp(s.now), TriesLeft: -1}
		if s.refusal != nil {
			request.Reason, request.TriesLeft = string(s.refusal.Reason), int64(s.refusal.TriesLeft)
		}
		if err := tx.AddRequest(request); err != nil {
			return err
		}
	}
	if s.refusal != nil {
		s.outcome = string(s.refusal.Reason)
	}
	return d.audit(tx, AuditRow{
		Kind: kindLinkStart, Outcome: s.outcome, Person: s.person, Link: s.pending, Reference: s.reference,
	})
}

// repeat gives the answer that the idempotency key got before, and reports
// whether it had one. The same request again is no try; another one under the
// same key is.
func (d *Desk) repeat(tx *store.Tx, s *start) (known bool, err error) {
	if s.keyHash == nil {
		return false, nil
	}
	before, err := tx.Request(s.keyHash)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if subtle.ConstantTimeCompare(before.BodyHash, s.bodyHash) != 1 {
		s.refusal = &Refusal{ReasonIdempotency, -1}
		return true, d.wrongTry(tx, s)
	}
	if before.Reason != "" {
		s.refusal = &Refusal{Reason(before.Reason), int(before.TriesLeft)}
		return true, nil
	}
	s.pending, s.outcome = before.Pending, outcomeRepeated
	return true, d.repeatPending(tx, s)
}

// repeatPending gives a pending link again, as long as it can be confirmed.
func (d *Desk) repeatPending(tx *store.Tx, s *start) error {
	p, err := tx.Pending(s.pending)
	switch {
	case errors.Is(err, store.ErrNotFound):
		s.refusal = &Refusal{ReasonLinkGone, -1}
		return nil
	case err != nil:
		return err
	case p.State == store.PendingConfirmed:
		s.person, s.refusal = p.Person, &Refusal{ReasonConfirmed, -1}
		return nil
	case p.State != store.PendingOpen || stamp(s.now) >= p.Expires:
		s.person, s.refusal = p.Person, &Refusal{ReasonLinkGone, -1}
		return nil
	}
	secret, err := d.key.open(p.Secret, p.KeyID, placeOfPending(p.ID, p.Person))
	if err != nil {
		return err
	}
	row, err := tx.PersonByUser(s.name)
	if err != nil {
		return err
	}
	s.person = p.Person
	s.answer = answerOf(p, row.User, secret)
	return nil
}

// tryLink decides about a request that was not seen before.
func (d *Desk) tryLink(tx *store.Tx, s *start) error {
	settings, err := readSettings(tx.View)
	if err != nil {
		return err
	}
	if s.Accepted.Privacy != settings.Privacy.Version || s.Accepted.Terms != settings.Terms.Version {
		s.refusal = &Refusal{ReasonTerms, -1}
		return nil
	}
	s.remember = true
	wrong, err := tx.CountTry(d.nameHash(s.name), stamp(s.now))
	if err != nil {
		return err
	}
	row, err := tx.PersonByUser(s.name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	// For a name that nobody has, row.ID is empty and no code is found; the
	// work is the same.
	code, err := tx.ActivationByHash(row.ID, d.activationHash(row.ID, s.code))
	if errors.Is(err, store.ErrNotFound) {
		s.person, s.refusal = row.ID, &Refusal{ReasonMismatch, triesLeft(wrong)}
		return d.voidIfSpent(tx, row.ID, wrong)
	}
	if err != nil {
		return err
	}
	s.person = row.ID
	if err := tx.UncountTry(d.nameHash(s.name)); err != nil {
		return err
	}
	switch stateOf(code, s.now) {
	case ActivationUsed:
		s.refusal = &Refusal{ReasonUsed, -1}
	case ActivationReplaced:
		s.refusal = &Refusal{ReasonReplaced, -1}
	case ActivationVoid:
		s.refusal = &Refusal{ReasonVoid, -1}
	case ActivationExpired:
		s.refusal = &Refusal{ReasonExpired, -1}
	default:
		if s.refusal = refusalOf(row, s.now); s.refusal == nil {
			return d.addPending(tx, s, settings, row, code)
		}
	}
	return nil
}
