package identity

import (
	"context"
	"errors"
	"time"
)

// Loss is a report that an authenticator was lost or is in strange hands.
type Loss struct {
	Link     string // id
	Device   string // as the person named it
	Lost     time.Time
	Reported time.Time
}

// ReportLoss blocks a link of whoever is signed in, at once, and keeps when it
// was lost and when that was said. Other sessions of the person and their known
// devices end with it.
func (d *Desk) ReportLoss(ctx context.Context, token Token, link string, lost time.Time) error {
	return errors.ErrUnsupported
}

// RecordLoss is [Desk.ReportLoss] for somebody who calls; all sessions end.
func (d *Desk) RecordLoss(ctx context.Context, user, link string, lost time.Time) error {
	return errors.ErrUnsupported
}

// Losses lists what was reported lost of a person, newest first.
func (d *Desk) Losses(ctx context.Context, user string) ([]Loss, error) {
	return nil, errors.ErrUnsupported
}
