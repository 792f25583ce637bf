package identity

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/server/store/storetest"
)

// mailed is the link of the newest mail with a link to choose a password.
func (h *house) mailed() Token {
	h.t.Helper()
	h.background.Wait()
	for {
		m, _, ok, err := h.TakeMessage(h.t.Context())
		h.must(err)
		if !ok {
			return ""
		}
		h.must(h.Sent(h.t.Context(), m))
		if m.Kind == MessagePasswordReset {
			return linkToken(m.Secret)
		}
	}
}

func TestForgottenPassword(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	in := h.enter("anna", key)
	h.lock("anna", key)
	h.must(h.AskReset(t.Context(), "Anna@Example.org", "192.0.2.7"))
	link := h.mailed()
	found, err := h.LookAtPasswordLink(t.Context(), link)
	h.must(err)
	if found.Kind != LinkReset || found.Person.User != "anna" || found.Rules.Name != "d4" {
		t.Errorf("%+v", found)
	}
	var unmet *PasswordError
	if err := h.UsePasswordLink(t.Context(), link, "kort"); !errors.As(err, &unmet) {
		t.Errorf("got %v", err)
	}
	h.must(h.UsePasswordLink(t.Context(), link, "kwartel.gros-9"))
	if err := h.UsePasswordLink(t.Context(), link, "zeven.gans-4"); !errors.Is(err, ErrPasswordLink) {
		t.Errorf("it works twice: %v", err)
	}
	if _, ok := h.entered(in.Token); ok {
		t.Error("the session lives on")
	}
	_, err = h.signIn("anna", "kwartel.gros-9", h.code(key)) // the lock is not over
	h.noEntry(err, ReasonWrong, never)
	h.clock.add(lockTime)
	_, err = h.signIn("anna", "kwartel.gros-9", "") // nor is the second factor gone
	h.noEntry(err, ReasonWrong, never)
	_, err = h.signIn("anna", "kwartel.gros-9", h.code(key))
	h.must(err)
}

// The answer is the same for everybody; who gets a mail is another matter.
func TestAskResetTellsNothing(t *testing.T) {
	h := newSignInHouse(t)
	h.occupant("anna", RoleUser)
	h.occupant("boss", RoleAdministrator)
	h.person("unlinked") // has no password
	h.setSignIn(func(s *SignInSettings) { s.SelfReset[RoleAdministrator] = false })
	for _, name := range []string{"nobody", "", "boss", "unlinked", "\x00"} {
		h.must(h.AskReset(t.Context(), name, "192.0.2.7"))
		if link := h.mailed(); link != "" {
			t.Errorf("%q got a link", name)
		}
	}
	for n := range resetsPerHour + 2 { // and strangers fill nobody's mailbox
		h.must(h.AskReset(t.Context(), "anna", "192.0.2.7"))
		if got := h.mailed() != ""; got != (n < resetsPerHour) {
			t.Errorf("question %d is mailed: %v", n+1, got)
		}
	}
	h.clock.add(time.Hour)
	h.must(h.AskReset(t.Context(), "anna", "192.0.2.7"))
	if h.mailed() == "" {
		t.Error("an hour later no link is mailed")
	}
}

func TestAskResetIsLimitedByNetwork(t *testing.T) {
	h := newSignInHouse(t)
	for i := range asksPerHour {
		h.must(h.AskReset(t.Context(), "nobody", []string{"2001:db8::1", "2001:db8::2"}[i%2]))
		h.background.Wait()
	}
	var limit *LimitError
	if err := h.AskReset(t.Context(), "nobody", "2001:db8::3"); !errors.As(err, &limit) || limit.RetryAfter <= 0 {
		t.Errorf("got %v", err)
	}
	h.must(h.AskReset(t.Context(), "nobody", "2001:db8:0:1::3"))
	h.must(h.SetMail(t.Context(), Mail{}))
	if err := h.AskReset(t.Context(), "nobody", "192.0.2.9"); !errors.Is(err, ErrNoMail) {
		t.Errorf("got %v", err)
	}
}

