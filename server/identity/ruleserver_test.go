package identity

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// ruleOfServer is how a rule stands for the server.
func (h *house) ruleOfServer(key string) RuleStanding {
	h.t.Helper()
	all, err := h.ServerRules(h.t.Context(), Operator())
	h.must(err)
	at := slices.IndexFunc(all, func(r RuleStanding) bool { return r.Key == key })
	if at < 0 {
		h.t.Fatalf("the server has no rule %s", key)
	}
	return all[at]
}

func (h *house) setServer(changes ...RuleChange) {
	h.t.Helper()
	h.must(h.SetServerRules(h.t.Context(), Operator(), changes))
}

// What the server answers counts wherever an organisation has no answer of its
// own, and the audit log tells what was before.
func TestOrganisationsFollowTheServersRules(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	d.setRules(d.school[0], "means.user", "password+code", "reset.user", "person")
	d.setServer(RuleChange{Key: "means.user", Value: "password"}, RuleChange{Key: "reset.user", Value: "administrator"}, RuleChange{Key: "password-rules", Value: "v2"})
	for i, want := range []struct {
		means LeastMeans
		reset ResetWay
	}{{LeastStrong, ResetPerson}, {LeastPassword, ResetAdministrator}} {
		s, err := d.SignInFor(ctx, d.person[i].ID)
		d.must(err)
		if s.Means[RoleUser] != want.means || s.Resets(RoleUser) != want.reset || s.Passwords != rulesV2() {
			t.Errorf("school %d: %+v", i, s)
		}
	}
	if r := d.ruleOfServer("means.user"); r.Value != "password" || r.Default != "password+code" || !r.Own {
		t.Errorf("%+v", r)
	}
	d.setServer(RuleChange{Key: "means.user", Inherit: true}, RuleChange{Key: "reset.user", Inherit: true}, RuleChange{Key: "password-rules", Inherit: true})
	for _, key := range []string{"means.user", "reset.user", "password-rules", "min-length"} {
		if r := d.ruleOfServer(key); r.Own {
			t.Errorf("given back: %+v", r)
		}
	}
	rows := d.audited(kindSignInSet)
	if len(rows) != 2 || rows[1].Actor != "operator" ||
		rows[1].Detail != "means.user: - > password; passwords.capitals: 0 > 1; passwords.digits: 0 > 1; passwords.former: 2 > 1; passwords.letters: 4 > 0; passwords.lifetime_days: 91 > 0; passwords.max_repeat: 2 > 0; passwords.name: d4 > v2; passwords.non_letters: 1 > 0; passwords.specials: 0 > 1; reset.user: - > administrator" {
		t.Errorf("%+v", rows)
	}
	d.setServer(RuleChange{Key: "release", Value: "both"})
	if again := d.audited(kindSignInSet); len(again) != 2 {
		t.Errorf("what stays the same is in the audit log: %+v", again[:1])
	}
}

// A number of its own makes the set its own; with the number of a shipped set it
// is that again.
func TestTheServersNumbersOfPasswords(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		change RuleChange
		name   string
	}{
		{RuleChange{Key: "min-length", Value: "12"}, "custom"},
		{RuleChange{Key: "min-length", Inherit: true}, "d4"},
		{RuleChange{Key: "password-rules", Value: "v2"}, "v2"},
		{RuleChange{Key: "capitals", Value: "2"}, "custom"},
		{RuleChange{Key: "capitals", Value: "1"}, "v2"},
	} {
		h.setServer(c.change)
		if r := h.ruleOfServer("password-rules"); r.Value != c.name {
			t.Errorf("after %+v the set is %s, want %s", c.change, r.Value, c.name)
		}
	}
}

// The older way to say who resets a password gives way to the newer.
func TestTheServersWayToResetCountsOverTheOlderSetting(t *testing.T) {
	h := newSignInHouse(t)
	h.setSignIn(func(s *SignInSettings) { s.SelfReset[RoleUser] = false })
	if r := h.ruleOfServer("reset.user"); r.Value != "administrator" || !r.Own {
		t.Errorf("%+v", r)
	}
	h.setServer(RuleChange{Key: "reset.user", Inherit: true})
	if r := h.ruleOfServer("reset.user"); r.Value != "both" || r.Own {
		t.Errorf("%+v", r)
	}
}

func TestTheServersRulesAreTheOperators(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	for _, by := range []Actor{d.by(0), PersonActor(d.person[0].ID), {}} {
		_, err1 := d.ServerRules(ctx, by)
		err2 := d.SetServerRules(ctx, by, []RuleChange{{Key: "release", Value: "time"}})
		if !errors.Is(err1, ErrForbidden) || !errors.Is(err2, ErrForbidden) {
			t.Errorf("%v: %v, %v", by, err1, err2)
		}
	}
	for _, key := range []string{"domains", "other-means", "means.administrator", "nothing"} {
		if err := d.SetServerRules(ctx, Operator(), []RuleChange{{Key: key, Value: "password"}}); !errors.Is(err, ErrUnknownRule) {
			t.Errorf("%s: %v", key, err)
		}
	}
	err := d.SetServerRules(ctx, Operator(), []RuleChange{{Key: "min-length", Value: "7"}, {Key: "release", Value: "never"}, {Key: "remember-hours", Value: "4"}})
	if all := FieldErrors(err); len(all) != 2 || all[0].Field != "min-length" || all[1].Field != "release" {
		t.Errorf("%v", err)
	}
	if r := d.ruleOfServer("remember-hours"); r.Value != "0" {
		t.Errorf("half of what was wrong was done: %v", fmt.Sprint(r))
	}
}
