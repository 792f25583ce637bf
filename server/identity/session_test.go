package identity

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sleutelbos/server/store/storetest"
)

func TestSessionEndsIdleAndForGood(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleAdministrator)
	idle := h.enter("anna", key)
	h.clock.add(29 * time.Minute)
	if _, ok := h.entered(idle.Token); !ok {
		t.Fatal("it ended before its time")
	}
	h.clock.add(30 * time.Minute)
	if _, ok := h.entered(idle.Token); ok {
		t.Error("it lives on without being used")
	}
	used := h.enter("anna", key)
	for range 23 {
		h.clock.add(29 * time.Minute)
		if _, ok := h.entered(used.Token); !ok {
			t.Fatal("it ended although it was used")
		}
	}
	h.clock.add(60 * time.Minute)
	if _, ok := h.entered(used.Token); ok {
		t.Error("it lives on for good")
	}
}

func TestStaySignedIn(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleAdministrator)
	in, err := h.SignIn(t.Context(), SignInRequest{User: "anna", Password: goodPassword, Code: h.code(key), Stay: true})
	h.must(err)
	if s, ok := h.entered(in.Token); !ok || !s.Stay || !s.MayManage {
		t.Errorf("%+v", s)
	}
	for day := 1; day <= 29; day++ {
		h.clock.add(24 * time.Hour)
		s, ok := h.entered(in.Token)
		if !ok || s.MayManage { // managing asks for a fresh sign-in
			t.Fatalf("day %d: %v %+v", day, ok, s)
		}
	}
	h.clock.add(24 * time.Hour)
	if _, ok := h.entered(in.Token); ok {
		t.Error("it lives on for good")
	}
	h.setSignIn(func(s *SignInSettings) { s.Sessions.Stay = 0 })
	h.clock.add(time.Minute)
	in, err = h.SignIn(t.Context(), SignInRequest{User: "anna", Password: goodPassword, Code: h.code(key), Stay: true})
	h.must(err)
	if in.Session.Stay {
		t.Error("somebody stays signed in where nobody may")
	}
}

func TestSeenIsWrittenOnceAMinute(t *testing.T) {
	h := newSignInHouse(t)
	in := h.enter("anna", h.occupant("anna", RoleUser))
	h.entered(in.Token)
	before := h.store.Stats().Operations
	for range 20 {
		h.clock.add(time.Second)
		h.entered(in.Token)
	}
	if n := h.store.Stats().Operations - before; n != 0 {
		t.Errorf("twenty requests wrote %d times", n)
	}
	h.clock.add(time.Minute)
	h.entered(in.Token)
	if s, _ := h.entered(in.Token); !s.LastSeen.Equal(h.clock.Now()) {
		t.Errorf("seen %s, it is %s", s.LastSeen, h.clock.Now())
	}
}

func TestOwnSessions(t *testing.T) {
	h := newSignInHouse(t)
	key, other := h.occupant("anna", RoleUser), h.occupant("bert", RoleUser)
	a, b, c := h.enter("anna", key), h.enter("anna", key), h.enter("anna", key)
	theirs := h.enter("bert", other)
	list, err := h.OwnSessions(t.Context(), b.Token)
	h.must(err)
	if len(list) != 3 || list[0].ID != b.Session.ID || !list[0].Current || list[1].Current || list[0].Label != "Firefox" || list[0].Address != "192.0.2.7" {
		t.Errorf("%+v", list)
	}
	h.must(h.EndOwnSession(t.Context(), b.Token, theirs.Session.ID)) // of somebody else: nothing
	h.must(h.EndOwnSession(t.Context(), b.Token, a.Session.ID))
	if _, ok := h.entered(a.Token); ok {
		t.Error("it was not ended")
	}
	if _, ok := h.entered(theirs.Token); !ok {
		t.Error("somebody else's was ended")
	}
	n, err := h.EndOtherSessions(t.Context(), b.Token)
	h.must(err)
	if _, ok := h.entered(c.Token); ok || n != 1 {
		t.Errorf("%d were ended", n)
	}
	h.must(h.SignOut(t.Context(), b.Token))
	h.must(h.SignOut(t.Context(), b.Token))
	if _, ok := h.entered(b.Token); ok {
		t.Error("signed out and still in")
	}
	n, err = h.EndSessions(t.Context(), "bert")
	h.must(err)
	if _, ok := h.entered(theirs.Token); ok || n != 1 {
		t.Error("an administrator cannot end it")
	}
}

