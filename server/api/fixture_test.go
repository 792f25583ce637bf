package api_test

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/api"
	"sleutelbos/server/identity"
	"sleutelbos/server/store"
)

// world is a door over a real TLS connection, with a real desk and database
// behind it and a clock that the test moves.
type world struct {
	t     testing.TB
	store *store.Store
	desk  *identity.Desk
	web   *httptest.Server
	http  *http.Client
	key   string // of the application "portal"
	log   syncBuffer

	mu  sync.Mutex
	now time.Time
}

type option func(*api.Options, *identity.Options)

func newWorld(t testing.TB, change ...option) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 22, 12, 0, 10, 0, time.UTC)}
	folder := t.TempDir()
	key, err := identity.ServerKeyFile(filepath.Join(folder, "server.key"), filepath.Join(folder, "db"), rand.Reader)
	w.must(err)
	w.store, err = store.Open(t.Context(), filepath.Join(folder, "db"))
	w.must(err)
	log := slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	inside := identity.Options{Store: w.store, Key: key, Now: w.clock, Random: rand.Reader, Log: log}
	outside := api.Options{
		Ready: w.store.Ping, Now: w.clock, Random: rand.Reader, Log: log, URL: "https://codes.example.org",
	}
	for _, c := range change {
		c(&outside, &inside)
	}
	w.desk, err = identity.New(t.Context(), inside)
	w.must(err)
	outside.Desk = w.desk
	w.must(w.desk.SetOrganisation(t.Context(), func(o *identity.OrganisationSettings) error {
		o.Name, o.Environment, o.URL = "Gemeente Voorbeeld", enroll.Demo, "https://codes.example.org"
		o.Privacy = text("p1")
		o.Terms = text("t1")
		return nil
	}))
	w.key, err = w.desk.AddApplication(t.Context(), "portal")
	w.must(err)
	handler, err := api.New(outside)
	w.must(err)
	w.web = httptest.NewTLSServer(handler)
	w.http = w.web.Client()
	t.Cleanup(func() {
		w.web.Close()
		_ = w.desk.Close() // a test may have closed the store already
		_ = w.store.Close()
	})
	return w
}

func text(version string) enroll.Document {
	words := map[string]string{"nl": "Tekst", "en": "Text"}
	return enroll.Document{Version: version, Title: words, Text: words}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) verify(user, code string) answered {
	w.t.Helper()
	return w.ask(http.MethodPost, enroll.PathVerify, enroll.VerifyRequest{User: user, Code: code}, "Authorization", "Bearer "+w.key)
}

// valid asks for a verdict that must come as 200.
func (w *world) valid(user, code string) bool {
	w.t.Helper()
	a := w.verify(user, code)
	var v enroll.VerifyAnswer
	if a.status != http.StatusOK || json.Unmarshal(a.body, &v) != nil {
		w.t.Fatalf("verify answers %d %s", a.status, a.body)
	}
	return v.Valid
}

// person adds a person and gives an activation code.
func (w *world) person(user string) enroll.ActivationCode {
	w.t.Helper()
	_, err := w.desk.AddPerson(w.t.Context(), identity.NewPerson{User: user, Name: "Jan Jansen", Email: user + "@example.org"})
	w.must(err)
	return w.activation(user)
}

func (w *world) activation(user string) enroll.ActivationCode {
	w.t.Helper()
	code, _, err := w.desk.NewActivation(w.t.Context(), user)
	w.must(err)
	return code
}

func request(user, code string) enroll.LinkRequest {
	return enroll.LinkRequest{User: user, ActivationCode: code, Accepted: enroll.Accepted{Privacy: "p1", Terms: "t1"}, Device: "Laptop"}
}

func (w *world) link(idempotency string, body any) answered {
	w.t.Helper()
	return w.ask(http.MethodPost, enroll.PathLinks, body, enroll.IdempotencyHeader, idempotency)
}

func (w *world) confirm(id, code string) answered {
	w.t.Helper()
	return w.ask(http.MethodPost, enroll.PathLinks+"/"+id+"/confirm", enroll.ConfirmRequest{Code: code})
}

// pending asks for a link that must be given.
func (w *world) pending(user string, code enroll.ActivationCode) (enroll.LinkAnswer, enroll.Key) {
	w.t.Helper()
	a := w.link(enroll.NewIdempotencyKey(), request(user, code.Reveal()))
	if a.status != http.StatusCreated {
		w.t.Fatalf("a link answers %d %s", a.status, a.body)
	}
	var link enroll.LinkAnswer
	w.must(json.Unmarshal(a.body, &link))
	key, err := enroll.ParseAddress(link.Address)
	w.must(err)
	return link, key
}

// linked adds a person, links them and moves on to the next code.
func (w *world) linked(user string) enroll.Key {
	w.t.Helper()
	link, key := w.pending(user, w.person(user))
	if a := w.confirm(link.ID, w.code(key)); a.status != http.StatusOK {
		w.t.Fatalf("confirming answers %d %s", a.status, a.body)
	}
	w.wait(30 * time.Second)
	return key
}

func (w *world) code(key enroll.Key) string {
	w.t.Helper()
	code, err := key.CodeNow(w.clock())
	w.must(err)
	return code.Text
}

// wrong is a code that matches in no step near now.
func (w *world) wrong(key enroll.Key) string {
	w.t.Helper()
	for i := range 1000 {
		code := fmt.Sprintf("%06d", i)
		if _, ok := enroll.Match(key, code, key.WindowAt(w.clock(), 3, 0)); !ok {
			return code
		}
	}
	w.t.Fatal("every code matches")
	return ""
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// fingerprint is that of the test's TLS server.
func (w *world) fingerprint() string {
	conn, err := tls.Dial("tcp", w.web.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	w.must(err)
	defer conn.Close()
	return enroll.Fingerprint(conn.ConnectionState().PeerCertificates[0])
}
