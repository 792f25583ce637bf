package linking_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sleutelbos/app/linking"
	"sleutelbos/enroll"
	"sleutelbos/server/api"
	"sleutelbos/server/identity"
	"sleutelbos/server/store"
	"sleutelbos/vault"
)

// world is a companion server with a real desk and database behind TLS, a
// network between it and the app that can lose answers, and a vault.
type world struct {
	*testing.T
	store  *store.Store
	desk   *identity.Desk
	web    *httptest.Server
	server linking.Server
	key    string // of the application "portal"
	folder *vault.Folder
	vault  *vault.Vault

	mu      sync.Mutex
	now     time.Time // of server and app; it stands still until a test moves it
	asked   map[string]int
	before  func(*http.Request) bool // false: the request never arrives
	arrived func(*http.Request) bool // false: the answer never arrives
}

const passphrase = "paard batterij"

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, asked: map[string]int{}, now: time.Now()}
	w.startDesk()
	handler, err := api.New(api.Options{
		Desk: w.desk, Ready: w.store.Ping, Now: w.clock, Random: rand.Reader,
		Log: slog.New(slog.DiscardHandler), URL: "https://codes.example.org",
	})
	w.must(err)
	w.web = httptest.NewTLSServer(w.network(handler))
	t.Cleanup(w.web.Close)
	w.server = linking.Server{Address: w.web.URL, Fingerprint: enroll.Fingerprint(w.web.Certificate())}
	w.folder = vault.At(vault.Options{Dir: filepath.Join(t.TempDir(), "vault"), Argon2: vault.Argon2{Memory: 8, Passes: 1, Lanes: 1}})
	w.vault, _, err = w.folder.Create(t.Context(), vault.First{Passphrase: []byte(passphrase)})
	w.must(err)
	t.Cleanup(func() { w.vault.Lock() })
	return w
}

func (w *world) startDesk() {
	w.Helper()
	folder := w.TempDir()
	key, err := identity.ServerKeyFile(filepath.Join(folder, "server.key"), filepath.Join(folder, "db"), rand.Reader)
	w.must(err)
	w.store, err = store.Open(w.Context(), filepath.Join(folder, "db"))
	w.must(err)
	w.Cleanup(func() { _ = w.store.Close() })
	w.desk, err = identity.New(w.Context(), identity.Options{
		Store: w.store, Key: key, Now: w.clock, Random: rand.Reader, Log: slog.New(slog.DiscardHandler),
	})
	w.must(err)
	w.Cleanup(func() { _ = w.desk.Close() })
	w.terms("t1")
	w.key, err = w.desk.AddApplication(w.Context(), "portal")
	w.must(err)
	_, err = w.desk.AddPerson(w.Context(), identity.NewPerson{User: "anna", Name: "Anna de Vries", Email: "anna@example.org"})
	w.must(err)
}

// terms gives the organisation a wording of its terms.
func (w *world) terms(version string) {
	w.Helper()
	text := func(version string) enroll.Document {
		said := map[string]string{"nl": "Tekst", "en": "Text"}
		return enroll.Document{Version: version, Title: said, Text: said}
	}
	w.must(w.desk.SetOrganisation(w.Context(), func(o *identity.OrganisationSettings) error {
		o.Name, o.Environment, o.URL = "Gemeente Voorbeeld", enroll.Demo, "https://codes.example.org"
		o.Privacy, o.Terms = text("p1"), text(version)
		return nil
	}))
}

// network brings every request to the server, unless it is to be lost, and every
// answer back, unless that is to be lost: then the connection breaks.
func (w *world) network(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked[kindOf(r)]++
		before, arrived := w.before, w.arrived
		w.mu.Unlock()
		if before != nil && !before(r) {
			panic(http.ErrAbortHandler)
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if arrived != nil && !arrived(r) {
			panic(http.ErrAbortHandler)
		}
		for name, values := range answer.Header() {
			out.Header()[name] = values
		}
		out.WriteHeader(answer.Code)
		_, _ = out.Write(answer.Body.Bytes())
	})
}

