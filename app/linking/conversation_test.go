package linking_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"sleutelbos/app/linking"
	"sleutelbos/enroll"
	"sleutelbos/vault"
)

func TestLink(t *testing.T) {
	w := newWorld(t)
	c := w.start()
	organisation, clock, err := c.Ask(t.Context())
	w.must(err)
	if organisation.Name != "Gemeente Voorbeeld" || clock.Off() || c.Organisation().Name != organisation.Name {
		t.Errorf("asked %+v, clock %+v", organisation, clock)
	}
	linked, err := c.Link(t.Context(), w.vault, answer(w.activation()))
	w.must(err)
	l := linked.Entry.Link
	if l.Server != w.server.Address || l.Fingerprint != w.server.Fingerprint || l.User != "anna" ||
		l.Organisation != "Gemeente Voorbeeld" || l.Environment != string(enroll.Demo) {
		t.Errorf("the link is %+v", l)
	}
	if wait := linked.NextCode.Sub(w.clock()); wait <= 0 || wait > enroll.DefaultPeriod*time.Second {
		t.Errorf("the next code comes in %s", wait)
	}
	if linked.Used == 0 || w.accepts(linked.Entry) {
		t.Errorf("the code that confirmed, of step %d, is accepted once more", linked.Used)
	}
	w.isLinked(linked)
}

func TestAnotherFingerprintSendsNothing(t *testing.T) {
	w := newWorld(t)
	w.server.Fingerprint = "sha256:" + w.server.Fingerprint[len("sha256:")+2:] + "00"
	_, err := w.start().Link(t.Context(), w.vault, answer(w.activation()))
	var certificate *enroll.CertificateError
	if !errors.As(err, &certificate) || certificate.Want != w.server.Fingerprint {
		t.Errorf("gives %v", err)
	}
	if w.count(organisation)+w.count(link) != 0 || len(w.vault.List()) != 0 {
		t.Error("something was asked or kept")
	}
}

// The answer to the request for a link is lost, time after time: asked again,
// the same pending link comes, and the activation code is not tried twice.
func TestTheAnswerOfTheFirstCallIsLost(t *testing.T) {
	w := newWorld(t)
	c, code := w.start(), w.activation()
	w.loseAnswers(link)
	for range 3 {
		if _, err := c.Link(t.Context(), w.vault, answer(code)); !errors.Is(err, enroll.ErrUnreachable) {
			t.Fatalf("a lost answer gives %v", err)
		}
	}
	if len(w.vault.List()) != 0 {
		t.Error("a key was kept that never came")
	}
	w.loseAnswers("")
	linked, err := c.Link(t.Context(), w.vault, answer(code))
	w.must(err)
	w.isLinked(linked)
}

// The answer to the confirmation is lost. Asked again within the same time step
// the same code confirms, later another one. Either way the link is made and the
// app knows it.
func TestTheAnswerOfTheSecondCallIsLost(t *testing.T) {
	for name, later := range map[string]time.Duration{"same step": 0, "next step": 30 * time.Second} {
		again := map[string]func(*world, *linking.Conversation, linking.Answer) (linking.Linked, error){
			"link again": func(w *world, c *linking.Conversation, a linking.Answer) (linking.Linked, error) {
				return c.Link(w.Context(), w.vault, a)
			},
			"confirm again": func(w *world, c *linking.Conversation, _ linking.Answer) (linking.Linked, error) {
				return c.Confirm(w.Context(), w.vault, w.pending())
			},
			"resume": func(w *world, _ *linking.Conversation, _ linking.Answer) (linking.Linked, error) {
				w.restart()
				return linking.Resume(w.Context(), w.vault, w.pending(), w.clock)
			},
		}
		for how, repeat := range again {
			t.Run(name+", "+how, func(t *testing.T) {
				w := newWorld(t)
				c, a := w.start(), answer(w.activation())
				w.loseAnswers(confirm)
				if _, err := c.Link(t.Context(), w.vault, a); !errors.Is(err, enroll.ErrUnreachable) {
					t.Fatalf("a lost answer gives %v", err)
				}
				w.pending()
				w.wait(later)
				w.loseAnswers("")
				linked, err := repeat(w, c, a)
				w.must(err)
				w.isLinked(linked)
			})
		}
	}
}

