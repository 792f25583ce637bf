package pages

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/text/language"

	"sleutelbos/assets"
	"sleutelbos/server/identity"
	"sleutelbos/server/knock"
)

// visit is one request on its way through a page.
type visit struct {
	door *door
	r    *http.Request
	w    *answer

	reference    string
	pattern      string // that matched; never the path itself
	from         netip.Addr
	words        assets.Words
	organisation identity.OrganisationSettings
	zone         *time.Location
	session      *identity.Session // nil: nobody is signed in
	token        identity.Token    // of the session
	rights       identity.Rights   // of whoever is signed in, looked up for this request
	forms        int               // made so far on this page
	flash        *flash
	shown        string // which kept page is asked for
}

// answer is gathered whole before anything of it goes out, so that a fault in
// the middle of a page leaves no half page, and so that it can be given again.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
	again  bool // it answers a form, and one can come back to it; see again.go
	secret bool // it is kept nowhere

	to    http.ResponseWriter // of a file, which goes out in parts; see file.go
	begun bool                // a part went out
}

// send sends what did not go out yet. An answer may be sent to several.
func (a *answer) send(w http.ResponseWriter) {
	if !a.begun {
		a.begin(w)
	}
	_, _ = w.Write(a.body.Bytes()) // the reader may have gone
}

func (a *answer) begin(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
}

// maxForm bounds what a form may send, in bytes.
const maxForm = 128 << 10

// maxBody is that for a page; a file that comes as text, in a form, is longer.
func maxBody(pattern string) int64 {
	if uploads(pattern) {
		return 4 * maxUpload
	}
	return maxForm
}

// receive is the outermost layer of a page.
func (d *door) receive(to route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{
			door: d, r: r, reference: knock.Reference(d.random, d.now()), pattern: to.pattern,
			from: knock.Address(r, d.proxies), zone: time.UTC,
			w: &answer{header: http.Header{}, status: http.StatusOK, to: w},
		}
		v.r = r.WithContext(identity.WithReference(r.Context(), v.reference))
		r.Body = http.MaxBytesReader(w, r.Body, maxBody(to.pattern))
		v.r.Body = r.Body
		v.shown = takeShown(v.r)
		v.words = d.words[v.preferred()]
		func() {
			defer v.catch()
			if err := v.serve(to); err != nil {
				v.explain(err)
			}
		}()
		v.w.send(w)
	})
}

// catch ends a panic of a page. Its value is not written: it may quote what the
// page worked on.
func (v *visit) catch() {
	fault := recover()
	if fault == nil {
		return
	}
	if fault == http.ErrAbortHandler {
		panic(fault)
	}
	v.door.log.LogAttrs(v.r.Context(), slog.LevelError, "panic in a page",
		slog.String("reference", v.reference), slog.String("page", v.pattern), slog.String("stack", string(debug.Stack())))
	v.explain(errPanic)
}

var errPanic = errors.New("a page panicked")

func (v *visit) serve(to route) error {
	v.headers()
	if err := v.recognise(); err != nil {
		return err
	}
	if err := v.door.origin.Check(v.r); err != nil {
		return errElsewhere
	}
	if v.r.Method != http.MethodPost {
		if v.shown != "" {
			if done, err := v.showAgain(v.shown); done || err != nil {
				return err
			}
		}
		if done, err := v.admit(to.who); done || err != nil {
			return err
		}
		return to.handle(v)
	}
	return v.post(to)
}

// headers go with every answer.
func (v *visit) headers() {
	h := v.w.header
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
}

// recognise finds out whose pages these are and who looks at them.
func (v *visit) recognise() error {
	ctx := v.r.Context()
	organisation, err := v.door.desk.Settings(ctx)
	if err == nil {
		v.door.known.Store(&organisation)
	} else if known := v.door.known.Load(); known != nil {
		organisation = *known // an error page too says whose it is, and which environment
	}
	v.organisation, v.zone = organisation, organisation.Location()
	if err != nil {
		return err
	}
	v.token = identity.Token(v.cookie(cookieSession))
	if v.token != "" {
		session, err := v.door.desk.Session(ctx, v.token)
		switch {
		case err == nil:
			v.session = &session
			if v.rights, err = v.door.desk.Rights(ctx, v.actor()); err != nil {
				return err
			}
		case errors.Is(err, identity.ErrNoSession):
			v.token = ""
			v.forget(cookieSession) // a stale cookie heals itself
		default:
			return err
		}
	}
	v.words = v.door.words[v.preferred()]
	v.flash = v.takeFlash()
	return nil
}

// admit lets in whom a page is for. Others are sent to where they can do
// something about it; done says that they are.
func (v *visit) admit(who access) (done bool, err error) {
	switch {
	case who == anyone:
		return false, nil
	case v.session == nil:
		_ = v.redirect(signInFor(v.here()))
		return true, nil
	case who != mustChange && v.session.MustChange != identity.ChangeNothing:
		_ = v.redirect(pathPassword)
		return true, nil
	case who == administrators && !v.rights.Manages, who == operators && !v.rights.Operates:
		return false, errForbidden
	case who >= administrators && !v.session.MayManage:
		_ = v.redirect(pathSignIn + "?" + url.Values{"to": {v.here()}, "again": {"yes"}}.Encode())
		return true, nil
	}
	return false, nil
}

// preferred is the language of this visit: as it was chosen in this browser, as
// the person reads, or as the browser asks.
func (v *visit) preferred() string {
	chosen := v.cookie(cookieLanguage)
	if _, ok := v.door.words[chosen]; ok {
		return chosen
	}
	if v.session != nil {
		if _, ok := v.door.words[v.session.Language]; ok {
			return v.session.Language
		}
	}
	asked, _, err := language.ParseAcceptLanguage(v.r.Header.Get("Accept-Language"))
	if err != nil {
		return languages()[0]
	}
	for _, tag := range asked {
		base, _ := tag.Base()
		if _, ok := v.door.words[base.String()]; ok {
			return base.String()
		}
	}
	if len(asked) > 0 {
		return "en"
	}
	return languages()[0]
}

// actor is who asks the desk.
func (v *visit) actor() identity.Actor {
	if v.session == nil {
		return identity.Actor{}
	}
	return identity.PersonActor(v.session.Person.ID)
}

// say is a text in the reader's language.
func (v *visit) say(key string, pairs ...any) string { return v.words.Say(key, pairs...) }

// redirect sends the browser to another page of ours, by GET.
func (v *visit) redirect(path string) error {
	v.w.header.Set("Location", path)
	v.w.header.Del("Content-Type")
	v.w.status = http.StatusSeeOther
	v.w.body.Reset()
	return nil
}

// here is the path of this page with its query.
func (v *visit) here() string { return v.r.URL.RequestURI() }

// local is a path of ours, as it came in; else "/". Anything that a browser
// could take for another host is refused.
func local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// signInFor is the sign-in page that goes on to a path afterwards.
func signInFor(path string) string {
	if path = local(path); path == "/" {
		return "/"
	}
	return "/?" + url.Values{"to": {path}}.Encode()
}