func TestPasswordLinksEnd(t *testing.T) {
	h := newSignInHouse(t)
	h.occupant("anna", RoleUser)
	ask := func() Token {
		h.clock.add(time.Hour)
		h.must(h.AskReset(t.Context(), "anna", "192.0.2.7"))
		return h.mailed()
	}
	late := ask()
	h.clock.add(resetLife)
	older, newer := ask(), Token("")
	h.clock.add(-time.Hour)
	newer = ask()
	restored := newer
	for what, link := range map[string]Token{"a late one": late, "an older one": older, "none": "x"} {
		if _, err := h.LookAtPasswordLink(t.Context(), link); !errors.Is(err, ErrPasswordLink) {
			t.Errorf("%s works: %v", what, err)
		}
		if err := h.UsePasswordLink(t.Context(), link, "kwartel.gros-9"); !errors.Is(err, ErrPasswordLink) {
			t.Errorf("%s works: %v", what, err)
		}
	}
	_, err := h.LookAtPasswordLink(t.Context(), newer)
	h.must(err)
	h.must(h.EndCodes(t.Context()))
	if err := h.UsePasswordLink(t.Context(), restored, "kwartel.gros-9"); !errors.Is(err, ErrPasswordLink) {
		t.Errorf("it works in a restored database: %v", err)
	}
}

func TestPasswordLinkWorksOnce(t *testing.T) {
	h := newSignInHouse(t)
	h.occupant("anna", RoleUser)
	h.must(h.AskReset(t.Context(), "anna", "192.0.2.7"))
	link := h.mailed()
	var used atomic.Int64
	together(8, func(int) {
		if err := h.UsePasswordLink(background, link, "kwartel.gros-9"); err == nil {
			used.Add(1)
		}
	})
	if used.Load() != 1 {
		t.Errorf("it was used %d times", used.Load())
	}
}

func TestPasswordIsChosenAfterLinking(t *testing.T) {
	h := newSignInHouse(t)
	h.person("anna")
	answer, key := h.start("anna", h.activation("anna"), "")
	lost, err := h.ConfirmLinkNext(t.Context(), answer.ID, h.code(key))
	h.must(err)
	next, err := h.ConfirmLinkNext(t.Context(), answer.ID, h.code(key)) // the answer was lost
	h.must(err)
	if _, err := h.LookAtPasswordLink(t.Context(), linkToken(lost)); !errors.Is(err, ErrPasswordLink) {
		t.Error("both links work")
	}
	found, err := h.LookAtPasswordLink(t.Context(), linkToken(next))
	h.must(err)
	if found.Kind != LinkChoice || !found.Expires.Equal(h.clock.Now().Add(choiceLife)) {
		t.Errorf("%+v", found)
	}
	h.must(h.UsePasswordLink(t.Context(), linkToken(next), goodPassword))
	h.clock.add(30 * time.Second)
	h.enter("anna", key)
	answer, key = h.start("anna", h.activation("anna"), "")
	next, err = h.ConfirmLinkNext(t.Context(), answer.ID, h.code(key))
	h.must(err)
	if next != "" {
		t.Error("who has a password is asked for one")
	}
	h.options.Pages = false
	h.restart()
	h.person("bert")
	answer, key = h.start("bert", h.activation("bert"), "")
	next, err = h.ConfirmLinkNext(t.Context(), answer.ID, h.code(key))
	h.must(err)
	if next != "" {
		t.Error("a server without pages names one")
	}
	h.must(h.VerifyAudit(t.Context()))
	if n := storetest.Count(t, h.database(), "SELECT count(*) FROM audit WHERE kind = 'password.choose'"); n != 1 {
		t.Errorf("%d rows say that a password was chosen", n)
	}
}

func TestReleaseOfLocks(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	lock := func() {
		for range lockAfter {
			_, _ = h.signIn("anna", "verkeerd-9x", "000000")
		}
	}
	h.setSignIn(func(s *SignInSettings) { s.Release = ReleaseAdministrator })
	lock()
	_, err := h.signIn("nobody", "x", "")
	h.noEntry(err, ReasonWrong, never)
	h.clock.add(365 * 24 * time.Hour)
	_, err = h.signIn("anna", goodPassword, h.code(key))
	h.noEntry(err, ReasonLocked, never) // no end is told
	h.must(h.Unlock(t.Context(), "anna"))
	h.enter("anna", key)

	h.setSignIn(func(s *SignInSettings) { s.Release = ReleaseTime })
	lock()
	if err := h.Unlock(t.Context(), "anna"); !errors.Is(err, ErrRelease) {
		t.Errorf("got %v", err)
	}
	temporary, err := h.ResetPassword(t.Context(), "anna")
	h.must(err)
	_, err = h.signIn("anna", temporary, h.code(key))
	h.noEntry(err, ReasonLocked, h.clock.Now().Add(lockTime))
	h.clock.add(lockTime)
	_, err = h.signIn("anna", temporary, h.code(key))
	h.must(err)

	h.setSignIn(func(s *SignInSettings) { s.Release = ReleaseBoth })
	h.clock.add(time.Minute)
	lock()
	temporary, err = h.ResetPassword(t.Context(), "anna") // who calls is helped in one go
	h.must(err)
	_, err = h.signIn("anna", temporary, h.code(key))
	h.must(err)
}
