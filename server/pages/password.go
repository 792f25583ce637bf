package pages

import (
	"errors"
	"time"

	"sleutelbos/server/identity"
)

const (
	pathPassword = "/password"
	cookieLink   = "link"
	linkAge      = 30 * time.Minute
)

func (d *door) passwordRoutes() []route {
	return []route{
		{"GET " + pathPassword, mustChange, showPassword},
		{"POST " + pathPassword, mustChange, changePassword},
		{"GET /password/forgotten", anyone, showForgotten},
		{"POST /password/forgotten", anyone, askReset},
		{"GET /password/forgotten/sent", anyone, resetSent},
		{"GET " + identity.PathNewPassword, anyone, showNewPassword},
		{"POST " + identity.PathNewPassword, anyone, useNewPassword},
	}
}

// Rule is one thing that is asked of a password, as the page shows it and the
// script looks at it while one types.
type Rule struct {
	Key  identity.PasswordRule
	Most int
	Text string
	Met  string // "yes", "no", or "" where only the server can tell
}

// shownPassword is what the page "password" shows beside its form.
type shownPassword struct {
	Heading, Lead string
	Rules         []Rule
	Lifetime      int
	Names         string // those of the person, for the script
	SignOut       bool   // there is a way out: sign out
}

func (v *visit) rules(r identity.PasswordRules, unmet []identity.PasswordRule, typed bool) []Rule {
	var all []Rule
	known := map[identity.PasswordRule]bool{}
	add := func(rule identity.PasswordRule) {
		one := Rule{Key: rule, Most: r.Limit(rule), Text: v.ruleText(r, rule)}
		if typed {
			one.Met = "yes"
			for _, u := range unmet {
				if u == rule {
					one.Met = "no"
				}
			}
		}
		known[rule] = true
		all = append(all, one)
	}
	for _, rule := range r.Asked() {
		add(rule)
	}
	for _, rule := range unmet { // those that are asked of every password, and hardly ever missed
		if !known[rule] {
			add(rule)
		}
	}
	return all
}

func (v *visit) ruleText(r identity.PasswordRules, rule identity.PasswordRule) string {
	if n := r.Limit(rule); n > 0 {
		return v.say("rule."+string(rule), "n", n)
	}
	return v.say("rule." + string(rule))
}

// newPasswordFields are the two in which a new password is typed.
func newPasswordFields() []*field {
	return []*field{
		{Name: "password-new", Kind: password, Label: "password.new", Autocomplete: "new-password", Required: true, Live: "rules"},
		{Name: "password-again", Kind: password, Label: "password.again", Autocomplete: "new-password", Required: true, Live: "same"},
	}
}

// readNew reads the two, and gives the password when they are the same.
func (f *form) readNew() (identity.Password, bool) {
	ok := f.read()
	next := f.get("password-new")
	if ok && next != f.get("password-again") {
		f.fail("password-again", "password.differs")
		ok = false
	}
	return identity.Password(next), ok
}

// unmet says each rule that a password does not meet, beside its field.
func (v *visit) unmet(f *form, r identity.PasswordRules, rules []identity.PasswordRule) {
	said := v.say("password.unmet")
	for i, rule := range rules {
		if i > 0 {
			said += ";"
		}
		said += " " + lowerFirst(v.ruleText(r, rule))
	}
	f.failSaid("password-new", said)
}

func (v *visit) passwordForm() *form {
	fields := append([]*field{
		{Name: "password-present", Kind: password, Label: "password.present", Autocomplete: "current-password", Required: true},
	}, newPasswordFields()...)
	f := v.form("password.submit", append(fields, &field{Name: fieldTo, Kind: hidden, Max: 2000})...)
	f.Action = pathPassword
	if v.session.MustChange == identity.ChangeNothing {
		f.Cancel = pathProfile
	}
	return f
}

func showPassword(v *visit) error {
	f := v.passwordForm()
	f.set(fieldTo, v.r.URL.Query().Get(fieldTo))
	return v.showPasswordForm(f, nil, false)
}

func (v *visit) showPasswordForm(f *form, unmet []identity.PasswordRule, typed bool) error {
	s, err := v.door.desk.SignInFor(v.r.Context(), v.session.Person.ID)
	if err != nil {
		return err
	}
	shown := shownPassword{
		Heading: v.say("password.heading"), Lead: v.say("password.lead"), Rules: v.rules(s.Passwords, unmet, typed),
		Lifetime: s.Passwords.LifetimeDays, Names: v.session.Person.User + " " + v.session.Person.Name,
	}
	p := page{name: "password", title: v.say("password.heading"), form: f, back: v.toProfile()}
	switch v.session.MustChange {
	case identity.ChangeTemporary:
		shown.Heading, shown.Lead, shown.SignOut = v.say("password.must"), v.say("password.must-temporary"), true
	case identity.ChangeLifetime:
		shown.Heading, shown.Lead, shown.SignOut = v.say("password.must"), v.say("password.must-lifetime", "n", s.Passwords.LifetimeDays), true
	}
	if shown.SignOut {
		p.title, p.back, p.bare = shown.Heading, crumb{}, true
	}
	p.data = shown
	return v.show(p)
}

