package api

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

// The door for verifying is the one that is asked all day, and nearly always in
// the same few words. Those are read here in one pass, without huma, in a third
// of the time. Whatever looks different goes the common way, which says
// what is wrong with it: this way accepts nothing that the common one refuses.

const (
	maxQuick = 1024 // bytes of a body
	maxUser  = 254  // as in enroll.VerifyRequest
	maxCode  = 64
)

// bodies are where short ones are read to.
var bodies = sync.Pool{New: func() any { return new([maxQuick]byte) }}

// plainJSON is shared by all answers.
var plainJSON = []string{"application/json"}

// quick answers a verification in plain words and reports whether it did. When
// it did not, the request is as good as untouched for who comes next.
func (d *door) quick(w http.ResponseWriter, r **http.Request, v *visit) (answered bool) {
	request := *r
	if request.URL.Path != enroll.PathVerify || request.Method != http.MethodPost || request.URL.RawPath != "" || !plainBody(request) {
		return false
	}
	ctx := identity.WithReference(request.Context(), v.reference)
	v.pattern = http.MethodPost + " " + enroll.PathVerify
	application, err := d.application(ctx, request.Header.Get("Authorization"))
	if err != nil {
		d.write(w, v.attach(request), d.explain(err))
		return true
	}
	space := bodies.Get().(*[maxQuick]byte)
	body := space[:request.ContentLength]
	defer func() {
		clear(body) // there is a code in it
		bodies.Put(space)
	}()
	if n, err := io.ReadFull(request.Body, body); err != nil {
		*r = request.WithContext(context.WithValue(ctx, applicationKey{}, application))
		(*r).Body = &halfRead{read: append([]byte(nil), body[:n]...), rest: request.Body, err: err}
		return false
	}
	user, code, ok := readPlain(body)
	if !ok {
		*r = request.WithContext(context.WithValue(ctx, applicationKey{}, application))
		(*r).Body = &halfRead{read: append([]byte(nil), body...), rest: request.Body}
		return false
	}
	// The body is here: were the time for reading to end during a slow commit,
	// it would look as if the client had gone.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	verdict, err := d.desk.Verify(ctx, application, user, code)
	if err != nil {
		d.write(w, v.attach(request), d.explain(err))
		return true
	}
	w.Header()["Content-Type"] = plainJSON
	answer := "{\"valid\":false}\n"
	if verdict.Valid {
		answer = "{\"valid\":true}\n"
	}
	_, _ = io.WriteString(w, answer) // a client that has gone is no fault
	return true
}

// plainBody tells whether the body is announced as a short one in plain JSON.
func plainBody(r *http.Request) bool {
	kind := r.Header["Content-Type"]
	return len(kind) == 1 && kind[0] == "application/json" && len(r.Header["Content-Encoding"]) == 0 &&
		r.ContentLength > 0 && r.ContentLength <= maxQuick
}

// halfRead is a body of which a part was read already.
type halfRead struct {
	read []byte
	rest io.ReadCloser
	err  error // of the reading; nil: it was not the last word
}

func (h *halfRead) Read(p []byte) (int, error) {
	if len(h.read) > 0 {
		n := copy(p, h.read)
		h.read = h.read[n:]
		return n, nil
	}
	if h.err != nil {
		return 0, h.err
	}
	return h.rest.Read(p)
}

func (h *halfRead) Close() error { return h.rest.Close() }

// readPlain reads {"user":"…","code":"…"}, in either order, once each, in
// visible ASCII without escapes. Anything else is not ok.
func readPlain(body []byte) (user, code string, ok bool) {
	p := plainText{rest: body}
	var seenUser, seenCode bool
	if !p.take('{') {
		return "", "", false
	}
	for field := range 2 {
		if field > 0 && !p.take(',') {
			return "", "", false
		}
		name, whole := p.word()
		if !whole || !p.take(':') {
			return "", "", false
		}
		value, whole := p.word()
		switch {
		case !whole:
			return "", "", false
		case string(name) == "user" && !seenUser && len(value) <= maxUser:
			user, seenUser = string(value), true
		case string(name) == "code" && !seenCode && len(value) <= maxCode:
			code, seenCode = string(value), true
		default:
			return "", "", false
		}
	}
	return user, code, p.take('}') && p.over() && notBlank(user)
}

func notBlank(text string) bool {
	for i := range len(text) {
		if text[i] != ' ' {
			return true
		}
	}
	return false
}

// plainText is what is left of a body.
type plainText struct{ rest []byte }

func (p *plainText) skip() {
	for len(p.rest) > 0 {
		switch p.rest[0] {
		case ' ', '\t', '\n', '\r':
			p.rest = p.rest[1:]
		default:
			return
		}
	}
}

func (p *plainText) take(b byte) bool {
	p.skip()
	if len(p.rest) == 0 || p.rest[0] != b {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *plainText) word() (word []byte, ok bool) {
	if !p.take('"') {
		return nil, false
	}
	for i, b := range p.rest {
		switch {
		case b == '"':
			word, p.rest = p.rest[:i], p.rest[i+1:]
			return word, true
		case b < ' ' || b > '~' || b == '\\':
			return nil, false
		}
	}
	return nil, false
}

func (p *plainText) over() bool {
	p.skip()
	return len(p.rest) == 0
}