// The kinds of request, by what they ask for.
const (
	organisation = "organisation"
	link         = "link"
	confirm      = "confirm"
)

func kindOf(r *http.Request) string {
	switch {
	case r.URL.Path == enroll.PathLinks:
		return link
	case r.Method == http.MethodPost:
		return confirm
	}
	return organisation
}

// loseAnswers loses every answer of a kind until it is called with "".
func (w *world) loseAnswers(kind string) {
	w.set(nil, func(r *http.Request) bool { return kindOf(r) != kind })
}

func (w *world) set(before, arrived func(*http.Request) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before, w.arrived = before, arrived
}

func (w *world) count(kind string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked[kind]
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// wait moves the clock. The app's client compares the server's clock with this
// machine's, so for [linking.Conversation.Link] half a minute is the most.
func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// activation makes a new activation code for anna.
func (w *world) activation() enroll.ActivationCode {
	w.Helper()
	code, _, err := w.desk.NewActivation(w.Context(), "anna")
	w.must(err)
	return code
}

func (w *world) start() *linking.Conversation {
	w.Helper()
	c, err := linking.Start(w.server, w.clock)
	w.must(err)
	w.Cleanup(c.Close)
	return c
}

func answer(code enroll.ActivationCode) linking.Answer {
	return linking.Answer{User: "anna", Code: code, Accepted: enroll.Accepted{Privacy: "p1", Terms: "t1"}, Device: "Laptop"}
}

// restart is the program that ended and began again: the vault comes from disk.
func (w *world) restart() {
	w.Helper()
	w.vault.Lock()
	var err error
	w.vault, err = w.folder.Open(w.Context(), vault.ByPassphrase([]byte(passphrase)))
	w.must(err)
}

// pending is the one entry of the vault, which waits for its confirmation.
func (w *world) pending() vault.Entry {
	w.Helper()
	pending := linking.Pending(w.vault)
	if len(pending) != 1 || len(w.vault.List()) != 1 {
		w.Fatalf("%d entries, %d of them pending", len(w.vault.List()), len(pending))
	}
	return pending[0]
}

// isLinked checks that the vault holds one active link of anna, whose next code,
// or the present one where it is said to be fresh, the server accepts.
func (w *world) isLinked(linked linking.Linked) {
	w.Helper()
	entries := w.vault.List()
	if len(entries) != 1 || entries[0].ID != linked.Entry.ID || entries[0].Link.Pending() || linked.Entry.Link.Pending() {
		w.Fatalf("the vault holds %+v, linked is %+v", entries, linked.Entry)
	}
	person, err := w.desk.Person(w.Context(), "anna")
	w.must(err)
	if len(person.Links) != 1 || person.Links[0].ID != linked.Entry.Link.ID {
		w.Fatalf("the server has the links %+v", person.Links)
	}
	if linked.Used > 0 {
		w.wait(enroll.DefaultPeriod * time.Second)
	}
	if !w.accepts(linked.Entry) {
		w.Error("a fresh code is refused")
	}
}

// accepts shows the entry's present code to the server.
func (w *world) accepts(entry vault.Entry) bool {
	w.Helper()
	code, err := w.vault.Peek(entry.ID, w.clock())
	w.must(err)
	application, err := w.desk.Authenticate(w.Context(), w.key)
	w.must(err)
	verdict, err := w.desk.Verify(w.Context(), application, "anna", code.Text)
	w.must(err)
	return verdict.Valid
}

// refused checks that err is the server's problem of a type.
func (w *world) refused(err error, kind string) *enroll.Problem {
	w.Helper()
	var problem *enroll.Problem
	if !errors.As(err, &problem) || problem.Type != kind {
		w.Fatalf("got %v, want the problem %s", err, kind)
	}
	return problem
}
