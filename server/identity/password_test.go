package identity

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sleutelbos/server/store"
)

func TestRules(t *testing.T) {
	d4, v2 := rulesD4(), rulesV2()
	known := Acquainted{Former: []Password{"fiets-pomp.3"}, Names: []string{"jvries", "Jan de Vries", "Gemeente Voorbeeld"}}
	for _, c := range []struct {
		rules    PasswordRules
		password Password
		unmet    []PasswordRule
	}{
		{d4, "veel-te-lang.7", nil},
		{d4, "", []PasswordRule{RuleMinLength, RuleLetters, RuleNonLetters}},
		{d4, "hg7.kwq", []PasswordRule{RuleMinLength}},
		{d4, "48103956", []PasswordRule{RuleLetters}},
		{d4, "kwartelgros", []PasswordRule{RuleNonLetters}},
		{d4, "kwarrrtel-gros", []PasswordRule{RuleMaxRepeat}},
		{d4, "kwarrtel-gros", nil},
		{d4, "fiets-pomp.3", []PasswordRule{RuleFormer}},
		{d4, "Welkom2024!", []PasswordRule{RuleCommon}},
		{d4, "w3lk0m-01", []PasswordRule{RuleCommon}},
		{d4, "P@ssw0rd1", []PasswordRule{RuleCommon}},
		{d4, "WachtWoord12", []PasswordRule{RuleCommon}},
		{d4, "ajaxfeyenoord1", []PasswordRule{RuleCommon}},
		{d4, "q1w2e3r4t5", []PasswordRule{RuleCommon}},
		{d4, "abcdefgh1", []PasswordRule{RuleCommon}},
		{d4, "ab1.ab1.ab1.", []PasswordRule{RuleCommon}},
		{d4, "jvries-77", []PasswordRule{RuleOwnName}},
		{d4, "V00rbeeld22", []PasswordRule{RuleCommon, RuleOwnName}},
		{d4, "kwartel\x00gros1", []PasswordRule{RuleCharacters}},
		{d4, Password(strings.Repeat("kwartel.9", 30)), []PasswordRule{RuleMaxLength}},
		{d4, "ééúígros-kwart", nil},
		{v2, "kwartelgros", []PasswordRule{RuleCapitals, RuleDigits, RuleSpecials}},
		{v2, "Kwartel-gros9", nil},
		{v2, "Kwartel gros9", nil}, // a blank is a special character
	} {
		if got := c.rules.Unmet(c.password, known); !slices.Equal(got, c.unmet) {
			t.Errorf("%s %q: %v, want %v", c.rules.Name, string(c.password), got, c.unmet)
		}
	}
	if asked := d4.Asked(); asked[0] != RuleMinLength || d4.Limit(RuleLetters) != 4 || slices.Contains(asked, RuleDigits) {
		t.Errorf("%v", asked)
	}
}

// However a password is typed in, it is the same one.
func TestPasswordHasOneForm(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	in := h.enter("anna", key)
	token, err := h.ChangePassword(t.Context(), in.Token, goodPassword, "caf\u00e9 kwartel.9")
	h.must(err)
	_, err = h.signIn("anna", "cafe\u0301\u00a0kwartel.9", h.code(key))
	h.must(err)
	if _, ok := h.entered(token); !ok {
		t.Error("the session has ended")
	}
}

func FuzzUnmet(f *testing.F) {
	for _, seed := range []string{"", "Welkom01", "ééú\u0301", "\x00\xff", strings.Repeat("ab", 500), "١٢٣٤", "ﬁets-9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, rules := range ShippedRules() {
			unmet := rules.Unmet(Password(text), Acquainted{Names: []string{text}})
			if len(unmet) == 0 && len(text) < leastLength {
				t.Errorf("%q is taken", text)
			}
		}
	})
}

func FuzzParseHash(f *testing.F) {
	good := cheap.encode(make([]byte, hashSalt), make([]byte, hashSize))
	for _, seed := range []string{good, "", "$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAA$AAAA", strings.Replace(good, "t=1", "t=99999", 1), good + "$"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cost, salt, hash, err := parseHash(text)
		if err != nil {
			return
		}
		if cost.Memory > mostMemory || cost.Passes > mostPasses || cost.encode(salt, hash) != text && !strings.Contains(text, "\n") {
			t.Errorf("%q is read as %+v", text, cost)
		}
	})
}