func changePassword(v *visit) error {
	f := v.passwordForm()
	next, ok := f.readNew()
	if !ok {
		return v.showPasswordForm(f, nil, false)
	}
	ctx := v.r.Context()
	token, err := v.door.desk.ChangePassword(ctx, v.token, identity.Password(f.get("password-present")), next)
	var refused *identity.SignInRefusal
	var weak *identity.PasswordError
	switch {
	case errors.As(err, &weak):
		s, err := v.door.desk.SignInFor(ctx, v.session.Person.ID)
		if err != nil {
			return err
		}
		v.unmet(f, s.Passwords, weak.Unmet)
		return v.showPasswordForm(f, weak.Unmet, true)
	case errors.As(err, &refused):
		if refused.Reason == identity.ReasonLocked {
			f.Faults = append(f.Faults, v.refusal(refused))
		} else {
			f.fail("password-present", "password.present-wrong")
		}
		return v.showPasswordForm(f, nil, false)
	case errors.Is(err, identity.ErrCrowded):
		f.Faults = append(f.Faults, v.say("signin.crowded"))
		return v.showPasswordForm(f, nil, false)
	case err != nil:
		return err
	}
	v.keepSession(token)
	v.tell("password.changed")
	return v.redirect(local(f.get(fieldTo)))
}

func (v *visit) forgottenForm() *form {
	f := v.form("forgotten.submit",
		&field{Name: "user", Label: "signin.user", Hint: "signin.user-hint", Autocomplete: "username", Required: true, Max: 254})
	f.Action, f.Cancel = "/password/forgotten", "/"
	return f
}

func showForgotten(v *visit) error {
	return v.show(page{name: "forgotten", title: v.say("forgotten.title"), form: v.forgottenForm(), bare: true})
}

func askReset(v *visit) error {
	f := v.forgottenForm()
	if !f.read() {
		return v.show(page{name: "forgotten", title: v.say("forgotten.title"), form: f, bare: true})
	}
	err := v.door.desk.AskReset(v.r.Context(), f.get("user"), v.from.String())
	switch {
	case errors.Is(err, identity.ErrNoMail):
		f.Faults = append(f.Faults, v.say("forgotten.no-mail"))
		return v.show(page{name: "forgotten", title: v.say("forgotten.title"), form: f, bare: true})
	case err != nil:
		return err
	}
	return v.redirect("/password/forgotten/sent")
}

// resetSent says the same whether there is such a person or not.
func resetSent(v *visit) error {
	return v.show(page{name: "sent", title: v.say("sent.title"), bare: true})
}

func (v *visit) newPasswordForm() *form {
	f := v.form("password.submit", newPasswordFields()...)
	f.Action = identity.PathNewPassword
	return f
}

// showNewPassword opens a mailed link. Its token goes out of the address at
// once, where history and others would keep it, into a cookie for half an hour.
func showNewPassword(v *visit) error {
	query := v.r.URL.Query()
	if token := query.Get("token"); token != "" {
		v.remember(cookieLink, token, linkAge)
		return v.redirect(identity.PathNewPassword + "?from=link")
	}
	token := identity.Token(v.cookie(cookieLink))
	if token == "" && query.Get("from") == "link" {
		return errNoCookies
	}
	return v.showNewPasswordForm(v.newPasswordForm(), token, nil, false)
}

func (v *visit) showNewPasswordForm(f *form, token identity.Token, unmet []identity.PasswordRule, typed bool) error {
	link, err := v.door.desk.LookAtPasswordLink(v.r.Context(), token)
	if err != nil {
		return err
	}
	kind := "password." + string(link.Kind)
	shown := shownPassword{
		Heading: v.say(kind), Lead: v.say(kind+"-lead", "user", link.Person.User, "when", v.when(link.Expires)),
		Rules: v.rules(link.Rules, unmet, typed), Names: link.Person.User + " " + link.Person.Name,
	}
	return v.show(page{name: "password", title: shown.Heading, form: f, data: shown, bare: true})
}

func useNewPassword(v *visit) error {
	f := v.newPasswordForm()
	next, ok := f.readNew()
	token := identity.Token(v.cookie(cookieLink))
	if !ok {
		return v.showNewPasswordForm(f, token, nil, false)
	}
	link, err := v.door.desk.LookAtPasswordLink(v.r.Context(), token)
	if err != nil {
		return err
	}
	err = v.door.desk.UsePasswordLink(v.r.Context(), token, next)
	var weak *identity.PasswordError
	switch {
	case errors.As(err, &weak):
		v.unmet(f, link.Rules, weak.Unmet)
		return v.showNewPasswordForm(f, token, weak.Unmet, true)
	case errors.Is(err, identity.ErrCrowded):
		f.Faults = append(f.Faults, v.say("signin.crowded"))
		return v.showNewPasswordForm(f, token, nil, false)
	case err != nil:
		return err
	}
	v.forget(cookieLink)
	v.forget(cookieSession) // it ended with the old password
	v.tellFlash(flash{Text: v.say("password.chosen"), User: link.Person.User})
	return v.redirect("/")
}
