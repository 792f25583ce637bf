package pages_test

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/pages"
	"sleutelbos/server/pages/pagestest"
	"sleutelbos/server/store"
)

var browser pagestest.Browser

func TestMain(m *testing.M) {
	status := m.Run()
	browser.Close()
	os.Exit(status)
}

// world is the pages over a real TLS connection, with a real desk and database
// behind them and a clock that the test moves.
type world struct {
	t       testing.TB
	store   *store.Store
	desk    *identity.Desk
	web     *httptest.Server
	address string
	log     syncBuffer

	mu  sync.Mutex
	now time.Time
}

func newWorld(t testing.TB, change ...func(*pages.Options)) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 24, 9, 30, 10, 0, time.UTC)}
	folder := t.TempDir()
	key, err := identity.ServerKeyFile(filepath.Join(folder, "server.key"), filepath.Join(folder, "db"), rand.Reader)
	w.must(err)
	w.store, err = store.Open(t.Context(), filepath.Join(folder, "db"))
	w.must(err)
	log := slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.desk, err = identity.New(t.Context(), identity.Options{Store: w.store, Key: key, Now: w.clock, Random: rand.Reader, Log: log})
	w.must(err)
	w.web = httptest.NewUnstartedServer(nil)
	w.web.StartTLS()
	w.address = w.web.URL
	w.must(w.desk.SetOrganisation(t.Context(), func(o *identity.OrganisationSettings) error {
		o.Name, o.Environment, o.URL = "Gemeente Voorbeeld", enroll.Demo, w.address
		o.Contact = enroll.Contact{Name: "Servicedesk", Phone: "0123 456 789", Email: "servicedesk@voorbeeld.nl", Hours: "8.00–17.00"}
		o.Privacy, o.Terms = text("p1"), text("t1")
		return nil
	}))
	options := pages.Options{Desk: w.desk, Now: w.clock, Random: rand.Reader, Log: log, URL: w.address}
	for _, c := range change {
		c(&options)
	}
	w.web.Config.Handler, err = pages.New(options)
	w.must(err)
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

func (w *world) tab(language string) *pagestest.Tab {
	w.t.Helper()
	return browser.Tab(w.t, w.address, language)
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
