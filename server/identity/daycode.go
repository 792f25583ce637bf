package identity

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// A day code has more digits than any other code, so that what was typed tells
// which of the two it is: nobody's right code waits for a look at day codes.
// It works more than once, until the day ends, since whoever forgot the laptop
// signs in all day. Ten digits withstand what the counters let through in a day.
const (
	dayDigits     = 10
	dayCodesWeek  = 1 // for each person, by default
	week          = 7 * 24 * time.Hour
	mostDayCodes  = 100
	noDayCodes    = -1
	dayCodesRange = 10_000_000_000
)

// Errors about day codes.
var (
	ErrDayCodes   = errors.New("this person had as many day codes in the last seven days as the organisation allows")
	ErrDayCodeOff = errors.New("this organisation gives no day codes; see admin organisation set --day-codes")
)

// DayCode is a code for one day. Printing it shows nothing of it.
type DayCode string

// Reveal is the code as it is read out: two groups of five digits.
func (c DayCode) Reveal() string { return string(c[:dayDigits/2]) + " " + string(c[dayDigits/2:]) }

// Format hides the code under every verb of package fmt.
func (c DayCode) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("***")) }

// IssueDayCode gives a code with which a person, who is linked and has not the
// means at hand, signs in for the rest of this day. The actor has made sure who
// asks for it. It is told this once, ends at midnight in the organisation's time
// zone, ends an earlier one, and the person is told by mail. Nobody but the
// operator issues one for themselves or for an administrator.
func (d *Desk) IssueDayCode(ctx context.Context, by Actor, id string) (code DayCode, ends time.Time, err error) {
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		row, err := d.helped(tx.View, by, id, false)
		if err != nil {
			return err
		}
		now := d.now()
		if ends, err = d.mayHaveDayCode(tx.View, row, now); err != nil {
			return err
		}
		if code, err = d.newDayCode(); err != nil {
			return err
		}
		codeID, err := d.newID()
		if err != nil {
			return err
		}
		return inOrder(
			func() error { return tx.PurgeDayCodes(stamp(now.Add(-remembered))) },
			func() error { return tx.EndDayCodes(id, stamp(now)) },
			func() error {
				return tx.AddDayCode(store.DayCode{
					ID: codeID, Person: id, Hash: d.dayHash(id, string(code)), KeyID: d.key.hashedWith(),
					Issued: stamp(now), Ends: stamp(ends),
				})
			},
			func() error { return d.post(tx, message{kind: MessageDayCode, person: id, until: ends}) },
			func() error { return d.audit(tx, auditRowBy(ctx, by, kindDayCode, id)) },
		)
	})
	if err != nil {
		return "", time.Time{}, doing("issue a day code", err)
	}
	return code, ends, nil
}

// mayHaveDayCode tells until when a code would be valid, if there may be one.
func (d *Desk) mayHaveDayCode(view *store.View, row store.Person, now time.Time) (time.Time, error) {
	settings, err := readSettings(view)
	if err != nil {
		return time.Time{}, err
	}
	most := settings.DayCodes
	switch {
	case most == noDayCodes:
		return time.Time{}, ErrDayCodeOff
	case most == 0:
		most = dayCodesWeek
	}
	if standing(row, stamp(now)) != Active {
		return time.Time{}, ErrNotActive
	}
	links, err := view.Links(row.ID)
	if err != nil {
		return time.Time{}, err
	}
	works := false
	for _, l := range links {
		works = works || l.Disabled == 0
	}
	if !works {
		return time.Time{}, ErrNotLinked
	}
	had, err := view.CountDayCodes(row.ID, stamp(now.Add(-week)))
	if err == nil && had >= int64(most) {
		err = ErrDayCodes
	}
	return midnight(now, settings.Location()), err
}

// midnight is when the present day ends.
func midnight(now time.Time, zone *time.Location) time.Time {
	year, month, day := now.In(zone).Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, zone).UTC()
}

func (d *Desk) newDayCode() (DayCode, error) {
	var raw [8]byte
	if _, err := io.ReadFull(d.random, raw[:]); err != nil {
		return "", fmt.Errorf("make a day code: %w", err)
	}
	return DayCode(fmt.Sprintf("%0*d", dayDigits, binary.BigEndian.Uint64(raw[:])%dayCodesRange)), nil
}

func (d *Desk) dayHash(person, digits string) []byte { return d.key.hash(forDayCode, person, digits) }

// dayCodeIn is the digits of what has the form of a day code, else empty.
func dayCodeIn(typed string) string {
	digits, err := enroll.NormalizeCode(typed, dayDigits)
	if err != nil {
		return ""
	}
	return digits
}

// matchDay compares what has the form of a day code. reason is what the links
// made of it. While the person has a day code, another is a guess that counts;
// otherwise it is no code at all.
func (d *Desk) matchDay(view *store.View, a *attempt, reason Reason) (Reason, error) {
	kept, err := view.DayCode(a.person, stamp(a.now))
	hash := d.dayHash(a.person, a.day)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return reason, nil
	case err != nil:
		return reason, err
	case reason != ReasonNotACode: // no link works any more
		return reason, nil
	case !hmac.Equal(hash, kept.Hash):
		return ReasonWrong, nil
	}
	a.link = ""
	return ReasonValid, nil
}

// acceptDay accepts a day code, which stays valid until its end.
func (d *Desk) acceptDay(tx *store.Tx, a *attempt, was store.Counters) error {
	a.verdict = Verdict{Valid: true, Reason: ReasonDayCode}
	if was == (store.Counters{}) {
		return tx.CountNobody()
	}
	return tx.SetCounters(a.person, was, store.Counters{})
}