func TestHashesOfTheWorldAreRead(t *testing.T) {
	// RFC 9106 §5.3 has a secret and data, so this one is of the reference
	// implementation's own test: argon2id, t=2, m=64 MiB, "password", "somesalt".
	const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	h, err := newHasher(HashCost{}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	same, err := h.matches(t.Context(), "password", reference, h.canary)
	if err != nil || !same[0] || same[1] {
		t.Errorf("%v, %v", same, err)
	}
	if h.cost.Memory < 64<<10 || h.cost.Passes < 3 {
		t.Errorf("the default costs %+v", h.cost)
	}
}

func TestChangePassword(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	here, there := h.enter("anna", key), h.enter("anna", key)
	var unmet *PasswordError
	_, err := h.ChangePassword(t.Context(), here.Token, goodPassword, goodPassword)
	if !errors.As(err, &unmet) || !slices.Equal(unmet.Unmet, []PasswordRule{RuleFormer}) {
		t.Errorf("got %v", err)
	}
	fresh, err := h.ChangePassword(t.Context(), here.Token, goodPassword, "kwartel.gros-9")
	h.must(err)
	for _, ended := range []Token{here.Token, there.Token} {
		if _, ok := h.entered(ended); ok {
			t.Error("a session from before lives on")
		}
	}
	_, err = h.ChangePassword(t.Context(), fresh, "kwartel.gros-9", goodPassword) // that before
	if !errors.As(err, &unmet) || !slices.Equal(unmet.Unmet, []PasswordRule{RuleFormer}) {
		t.Errorf("got %v", err)
	}
	fresh, err = h.ChangePassword(t.Context(), fresh, "kwartel.gros-9", "zeven.gans-4")
	h.must(err)
	fresh, err = h.ChangePassword(t.Context(), fresh, "zeven.gans-4", goodPassword) // two before is long ago
	h.must(err)
	h.enter("anna", key)
	if _, ok := h.entered(fresh); !ok {
		t.Error("the session has ended")
	}
}

// Who finds an open session does not get to guess the password there.
func TestPresentPasswordIsNoPlaceToGuess(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	in := h.enter("anna", key)
	until := h.clock.Now().Add(lockTime).Truncate(time.Millisecond)
	for range lockAfter - 1 {
		_, err := h.ChangePassword(t.Context(), in.Token, "verkeerd-9x", "kwartel.gros-9")
		h.noEntry(err, ReasonWrong, never)
	}
	_, err := h.ChangePassword(t.Context(), in.Token, "verkeerd-9x", "kwartel.gros-9")
	h.noEntry(err, ReasonLocked, until)
	_, err = h.ChangePassword(t.Context(), in.Token, goodPassword, "kwartel.gros-9")
	h.noEntry(err, ReasonLocked, until)
	if p := h.look("anna"); !p.LockedUntil.IsZero() { // the device is
		t.Error("the account is locked")
	}
	h.must(h.ForgetDevices(t.Context(), "anna"))
	for range lockAfter {
		_, _ = h.ChangePassword(t.Context(), in.Token, "verkeerd-9x", "kwartel.gros-9")
	}
	if p := h.look("anna"); p.LockedUntil.IsZero() {
		t.Error("nothing is counted without a device")
	}
}

func TestPasswordMustBeChanged(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleAdministrator)
	temporary, err := h.ResetPassword(t.Context(), "anna")
	h.must(err)
	if unmet := rulesD4().Unmet(temporary, Acquainted{}); len(unmet) > 0 || len(temporary) != 19 {
		t.Errorf("a temporary password does not meet %v", unmet)
	}
	_, err = h.signIn("anna", goodPassword, h.code(key))
	h.noEntry(err, ReasonWrong, never)
	in, err := h.signIn("anna", temporary, h.code(key))
	h.must(err)
	h.clock.add(30 * time.Second)
	s, _ := h.entered(in.Token)
	if s.MustChange != ChangeTemporary || s.MayManage || s.Actor() != (Actor{}) {
		t.Errorf("%+v", s)
	}
	if err := h.ReportLoss(t.Context(), in.Token, h.look("anna").Links[0].ID, h.clock.Now()); !errors.Is(err, ErrMustChange) {
		t.Errorf("got %v", err)
	}
	token, err := h.ChangePassword(t.Context(), in.Token, temporary, "kwartel.gros-9")
	h.must(err)
	if s, _ := h.entered(token); s.MustChange != ChangeNothing || !s.MayManage {
		t.Errorf("%+v", s)
	}
	h.clock.add(91 * 24 * time.Hour)
	in, err = h.signIn("anna", "kwartel.gros-9", h.code(key))
	h.must(err)
	if in.Session.MustChange != ChangeLifetime {
		t.Errorf("%+v", in.Session)
	}
}

// Of several who set a password on what they read, one wins.
func TestPasswordsSetTogether(t *testing.T) {
	h := newSignInHouse(t)
	h.occupant("anna", RoleUser)
	set := make([]Password, 8)
	together(len(set), func(i int) {
		set[i], _ = h.ResetPassword(background, "anna")
	})
	var right int
	for _, password := range set {
		if password == "" {
			continue
		}
		var row store.SignInRow
		h.must(h.store.Read(t.Context(), func(view *store.View) (err error) {
			row, err = view.SignInRowByName("anna")
			return err
		}))
		is, err := h.isPassword(t.Context(), row.Password, password)
		h.must(err)
		if is {
			right++
		}
	}
	if right != 1 {
		t.Errorf("%d of the temporary passwords are right", right)
	}
}

func TestOldHashIsRenewedAtTheNextSignIn(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	h.hasher.cost.Passes = 2
	cost := func() (cost HashCost) {
		h.must(h.store.Read(t.Context(), func(view *store.View) error {
			row, err := view.SignInRowByName("anna")
			h.must(err)
			hash, err := h.openPassword(row.Password)
			h.must(err)
			cost, _, _, err = parseHash(hash)
			return err
		}))
		return cost
	}
	_, err := h.signIn("anna", "verkeerd-9x", h.code(key))
	h.noEntry(err, ReasonWrong, never)
	if cost().Passes != 1 {
		t.Error("a wrong sign-in renewed the hash")
	}
	h.enter("anna", key)
	if cost().Passes != 2 {
		t.Error("the hash was not renewed")
	}
	h.enter("anna", key)
}
