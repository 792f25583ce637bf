package identity

import (
	"context"
	"time"

	"sleutelbos/server/store"
)

// When people are told before a link lapses that was not used.
const (
	lapseMonth = 30 * 24 * time.Hour
	lapseWeek  = 7 * 24 * time.Hour
)

// lapse goes through the links that were not used for long: a notice a month
// before the end, one a week before, then the end. However late the first
// notice comes, as after a time in which no server ran, nobody gets less than
// the month. A use begins it all anew.
func (d *Desk) lapse(ctx context.Context, t *turn) (changed int, more bool, err error) {
	now := d.now()
	var idle []store.Idle
	months := 0
	err = d.store.Read(ctx, func(view *store.View) error {
		keep, err := readKeep(view)
		if months = keep.IdleLinks; err != nil || months < 0 {
			return err
		}
		idle, err = view.IdleLinks(stamp(before(now.Add(lapseMonth), months)), t.after, jobBatch)
		return err
	})
	if err != nil || len(idle) == 0 {
		return 0, false, err
	}
	err = t.do(ctx, func(tx *store.Tx) error {
		changed = 0
		for _, l := range idle {
			done, err := d.lapseOne(tx, l, lapses(l, months, now), now)
			if err != nil {
				return err
			}
			if done {
				changed++
			}
		}
		return nil
	})
	t.after = idle[len(idle)-1].Link
	return changed, len(idle) == jobBatch, err
}

// lapses is when a link ends: its time after the last use, and not before those
// who were told late have had their month or week.
func lapses(l store.Idle, months int, now time.Time) time.Time {
	ends := moment(l.Used).AddDate(0, months, 0)
	told := moment(l.Told)
	switch l.Notices {
	case 0:
		return later(ends, now.Add(lapseMonth))
	case 1:
		return later(ends, told.Add(lapseMonth))
	default:
		return later(ends, told.Add(lapseWeek))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (d *Desk) lapseOne(tx *store.Tx, l store.Idle, ends, now time.Time) (done bool, err error) {
	switch {
	case l.Notices == 0:
		return d.tellLapse(tx, l, MessageLapsesMonth, ends, now)
	case l.Notices == 1 && !now.Before(ends.Add(-lapseWeek)):
		return d.tellLapse(tx, l, MessageLapsesWeek, later(ends, now.Add(lapseWeek)), now)
	case l.Notices < 2 || now.Before(ends):
		return false, nil
	}
	if done, err = tx.DisableLink(l, stamp(now)); err != nil || !done {
		return false, err
	}
	if l.Token != "" {
		if err := tx.TokenDue(l.Token, stamp(now), DueLapsed); err != nil {
			return false, err
		}
	}
	return true, d.audit(tx, AuditRow{Kind: kindLinkLapse, Outcome: outcomeDone, Person: l.Person, Link: l.Link})
}

func (d *Desk) tellLapse(tx *store.Tx, l store.Idle, kind MessageKind, ends, now time.Time) (done bool, err error) {
	l.Notices, l.Told = l.Notices+1, stamp(now)
	if done, err = tx.ToldOfLapse(l); err != nil || !done {
		return false, err
	}
	if err := d.post(tx, message{kind: kind, person: l.Person, device: l.Device, until: ends}); err != nil {
		return false, err
	}
	return true, d.audit(tx, AuditRow{Kind: kindLinkLapse, Outcome: outcomeTold, Person: l.Person, Link: l.Link})
}
