package identity

import (
	"context"
	"errors"
	"time"

	"sleutelbos/server/store"
)

// Loss is a report that an authenticator was lost or is in strange hands.
type Loss struct {
	Link     string // id
	Device   string // as the person named it
	Lost     time.Time
	Reported time.Time
}

// Errors about a loss.
var (
	// ErrNoSuchLink says that a person has no such link that works.
	ErrNoSuchLink = errors.New("this is not linked, or was blocked already")
	// ErrLostLater says that a loss cannot have been then.
	ErrLostLater = errors.New("the loss was before now, and not years ago; check the date and the time")
)

// longestLoss is how long ago a loss can have been.
const longestLoss = 5 * 365 * 24 * time.Hour

// ReportLoss blocks a link of whoever is signed in, at once, and keeps when it
// was lost and when that was said. Other sessions of the person and their known
// devices end with it.
func (d *Desk) ReportLoss(ctx context.Context, token Token, link string, lost time.Time) error {
	err := d.inSession(ctx, token, func(tx *store.Tx, s Session) error {
		if s.MustChange != ChangeNothing {
			return ErrMustChange
		}
		row := ownRow(ctx, kindLossReport, s)
		row.Link = link
		return inOrder(
			func() error { return d.block(tx, s.Person.ID, link, lost) },
			func() error { return d.forgetAccess(tx, s.Person.ID, s.ID, d.now()) },
			func() error { return d.audit(tx, row) },
		)
	})
	return doing("report a loss", err)
}

// RecordLoss is [Desk.RecordLossBy] for the operator.
func (d *Desk) RecordLoss(ctx context.Context, user, link string, lost time.Time) error {
	id, err := d.idOf(ctx, user)
	if err != nil {
		return doing("report a loss", err)
	}
	return d.RecordLossBy(ctx, Operator(), id, link, lost)
}

// RecordLossBy is [Desk.ReportLoss] for somebody who calls; all sessions end.
func (d *Desk) RecordLossBy(ctx context.Context, by Actor, id, link string, lost time.Time) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		if _, err := d.helped(tx.View, by, id, false); err != nil {
			return err
		}
		row := auditRowBy(ctx, by, kindLossReport, id)
		row.Link = link
		return inOrder(
			func() error { return d.block(tx, id, link, lost) },
			func() error { return d.forgetAccess(tx, id, "", d.now()) },
			func() error { return d.audit(tx, row) },
		)
	})
	return doing("report a loss", err)
}

// block stops one link for good and keeps the report.
func (d *Desk) block(tx *store.Tx, person, link string, lost time.Time) error {
	now := d.now()
	if lost.After(now) || now.Sub(lost) > longestLoss {
		return ErrLostLater
	}
	device, err := d.blockLink(tx, person, link, now)
	if err != nil {
		return err
	}
	id, err := d.newID()
	if err != nil {
		return err
	}
	return inOrder(
		func() error {
			return tx.AddLoss(store.Loss{ID: id, Person: person, Link: link, Device: device, Lost: stamp(lost), Reported: stamp(now)})
		},
		func() error { return d.post(tx, message{kind: MessageLost, person: person, device: device}) },
	)
}

// blockLink stops a link. A hardware token is blocked with it, and is due back.
func (d *Desk) blockLink(tx *store.Tx, person, link string, now time.Time) (device string, err error) {
	links, err := tx.Links(person)
	if err != nil {
		return "", err
	}
	for _, l := range links {
		if l.ID != link || l.Disabled != 0 || l.Token == "" {
			continue
		}
		err := inOrder(
			func() error { return tx.TokenDue(l.Token, stamp(now), DueBlocked) },
			func() error { return tx.BlockToken(l.Token, stamp(now), "lost") },
		)
		if err != nil {
			return "", err
		}
	}
	device, err = tx.BlockLink(person, link, stamp(now))
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoSuchLink
	}
	return device, err
}

// Losses lists what was reported lost of a person, newest first.
func (d *Desk) Losses(ctx context.Context, user string) ([]Loss, error) {
	var all []Loss
	err := d.store.Read(ctx, func(view *store.View) error {
		row, err := personByUser(view, user)
		if err != nil {
			return err
		}
		rows, err := view.Losses(row.ID)
		all = nil
		for _, l := range rows {
			all = append(all, Loss{Link: l.Link, Device: l.Device, Lost: moment(l.Lost), Reported: moment(l.Reported)})
		}
		return err
	})
	return all, doing("list losses", err)
}
