package pages_test

import (
	"bytes"
	"crypto/rand"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
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
	if status == 0 && !missesNothing() {
		status = 1
	}
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
	folder  string
	log     syncBuffer

	mu  sync.Mutex
	now time.Time
}

func newWorld(t testing.TB, change ...func(*pages.Options)) *world {
	t.Helper()
	return newWorldOf(t, pages.New, change...)
}

func newWorldOf(t testing.TB, door func(pages.Options) (http.Handler, error), change ...func(*pages.Options)) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 24, 9, 30, 10, 0, time.UTC)}
	folder := t.TempDir()
	w.folder = folder
	key, err := identity.ServerKeyFile(filepath.Join(folder, "server.key"), filepath.Join(folder, "db"), rand.Reader)
	w.must(err)
	w.store, err = store.Open(t.Context(), filepath.Join(folder, "db"))
	w.must(err)
	log := slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.desk, err = identity.New(t.Context(), identity.Options{Store: w.store, Key: key, Now: w.clock, Random: rand.Reader, Log: log, PasswordCost: identity.HashCost{Memory: 64, Passes: 1, Lanes: 1}, Pages: true})
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
	w.web.Config.Handler, err = door(options)
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

const goodPassword = "veel-te-lang.7"

// person adds somebody with a link and a password; their next code is fresh.
func (w *world) person(user, name string, role identity.Role) enroll.Key {
	w.t.Helper()
	key, token := w.linked(user, name, role)
	w.must(w.desk.UsePasswordLink(w.t.Context(), token, goodPassword))
	return key
}

// linked adds somebody with a link, and gives the link with which they choose a
// password.
func (w *world) linked(user, name string, role identity.Role) (enroll.Key, identity.Token) {
	w.t.Helper()
	ctx := w.t.Context()
	_, err := w.desk.AddPerson(ctx, identity.NewPerson{User: user, Name: name, Email: user + "@voorbeeld.nl", Role: role})
	w.must(err)
	code, _, err := w.desk.NewActivation(ctx, user)
	w.must(err)
	answer, err := w.desk.StartLink(ctx, identity.StartLink{Language: "nl", LinkRequest: enroll.LinkRequest{
		User: user, ActivationCode: code.Reveal(), Device: "Laptop", Accepted: enroll.Accepted{Privacy: "p1", Terms: "t1"},
	}})
	w.must(err)
	key, err := enroll.ParseAddress(answer.Address)
	w.must(err)
	next, err := w.desk.ConfirmLinkNext(ctx, answer.ID, w.code(key))
	w.must(err)
	w.wait(30 * time.Second)
	u, err := url.Parse(next)
	w.must(err)
	return key, identity.Token(u.Query().Get("token"))
}

func (w *world) code(key enroll.Key) string {
	w.t.Helper()
	code, err := key.CodeNow(w.clock())
	w.must(err)
	return code.Text
}

// enter signs somebody in who is at the sign-in page, in the tab's language.
func (w *world) enter(tab *pagestest.Tab, user, password, code string) {
	w.t.Helper()
	tab.Fill(w.say(tab, "Gebruikersnaam", "User name"), user)
	tab.Fill(w.say(tab, "Wachtwoord", "Password"), password)
	tab.Fill(w.say(tab, "Code", "Code"), code)
	tab.Press(w.say(tab, "Inloggen", "Sign in"))
}

// in opens a tab in which somebody is signed in.
func (w *world) in(language, user string, key enroll.Key) *pagestest.Tab {
	w.t.Helper()
	tab := w.tab(language)
	tab.Open("/")
	w.enter(tab, user, goodPassword, w.code(key))
	w.wait(30 * time.Second)
	return tab
}

func (w *world) say(tab *pagestest.Tab, dutch, english string) string {
	if tab.Ask("document.documentElement.lang") == "nl" {
		return dutch
	}
	return english
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

func (w *world) get(client *http.Client, path string) string {
	w.t.Helper()
	answer, err := client.Get(w.address + path)
	w.must(err)
	defer answer.Body.Close()
	return read(w.t, answer)
}

func read(t testing.TB, answer *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// hiddenField is the value of the first hidden field of a name.
func hiddenField(t testing.TB, page, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the page has no field %s:\n%s", name, page)
	}
	return html.UnescapeString(found[1])
}

// mail takes the message to choose a new password out of the outbox.
func (w *world) mail(user string) identity.Message {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		m, _, ok, err := w.desk.TakeMessage(w.t.Context())
		w.must(err)
		if ok && m.Kind == identity.MessagePasswordReset {
			return m
		}
	}
	w.t.Fatal("no mail came for ", user)
	return identity.Message{}
}
