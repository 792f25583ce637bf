package identity

import (
	"fmt"
	"time"
)

// MessageKind says what a message tells.
type MessageKind string

// The kinds of a message. Those in the first group carry something that
// somebody waits for; the others are notices.
const (
	MessageActivation    MessageKind = "activation"     // Secret is the activation code, Until its end
	MessagePasswordReset MessageKind = "password-reset" // Secret is the address to choose a new password at, Until its end
	MessageTest          MessageKind = "test"

	MessageLinked          MessageKind = "linked"           // Device was linked
	MessageUnlinked        MessageKind = "unlinked"         // nothing is linked any more
	MessagePasswordChanged MessageKind = "password-changed" // by the person, by a link or by an administrator
	MessageNewDevice       MessageKind = "new-device"       // a sign-in on Device, which was not seen before
	MessageLocked          MessageKind = "locked"           // for the first time since a right code, until Until
	MessageGuessed         MessageKind = "guessed"          // fifty wrong codes in a row
	MessageLost            MessageKind = "lost"             // a loss was reported
	MessageDayCode         MessageKind = "day-code"         // one was issued, until Until
	MessageLapsesMonth     MessageKind = "lapses-month"     // the link lapses at Until, in a month
	MessageLapsesWeek      MessageKind = "lapses-week"      // the same, in a week
)

// MessageKinds lists all kinds.
func MessageKinds() []MessageKind {
	return []MessageKind{
		MessageActivation, MessagePasswordReset, MessageTest,
		MessageLinked, MessageUnlinked, MessagePasswordChanged, MessageNewDevice, MessageLocked, MessageGuessed,
		MessageLost, MessageDayCode, MessageLapsesMonth, MessageLapsesWeek,
	}
}

// notice tells whether a message may be left out where no mail is set up, and
// goes to the address for notices.
func (k MessageKind) notice() bool {
	return k != MessageActivation && k != MessagePasswordReset && k != MessageTest
}

// MessageState says what became of a message.
type MessageState string

// The states of a message.
const (
	MessageWaiting  MessageState = "waiting"
	MessageSent     MessageState = "sent"
	MessageFailed   MessageState = "failed"
	MessageLate     MessageState = "late"     // what it carries had ended before it could be sent
	MessageReplaced MessageState = "replaced" // a newer one carries what counts
)

// Message is one that is to be sent now, and that its holder has alone for a
// while. Printing it shows its id only.
type Message struct {
	ID        string
	MessageID string // of the mail, without brackets, in every try the same
	Kind      MessageKind
	Person    string // id; empty for a test
	Made      time.Time
	Tries     int // this one included

	To, Name string
	Language string // "nl" or "en"
	Secret   string // what must not be seen elsewhere; see the kinds
	Device   string
	Until    time.Time
}

// Format shows the id only, under every verb of package fmt.
func (m Message) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "message %s", m.ID) }

// MessageRow is what can be known of a message afterwards.
type MessageRow struct {
	ID        string
	MessageID string
	Kind      MessageKind
	Person    string // id; empty for a test
	User      string // user name; empty for a test, and for a person who is gone
	Made      time.Time
	State     MessageState
	Tries     int
	Outcome   string // of the last try: the mail server's codes, or a word; never its text
	NextTry   time.Time
	Finished  time.Time
}

// MailStanding is how the outbox stands.
type MailStanding struct {
	SetUp   bool
	From    string
	Waiting int
	Tried   int           // of these, those that were tried in vain
	Oldest  time.Time     // of these; zero when none waits
	Waits   time.Duration // how long that one does
	Failed  int           // in the last week
}
