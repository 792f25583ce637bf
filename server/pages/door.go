package pages

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"sleutelbos/assets"
	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/knock"
)

// Options are what the door needs. All but the proxies and the limit must be
// given.
type Options struct {
	Desk *identity.Desk

	Now    func() time.Time
	Random io.Reader // for references and for the names of forms
	Log    *slog.Logger

	URL            string // public address; https makes cookies secure
	TrustedProxies knock.Proxies
	// Shipped reads a text that the program brings along, "privacy" or "terms"; nil:
	// it brings none.
	Shipped   func(name string) (enroll.Document, error)
	PerMinute int // posted forms a minute and address where nobody is signed in; 0 for no limit
}

type door struct {
	desk    *identity.Desk
	now     func() time.Time
	random  io.Reader
	log     *slog.Logger
	public  string
	proxies knock.Proxies

	words   map[string]assets.Words // by language
	looks   map[string]look         // by language
	statics statics
	origin  *http.CrossOriginProtection
	limit   *knock.Limiter
	told    *knock.Limiter // refusals that are written in the log
	noted   *knock.Limiter // error pages of strangers that are kept
	kept    *knock.Limiter // answers to strangers that are kept, see again.go
	once    *once
	known   atomic.Pointer[identity.OrganisationSettings] // whose pages these are, as last read
	secure  bool
	shipped func(string) (enroll.Document, error)
	bounded func(context.Context) (context.Context, context.CancelFunc) // for the time that one form may sign off
}

// toldPerMinute is how many refusals of one address the log tells a minute.
const toldPerMinute = 60

// notedPerMinute is how many error pages of all strangers together are kept a
// minute, after a burst.
const notedPerMinute = 12

// keptPerMinute is how many answers to strangers are kept a minute.
const keptPerMinute = 60

// New makes the handler for all that is no API. It fails when a template or a
// text cannot be read.
func New(o Options) (http.Handler, error) {
	d, err := newDoor(o)
	if err != nil {
		return nil, err
	}
	return d.handler(d.routes()), nil
}

func newDoor(o Options) (*door, error) {
	d := &door{
		desk: o.Desk, now: o.Now, random: o.Random, log: o.Log, public: o.URL, proxies: o.TrustedProxies,
		limit: knock.NewLimiter(o.PerMinute, o.PerMinute), told: knock.NewLimiter(toldPerMinute, toldPerMinute), noted: knock.NewLimiter(notedPerMinute, 5*notedPerMinute),
		kept: knock.NewLimiter(keptPerMinute, 2*keptPerMinute), shipped: o.Shipped,
		once: newOnce(), secure: strings.HasPrefix(o.URL, "https://"), origin: http.NewCrossOriginProtection(),
		words: map[string]assets.Words{}, looks: map[string]look{}, bounded: patient,
	}
	if err := d.origin.AddTrustedOrigin(strings.TrimRight(o.URL, "/")); err != nil {
		return nil, fmt.Errorf("the public address of the pages: %w", err)
	}
	var err error
	if d.statics, err = readStatics(assets.Pages()); err != nil {
		return nil, err
	}
	for _, language := range languages() {
		if d.words[language], err = assets.ServerIn(language); err != nil {
			return nil, err
		}
		if d.looks[language], err = readLook(assets.Pages(), d.words[language], d.statics); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *door) handler(routes []route) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+staticPath+"{name}", d.static)
	for _, r := range routes {
		mux.Handle(r.pattern, d.receive(r))
	}
	for _, r := range onlyPosts(routes) {
		mux.Handle(r.pattern, d.receive(r))
	}
	mux.Handle("/", d.receive(route{"/", anyone, func(*visit) error { return errNotFound }}))
	return d.tidy(mux)
}

// onlyPosts makes a page for each path that takes forms only, since a page that
// answers a form can be come back to.
func onlyPosts(all []route) []route {
	shown := map[string]bool{}
	for _, r := range all {
		if at, ok := strings.CutPrefix(r.pattern, "GET "); ok {
			shown[at] = true
		}
	}
	var more []route
	for _, r := range all {
		if at, ok := strings.CutPrefix(r.pattern, "POST "); ok && !shown[at] && r.who != anyone {
			more = append(more, route{"GET " + at, r.who, onlyPosted})
		}
	}
	return more
}

// languages are the ones that pages are in, the default first.
func languages() []string { return []string{"nl", "en"} }

// tidy keeps the mux from answering for itself, in English and without a way
// back: a path is taken as it is written, and another method is another page.
func (d *door) tidy(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		written := strings.TrimSuffix(r.URL.EscapedPath(), "/")
		if _, pattern := mux.Handler(r); pattern == "" || written != strings.TrimSuffix(path.Clean("/"+written), "/") {
			d.receive(route{"", anyone, func(*visit) error { return errNotFound }}).ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
