package pages

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"time"

	"sleutelbos/server/identity"
)

// A page that answers a form (it says what is wrong, or asks to confirm) cannot
// be come back to: the browser would have to send the form again. So such a page
// is kept, sealed and for an hour, with the one whom it answered; the browser is
// sent on to it and gets it as often as it asks, from whichever server. Pages
// with a secret are never kept, and of what strangers are answered no more than so
// much a minute.

const (
	fieldShown   = "shown" // in the query: which page
	mostKeptPage = 200 << 10
	unpacked     = 4 << 20
)

// keptAnswer is an answer as it lies in the database.
type keptAnswer struct {
	Header http.Header `json:"header,omitempty"`
	Status int         `json:"status"`
	Body   []byte      `json:"body"` // packed
}

func pack(a *answer) ([]byte, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(a.body.Bytes()) // into memory
	if err := w.Close(); err != nil {
		return nil, err
	}
	kept := keptAnswer{Header: http.Header{}, Status: a.status, Body: packed.Bytes()}
	for _, name := range []string{"Location", "Content-Language", "Set-Cookie"} {
		if values := a.header.Values(name); len(values) > 0 {
			kept.Header[name] = values
		}
	}
	return json.Marshal(kept)
}

func unpack(raw []byte, into *answer) error {
	var kept keptAnswer
	if err := json.Unmarshal(raw, &kept); err != nil {
		return fmt.Errorf("read a kept answer: %w", err)
	}
	r, err := gzip.NewReader(bytes.NewReader(kept.Body))
	if err != nil {
		return fmt.Errorf("read a kept answer: %w", err)
	}
	into.body.Reset()
	if _, err := io.Copy(&into.body, io.LimitReader(r, unpacked)); err != nil {
		return fmt.Errorf("read a kept answer: %w", err)
	}
	for name, values := range kept.Header {
		into.header[name] = values
	}
	if into.body.Len() == 0 {
		into.header.Del("Content-Type")
	}
	into.status = kept.Status
	return nil
}

// takeShown takes the name of a kept page out of the query, so that no handler
// sees it.
func takeShown(r *http.Request) string {
	if !strings.Contains(r.URL.RawQuery, fieldShown+"=") {
		return ""
	}
	query := r.URL.Query()
	name := query.Get(fieldShown)
	query.Del(fieldShown)
	u := *r.URL
	u.RawQuery = query.Encode()
	r.URL = &u
	return name
}

func shownName(path, name string) string { return "shown " + path + " " + name }

// leadBack keeps the page that was made and sends the browser on to it. Where
// that cannot be, the page itself is the answer.
func (v *visit) leadBack() {
	if !v.w.again || v.w.secret {
		return
	}
	if v.session == nil {
		if _, ok := v.door.kept.Allow(netip.Addr{}, v.door.now()); !ok { // all strangers together
			return
		}
	}
	var raw [16]byte
	_, err := io.ReadFull(v.door.random, raw[:])
	packed, err2 := pack(&answer{header: http.Header{"Content-Language": v.w.header.Values("Content-Language")}, status: v.w.status, body: v.w.body})
	if err != nil || err2 != nil || len(packed) > mostKeptPage {
		return
	}
	name := hex.EncodeToString(raw[:])
	ctx, stop := context.WithTimeout(context.WithoutCancel(v.r.Context()), answerPatience)
	defer stop()
	if err := v.door.desk.AnswerForm(ctx, v.person(), shownName(v.r.URL.Path, name), packed); err != nil {
		v.door.log.Warn("a page that answers a form is not kept", "reference", v.reference, "cause", err)
		return
	}
	query := v.r.URL.Query()
	query.Set(fieldShown, name)
	u := url.URL{Path: v.r.URL.Path, RawQuery: query.Encode()}
	_ = v.redirect(u.String())
}

// showAgain shows a page that was kept; done tells that it was there.
func (v *visit) showAgain(name string) (done bool, err error) {
	standing, err := v.door.desk.LookAtForm(v.r.Context(), v.person(), shownName(v.r.URL.Path, name))
	if err != nil || standing.Answer == nil {
		return false, err
	}
	return true, unpack(standing.Answer, v.w)
}

// onlyPosted is what a path shows to a GET that takes forms only: the page that
// answered one, or else the page above it.
func onlyPosted(v *visit) error {
	above := path.Dir(v.r.URL.Path)
	if strings.HasPrefix(above, pathArrange) {
		above = pathArrange
	}
	return v.redirect(above)
}

// answerPatience is how long the answer of a form, which has been carried out,
// may take to be kept.
const answerPatience = 5 * time.Second

// carryOut carries a form out for whoever is signed in, once over all servers.
// done tells that it need not be done again.
func (v *visit) carryOut(name string, run func()) (*answer, bool) {
	ctx := v.r.Context()
	person := v.person()
	standing, err := v.door.desk.ClaimForm(ctx, person, name)
	switch {
	case err != nil:
		v.explain(err)
		return v.w, false
	case !standing.Mine:
		return v.sentBefore(person, name, standing), true
	}
	end := func(do func(context.Context) error) {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), answerPatience)
		defer stop()
		if err := do(ctx); err != nil {
			v.door.log.Warn("the answer of a form is not kept", "reference", v.reference, "cause", err)
		}
	}
	carried := false
	defer func() {
		if !carried { // nor where the page panicked
			end(func(ctx context.Context) error { return v.door.desk.DropForm(ctx, name) })
		}
	}()
	run()
	if v.w.status >= http.StatusBadRequest && !v.w.again {
		return v.w, false
	}
	carried = true
	v.leadBack()
	end(func(ctx context.Context) error {
		var packed []byte
		if !v.w.secret && !v.setsSecret() {
			if p, err := pack(v.w); err == nil && len(p) <= mostKeptPage {
				packed = p
			}
		}
		return v.door.desk.AnswerForm(ctx, person, name, packed)
	})
	return v.w, true
}

// setsSecret tells whether the answer gives the browser something that signs in.
func (v *visit) setsSecret() bool {
	for _, cookie := range v.w.header.Values("Set-Cookie") {
		for _, of := range []string{cookieSession, cookieDevice} {
			if value, is := strings.CutPrefix(cookie, v.cookieName(of)+"="); is && !strings.HasPrefix(value, ";") {
				return true
			}
		}
	}
	return false
}

const (
	sentPatience = 20 * time.Second
	sentPause    = 50 * time.Millisecond
)

// sentBefore answers a form that another server carries out, or has carried out:
// alike, where the answer is kept.
func (v *visit) sentBefore(person, name string, standing identity.FormStanding) *answer {
	ctx, stop := context.WithTimeout(v.r.Context(), sentPatience)
	defer stop()
	tick := time.NewTicker(sentPause)
	defer tick.Stop()
	for !standing.Done {
		select {
		case <-ctx.Done():
			v.explain(ctx.Err())
			return v.w
		case <-tick.C:
		}
		var err error
		if standing, err = v.door.desk.LookAtForm(ctx, person, name); err != nil {
			v.explain(err)
			return v.w
		}
	}
	if standing.Answer == nil {
		v.explain(errSentBefore)
		return v.w
	}
	if err := unpack(standing.Answer, v.w); err != nil {
		v.explain(err)
	}
	return v.w
}
