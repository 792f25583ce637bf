package identity

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

// mailing lets the house send mail.
func (h *house) mailing() {
	h.t.Helper()
	h.must(h.SetMail(h.t.Context(), Mail{From: "codes@example.org"}))
}

// take takes the next message that is due, which must be there.
func (h *house) take() Message {
	h.t.Helper()
	m, _, ok, err := h.TakeMessage(h.t.Context())
	h.must(err)
	if !ok {
		h.t.Fatal("no message is due")
	}
	return m
}

// mail takes all messages that are due and has them sent; it gives their kinds.
func (h *house) mail() (kinds []MessageKind) {
	h.t.Helper()
	for {
		m, _, ok, err := h.TakeMessage(h.t.Context())
		h.must(err)
		if !ok {
			return kinds
		}
		h.must(h.Sent(h.t.Context(), m))
		kinds = append(kinds, m.Kind)
	}
}

func (h *house) post(kind MessageKind, person Person, secret string, until time.Time) {
	h.t.Helper()
	h.must(h.store.Do(h.t.Context(), func(tx *store.Tx) error {
		return h.Desk.post(tx, message{kind: kind, person: person.ID, secret: secret, until: until})
	}))
}

func TestWithoutMailNoticesAreLeftOutAndTheRestIsRefused(t *testing.T) {
	h := newHouse(t)
	h.linked("anna")
	if h.Unposted() != 1 {
		t.Errorf("%d notices were left out, want the one of the link", h.Unposted())
	}
	err := h.store.Do(t.Context(), func(tx *store.Tx) error {
		return h.Desk.post(tx, message{kind: MessageActivation, person: h.look("anna").ID})
	})
	if !errors.Is(err, ErrNoMail) {
		t.Errorf("got %v", err)
	}
	if rows, err := h.Messages(t.Context(), "", 10); err != nil || len(rows) != 0 {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestMessageLiesSealedAndIsErasedOnDelivery(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	anna := h.person("anna")
	h.post(MessageActivation, anna, "K7QF-2M8X-9R4T", h.clock.Now().Add(time.Hour))
	select {
	case <-h.Posted():
	default:
		t.Error("nobody is told that there is something to send")
	}
	sealed := "SELECT count(*) FROM outbox WHERE length(sealed) > 40"
	if storetest.Count(t, h.address, sealed) != 1 {
		t.Error("the content is not there")
	}
	m := h.take()
	if m.To != "anna@example.org" || m.Secret != "K7QF-2M8X-9R4T" || m.Language != "nl" || m.Tries != 1 || !strings.HasSuffix(m.MessageID, "@example.org") {
		t.Errorf("%q %q %q %d %q", m.To, m.Secret, m.Language, m.Tries, m.MessageID)
	}
	if shown := fmt.Sprintf("%v %+v %s", m, m, []Message{m}); strings.Contains(shown, "K7QF") || strings.Contains(shown, "anna") {
		t.Errorf("printing shows %s", shown)
	}
	h.must(h.Sent(t.Context(), m))
	if storetest.Count(t, h.address, "SELECT count(*) FROM outbox WHERE length(sealed) = 0 AND state = 'sent'") != 1 {
		t.Error("the content is not erased")
	}
	rows, err := h.Messages(t.Context(), "ANNA", 10)
	h.must(err)
	if len(rows) != 1 || rows[0].State != MessageSent || rows[0].User != "anna" || rows[0].MessageID != m.MessageID || rows[0].Finished.IsZero() {
		t.Errorf("%+v", rows)
	}
	h.must(h.PutOff(t.Context(), m, "421", false)) // too late to matter
	if kinds := h.mail(); len(kinds) != 0 {
		t.Errorf("sent again: %v", kinds)
	}
}

func TestMessageMovedToSomebodyElseDoesNotOpen(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	h.post(MessageLinked, h.person("anna"), "", time.Time{})
	bert := h.person("bert")
	storetest.Exec(t, h.address, "UPDATE outbox SET person = '"+bert.ID+"'")
	if kinds := h.mail(); len(kinds) != 0 {
		t.Errorf("sent: %v", kinds)
	}
	rows, err := h.Messages(t.Context(), "bert", 1)
	h.must(err)
	if len(rows) != 1 || rows[0].State != MessageFailed || rows[0].Outcome != outcomeSealed {
		t.Errorf("%+v", rows)
	}
}

func TestSenderThatDiedLeavesTheMessageToTheNext(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	h.post(MessageLinked, h.person("anna"), "", time.Time{})
	first := h.take()
	if _, next, ok, err := h.TakeMessage(t.Context()); ok || err != nil || !next.Equal(h.clock.Now().Add(messageLease)) {
		t.Fatalf("taken by two: %v, next %s, %v", ok, next, err)
	}
	h.clock.add(messageLease)
	h.restart()
	second := h.take()
	if second.MessageID != first.MessageID || second.Tries != 2 {
		t.Errorf("%s, then %s", first.MessageID, second.MessageID)
	}
	h.must(h.PutOff(t.Context(), first, "421", false)) // the first one lives after all, and has nothing to say any more
	if _, next, _, _ := h.TakeMessage(t.Context()); !next.Equal(h.clock.Now().Add(messageLease)) {
		t.Errorf("the first sender moved the turn to %s", next)
	}
}

func TestMessageIsTriedLongerAndLongerAndThenGivenUp(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	h.post(MessageLinked, h.person("anna"), "", time.Time{})
	var last time.Duration
	for tries := 1; ; tries++ {
		m, next, ok, err := h.TakeMessage(t.Context())
		h.must(err)
		if !ok && next.IsZero() {
			break
		}
		if !ok {
			pause := next.Sub(h.clock.Now())
			if pause < last || pause > longestPause {
				t.Fatalf("after %d tries it waits %s, before that %s", tries, pause, last)
			}
			last = pause
			h.clock.add(pause)
			continue
		}
		h.must(h.PutOff(t.Context(), m, "450 4.2.0", false))
	}
	rows, err := h.Messages(t.Context(), "", 1)
	h.must(err)
	if rows[0].State != MessageFailed || rows[0].Outcome != outcomeUpGiven || last != longestPause {
		t.Errorf("%+v, last pause %s", rows[0], last)
	}
	s, err := h.MailStanding(t.Context())
	h.must(err)
	if s.Failed != 1 || s.Waiting != 0 || !s.SetUp {
		t.Errorf("%+v", s)
	}
}

func TestMessageThatCarriesACodeIsNeverTooLateNorTwo(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	anna := h.person("anna")
	end := h.clock.Now().Add(time.Hour)
	h.post(MessageActivation, anna, "old", end)
	h.post(MessageActivation, anna, "new", end)
	if m := h.take(); m.Secret != "new" {
		t.Errorf("got %q", m.Secret)
	}
	h.clock.add(time.Hour)
	if kinds := h.mail(); len(kinds) != 0 {
		t.Errorf("sent after the code's end: %v", kinds)
	}
	if storetest.Count(t, h.address, "SELECT count(*) FROM outbox WHERE length(sealed) > 0") != 0 {
		t.Error("what will not be sent is still there")
	}
}

func TestOneOfManySendersGetsTheMessage(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	for i := range 4 {
		h.post(MessageLinked, h.person(fmt.Sprintf("person%d", i)), "", time.Time{})
	}
	var got atomic.Int64
	together(16, func(int) {
		if _, _, ok, err := h.TakeMessage(background); err != nil {
			t.Error(err)
		} else if ok {
			got.Add(1)
		}
	})
	if got.Load() != 4 {
		t.Errorf("4 messages were taken %d times", got.Load())
	}
}

func TestPersonIsToldAboutLinkUnlinkAndWrongCodes(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	key := h.linked("anna")
	expectKinds(t, h.mail(), MessageLinked)
	for range 3 { // locks three times; only the first is told
		h.lock("anna", key)
		h.clock.add(lockTime + time.Second)
	}
	expectKinds(t, h.mail(), MessageLocked)
	for range 7 {
		h.lock("anna", key)
		h.clock.add(lockTime + time.Second)
	}
	expectKinds(t, h.mail(), MessageGuessed)
	h.expect("anna", h.code(key), ReasonValid)
	h.must(h.Unlink(t.Context(), "anna"))
	h.must(h.Unlink(t.Context(), "anna")) // nothing left
	expectKinds(t, h.mail(), MessageUnlinked)
}

func TestRightCodeAsksNothingOfTheOutbox(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	key := h.linked("anna")
	h.expect("anna", h.code(key), ReasonValid) // the first one notes when the application was used
	h.clock.add(30 * time.Second)
	before := h.store.Stats().Statements
	h.expect("anna", h.code(key), ReasonValid)
	if n := h.store.Stats().Statements - before; n > 4 {
		t.Errorf("%d statements for a right code", n)
	}
}

func TestRestoringSendsNothingASecondTime(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	h.post(MessageActivation, h.person("anna"), "code", h.clock.Now().Add(time.Hour))
	h.must(h.store.Do(t.Context(), func(tx *store.Tx) error { return tx.EndCodes(1, 1, 1, 1) }))
	if kinds := h.mail(); len(kinds) != 0 {
		t.Errorf("sent: %v", kinds)
	}
}

func expectKinds(t *testing.T, got []MessageKind, want ...MessageKind) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the person is told %v, want %v", got, want)
	}
}
