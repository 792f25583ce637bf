package linking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// ErrUnusableKey says that the server handed out a key that makes no codes
// here. Nothing was confirmed, so the activation code is still good.
var ErrUnusableKey = errors.New("the server sent a key that this app cannot use")

// ClockError says that this machine's clock is so far from the server's that
// its codes would be refused; nothing was sent.
type ClockError struct{ Clock enroll.Clock }

func (e *ClockError) Error() string {
	return fmt.Sprintf("this computer's clock is off by %s; set it right and try again", e.Clock.Offset.Round(time.Second))
}

// Server names a companion server as the person's letter does.
type Server struct {
	Address     string // public address
	Fingerprint string // "sha256:HEX", empty where a public authority vouches
}

// Answer is what the person confirmed and filled in.
type Answer struct {
	User     string
	Code     enroll.ActivationCode
	Accepted enroll.Accepted
	Device   string // name of this device
}

// Linked is what came of it.
type Linked struct {
	Entry    vault.Entry
	Used     uint64    // time step whose code confirmed, and is used up
	NextCode time.Time // when the next code comes
	NextURL  string    // page to open next; empty when there is none
}

// Conversation is one person's linking with one server. It is not safe for
// concurrent use.
type Conversation struct {
	server       Server
	client       *enroll.Client
	now          func() time.Time
	organisation enroll.Organisation

	// The last request and the idempotency key it went under. The same answer
	// again is the same try; any change is a new one.
	last    Answer
	lastKey string
}

// Start begins a conversation. Now is the clock that codes are made with.
func Start(server Server, now func() time.Time) (*Conversation, error) {
	client, err := enroll.NewClient(server.Address, server.Fingerprint)
	if err != nil {
		return nil, err
	}
	server.Address = client.Server()
	return &Conversation{server: server, client: client, now: now}, nil
}

// Server is whom this conversation is with.
func (c *Conversation) Server() Server { return c.server }

// Organisation is the answer of the last Ask.
func (c *Conversation) Organisation() enroll.Organisation { return c.organisation }

// Close lets go of the connection.
func (c *Conversation) Close() { c.client.Close() }

// Ask asks whose server this is and how far the clocks are apart.
func (c *Conversation) Ask(ctx context.Context) (enroll.Organisation, enroll.Clock, error) {
	organisation, clock, err := c.client.Organisation(ctx)
	if err != nil {
		return enroll.Organisation{}, enroll.Clock{}, err
	}
	c.organisation = organisation
	return organisation, clock, nil
}

// Link walks from the person's answer to an active link: it checks the clocks,
// asks for a pending link, seals its key in v, and confirms. After
// [enroll.ErrUnreachable] it may be called again with the same answer; a key
// that was sealed but not confirmed stays in the vault as pending.
func (c *Conversation) Link(ctx context.Context, v *vault.Vault, answer Answer) (Linked, error) {
	if _, clock, err := c.Ask(ctx); err != nil {
		return Linked{}, err
	} else if clock.Off() {
		return Linked{}, &ClockError{Clock: clock}
	}
	if c.lastKey == "" || answer != c.last {
		c.last, c.lastKey = answer, enroll.NewIdempotencyKey()
	}
	pending, err := c.client.Link(ctx, c.lastKey, enroll.LinkRequest{
		User:           answer.User,
		ActivationCode: answer.Code.Reveal(),
		Accepted:       answer.Accepted,
		Device:         answer.Device,
	})
	if err != nil {
		return c.linkAgain(ctx, v, answer.User, err)
	}
	entry, err := c.seal(ctx, v, answer.User, pending)
	if err != nil {
		return Linked{}, err
	}
	return c.Confirm(ctx, v, entry)
}

