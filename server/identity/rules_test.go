package identity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sleutelbos/server/store"
)

// setRules sets rules of an organisation by name of key.
func (h *house) setRules(organisation string, pairs ...string) {
	h.t.Helper()
	var changes []RuleChange
	for i := 0; i < len(pairs); i += 2 {
		changes = append(changes, RuleChange{Key: pairs[i], Value: pairs[i+1]})
	}
	h.must(h.SetOrganisationRules(h.t.Context(), Operator(), organisation, changes))
}

// Each organisation answers for itself; what it leaves open follows the server.
func TestEachOrganisationHasItsOwnRules(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	d.setSignIn(func(s *SignInSettings) { s.Release = ReleaseTime })
	d.must(d.SetOrganisationRules(ctx, d.by(0), d.school[0], []RuleChange{
		{Key: "release", Value: "administrator"},
		{Key: "means.user", Value: "password"},
		{Key: "password-rules", Value: "v2"},
		{Key: "domains", Value: "alpha.example, elders.example"},
	}))
	for i, want := range []Release{ReleaseAdministrator, ReleaseTime} {
		s, err := d.SignInFor(ctx, d.person[i].ID)
		d.must(err)
		if s.Release != want {
			t.Errorf("school %d: release %s, want %s", i, s.Release, want)
		}
	}
	s, err := d.SignInFor(ctx, d.person[0].ID)
	d.must(err)
	if s.Passwords != rulesV2() || s.Means[RoleUser] != LeastPassword {
		t.Errorf("%+v", s)
	}
	rows := d.audited(kindRuleSet)
	said := map[string]bool{}
	for _, r := range rows {
		said[r.Detail] = r.Actor == d.admin[0].ID && r.Link == d.school[0]
	}
	for _, want := range []string{
		"release: time (default) > administrator", "means.user: password+code (default) > password",
		"domains: alpha.example > alpha.example elders.example", "capitals: 0 (default) > 1",
	} {
		if !said[want] {
			t.Errorf("the audit log does not say %q: %v", want, said)
		}
	}
	d.must(d.VerifyAudit(ctx))
	d.setSignIn(func(s *SignInSettings) { s.Passwords.MinLength = 20 }) // the default moves
	d.must(d.SetOrganisationRules(ctx, d.by(0), d.school[0], []RuleChange{{Key: "password-rules", Inherit: true}, {Key: "release", Inherit: true}}))
	if s, _ = d.SignInFor(ctx, d.person[0].ID); s.Passwords.MinLength != 20 || s.Release != ReleaseTime || s.Means[RoleUser] != LeastPassword {
		t.Errorf("after giving back: %+v", s)
	}
}

func TestNobodyElseSetsAnOrganisationsRules(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	change := []RuleChange{{Key: "release", Value: "administrator"}}
	part := d.add(NewPerson{
		User: "part", Name: "Beheerder van een deel", Email: "part@alpha.example", Organisation: d.school[0],
		Grants: []Grant{{RoleAdministrator, d.school[0], d.part[0]}},
	})
	for _, c := range []struct {
		by   Actor
		of   string
		want error
	}{
		{d.by(0), d.school[1], ErrUnknownOrganisation},
		{d.by(0), MainOrganisation, ErrUnknownOrganisation},
		{d.by(0), "nowhere", ErrUnknownOrganisation},
		{PersonActor(d.person[0].ID), d.school[0], ErrUnknownOrganisation},
		{PersonActor(part.ID), d.school[0], ErrForbidden},
		{Actor{}, d.school[0], ErrUnknownOrganisation},
	} {
		_, err1 := d.OrganisationRules(ctx, c.by, c.of)
		err2 := d.SetOrganisationRules(ctx, c.by, c.of, change)
		if !errors.Is(err1, c.want) || !errors.Is(err2, c.want) {
			t.Errorf("%v of %s: %v, %v; want %v", c.by, c.of, err1, err2, c.want)
		}
	}
	if rows := d.audited(kindRuleSet); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}

