package api_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/api"
	"sleutelbos/server/identity"
)

func TestOrganisation(t *testing.T) {
	w := newWorld(t)
	a := w.ask(http.MethodGet, enroll.PathOrganisation, nil)
	var o enroll.Organisation
	w.must(json.Unmarshal(a.body, &o))
	if a.status != http.StatusOK || o.Name != "Gemeente Voorbeeld" || o.Environment != enroll.Demo || o.Privacy.Version != "p1" || !o.ServerTime.Equal(w.clock()) {
		t.Errorf("answered %d %s", a.status, a.body)
	}
}

// The app's own client walks the path, and the code that confirmed is used up.
func TestLinkWithTheAppsClient(t *testing.T) {
	w := newWorld(t)
	client, err := enroll.NewClient(w.web.URL, w.fingerprint())
	w.must(err)
	defer client.Close()
	if o, _, err := client.Organisation(t.Context()); err != nil || o.Name != "Gemeente Voorbeeld" {
		t.Fatalf("organisation: %+v, %v", o, err)
	}
	link, err := client.Link(t.Context(), enroll.NewIdempotencyKey(), request("anna", w.person("anna").Reveal()))
	w.must(err)
	if !link.ExpiresAt.Equal(w.clock().Add(10 * time.Minute)) {
		t.Errorf("a pending link ends %s, now is %s", link.ExpiresAt, w.clock())
	}
	key, err := enroll.ParseAddress(link.Address)
	w.must(err)
	code := w.code(key)
	if w.valid("anna", code) {
		t.Fatal("a pending link verifies")
	}
	answer, err := client.Confirm(t.Context(), link.ID, code)
	w.must(err)
	if !answer.Linked || answer.NextURL != "" {
		t.Errorf("confirmed: %+v", answer)
	}
	if w.valid("anna", code) {
		t.Error("the code that confirmed the link is accepted again")
	}
	w.wait(30 * time.Second)
	if !w.valid("anna", w.code(key)) {
		t.Error("the next code is refused")
	}
}

func TestLinkRefusals(t *testing.T) {
	w := newWorld(t)
	idempotency := enroll.NewIdempotencyKey()
	code := w.person("anna")
	other := w.person("bert")

	mismatch := w.link(idempotency, request("anna", other.Reveal()))
	mismatch.wants(t, http.StatusForbidden, enroll.ProblemMismatch)
	if left := mismatch.problem.TriesLeft; left == nil || *left != 4 {
		t.Errorf("tries left: %s", mismatch.body)
	}
	slip := []byte(code.Canonical())
	slip[11] = map[bool]byte{true: '1', false: '0'}[slip[11] == '0']
	w.link(enroll.NewIdempotencyKey(), request("anna", string(slip))).wants(t, http.StatusUnprocessableEntity, enroll.ProblemCheck)
	w.link(enroll.NewIdempotencyKey(), request("anna", "not a code")).wants(t, http.StatusUnprocessableEntity, enroll.ProblemCheck)
	stale := request("anna", code.Reveal())
	stale.Accepted.Terms = "t0"
	w.link(enroll.NewIdempotencyKey(), stale).wants(t, http.StatusConflict, enroll.ProblemTerms)

	again := enroll.NewIdempotencyKey()
	first := w.link(again, request("anna", code.Reveal()))
	repeated := w.link(again, request("anna", code.Reveal()))
	if first.status != http.StatusCreated || string(first.body) != string(repeated.body) {
		t.Fatalf("a repeat answers %s after %s", repeated.body, first.body)
	}
	changed := request("anna", code.Reveal())
	changed.Device = "Telefoon"
	w.link(again, changed).wants(t, http.StatusConflict, enroll.ProblemIdempotency)

	var link enroll.LinkAnswer
	w.must(json.Unmarshal(first.body, &link))
	key, err := enroll.ParseAddress(link.Address)
	w.must(err)
	wrong := w.confirm(link.ID, w.wrong(key))
	wrong.wants(t, http.StatusForbidden, enroll.ProblemWrongCode)
	if wrong.problem.TriesLeft == nil {
		t.Errorf("tries left are not told: %s", wrong.body)
	}
	w.confirm("doesnotexist", w.code(key)).wants(t, http.StatusGone, enroll.ProblemLinkGone)
	right := w.code(key)
	for range 2 { // the second is what an app sends after a lost answer
		if a := w.confirm(link.ID, right); a.status != http.StatusOK {
			t.Fatalf("confirming answers %d %s", a.status, a.body)
		}
	}
	w.link(again, request("anna", code.Reveal())).wants(t, http.StatusConflict, enroll.ProblemConfirmed)
	w.link(enroll.NewIdempotencyKey(), request("anna", code.Reveal())).wants(t, http.StatusForbidden, enroll.ProblemUsed)
}

