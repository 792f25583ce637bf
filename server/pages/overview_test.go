package pages_test

import (
	"strings"
	"testing"
	"time"

	"sleutelbos/server/identity"
)

// What an administrator looks after: the start page at a glance, settings,
// reports and the audit log.
func TestAnAdministratorLooksAfterThings(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	other := w.person("jvries", "Jan de Vries", identity.RoleUser)
	_, err := w.desk.AddPerson(ctx, identity.NewPerson{User: "klaar", Name: "Karel Laar", Email: "klaar@voorbeeld.nl", Role: identity.RoleUser})
	w.must(err)
	_, _, err = w.desk.NewActivation(ctx, "klaar")
	w.must(err)
	w.in("nl", "jvries", other)
	locked := w.tab("nl")
	for range 5 {
		locked.Open("/")
		w.enter(locked, "klaar", "verkeerd-9x", "000000")
	}
	w.wait(14 * time.Hour)
	jobs, err := w.desk.Jobs()
	w.must(err)
	_, err = jobs.Run(ctx, "tally")
	w.must(err)
	for _, language := range []string{"nl", "en"} {
		tab := w.in(language, "bbeheer", key)
		for _, p := range []struct{ name, path string }{
			{"glance", "/"},
			{"glance-week", "/?period=week"},
			{"glance-year", "/?period=year"},
			{"settings", "/settings/main"},
			{"reports", "/reports"},
			{"report-devices", "/reports/devices?than=1"},
			{"report-codes", "/reports/codes"},
			{"report-tokens", "/reports/tokens"},
			{"audit", "/audit"},
			{"audit-person", "/audit?person=jvries"},
			{"audit-none", "/audit?reference=NOTHING"},
			{"audit-wrong", "/audit?person=niemand"},
		} {
			tab.Open(p.path)
			tab.Audit()
			tab.Picture("overview-" + p.name + "-" + language)
			if t.Failed() {
				t.Fatal(p.path)
			}
		}
		tab.Narrow()
		tab.Dark(true)
		for _, p := range []struct{ name, path string }{{"glance", "/"}, {"settings", "/settings/main"}, {"audit", "/audit"}} {
			tab.Open(p.path)
			tab.Picture("overview-" + p.name + "-narrow-dark-" + language)
		}
		tab.Wide()
		tab.Dark(false)
	}
	tab := w.in("nl", "bbeheer", key)
	tab.Open("/settings/main")
	tab.Fill("Hoeveel uur geldt een code op een apparaat?", "13")
	tab.Press("Bewaren")
	tab.See("Vul een heel getal tussen de grenzen in")
	tab.Fill("Hoeveel uur geldt een code op een apparaat?", "12")
	tab.Press("Bewaren")
	tab.See("De instellingen zijn bewaard")
	if s, err := w.desk.SignInSettings(ctx); err != nil || s.RememberHours != 0 {
		t.Errorf("the server's default was changed: %v %v", s.RememberHours, err)
	}
	tab.Open("/audit?kind=rule.set")
	tab.See("remember-hours: 0 (default) > 12")
	tab.Open("/nothing")
	reference := tab.Ask("document.querySelector('.reference').textContent")
	if strings.TrimSpace(reference) == "" {
		t.Error("the error page has no reference")
	}
}