// Long after the confirmation whose answer was lost, the server only says that
// the link is confirmed. The app holds its key, so it is linked, and the present
// code is good at once.
func TestConfirmedLongAgo(t *testing.T) {
	w := newWorld(t)
	w.loseAnswers(confirm)
	if _, err := w.start().Link(t.Context(), w.vault, answer(w.activation())); !errors.Is(err, enroll.ErrUnreachable) {
		t.Fatalf("a lost answer gives %v", err)
	}
	w.loseAnswers("")
	w.restart()
	w.wait(11 * time.Minute)
	client, err := enroll.NewClient(w.server.Address, w.server.Fingerprint)
	w.must(err)
	defer client.Close()
	entry := w.pending()
	code, err := w.vault.Peek(entry.ID, w.clock())
	w.must(err)
	_, err = client.Confirm(t.Context(), entry.Link.ID, code.Text)
	w.refused(err, enroll.ProblemConfirmed)

	linked, err := linking.Resume(t.Context(), w.vault, entry, w.clock)
	w.must(err)
	if linked.Used != 0 || linked.NextCode.After(w.clock()) {
		t.Errorf("used is step %d, the next code comes at %s, it is %s", linked.Used, linked.NextCode, w.clock())
	}
	w.isLinked(linked)
}

// A code that the server refuses, because the clock was off, costs nothing: the
// entry stays and the next code confirms it.
func TestAConfirmationThatIsRefused(t *testing.T) {
	w := newWorld(t)
	w.killBeforeConfirm(answer(w.activation()))
	slow := func() time.Time { return w.clock().Add(-5 * time.Minute) }
	_, err := linking.Resume(t.Context(), w.vault, w.pending(), slow)
	w.refused(err, enroll.ProblemWrongCode)
	linked, err := linking.Resume(t.Context(), w.vault, w.pending(), w.clock)
	w.must(err)
	w.isLinked(linked)
}

// The app is killed between the two calls: the key is sealed and the
// confirmation never sent. Begun anew, the app finishes it.
func TestTheAppIsKilledBetweenTheCalls(t *testing.T) {
	w := newWorld(t)
	w.killBeforeConfirm(answer(w.activation()))
	if person, err := w.desk.Person(t.Context(), "anna"); err != nil || len(person.Links) != 0 {
		t.Fatalf("linked before it was confirmed: %+v, %v", person.Links, err)
	}
	linked, err := linking.Resume(t.Context(), w.vault, w.pending(), w.clock)
	w.must(err)
	w.isLinked(linked)
}

// killBeforeConfirm links until the confirmation is about to arrive, and then
// begins the program anew.
func (w *world) killBeforeConfirm(a linking.Answer) {
	w.Helper()
	ctx, kill := context.WithCancel(w.Context())
	w.set(func(r *http.Request) bool {
		if kindOf(r) == confirm {
			kill()
		}
		return kindOf(r) != confirm
	}, nil)
	_, err := w.start().Link(ctx, w.vault, a)
	kill()
	if !errors.Is(err, context.Canceled) && !errors.Is(err, enroll.ErrUnreachable) {
		w.Fatalf("a program that ends gives %v", err)
	}
	w.set(nil, nil)
	w.restart()
}

// A pending link whose time has passed is gone: it leaves the vault, and the
// activation code still links.
func TestAPendingLinkThatIsGone(t *testing.T) {
	w := newWorld(t)
	code := w.activation()
	w.killBeforeConfirm(answer(code))
	w.wait(10 * time.Minute)
	_, err := linking.Resume(t.Context(), w.vault, w.pending(), w.clock)
	w.refused(err, enroll.ProblemLinkGone)
	if !linking.IsGone(err) || len(w.vault.List()) != 0 {
		t.Errorf("gone is %t, the vault holds %d entries", linking.IsGone(err), len(w.vault.List()))
	}
	w.wait(-10 * time.Minute)
	linked, err := w.start().Link(t.Context(), w.vault, answer(code))
	w.must(err)
	w.isLinked(linked)
}

