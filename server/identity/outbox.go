package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sleutelbos/server/store"
)

// Rules of the outbox.
const (
	// messageLease is how long whoever took a message has it alone. A sender
	// that was killed meanwhile leaves it to the next one after that.
	messageLease = 5 * time.Minute
	firstPause   = 30 * time.Second // after the first try; doubled after each
	longestPause = 30 * time.Minute
	pauseOfAll   = 2 * time.Minute // at most, where the mail server is to blame
	// messagePatience is how long a message is tried that has no end of its own.
	messagePatience    = 3 * 24 * time.Hour
	rememberedMessages = 90 * 24 * time.Hour
	failedLately       = 7 * 24 * time.Hour
)

// message is what the desk tells a person by mail.
type message struct {
	kind   MessageKind
	person string // id
	secret string
	device string
	until  time.Time
	to     string // instead of the person's address
}

// envelope is what is sealed of a message.
type envelope struct {
	To       string    `json:"to"`
	Name     string    `json:"name,omitempty"`
	Language string    `json:"language"`
	Secret   string    `json:"secret,omitempty"`
	Device   string    `json:"device,omitempty"`
	Until    time.Time `json:"until,omitzero"`
}

// Mail is what is known of the mail that leaves here.
type Mail struct {
	From string `json:"from"` // its sender; empty: none is sent
}

// SetMail records whether and as whom this server sends mail, so that commands
// beside it know.
func (d *Desk) SetMail(ctx context.Context, m Mail) error {
	err := set(ctx, d, Operator(), setting[Mail]{
		name: store.SettingMail, kind: kindMailSet, told: true,
		may: func(r Rights) bool { return r.Operates }, read: readMail,
		mend: func(*Mail) error { return nil },
	}, func(now *Mail) error {
		*now = m
		return nil
	})
	if err != nil {
		return fmt.Errorf("record the mail settings: %w", err)
	}
	return nil
}

func readMail(view *store.View) (Mail, error) {
	var m Mail
	err := readSetting(view, store.SettingMail, &m)
	return m, err
}

// post puts a message into the outbox, in the transaction of what it tells
// about. Where no mail is set up, a notice is left out and counted, and what
// somebody waits for is [ErrNoMail]. An older message of the same kind that
// carries something, and still waits, is not sent any more.
func (d *Desk) post(tx *store.Tx, m message) error {
	mail, err := readMail(tx.View)
	switch {
	case err != nil:
		return err
	case mail.From == "" && m.kind.notice():
		d.unposted.Add(1)
		return nil
	case mail.From == "":
		return ErrNoMail
	}
	id, err := d.newID()
	if err != nil {
		return err
	}
	sealed, keyID, err := d.envelope(tx.View, id, m)
	if err != nil {
		return err
	}
	now := d.now()
	row := store.Message{
		ID: id, Person: m.person, Kind: string(m.kind), Sealed: sealed, KeyID: keyID,
		MessageID: id + "@" + domainOf(mail.From), Made: stamp(now),
	}
	if !m.kind.notice() && m.person != "" {
		if err := tx.ReplaceMessages(m.person, row.Kind, row.Made); err != nil {
			return err
		}
	}
	if !m.kind.notice() && !m.until.IsZero() {
		row.Ends = stamp(m.until)
	}
	tx.Ended(func(committed bool) {
		if committed {
			d.knock()
		}
	})
	return tx.AddMessage(row)
}

// envelope seals whom the message goes to and what it says.
func (d *Desk) envelope(view *store.View, id string, m message) (sealed []byte, keyID string, err error) {
	content := envelope{To: m.to, Secret: m.secret, Device: m.device, Until: m.until}
	if m.person != "" {
		to, err := view.Addressee(m.person)
		if err != nil {
			return nil, "", err
		}
		content.Name, content.Language = to.Name, to.Language
		if content.To == "" {
			content.To = to.Email
			if m.kind.notice() && to.Notices != "" {
				content.To = to.Notices
			}
		}
	}
	if content.Language != "en" {
		content.Language = "nl"
	}
	plain, err := json.Marshal(content)
	if err != nil {
		return nil, "", err
	}
	return d.seal(plain, placeOfMessage(id, m.person))
}

func domainOf(address string) string {
	if _, domain, ok := strings.Cut(address, "@"); ok {
		return domain
	}
	return "localhost"
}

// knock tells whoever waits on [Desk.Posted] that there is something to send.
func (d *Desk) knock() {
	select {
	case d.posted <- struct{}{}:
	default:
	}
}

// Posted gets something when a message was posted by this process. One waits
// for it at a time.
func (d *Desk) Posted() <-chan struct{} { return d.posted }

// Unposted counts the notices that were left out because no mail is set up,
// since the desk was opened.
func (d *Desk) Unposted() uint64 { return d.unposted.Load() }

// PostTest posts a message without any meaning to the address.
func (d *Desk) PostTest(ctx context.Context, to string) error {
	if !isAddress(to) {
		return &FieldError{"email", "this is not an address; it looks like name@example.org", "email-unfit"}
	}
	err := d.store.Do(ctx, func(tx *store.Tx) error { return d.post(tx, message{kind: MessageTest, to: to}) })
	if err != nil {
		return fmt.Errorf("post a test: %w", err)
	}
	return nil
}
