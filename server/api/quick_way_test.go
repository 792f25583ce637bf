package api_test

import (
	"net/http"
	"strings"
	"testing"

	"sleutelbos/enroll"
	"sleutelbos/server/api"
	"sleutelbos/server/identity"
)

// The same request, once in plain words and once with an escape that makes it
// go the common way, is answered in the same words.
func TestBothWaysAnswerAlike(t *testing.T) {
	w := newWorld(t)
	key := w.linked("anna")
	plain := func(code string) string { return `{"user":"anna","code":"` + code + `"}` }
	escaped := func(code string) string { return `{"us\u0065r":"anna","code":"` + code + `"}` }
	code := w.code(key)
	for i, body := range []func(string) string{plain, escaped} {
		if i > 0 {
			w.wait(enroll.DefaultPeriod * 1e9)
			code = w.code(key)
		}
		right := w.ask(http.MethodPost, enroll.PathVerify, body(code), "Authorization", "Bearer "+w.key)
		wrong := w.ask(http.MethodPost, enroll.PathVerify, body(code), "Authorization", "Bearer "+w.key)
		for want, a := range map[string]answered{`{"valid":true}`: right, `{"valid":false}`: wrong} {
			if a.status != http.StatusOK || strings.TrimSpace(string(a.body)) != want {
				t.Errorf("%s answers %d %s; want %s", body("…"), a.status, a.body, want)
			}
			a.header.Del("Date")
			got := a.header
			for name, value := range map[string]string{
				"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
				"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
			} {
				if got.Get(name) != value {
					t.Errorf("%s answers with %s %q", body("…"), name, got.Get(name))
				}
			}
		}
		bad := w.ask(http.MethodPost, enroll.PathVerify, body(code), "Authorization", "Bearer "+w.key+"x")
		bad.wants(t, http.StatusUnauthorized, enroll.ProblemUnauthorised)
	}
}

// A body that turns out to be no plain words is asked about once, not twice:
// neither the application's limit nor the body is used up by the first look.
func TestTheQuickLookCostsNothing(t *testing.T) {
	w := newWorld(t, func(_ *api.Options, o *identity.Options) {
		o.ApplicationLimit = identity.Limit{PerSecond: 0.001, Burst: 2}
	})
	key := w.linked("anna")
	body := `{"us\u0065r":"anna","code":"` + w.code(key) + `"}`
	if a := w.ask(http.MethodPost, enroll.PathVerify, body, "Authorization", "Bearer "+w.key); strings.TrimSpace(string(a.body)) != `{"valid":true}` {
		t.Fatalf("answers %d %s", a.status, a.body)
	}
	if a := w.ask(http.MethodPost, enroll.PathVerify, body, "Authorization", "Bearer "+w.key); a.status != http.StatusOK {
		t.Fatalf("the second of two answers %d %s", a.status, a.body)
	}
	w.ask(http.MethodPost, enroll.PathVerify, body, "Authorization", "Bearer "+w.key).wants(t, http.StatusTooManyRequests, enroll.ProblemLimit)
}
