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

// confirmTries is how many wrong codes end a pending link.
const confirmTries = 5

// confirmation is one code for a pending link on its way through the rules.
type confirmation struct {
	id       string
	code     string // normalised
	readable bool   // it can be a code at all
	now      time.Time
	person   string
	outcome  string
	refusal  *Refusal
	next     string // address to choose a password at; secret
}

// ConfirmLink makes a pending link active with a code made from its key. Only
// now the activation code is used up and the person's former links are gone;
// the step of the code is used up too. After that, as long as the pending link
// would have lived, every right code is answered alike and uses nothing up: an
// app whose answer was lost comes back with the same code or a later one.
// Every "no" is a [*Refusal].
func (d *Desk) ConfirmLink(ctx context.Context, id, code string) error {
	_, err := d.ConfirmLinkNext(ctx, id, code)
	return err
}

// ConfirmLinkNext is [Desk.ConfirmLink], and gives the address of a page to open
// next, at which a person without a password chooses one. It works once and is
// secret; where there is nothing to choose it is empty.
func (d *Desk) ConfirmLinkNext(ctx context.Context, id, code string) (next string, err error) {
	normal, unreadable := enroll.NormalizeCode(code, linkDigits)
	asked := confirmation{id: id, code: normal, readable: unreadable == nil}
	var done confirmation
	err = d.store.Do(ctx, func(tx *store.Tx) (err error) {
		done = asked
		done.now = d.now()
		if err := d.confirm(tx, &done); err != nil {
			return err
		}
		if done.refusal != nil {
			done.outcome = string(done.refusal.Reason)
		} else if done.next, err = d.startPasswordChoice(tx, done.person, done.now); err != nil {
			return err
		}
		link := ""
		if done.person != "" {
			link = done.id // an id that nobody was given is a stranger's text
		}
		return d.audit(tx, AuditRow{
			Kind: kindLinkConfirm, Outcome: done.outcome, Person: done.person, Link: link, Reference: referenceOf(ctx),
		})
	})
	if err != nil {
		return "", fmt.Errorf("confirm a link: %w", err)
	}
	if done.refusal != nil {
		return "", done.refusal
	}
	return done.next, nil
}

func (d *Desk) confirm(tx *store.Tx, c *confirmation) error {
	p, err := tx.Pending(c.id)
	if errors.Is(err, store.ErrNotFound) {
		return d.confirmForgotten(tx, c)
	}
	if err != nil {
		return err
	}
	c.person = p.Person
	if p.State == store.PendingConfirmed {
		return d.confirmAgain(tx, c, p)
	}
	code, err := tx.Activation(p.Activation)
	if err != nil {
		return err
	}
	if p.State != store.PendingOpen || stamp(c.now) >= p.Expires || stateOf(code, c.now) != ActivationValid {
		c.refusal = &Refusal{ReasonLinkGone, -1}
		return nil
	}
	if !c.readable { // not evaluated, so not counted
		c.refusal = wrongCode(p.Wrong)
		return nil
	}
	return d.matchPending(tx, c, p)
}

// confirmForgotten answers for a pending link that is not known, or was
// confirmed so long ago that only the link itself is left.
func (d *Desk) confirmForgotten(tx *store.Tx, c *confirmation) error {
	link, err := tx.WorkingLink(c.id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.refusal = &Refusal{ReasonLinkGone, -1}
		return nil
	case err != nil:
		return err
	}
	c.person, c.refusal = link.Person, &Refusal{ReasonConfirmed, -1}
	return nil
}

// confirmAgain answers a code for a link that is confirmed. It grants nothing,
// yet its answer tells a right code from a wrong one, so wrong ones are counted
// with those before, and a person who is locked gets none looked at.
func (d *Desk) confirmAgain(tx *store.Tx, c *confirmation, p store.Pending) error {
	link, err := tx.WorkingLink(p.ID)
	switch {
	case errors.Is(err, store.ErrNotFound): // unlinked or replaced since
		c.refusal = &Refusal{ReasonLinkGone, -1}
		return nil
	case err != nil:
		return err
	case stamp(c.now) >= p.Expires:
		c.refusal = &Refusal{ReasonConfirmed, -1}
		return nil
	}
	person, err := tx.PersonByID(p.Person)
	if err != nil {
		return err
	}
	if !c.readable || p.Wrong >= confirmTries || person.LockedUntil > stamp(c.now) {
		c.refusal = wrongCode(p.Wrong)
		return nil
	}
	secret, err := d.key.open(link.Secret, link.KeyID, placeOfLink(link.ID, link.Person))
	if err != nil {
		return err
	}
	key := keyOf(link.Parameters, secret)
	_, right := d.match(key, c.code, key.WindowAt(c.now, window, 0))
	same := subtle.ConstantTimeCompare(p.ConfirmHash, d.confirmationHash(p.ID, c.code)) == 1
	if right || same {
		c.outcome = outcomeRepeated
		return nil
	}
	wrong, err := tx.CountPending(p.ID)
	c.refusal = wrongCode(wrong)
	return err
}

// wrongCode refuses a code after so many wrong ones.
func wrongCode(wrong int64) *Refusal {
	return &Refusal{ReasonWrongCode, confirmTries - int(min(wrong, confirmTries))}
}

func (d *Desk) matchPending(tx *store.Tx, c *confirmation, p store.Pending) error {
	wrong, err := tx.CountPending(p.ID) // first counted, then looked at
	if err != nil {
		return err
	}
	secret, err := d.key.open(p.Secret, p.KeyID, placeOfPending(p.ID, p.Person))
	if err != nil {
		return err
	}
	key := linkKey(secret)
	step, ok := d.match(key, c.code, key.WindowAt(c.now, window, 0))
	if ok {
		c.outcome = outcomeLinked
		return d.activate(tx, c, p, secret, step)
	}
	c.refusal = wrongCode(wrong)
	if wrong < confirmTries {
		return nil
	}
	return tx.VoidPending(p.Person, p.ID)
}

// activate turns the pending link into the person's only one, but for tokens
// where the organisation lets them stay.
func (d *Desk) activate(tx *store.Tx, c *confirmation, p store.Pending, secret []byte, step uint64) error {
	sealed, keyID, err := d.seal(secret, placeOfLink(p.ID, p.Person))
	if err != nil {
		return err
	}
	row, err := tx.PersonByID(p.Person)
	if err != nil {
		return err
	}
	if c.refusal = refusalOf(row, c.now); c.refusal != nil {
		return nil
	}
	return inOrder(
		func() error { return tx.UseActivation(p.Activation) },
		func() error { return tx.ConfirmPending(p.ID, d.confirmationHash(p.ID, c.code)) },
		func() error { return d.replaceLinks(tx, p.Person, c.now) },
		func() error {
			return tx.AddLink(store.Link{
				ID: p.ID, Person: p.Person, Device: p.Device, Secret: sealed, KeyID: keyID,
				Steps: store.Steps{LastStep: int64(step)}, Linked: stamp(c.now), Consent: p.Consent,
			})
		},
		func() error { return tx.SetCounters(row.ID, row.Counters, store.Counters{}) },
		func() error { return tx.ForgetTries(d.nameHash(canonical(row.User))) },
		func() error { return d.post(tx, message{kind: MessageLinked, person: p.Person, device: p.Device}) },
	)
}

// inOrder takes the steps until one fails.
func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) confirmationHash(id, code string) []byte { return d.key.hash(forConfirmation, id, code) }