func TestLinkRefusalsByTime(t *testing.T) {
	w := newWorld(t)
	code := w.person("anna")
	link, key := w.pending("anna", code)
	w.wait(10*time.Minute + time.Second)
	w.confirm(link.ID, w.code(key)).wants(t, http.StatusGone, enroll.ProblemLinkGone)
	w.wait(24 * time.Hour)
	w.link(enroll.NewIdempotencyKey(), request("anna", code.Reveal())).wants(t, http.StatusForbidden, enroll.ProblemExpired)

	older := w.activation("anna")
	w.activation("anna")
	w.link(enroll.NewIdempotencyKey(), request("anna", older.Reveal())).wants(t, http.StatusForbidden, enroll.ProblemReplaced)

	newest, stranger := w.activation("anna"), w.person("bert")
	for range 5 {
		w.link(enroll.NewIdempotencyKey(), request("anna", stranger.Reveal()))
	}
	w.link(enroll.NewIdempotencyKey(), request("anna", newest.Reveal())).wants(t, http.StatusForbidden, enroll.ProblemVoid)
}

func TestLinkMalformed(t *testing.T) {
	w := newWorld(t)
	good := request("anna", w.person("anna").Reveal())
	for name, key := range map[string]string{"missing": "", "short": "abc", "long": "0123456789abcdef0123456789abcdef0", "no hex": "g123456789abcdef0123456789abcdef"} {
		t.Run(name, func(t *testing.T) {
			w.link(key, good).wants(t, http.StatusUnprocessableEntity, enroll.ProblemMalformed)
		})
	}
	key := enroll.NewIdempotencyKey()
	for _, body := range []string{`{}`, `{"user":"anna"}`, `{"user":" ","activation_code":"x","accepted":{"privacy":"p1","terms":"t1"}}`, `{"user":"anna","activation_code":"x","accepted":{"privacy":"p1"}}`, `x`} {
		w.link(key, body).wants(t, http.StatusUnprocessableEntity, enroll.ProblemMalformed)
	}
	if a := w.link(key, good); a.status != http.StatusCreated {
		t.Errorf("afterwards the right request answers %d %s", a.status, a.body)
	}
}

func TestAddressLimit(t *testing.T) {
	w := newWorld(t, func(o *api.Options, _ *identity.Options) { o.PerMinute, o.Burst = 60, 4 })
	w.ask(http.MethodGet, enroll.PathOrganisation, nil)
	w.link(enroll.NewIdempotencyKey(), `{}`)
	w.confirm("x", "123456")
	w.ask(http.MethodGet, enroll.PathOrganisation, nil)
	for _, a := range []answered{
		w.ask(http.MethodGet, enroll.PathOrganisation, nil, "X-Forwarded-For", "198.51.100.9"),
		w.link(enroll.NewIdempotencyKey(), `{}`), w.confirm("x", "123456"),
	} {
		a.wants(t, http.StatusTooManyRequests, enroll.ProblemLimit)
		if a.header.Get("Retry-After") != "1" {
			t.Errorf("it says to wait %q", a.header.Get("Retry-After"))
		}
	}
	w.valid("nobody", "123456") // an application is not a stranger
	if a := w.ask(http.MethodGet, api.PathHealth, nil); a.status != http.StatusOK {
		t.Errorf("health answers %d", a.status)
	}
	w.wait(time.Second)
	if a := w.ask(http.MethodGet, enroll.PathOrganisation, nil); a.status != http.StatusOK {
		t.Errorf("after the wait it answers %d", a.status)
	}
}
