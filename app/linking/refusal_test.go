package linking_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sleutelbos/app/linking"
	"sleutelbos/enroll"
	"sleutelbos/server/store"
	"sleutelbos/vault"
)

func voidOf(person string) func(*store.Tx) error {
	return func(tx *store.Tx) error { return tx.VoidPending(person, "") }
}

// A clock that is off makes codes that are refused: that is said before anything
// is sent, and costs no try.
func TestAClockThatIsOffSendsNothing(t *testing.T) {
	for name, off := range map[string]time.Duration{"behind": 2 * time.Minute, "ahead": -2 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			code := w.activation()
			w.wait(off)
			_, err := w.start().Link(t.Context(), w.vault, answer(code))
			var clock *linking.ClockError
			if !errors.As(err, &clock) {
				t.Fatalf("gives %v", err)
			}
			if got := clock.Clock.Offset.Round(10 * time.Second); got != -off {
				t.Errorf("the clock is off by %s, want %s", got, -off)
			}
			if w.count(organisation) == 0 || w.count(link)+w.count(confirm) != 0 || len(w.vault.List()) != 0 {
				t.Error("something was sent or kept")
			}
			w.wait(-off)
			linked, err := w.start().Link(t.Context(), w.vault, answer(code))
			w.must(err)
			w.isLinked(linked)
		})
	}
}

func TestRefusalsKeepNothing(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*world) linking.Answer
		want    string
	}{
		"another person's": {func(w *world) linking.Answer {
			a := answer(w.activation())
			a.User = "nobody"
			return a
		}, enroll.ProblemMismatch},
		"replaced": {func(w *world) linking.Answer {
			old := w.activation()
			w.activation()
			return answer(old)
		}, enroll.ProblemReplaced},
		"used": {func(w *world) linking.Answer {
			a := answer(w.activation())
			linked, err := w.start().Link(w.Context(), w.vault, a)
			w.must(err)
			w.must(w.vault.Update(w.Context(), func(d *vault.Draft) error { return d.Remove(linked.Entry.ID) }))
			return a
		}, enroll.ProblemUsed},
		"terms changed": {func(w *world) linking.Answer {
			a := answer(w.activation())
			w.terms("t2")
			return a
		}, enroll.ProblemTerms},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := c.prepare(w)
			_, err := w.start().Link(t.Context(), w.vault, a)
			w.refused(err, c.want)
			if len(w.vault.List()) != 0 {
				t.Error("something was kept")
			}
			if strings.Contains(err.Error(), a.Code.Reveal()) {
				t.Error("the activation code is in the error")
			}
		})
	}
}

// An activation code lives 24 hours to the second.
func TestAnActivationCodeAfterADay(t *testing.T) {
	for name, c := range map[string]struct {
		age  time.Duration
		want string
	}{
		"at 24 hours less a second": {24*time.Hour - time.Second, ""},
		"at 24 hours and a second":  {24*time.Hour + time.Second, enroll.ProblemExpired},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.wait(-c.age)
			code := w.activation()
			w.wait(c.age)
			linked, err := w.start().Link(t.Context(), w.vault, answer(code))
			if c.want != "" {
				w.refused(err, c.want)
				return
			}
			w.must(err)
			w.isLinked(linked)
		})
	}
}

// Five wrong tries make the code invalid; each says how many are left. The same
// wrong try sent again is not another one.
func TestFiveWrongTries(t *testing.T) {
	w := newWorld(t)
	right, c := w.activation(), w.start()
	for left := 4; left >= 0; left-- {
		wrong, err := enroll.NewActivationCode(nil)
		w.must(err)
		for range 2 {
			_, err = c.Link(t.Context(), w.vault, answer(wrong))
			problem := w.refused(err, enroll.ProblemMismatch)
			if problem.TriesLeft == nil || *problem.TriesLeft != left {
				t.Errorf("tries left %v, want %d", problem.TriesLeft, left)
			}
		}
	}
	_, err := c.Link(t.Context(), w.vault, answer(right))
	w.refused(err, enroll.ProblemVoid)
}

// After a refusal a corrected answer is a new try, and the terms that changed
// can be accepted in the same conversation.
func TestTheConversationGoesOnAfterARefusal(t *testing.T) {
	w := newWorld(t)
	c, a := w.start(), answer(w.activation())
	w.terms("t2")
	_, err := c.Link(t.Context(), w.vault, a)
	w.refused(err, enroll.ProblemTerms)
	if c.Organisation().Terms.Version != "t2" {
		t.Errorf("the conversation knows the terms %q", c.Organisation().Terms.Version)
	}
	a.Accepted.Terms = "t2"
	linked, err := c.Link(t.Context(), w.vault, a)
	w.must(err)
	w.isLinked(linked)
}

// A vault that was locked meanwhile keeps no key; nothing is confirmed, and the
// same answer links once the vault is open.
func TestAVaultThatIsLockedMeanwhile(t *testing.T) {
	w := newWorld(t)
	c, a := w.start(), answer(w.activation())
	w.vault.Lock()
	if _, err := c.Link(t.Context(), w.vault, a); !errors.Is(err, vault.ErrLocked) {
		t.Fatalf("gives %v", err)
	}
	if w.count(confirm) != 0 {
		t.Error("a key was confirmed that is not in the vault")
	}
	w.restart()
	linked, err := c.Link(t.Context(), w.vault, a)
	w.must(err)
	w.isLinked(linked)
}

func TestStartRefusesAddresses(t *testing.T) {
	for address, want := range map[string]error{
		"":                          enroll.ErrServer,
		"ftp://codes.example.org":   enroll.ErrServer,
		"http://codes.example.org":  enroll.ErrPlainServer,
		"http://192.0.2.1:8443":     enroll.ErrPlainServer,
		"https://a@codes.example.o": enroll.ErrServer,
	} {
		if _, err := linking.Start(linking.Server{Address: address}, time.Now); !errors.Is(err, want) {
			t.Errorf("%q gives %v", address, err)
		}
	}
	if _, err := linking.Start(linking.Server{Address: "codes.example.org", Fingerprint: "sha1:00"}, time.Now); !errors.Is(err, enroll.ErrFingerprint) {
		t.Errorf("a fingerprint of another kind gives %v", err)
	}
	c, err := linking.Start(linking.Server{Address: " Codes.Example.org/link?x=1 "}, time.Now)
	if err != nil || c.Server().Address != "https://codes.example.org" {
		t.Errorf("a typed address becomes %q, %v", c.Server().Address, err)
	}
}
