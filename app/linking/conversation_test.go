package linking_test

import (
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
			if lost == link { // it learns so only now, and then it is a new try
				w.refused(err, enroll.ProblemLinkGone)
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