// What ends an account or its means ends its sessions.
func TestWhatEndsSessions(t *testing.T) {
	for name, end := range map[string]func(*house){
		"unlink": func(h *house) { h.must(h.Unlink(h.t.Context(), "anna")) },
		"reset": func(h *house) {
			_, err := h.ResetPassword(h.t.Context(), "anna")
			h.must(err)
		},
		"restore":  func(h *house) { h.must(h.EndCodes(h.t.Context())) },
		"its end":  func(h *house) { storetest.Exec(h.t, h.database(), "UPDATE people SET ends = 1") },
		"deletion": func(h *house) { storetest.Exec(h.t, h.database(), "UPDATE people SET deleted = 1") },
	} {
		t.Run(name, func(t *testing.T) {
			h := newSignInHouse(t)
			in := h.enter("anna", h.occupant("anna", RoleUser))
			end(h)
			if _, ok := h.entered(in.Token); ok {
				t.Error("the session lives on")
			}
		})
	}
}

func TestRightsAreLookedUpAtEachRequest(t *testing.T) {
	h := newSignInHouse(t)
	in := h.enter("anna", h.occupant("anna", RoleUser))
	storetest.Exec(t, h.database(), "UPDATE people SET full_name = 'Anders', role = 'administrator'")
	if s, _ := h.entered(in.Token); s.Person.Name != "Anders" || s.Person.Role != RoleAdministrator {
		t.Errorf("%+v", s.Person)
	}
}

// Nothing that was typed and no token can be read in the database.
func TestSecretsOfSigningInLieHashedOrSealed(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	in := h.enter("anna", key)
	_, err := h.signIn("geheim-getypt", "ook-getypt-9", "000000")
	h.noEntry(err, ReasonWrong, never)
	h.must(h.AskReset(t.Context(), "anna", "192.0.2.7"))
	h.background.Wait()
	dump := storetest.Dump(t, h.database(), "key_id") + storetest.Dump(t, h.database(), "reference")
	for _, secret := range []string{
		string(goodPassword), in.Token.Reveal(), in.Device.Reveal(), "geheim-getypt", "ook-getypt-9", "argon2id", "token=",
	} {
		if secret == "" || strings.Contains(dump, secret) {
			t.Errorf("%q can be read in the database", secret)
		}
	}
	if !strings.Contains(dump, "Firefox") {
		t.Error("the dump shows nothing")
	}
	if shown := fmt.Sprintf("%v %+v %s %#v", in, in.Token, goodPassword, SignInRequest{Password: goodPassword}); strings.Contains(shown, string(goodPassword)) ||
		strings.Contains(shown, in.Token.Reveal()) {
		t.Errorf("printing shows a secret: %s", shown)
	}
}

func TestPurgeForgetsWhatIsOver(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	h.enter("anna", key)
	_, err := h.signIn("nobody", "verkeerd-9x", "")
	h.noEntry(err, ReasonWrong, never)
	h.clock.add(deviceLife + remembered)
	_, err = h.signIn("somebody", "verkeerd-9x", "")
	h.noEntry(err, ReasonWrong, never)
	for table, want := range map[string]int{"sessions": 0, "devices": 0, "password_links": 0, "sign_in_tries": 1, "passwords": 1} {
		if n := storetest.Count(t, h.database(), "SELECT count(*) FROM "+table); n != want {
			t.Errorf("%s has %d rows, want %d", table, n, want)
		}
	}
}

func TestNoSessionIsNoSession(t *testing.T) {
	h := newSignInHouse(t)
	for _, token := range []Token{"", "x", Token(strings.Repeat("a", 1<<16)), "\x00\xff"} {
		if _, err := h.Session(t.Context(), token); !errors.Is(err, ErrNoSession) {
			t.Errorf("%q: %v", string(token), err)
		}
	}
}
