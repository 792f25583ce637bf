package identity_test

import (
	"crypto/rand"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/pages"
)

// BenchmarkPeople is what people's pages cost among so many people, on either
// database: searching as one types, what administrators look at, and whole pages
// as they go to the browser. p100 is the slowest of all.
func BenchmarkPeople(b *testing.B) {
	identity.Sizes(b, func(b *testing.B, people int) {
		p := identity.Populate(b, people)
		for name, typed := range map[string][]string{
			"typing":   {"j", "ja", "jan", "jan ", "jan d", "jan de", "jan de v", "jan de vri"},
			"everyone": {""},
			"rare":     {"u00009", "u0000999", "r003"},
			"common":   {"van der", "de v", "docent jan", "jan docent smit", "van den b"},
			"none":     {"jan zzz", "docent conciërge", "piet anna", "fatima kees", "docent anna piet"},
			"phone":    {"06", "0612", "06 1234"},
		} {
			identity.Measure(b, "search="+name, func(turn int) error {
				_, err := p.SearchPeople(b.Context(), identity.Operator(), identity.Search{Text: typed[turn%len(typed)]})
				return err
			})
		}
		overview(b, p)
		wholePages(b, p)
	})
}

func overview(b *testing.B, p *identity.Populated) {
	all := identity.Operator()
	audit := func(s identity.AuditSearch) func(int) error {
		return func(int) error { _, err := p.FindAudit(b.Context(), all, s); return err }
	}
	measures := map[string]func(int) error{
		"glance-day":      func(int) error { _, err := p.Glance(b.Context(), all, identity.GlanceDay); return err },
		"glance-year":     func(int) error { _, err := p.Glance(b.Context(), all, identity.GlanceYear); return err },
		"todo":            func(int) error { _, err := p.Todos(b.Context(), all); return err },
		"todo-small":      func(int) error { _, err := p.Todos(b.Context(), p.Small); return err },
		"audit-newest":    audit(identity.AuditSearch{}),
		"audit-person":    audit(identity.AuditSearch{Person: p.Residents[0]}),
		"audit-reference": audit(identity.AuditSearch{Reference: "R00000321"}),
		"audit-locks":     audit(identity.AuditSearch{Outcome: "wrong-locks"}),
	}
	for _, name := range identity.ReportNames() {
		for who, actor := range map[string]identity.Actor{"": all, "-small": p.Small} {
			measures["report-"+string(name)+who] = func(int) error {
				_, _, err := p.Report(b.Context(), actor, identity.ReportQuery{Name: name})
				return err
			}
		}
	}
	for name, do := range measures {
		identity.Measure(b, name, do)
	}
}

func wholePages(b *testing.B, p *identity.Populated) {
	handler, err := pages.New(pages.Options{
		Desk: p.Desk, Now: p.Clock, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), URL: "https://codes.example.org",
	})
	if err != nil {
		b.Fatal(err)
	}
	bea, user := newReader(b, handler, p, p.Administrator, p.Key), newReader(b, handler, p, p.User, p.UserKey)
	for name, open := range map[string]func(int){
		"page=list":                func(int) { bea.open("/people") },
		"page=search":              func(int) { bea.open("/people?q=jan+de") },
		"page=person":              func(turn int) { bea.open("/people/" + p.Residents[turn%len(p.Residents)]) },
		"page=start-administrator": func(int) { bea.open("/") },
		"page=start":               func(int) { user.open("/") },
		"page=audit":               func(int) { bea.open("/audit") },
	} {
		identity.Measure(b, name, func(turn int) error { open(turn); return nil })
	}
}

// reader is a browser of few words that is signed in.
type reader struct {
	b       *testing.B
	handler http.Handler
	cookies map[string]string
}

func newReader(b *testing.B, handler http.Handler, p *identity.Populated, user string, key enroll.Key) *reader {
	r := &reader{b: b, handler: handler, cookies: map[string]string{}}
	form := regexp.MustCompile(`name="form" value="([^"]*)"`).FindStringSubmatch(r.open("/"))
	if form == nil {
		b.Fatal("the sign-in page has no form")
	}
	code, err := key.CodeNow(p.Clock())
	if err != nil {
		b.Fatal(err)
	}
	sent := url.Values{"form": {html.UnescapeString(form[1])}, "user": {user}, "password": {string(p.Password)}, "code": {code.Text}}
	request := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "https://codes.example.org/sign-in", strings.NewReader(sent.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if status, said := r.ask(request); status != http.StatusSeeOther {
		b.Fatalf("%s cannot sign in: %d\n%s", user, status, said)
	}
	return r
}

// open reads a page, which must be there.
func (r *reader) open(path string) string {
	r.b.Helper()
	status, said := r.ask(httptest.NewRequestWithContext(r.b.Context(), http.MethodGet, "https://codes.example.org"+path, nil))
	if status != http.StatusOK {
		r.b.Fatalf("%s: %d\n%s", path, status, said)
	}
	return said
}

func (r *reader) ask(request *http.Request) (status int, said string) {
	for name, value := range r.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	recorder := httptest.NewRecorder()
	r.handler.ServeHTTP(recorder, request)
	answer := recorder.Result()
	defer func() { _ = answer.Body.Close() }()
	for _, c := range answer.Cookies() {
		r.cookies[c.Name] = c.Value
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		r.b.Fatal(err)
	}
	return answer.StatusCode, string(body)
}
