package identity

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sleutelbos/server/store"
)

// Words for what became of a message where no mail server said a code.
const (
	outcomeLate    = "too-late"
	outcomeUpGiven = "given-up"
	outcomeSealed  = "unreadable"
)

// TakeMessage gives the message whose turn it is to the caller, who has it
// alone for five minutes over all servers, and then tells what came of it by
// [Desk.Sent], [Desk.PutOff] or [Desk.Undeliverable]. Where nothing is due, ok is false
// and next is the moment of the next one's turn, zero when nothing waits.
func (d *Desk) TakeMessage(ctx context.Context) (m Message, next time.Time, ok bool, err error) {
	for {
		var id string
		err := d.store.Read(ctx, func(view *store.View) error {
			due, at, err := view.DueMessage(stamp(d.now()))
			id, next = due, moment(at)
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			return Message{}, time.Time{}, false, nil
		}
		if err != nil || id == "" {
			return Message{}, next, false, errorIn("look for a message", err)
		}
		if m, ok, err = d.claim(ctx, id); err != nil || ok {
			return m, time.Time{}, ok, errorIn("take a message", err)
		}
	}
}

// claim takes one message, unless somebody else did or its time is over.
func (d *Desk) claim(ctx context.Context, id string) (m Message, ok bool, err error) {
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		ok = false
		now := d.now()
		row, err := tx.ClaimMessage(id, stamp(now), stamp(now.Add(messageLease)))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if row.Ends != 0 && row.Ends <= stamp(now) {
			return tx.EndMessage(id, store.MessageLate, outcomeLate, stamp(now))
		}
		plain, err := d.key.open(row.Sealed, row.KeyID, placeOfMessage(id, row.Person))
		var content envelope
		if err == nil {
			err = json.Unmarshal(plain, &content)
		}
		if err != nil {
			d.log.ErrorContext(ctx, "a message cannot be opened", "message", id, "error", err.Error())
			return tx.EndMessage(id, store.MessageFailed, outcomeSealed, stamp(now))
		}
		ok = true
		m = Message{
			ID: id, MessageID: row.MessageID, Kind: MessageKind(row.Kind), Person: row.Person, Made: moment(row.Made),
			Tries: int(row.Tries), To: content.To, Name: content.Name, Language: content.Language,
			Secret: content.Secret, Device: content.Device, Until: content.Until,
		}
		return nil
	})
	return m, ok, err
}

// Sent tells that a mail server took the message. Its content is erased.
func (d *Desk) Sent(ctx context.Context, m Message) error {
	return d.endMessage(ctx, m, store.MessageSent, "")
}

// Undeliverable tells that the message will never be taken. outcome is a code
// of the mail server, or a word, and never holds an address.
func (d *Desk) Undeliverable(ctx context.Context, m Message, outcome string) error {
	return d.endMessage(ctx, m, store.MessageFailed, outcome)
}

func (d *Desk) endMessage(ctx context.Context, m Message, state, outcome string) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		return tx.EndMessage(m.ID, state, tidy(outcome, 64), stamp(d.now()))
	})
	return errorIn("end a message", err)
}

// PutOff tells that the message was not taken this time, and why. It waits for
// its next try, longer after each, but never long where every message would have
// fared the same; it is given up after three days.
func (d *Desk) PutOff(ctx context.Context, m Message, outcome string, all bool) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		now := d.now()
		if now.Sub(m.Made) > messagePatience {
			return tx.EndMessage(m.ID, store.MessageFailed, outcomeUpGiven, stamp(now))
		}
		pause := pauseAfter(m.Tries)
		if all {
			pause = min(pause, pauseOfAll)
		}
		return tx.PutOffMessage(m.ID, int64(m.Tries), stamp(now.Add(pause)), tidy(outcome, 64))
	})
	return errorIn("put off a message", err)
}

func pauseAfter(tries int) time.Duration {
	return min(longestPause, firstPause<<min(max(tries-1, 0), 16))
}

// Messages lists the newest messages, at most limit of them, of one person by
// user name, or of everybody when user is empty.
func (d *Desk) Messages(ctx context.Context, user string, limit int) ([]MessageRow, error) {
	var all []MessageRow
	err := d.store.Read(ctx, func(view *store.View) error {
		person := ""
		if user != "" {
			row, err := personByUser(view, user)
			if err != nil {
				return err
			}
			person = row.ID
		}
		var err error
		all, err = messages(view, person, limit)
		return err
	})
	return all, errorIn("list the messages", err)
}

// MessagesBy lists the newest messages to a person whom an actor manages, or to
// everybody where id is empty; that is the operator's.
func (d *Desk) MessagesBy(ctx context.Context, by Actor, id string, limit int) ([]MessageRow, error) {
	var all []MessageRow
	err := d.store.Read(ctx, func(view *store.View) error {
		if id == "" {
			rights, err := d.rights(view, by)
			if err != nil || !rights.Operates {
				return cmp.Or(err, ErrForbidden)
			}
		} else if _, err := d.see(view, by, id); err != nil {
			return err
		}
		var err error
		all, err = messages(view, id, limit)
		return err
	})
	return all, errorIn("list the messages", err)
}

func messages(view *store.View, person string, limit int) ([]MessageRow, error) {
	rows, err := view.Messages(person, max(limit, 0))
	if err != nil {
		return nil, err
	}
	var all []MessageRow
	users := map[string]string{}
	for _, r := range rows {
		if _, known := users[r.Person]; !known && r.Person != "" {
			who, err := view.PersonByID(r.Person)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
			users[r.Person] = who.User
		}
		all = append(all, messageRowOf(r, users[r.Person]))
	}
	return all, nil
}

func messageRowOf(r store.Message, user string) MessageRow {
	row := MessageRow{
		ID: r.ID, MessageID: r.MessageID, Kind: MessageKind(r.Kind), Person: r.Person, User: user, Made: moment(r.Made),
		State: MessageState(r.State), Tries: int(r.Tries), Outcome: r.Outcome, Finished: moment(r.Finished),
	}
	if row.State == MessageWaiting {
		row.NextTry = moment(r.NextTry)
	}
	return row
}

// MailStanding tells how the outbox stands.
func (d *Desk) MailStanding(ctx context.Context) (MailStanding, error) {
	var s MailStanding
	err := d.store.Read(ctx, func(view *store.View) error {
		return s.read(view, d.now())
	})
	return s, errorIn("look at the outbox", err)
}

func (s *MailStanding) read(view *store.View, now time.Time) error {
	mail, err := readMail(view)
	if err != nil {
		return err
	}
	o, err := view.Outbox(stamp(now.Add(-failedLately)))
	*s = MailStanding{
		SetUp: mail.From != "", From: mail.From, Waiting: int(o.Waiting), Tried: int(o.Tried),
		Oldest: moment(o.Oldest), Failed: int(o.Failed),
	}
	if !s.Oldest.IsZero() {
		s.Waits = max(0, now.Sub(s.Oldest))
	}
	return err
}

// errorIn wraps an error, if it is one, with what was being done.
func errorIn(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
