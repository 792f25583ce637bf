package message

import (
	"fmt"
	"strings"
	"time"

	"sleutelbos/assets"
	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

// Text is a mail as it is read.
type Text struct {
	Subject string // holds nothing secret: it shows on locked screens
	Plain   string
}

// width is where lines are broken.
const width = 72

// Writer writes messages in the organisation's name.
type Writer struct {
	dutch, english assets.Words
}

// NewWriter reads the texts.
func NewWriter() (*Writer, error) {
	var w Writer
	var err error
	if w.dutch, err = assets.ServerIn("nl"); err == nil {
		w.english, err = assets.ServerIn("en")
	}
	if err != nil {
		return nil, fmt.Errorf("write mails: %w", err)
	}
	return &w, nil
}

// Write makes the text of a message. The mail with the activation code names
// neither the person nor the user name: with the letter it would be all that a
// thief needs.
func (w *Writer) Write(m identity.Message, o identity.OrganisationSettings) Text {
	l := letter{Words: w.english, m: m, o: o}
	if m.Language == "nl" {
		l.Words = w.dutch
	}
	if o.Environment == enroll.Demo {
		l.add(l.Say("mail.demo"))
	}
	if m.Name == "" || m.Kind == identity.MessageActivation {
		l.add(l.Say("mail.hello"))
	} else {
		l.add(l.Say("mail.greeting", "name", m.Name))
	}
	subject := l.tell()
	if o.Environment == enroll.Demo {
		subject = l.Say("mail.demo-subject", "subject", subject)
	}
	l.close()
	return Text{Subject: subject, Plain: strings.Join(l.paragraphs, "\n\n") + "\n"}
}

// letter is one mail on its way.
type letter struct {
	assets.Words
	m          identity.Message
	o          identity.OrganisationSettings
	paragraphs []string
	told       bool // whom to turn to
}

func (l *letter) add(text string) { l.paragraphs = append(l.paragraphs, fold(text)) }

// alone adds what must be copied whole on a line of its own.
func (l *letter) alone(text string) { l.paragraphs = append(l.paragraphs, "    "+text) }

// tell writes what the message is about and gives its subject.
func (l *letter) tell() string {
	until := "until"
	switch l.m.Kind {
	case identity.MessageActivation:
		l.add(l.Say("mail.activation.text"))
		l.alone(l.m.Secret)
		l.add(l.Say("mail.activation.until", until, l.time(l.m.Until)))
		l.add(l.Say("mail.activation.next"))
		l.add(l.Say("mail.activation.keep"))
		l.add(l.Say("mail.activation.expired"))
		return l.subject("mail.activation.subject")
	case identity.MessagePasswordReset:
		l.add(l.Say("mail.password-reset.text"))
		l.alone(l.m.Secret)
		l.add(l.Say("mail.password-reset.until", until, l.time(l.m.Until)))
		l.add(l.Say("mail.password-reset.unasked"))
		return l.subject("mail.password-reset.subject")
	case identity.MessageTest:
		l.add(l.Say("mail.test.text"))
		return l.subject("mail.test.subject")
	case identity.MessageLinked:
		return l.notice("mail.linked.subject", l.Say("mail.linked.text"))
	case identity.MessageUnlinked:
		return l.notice("mail.unlinked.subject", l.Say("mail.unlinked.text"))
	case identity.MessagePasswordChanged:
		return l.notice("mail.password-changed.subject", l.Say("mail.password-changed.text"))
	case identity.MessageNewDevice:
		return l.notice("mail.new-device.subject", l.Say("mail.new-device.text"))
	case identity.MessageLocked:
		if l.m.Until.IsZero() {
			return l.notice("mail.locked.subject", l.Say("mail.locked.unended"))
		}
		return l.notice("mail.locked.subject", l.Say("mail.locked.text", until, l.time(l.m.Until)), l.Say("mail.locked.often"))
	case identity.MessageGuessed:
		return l.notice("mail.guessed.subject", l.Say("mail.guessed.text"), l.Say("mail.guessed.next"))
	case identity.MessageLost:
		return l.notice("mail.lost.subject", l.Say("mail.lost.text"))
	case identity.MessageDayCode:
		lastDay := l.m.Until.Add(-time.Minute) // midnight belongs to the day before
		l.add(l.Say("mail.day-code.text", until, Date(lastDay, l.o.Location(), l.Language())))
		l.add(l.Say("mail.day-code.unasked"))
		return l.subject("mail.day-code.subject")
	case identity.MessageLapsesMonth:
		return l.lapses("mail.lapses-month.subject")
	case identity.MessageLapsesWeek:
		return l.lapses("mail.lapses-week.subject")
	}
	return l.o.Name
}

// notice tells what happened, where and when, and what to do if it was somebody
// else.
func (l *letter) notice(subject string, texts ...string) string {
	l.add(texts[0])
	about := l.Say("mail.when", "when", l.time(l.m.Made))
	if l.m.Kind == identity.MessageLinked || l.m.Kind == identity.MessageNewDevice {
		device := l.m.Device
		if device == "" {
			device = l.Say("mail.device-unknown")
		}
		about = l.Say("mail.device", "device", device) + "\n" + about
	}
	l.paragraphs = append(l.paragraphs, about)
	for _, text := range texts[1:] {
		l.add(text)
	}
	if contact := contactLine(l.o.Contact); contact != "" {
		l.add(l.Say("mail.not-you-contact", "contact", contact))
		l.told = true
	} else {
		l.add(l.Say("mail.not-you"))
	}
	return l.subject(subject)
}

func (l *letter) lapses(subject string) string {
	l.add(l.Say("mail.lapses.text", "until", l.time(l.m.Until)))
	l.add(l.Say("mail.lapses.next"))
	return l.subject(subject)
}

func (l *letter) close() {
	if contact := contactLine(l.o.Contact); contact != "" && !l.told {
		l.add(l.Say("mail.help", "contact", contact))
	}
	l.paragraphs = append(l.paragraphs, l.Say("mail.regards")+"\n"+l.o.Name)
	l.paragraphs = append(l.paragraphs, "-- \n"+l.Say("mail.automatic"))
}

func (l *letter) subject(key string) string { return l.Say(key, "organisation", l.o.Name) }

func (l *letter) time(t time.Time) string { return Time(t, l.o.Location(), l.Language()) }

// Time writes a moment as people say it, such as "dinsdag 24 november 2026,
// 15:04 uur".
func Time(t time.Time, zone *time.Location, language string) string {
	t = t.In(zone)
	if language != "nl" {
		return t.Format("Monday 2 January 2006, 15:04")
	}
	days := [...]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"}
	return fmt.Sprintf("%s %s, %s uur", days[t.Weekday()], Date(t, zone, language), t.Format("15:04"))
}

// Date writes a day, such as "24 november 2026".
func Date(t time.Time, zone *time.Location, language string) string {
	t = t.In(zone)
	if language != "nl" {
		return t.Format("2 January 2006")
	}
	months := [...]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"}
	return fmt.Sprintf("%d %s %d", t.Day(), months[t.Month()-1], t.Year())
}

func contactLine(c enroll.Contact) string {
	var parts []string
	for _, part := range []string{c.Name, c.Phone, c.Email, c.Hours} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// fold breaks a paragraph into lines.
func fold(text string) string {
	var lines []string
	line, length := "", 0
	for _, word := range strings.Fields(text) {
		n := len([]rune(word))
		if length > 0 && length+1+n > width {
			lines, line, length = append(lines, line), "", 0
		}
		if length > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+word, length+n
	}
	return strings.Join(append(lines, line), "\n")
}