// A conversation whose pending link went is not stuck with it: the same answer
// is a new try then.
func TestTheSameAnswerAfterThePendingLinkIsGone(t *testing.T) {
	for name, lost := range map[string]string{"before its key came": link, "before it was confirmed": confirm} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c, a := w.start(), answer(w.activation())
			w.loseAnswers(lost)
			if lost == confirm {
				w.set(func(r *http.Request) bool { return kindOf(r) != confirm }, nil)
			}
			if _, err := c.Link(t.Context(), w.vault, a); !errors.Is(err, enroll.ErrUnreachable) {
				t.Fatalf("a lost answer gives %v", err)
			}
			w.wait(10 * time.Minute)
			w.set(nil, nil)
			if lost == confirm {
				_, err := c.Confirm(t.Context(), w.vault, w.pending())
				w.refused(err, enroll.ProblemLinkGone)
			}
			w.wait(-10 * time.Minute)
			w.voidPending()
			linked, err := c.Link(t.Context(), w.vault, a)
			if linking.IsGone(err) { // said once, and then it is a new try
				linked, err = c.Link(t.Context(), w.vault, a)
			}
			w.must(err)
			w.isLinked(linked)
		})
	}
}

// A new activation replaces the former link, in the vault too; other entries
// stay as they are.
func TestANewActivationReplacesTheFormerEntry(t *testing.T) {
	w := newWorld(t)
	first, err := w.start().Link(t.Context(), w.vault, answer(w.activation()))
	w.must(err)
	other := enroll.Key{Kind: enroll.TOTP, Issuer: "Mail", Account: "anna", Secret: enroll.Secret("twenty bytes of key."), Algorithm: enroll.SHA1, Digits: 6, Period: 30}
	w.must(w.vault.Update(t.Context(), func(d *vault.Draft) error {
		_, err := d.Add(other, nil)
		return err
	}))
	w.wait(30 * time.Second)
	second, err := w.start().Link(t.Context(), w.vault, answer(w.activation()))
	w.must(err)
	var issuers []string
	for _, e := range w.vault.List() {
		issuers = append(issuers, e.Issuer)
		if e.ID == first.Entry.ID {
			t.Error("the former entry is still there")
		}
	}
	if !slices.Contains(issuers, "Mail") || len(issuers) != 2 {
		t.Errorf("the vault holds %q", issuers)
	}
	w.wait(30 * time.Second)
	if !w.accepts(second.Entry) {
		t.Error("a code of the new link is refused")
	}
}

// A pending entry gives way to the next one of the same person; the former link
// stays until the new one is confirmed.
func TestANewPendingEntryReplacesThePendingOne(t *testing.T) {
	w := newWorld(t)
	active, err := w.start().Link(t.Context(), w.vault, answer(w.activation()))
	w.must(err)
	w.killBeforeConfirm(answer(w.activation()))
	first := linking.Pending(w.vault)
	w.killBeforeConfirm(answer(w.activation()))
	second := linking.Pending(w.vault)
	if len(first) != 1 || len(second) != 1 || first[0].ID == second[0].ID || len(w.vault.List()) != 2 {
		t.Fatalf("pending were %d and are %d of %d entries", len(first), len(second), len(w.vault.List()))
	}
	w.wait(30 * time.Second)
	if !w.accepts(active.Entry) {
		t.Error("the former link ended before the new one was confirmed")
	}
	linked, err := linking.Resume(t.Context(), w.vault, second[0], w.clock)
	w.must(err)
	w.isLinked(linked)
}

// voidPending ends every pending link as time does: the server keeps no moment
// that a test could move back.
func (w *world) voidPending() {
	w.Helper()
	person, err := w.desk.Person(w.Context(), "anna")
	w.must(err)
	w.must(w.store.Do(w.Context(), voidOf(person.ID)))
}
