package linking_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"sleutelbos/app/linking"
	"sleutelbos/enroll"
)

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
