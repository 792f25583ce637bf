package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/api"
	"sleutelbos/server/identity"
)

func TestVerifyTellsOnlyValidOrNot(t *testing.T) {
	w := newWorld(t)
	key := w.linked("anna")
	code := w.code(key)
	if !w.valid("anna", code) {
		t.Fatal("a right code is refused")
	}
	w.wait(time.Minute)
	next := w.code(key)
	wrong := w.wrong(key)
	refused := []answered{w.verify("anna", code)} // replayed, by now also too old
	for _, c := range [][2]string{
		{"nobody", next}, {"anna", ""}, {"anna", "abc"}, {"anna", "12345"}, {"anna", "1234567"}, {"anna", "ﬁ"}, {"anna", "１２３４５６"}, {"anna", wrong},
	} {
		refused = append(refused, w.verify(c[0], c[1]))
	}
	if !w.valid("ANNA", next[:3]+" "+next[3:]) {
		t.Error("another spelling of name and code is refused")
	}
	refused = append(refused, w.verify("anna", next), w.verify("anna@example.org", next))
	for range 5 {
		refused = append(refused, w.verify("anna", wrong))
	}
	w.wait(30 * time.Second)
	refused = append(refused, w.verify("anna", w.code(key))) // locked
	w.must(w.desk.Unlock(t.Context(), "anna"))
	w.must(w.desk.Unlink(t.Context(), "anna"))
	w.wait(30 * time.Second)
	refused = append(refused, w.verify("anna", w.code(key)))
	for i, a := range refused {
		if a.status != http.StatusOK || strings.TrimSpace(string(a.body)) != `{"valid":false}` {
			t.Errorf("refusal %d answers %d %s", i, a.status, a.body)
		}
		if a.header.Get("Content-Type") != "application/json" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("refusal %d has headers %v", i, a.header)
		}
	}
}

