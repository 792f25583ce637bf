package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"sleutelbos/enroll"
)

// answered is one answer of the server.
type answered struct {
	status  int
	header  http.Header
	body    []byte
	problem enroll.Problem
}

// ask sends a body (a string as it is, anything else as JSON) with headers
// given as name, value, name, value.
func (w *world) ask(method, path string, body any, headers ...string) answered {
	w.t.Helper()
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		w.must(err)
		content = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.web.URL+path, content)
	w.must(err)
	if content != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := w.http.Do(r)
	w.must(err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	w.must(err)
	a := answered{status: response.StatusCode, header: response.Header, body: raw}
	if response.Header.Get("Content-Type") == "application/problem+json" {
		w.must(json.Unmarshal(raw, &a.problem))
	}
	return a
}

// wants checks a refusal: status, type, form and reference.
func (a answered) wants(t testing.TB, status int, kind string) {
	t.Helper()
	p := a.problem
	if a.status != status || p.Type != kind {
		t.Errorf("answered %d %s; want %d %s", a.status, a.body, status, kind)
		return
	}
	if p.Status != status || p.Title == "" || p.Detail == "" || len(p.Reference) != 8 {
		t.Errorf("the problem is not whole: %s", a.body)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		t.Error("the refusal may be kept in caches")
	}
}
