package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// AssignToken gives a token to a person, whose codes of it are right from then
// on, beside the person's other authenticators. What it was used for before
// stays used up: codes of this window are refused where somebody else had it
// before, and one that counts waits for two codes in a row then, because the
// former holder may have kept codes that were never used.
func (d *Desk) AssignToken(ctx context.Context, by Actor, serial, user string) (HardwareToken, error) {
	return d.changeToken(ctx, by, "assign a token", serial, func(tx *store.Tx, t store.Token, row *AuditRow, now time.Time) error {
		if err := d.allKnow(tx.View); err != nil {
			return err
		}
		person, err := personByUser(tx.View, user)
		if err == nil {
			err = d.mayHandle(tx.View, by, person)
		}
		if err != nil {
			return err
		}
		switch {
		case t.Blocked != 0:
			return ErrTokenBlocked
		case t.Holder != "" && (t.Holder != person.ID || t.Due == 0):
			return ErrTokenIssued
		}
		if working, err := workingLinks(tx, person.ID); err != nil || working >= linksAtMost {
			return errors.Join(err, errorIf(working >= linksAtMost, ErrTooManyLinks))
		}
		row.Kind, row.Person = kindTokenAssign, person.ID
		if row.Link, err = d.newID(); err != nil {
			return err
		}
		return d.linkToken(tx, t, row.Link, person.ID, now)
	})
}

// workingLinks counts the authenticators of a person that work.
func workingLinks(tx *store.Tx, person string) (int, error) {
	links, err := tx.Links(person)
	working := 0
	for _, l := range links {
		if l.Disabled == 0 {
			working++
		}
	}
	return working, err
}

// linkToken makes the link of a token that works at once.
func (d *Desk) linkToken(tx *store.Tx, t store.Token, id, person string, now time.Time) error {
	secret, err := d.key.open(t.Secret, t.KeyID, placeOfToken(t.ID))
	if err != nil {
		return err
	}
	sealed, keyID, err := d.seal(secret, placeOfLink(id, person))
	if err != nil {
		return err
	}
	settings, err := readSettings(tx.View)
	if err != nil {
		return err
	}
	steps := t.Steps
	if t.Issued != 0 && t.Holder != person {
		steps = withoutOldCodes(keyOf(t.Parameters, nil), steps, now)
	}
	device := tidy(strings.Join(strings.Fields(t.Maker+" "+t.Model+" "+t.Serial), " "), maxDevice)
	return inOrder(
		func() error { return tx.RemoveTokenLink(t.ID) },
		func() error { return tx.IssueToken(t.ID, person, stamp(now)) },
		func() error {
			return tx.AddLink(store.Link{
				ID: id, Person: person, Device: device,
				Secret: sealed, KeyID: keyID, Parameters: t.Parameters, Steps: steps,
				DriftBound: settings.reach(t.Parameters), Token: t.ID, Linked: stamp(now),
			})
		},
		func() error { return d.post(tx, message{kind: MessageLinked, person: person, device: device}) },
	)
}

// withoutOldCodes is where a key stands for somebody new, whatever codes its
// former holder kept.
func withoutOldCodes(key enroll.Key, s store.Steps, now time.Time) store.Steps {
	if key.Kind == enroll.HOTP {
		s.Resync = stamp(now)
		return s
	}
	s.LastStep = max(s.LastStep, int64(key.Step(now))+s.Drift/2+window)
	return s
}

// UnassignToken ends the link of a token, which its holder is to bring back.
func (d *Desk) UnassignToken(ctx context.Context, by Actor, serial string) (HardwareToken, error) {
	return d.changeToken(ctx, by, "unassign a token", serial, func(tx *store.Tx, t store.Token, row *AuditRow, now time.Time) error {
		if t.Holder == "" {
			return ErrTokenInStock
		}
		row.Kind, row.Person = kindTokenUnassign, t.Holder
		return d.endTokenLink(tx, t, DueUnassigned, now)
	})
}

// ReturnToken says that a token is back in the stock; its link ends, if it has
// one still. One that was blocked stays so.
func (d *Desk) ReturnToken(ctx context.Context, by Actor, serial string) (HardwareToken, error) {
	return d.changeToken(ctx, by, "take a token back", serial, func(tx *store.Tx, t store.Token, row *AuditRow, now time.Time) error {
		if t.Holder == "" {
			return ErrTokenInStock
		}
		row.Kind, row.Person = kindTokenReturn, t.Holder
		if err := d.endTokenLink(tx, t, DueUnassigned, now); err != nil {
			return err
		}
		return tx.TakeToken(t.ID, stamp(now))
	})
}

// BlockToken ends the link of a token and keeps it from being issued, as after
// loss. Whoever has it is to bring it back.
func (d *Desk) BlockToken(ctx context.Context, by Actor, serial, reason string) (HardwareToken, error) {
	return d.changeToken(ctx, by, "block a token", serial, func(tx *store.Tx, t store.Token, row *AuditRow, now time.Time) error {
		if t.Blocked != 0 {
			return ErrTokenBlocked
		}
		row.Kind, row.Person = kindTokenBlock, t.Holder
		if err := d.endTokenLink(tx, t, DueBlocked, now); err != nil {
			return err
		}
		return tx.BlockToken(t.ID, stamp(now), tidy(reason, maxDueReason))
	})
}

// UnblockToken lets a token be issued again.
func (d *Desk) UnblockToken(ctx context.Context, by Actor, serial string) (HardwareToken, error) {
	return d.changeToken(ctx, by, "unblock a token", serial, func(tx *store.Tx, t store.Token, row *AuditRow, _ time.Time) error {
		if t.Blocked == 0 {
			return ErrNotBlocked
		}
		row.Kind, row.Person = kindTokenUnblock, t.Holder
		return tx.BlockToken(t.ID, 0, "")
	})
}

// endTokenLink ends the link of a token, keeps what it used up, and calls the
// token back from whoever has it.
func (d *Desk) endTokenLink(tx *store.Tx, t store.Token, reason string, now time.Time) error {
	return inOrder(
		func() error { return tx.TokenDue(t.ID, stamp(now), reason) },
		func() error { return tx.RemoveTokenLink(t.ID) },
		func() error { return d.tellIfUnlinked(tx, t) },
	)
}

// tellIfUnlinked tells the holder of a token whose link has ended when that was
// their last authenticator.
func (d *Desk) tellIfUnlinked(tx *store.Tx, t store.Token) error {
	if t.Link == "" || t.HolderUser == "" {
		return nil
	}
	if working, err := workingLinks(tx, t.Holder); err != nil || working > 0 {
		return err
	}
	return d.post(tx, message{kind: MessageUnlinked, person: t.Holder})
}

// changeToken finds a token, changes something, and writes the audit row, which
// the change completes. It returns the token as it is then.
func (d *Desk) changeToken(ctx context.Context, by Actor, what, serial string,
	change func(*store.Tx, store.Token, *AuditRow, time.Time) error,
) (HardwareToken, error) {
	var changed HardwareToken
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		t, err := tokenBySerial(tx.View, serial)
		if err == nil {
			err = d.mayTouch(tx.View, by, t)
		}
		if err != nil {
			return err
		}
		row := auditRowBy(ctx, by, "", "")
		row.Link = t.ID
		if err := change(tx, t, &row, d.now()); err != nil {
			return err
		}
		if t, err = tokenBySerial(tx.View, serial); err != nil {
			return err
		}
		changed = tokenOf(t)
		return d.audit(tx, row)
	})
	if err != nil {
		return HardwareToken{}, fmt.Errorf("%s: %w", what, err)
	}
	return changed, nil
}