func TestVerifyMalformed(t *testing.T) {
	w := newWorld(t)
	key := w.linked("anna")
	authorization := "Bearer " + w.key
	for name, body := range map[string]string{
		"blank user":     `{"user":" \t\u00a0","code":"123456"}`,
		"empty user":     `{"user":"","code":"123456"}`,
		"no user":        `{"code":"123456"}`,
		"no code":        `{"user":"anna"}`,
		"nothing":        ``,
		"broken":         `{"user":"anna","code":"12`,
		"null":           `{"user":null,"code":"123456"}`,
		"number":         `{"user":"anna","code":123456}`,
		"a list":         `[]`,
		"twice":          `{"user":"anna","user":"bert","code":"123456"}`,
		"unknown field":  `{"user":"anna","code":"123456","x":1}`,
		"two documents":  `{"user":"anna","code":"123456"}{}`,
		"long user":      `{"user":"` + strings.Repeat("a", 255) + `","code":"123456"}`,
		"not UTF-8":      "{\"user\":\"\xff\",\"code\":\"123456\"}",
		"deep":           strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200),
		"code is hidden": `{"user":"anna","code":{"928374":"928374"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			a := w.ask(http.MethodPost, enroll.PathVerify, body, "Authorization", authorization)
			a.wants(t, http.StatusUnprocessableEntity, enroll.ProblemMalformed)
			if len(a.problem.Errors) == 0 || a.problem.Errors[0].Location == "" || a.problem.Errors[0].Message == "" {
				t.Errorf("it does not say where: %s", a.body)
			}
		})
	}
	if !w.valid("anna", w.code(key)) {
		t.Error("malformed requests counted against the person")
	}
	if strings.Contains(w.log.String(), "928374") {
		t.Error("the log quotes a body")
	}
}

func TestVerifyBounds(t *testing.T) {
	w := newWorld(t)
	authorization := "Bearer " + w.key
	large := `{"user":"anna","code":"` + strings.Repeat("1", api.MaxBody) + `"}`
	w.ask(http.MethodPost, enroll.PathVerify, large, "Authorization", authorization).wants(t, http.StatusRequestEntityTooLarge, enroll.ProblemMalformed)
	for _, headers := range [][]string{
		{"Content-Type", "application/x-www-form-urlencoded"},
		{"Content-Type", "text/plain"},
		{"Content-Type", ";"},
		{"Content-Type", "application/cbor"},
		{"Content-Encoding", "gzip"},
	} {
		a := w.ask(http.MethodPost, enroll.PathVerify, `{"user":"anna","code":"1"}`, append(headers, "Authorization", authorization)...)
		a.wants(t, http.StatusUnsupportedMediaType, enroll.ProblemMalformed)
	}
	a := w.ask(http.MethodPost, enroll.PathVerify, `{"user":"anna","code":"1"}`, "Content-Type", "application/json; charset=utf-8", "Authorization", authorization)
	if a.status != http.StatusOK {
		t.Errorf("JSON with a charset answers %d", a.status)
	}
}

func TestVerifyUnauthorised(t *testing.T) {
	w := newWorld(t)
	old := w.key
	rotated, err := w.desk.RotateApplication(t.Context(), "portal")
	w.must(err)
	gone, err := w.desk.AddApplication(t.Context(), "gone")
	w.must(err)
	w.must(w.desk.RevokeApplication(t.Context(), "gone"))
	for name, authorization := range map[string]string{
		"none": "", "no key": "Bearer ", "basic": "Basic " + rotated, "unknown": "Bearer " + strings.Repeat("x", len(rotated)),
		"bare": rotated, "rotated": "Bearer " + old, "revoked": "Bearer " + gone, "long": "Bearer " + strings.Repeat("x", 8000),
	} {
		t.Run(name, func(t *testing.T) {
			// Not even the body's form is told to who has no key.
			a := w.ask(http.MethodPost, enroll.PathVerify, `{`, "Authorization", authorization)
			a.wants(t, http.StatusUnauthorized, enroll.ProblemUnauthorised)
			if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
				t.Error("it does not say how to authenticate")
			}
		})
	}
	w.key = rotated
	if w.valid("nobody", "123456") {
		t.Error("nobody's code is right")
	}
	if a := w.ask(http.MethodPost, enroll.PathVerify, `{"user":"a","code":"1"}`, "Authorization", "bearer  "+rotated); a.status != http.StatusOK {
		t.Errorf("the scheme in lower case answers %d", a.status)
	}
}

func TestApplicationLimit(t *testing.T) {
	w := newWorld(t, func(_ *api.Options, o *identity.Options) { o.ApplicationLimit = identity.Limit{PerSecond: 1, Burst: 3} })
	for range 3 {
		w.valid("nobody", "123456")
	}
	a := w.verify("nobody", "123456")
	a.wants(t, http.StatusTooManyRequests, enroll.ProblemLimit)
	if a.header.Get("Retry-After") != "1" || a.problem.RetryAfter != 1 {
		t.Errorf("it says to wait %q, %d", a.header.Get("Retry-After"), a.problem.RetryAfter)
	}
	w.wait(time.Second)
	w.valid("nobody", "123456")
}

func TestDatabaseGone(t *testing.T) {
	w := newWorld(t)
	if a := w.ask(http.MethodGet, api.PathReady, nil); a.status != http.StatusOK {
		t.Fatalf("ready answers %d", a.status)
	}
	w.must(w.store.Close())
	for _, a := range []answered{w.verify("anna", "123456"), w.ask(http.MethodGet, api.PathReady, nil)} {
		a.wants(t, http.StatusServiceUnavailable, enroll.ProblemTryAgain)
		if a.header.Get("Retry-After") == "" || a.problem.RetryAfter == 0 {
			t.Error("it does not say when to try again")
		}
	}
	if a := w.ask(http.MethodGet, api.PathHealth, nil); a.status != http.StatusOK {
		t.Errorf("health answers %d while only the database is away", a.status)
	}
}