// linkAgain decides what a refused request for a link leaves to do. The server
// gives no key again once its link is confirmed; the vault has it then. A
// pending link that is gone will stay so under the same idempotency key, so the
// next try is a new one.
func (c *Conversation) linkAgain(ctx context.Context, v *vault.Vault, user string, refused error) (Linked, error) {
	var problem *enroll.Problem
	if !errors.As(refused, &problem) {
		return Linked{}, refused
	}
	switch problem.Type {
	case enroll.ProblemConfirmed:
		for _, entry := range Pending(v) {
			if samePerson(entry, vault.Link{Server: c.server.Address, User: user}) {
				return c.Confirm(ctx, v, entry)
			}
		}
	case enroll.ProblemLinkGone:
		c.lastKey = ""
	}
	return Linked{}, refused
}

// seal keeps the pending link's key in the vault, in place of a former pending
// one for the same person.
func (c *Conversation) seal(ctx context.Context, v *vault.Vault, user string, pending enroll.LinkAnswer) (vault.Entry, error) {
	key, err := enroll.ParseAddress(pending.Address)
	if err != nil {
		return vault.Entry{}, fmt.Errorf("%w: %w", ErrUnusableKey, err)
	}
	link := vault.Link{
		Server:       c.server.Address,
		Fingerprint:  c.server.Fingerprint,
		User:         user,
		Organisation: c.organisation.Name,
		Environment:  string(c.organisation.Environment),
		ID:           pending.ID,
		ExpiresAt:    pending.ExpiresAt,
	}
	var sealed vault.Entry
	err = v.Update(ctx, func(d *vault.Draft) error {
		for _, e := range d.Entries() {
			if !samePerson(e, link) || !e.Link.LinkedAt.IsZero() {
				continue
			}
			if e.Link.ID == link.ID {
				sealed = e // the same answer once more
				return nil
			}
			if err := d.Remove(e.ID); err != nil {
				return err
			}
		}
		sealed, err = d.Add(key, &link)
		return err
	})
	return sealed, err
}

func samePerson(e vault.Entry, link vault.Link) bool {
	return e.Link != nil && e.Link.Server == link.Server && e.Link.User == link.User
}

// Confirm makes a pending entry's link active. A link that the server no longer
// knows is taken out of the vault again, and the problem says so.
func (c *Conversation) Confirm(ctx context.Context, v *vault.Vault, entry vault.Entry) (Linked, error) {
	key, err := v.Key(entry.ID)
	if err != nil {
		return Linked{}, err
	}
	code, err := key.CodeNow(c.now())
	if err != nil {
		return Linked{}, err
	}
	answer, err := c.client.Confirm(ctx, entry.Link.ID, code.Text)
	var problem *enroll.Problem
	if errors.As(err, &problem) && problem.Type == enroll.ProblemLinkGone {
		c.lastKey = ""
		return Linked{}, errors.Join(err, forget(ctx, v, entry.ID))
	}
	linked := Linked{Used: code.Step, NextCode: code.Until, NextURL: answer.NextURL}
	switch {
	case err == nil:
	case problem != nil && problem.Type == enroll.ProblemConfirmed:
		// An earlier confirmation arrived and its answer did not. It was made with
		// an earlier code, so the present one is still good.
		linked.Used, linked.NextCode = 0, code.From
	default:
		return Linked{}, err
	}
	linked.Entry, err = c.activate(ctx, v, entry)
	c.lastKey = ""
	return linked, err
}

// activate marks the entry as linked and takes out what it replaces: the
// server has ended the person's former link with the same act (D7).
func (c *Conversation) activate(ctx context.Context, v *vault.Vault, entry vault.Entry) (vault.Entry, error) {
	err := v.Update(ctx, func(d *vault.Draft) error {
		for _, e := range d.Entries() {
			if e.ID != entry.ID && samePerson(e, *entry.Link) {
				if err := d.Remove(e.ID); err != nil {
					return err
				}
			}
		}
		link := *entry.Link
		link.LinkedAt = c.now().UTC()
		entry.Link = &link
		return d.SetLink(entry.ID, &link)
	})
	return entry, err
}

func forget(ctx context.Context, v *vault.Vault, id string) error {
	err := v.Update(ctx, func(d *vault.Draft) error { return d.Remove(id) })
	if errors.Is(err, vault.ErrNotFound) {
		return nil
	}
	return err
}