func TestWrongRulesAreSaidByTheirField(t *testing.T) {
	h := newHouse(t)
	for _, c := range []RuleChange{
		{Key: "remember-hours", Value: "13"},
		{Key: "remember-hours", Value: "-1"},
		{Key: "release", Value: "never"},
		{Key: "min-length", Value: "7"},
		{Key: "linking-ways", Value: "address"},
		{Key: "least-level", Value: "5"},
		{Key: "domains", Value: "geen domein!"},
		{Key: "means.user", Value: "nothing"},
	} {
		err := h.SetOrganisationRules(t.Context(), Operator(), MainOrganisation, []RuleChange{c})
		if len(FieldErrors(err)) == 0 {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for _, key := range []string{"means.administrator", "nothing"} {
		err := h.SetOrganisationRules(t.Context(), Operator(), MainOrganisation, []RuleChange{{Key: key, Value: "password"}})
		if !errors.Is(err, ErrUnknownRule) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// A lock's end follows the person's organisation; what a stranger is told of a
// name does not, or it would tell whose it is.
func TestALockFollowsTheOrganisationAndTellsNothing(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	h.setRules(MainOrganisation, "release", "administrator")
	var told [2]error
	for range lockAfter {
		_, told[0] = h.signIn("anna", "verkeerd-9x", "000000")
		_, told[1] = h.signIn("nobody", "verkeerd-9x", "000000")
	}
	for _, err := range told {
		h.noEntry(err, ReasonLocked, h.clock.Now().Add(lockTime))
	}
	h.clock.add(time.Hour)
	h.expect("anna", h.code(key), ReasonLocked)
	h.must(h.Unlock(t.Context(), "anna"))
	h.expect("anna", h.code(key), ReasonValid)
}

// A code that was given on a device holds there for so many hours (O4), for
// whoever it was, and until somebody else signs in there.
func TestACodeHoldsOnADevice(t *testing.T) {
	h := newSignInHouse(t)
	anna, boss := h.occupant("anna", RoleUser), h.occupant("boss", RoleAdministrator)
	h.setRules(MainOrganisation, "remember-hours", "12")
	device := h.enter("anna", anna).Device
	if _, err := h.signIn("anna", goodPassword, "", device); err != nil {
		t.Errorf("on the device the password does not do: %v", err)
	}
	if _, err := h.signIn("anna", "verkeerd-9x", "", device); err == nil {
		t.Error("a wrong password did")
	}
	_, err := h.signIn("anna", goodPassword, "")
	h.noEntry(err, ReasonWrong, never) // elsewhere
	other := h.enter("boss", boss).Device
	_, err = h.signIn("boss", goodPassword, "", other)
	h.noEntry(err, ReasonWrong, never) // administrators always give one
	_, err = h.signIn("anna", goodPassword, "", other)
	h.noEntry(err, ReasonWrong, never) // somebody else's device
	h.clock.add(12*time.Hour - 2*time.Minute)
	if _, err := h.signIn("anna", goodPassword, "", device); err != nil {
		t.Errorf("within 12 hours: %v", err)
	}
	h.clock.add(2 * time.Minute)
	_, err = h.signIn("anna", goodPassword, "", device)
	h.noEntry(err, ReasonWrong, never) // a use does not make it last
	h.setRules(MainOrganisation, "remember-hours", "0")
	h.enter("anna", anna, device)
	_, err = h.signIn("anna", goodPassword, "", device)
	h.noEntry(err, ReasonWrong, never)
}

func TestWhoResetsAPassword(t *testing.T) {
	h := newSignInHouse(t)
	h.occupant("anna", RoleUser)
	boss := h.administrator("boss")
	h.setRules(MainOrganisation, "reset.user", "person")
	if _, err := h.ResetPasswordBy(t.Context(), PersonActor(boss.ID), h.look("anna").ID); !errors.Is(err, ErrResetsOneself) {
		t.Errorf("an administrator: %v", err)
	}
	_, err := h.ResetPassword(t.Context(), "anna") // the operator always may
	h.must(err)
	h.setRules(MainOrganisation, "reset.user", "administrator")
	_, err = h.ResetPasswordBy(t.Context(), PersonActor(boss.ID), h.look("anna").ID)
	h.must(err)
	for range 3 {
		h.mailed()
	}
	h.must(h.AskReset(t.Context(), "anna", "192.0.2.7"))
	if h.mailed() != "" {
		t.Error("a link was mailed")
	}
}

func TestOtherMeansFollowTheOrganisation(t *testing.T) {
	h := newHouse(t)
	all, err := h.OrganisationRules(t.Context(), Operator(), MainOrganisation)
	h.must(err)
	for _, r := range all {
		if r.Own || r.Value != r.Default {
			t.Errorf("%s is %q, by default %q", r.Key, r.Value, r.Default)
		}
		if strings.HasPrefix(r.Key, "least-level") && r.Value != "3" || r.Key == "other-means" && r.Value != "exclusive" || r.Key == "linking-ways" && r.Value != "activation" {
			t.Errorf("%s is %q", r.Key, r.Value)
		}
	}
	h.must(h.SetOrganisation(t.Context(), func(s *OrganisationSettings) error { s.KeepTokens = true; return nil }))
	anna := h.person("anna")
	keeps := func() bool {
		var keep bool
		h.must(h.store.Read(t.Context(), func(v *store.View) (err error) { keep, err = keepsTokens(v, anna.ID); return err }))
		return keep
	}
	if !keeps() {
		t.Error("the server's setting does not count")
	}
	h.setRules(MainOrganisation, "other-means", "exclusive")
	if keeps() {
		t.Error("the organisation's own does not count")
	}
}
