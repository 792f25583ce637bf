package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// MaxBody is the most bytes that a request's body may have.
const MaxBody = 16 << 10

const (
	maxDepth  = 4
	maxFields = 32
)

// readBody is the layer before huma reads a body: what huma would refuse in its
// own words, or take although it is ambiguous, is refused here.
func (d *door) readBody(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	body, p := bounded(w, r)
	if p == nil {
		p = wellFormed(body)
	}
	if p != nil {
		d.write(w, r, p)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	next(ctx)
}

func bounded(w http.ResponseWriter, r *http.Request) ([]byte, *problem) {
	if kind := r.Header.Get("Content-Type"); kind != "" {
		if media, _, err := mime.ParseMediaType(kind); err != nil || media != "application/json" {
			return nil, malformed(http.StatusUnsupportedMediaType, "header.Content-Type", "expected application/json")
		}
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, malformed(http.StatusUnsupportedMediaType, "header.Content-Encoding", "expected none")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var (
		large *http.MaxBytesError
		late  net.Error
	)
	switch {
	case errors.As(err, &large):
		return nil, malformed(http.StatusRequestEntityTooLarge, "body", "expected at most 16 KiB")
	case errors.As(err, &late) && late.Timeout():
		return nil, malformed(http.StatusRequestTimeout, "body", "it did not arrive in time")
	case err != nil:
		return nil, malformed(http.StatusUnprocessableEntity, "body", "it did not arrive whole")
	}
	return body, nil
}

// wellFormed takes one JSON object in UTF-8, in which no object has a field
// twice: readers disagree on which one counts. Names are compared without case,
// because encoding/json reads them so.
func wellFormed(body []byte) *problem {
	refuse := func(message string) *problem {
		return malformed(http.StatusUnprocessableEntity, "body", message)
	}
	if !utf8.Valid(body) {
		return refuse("expected UTF-8")
	}
	if !json.Valid(body) {
		return refuse(broken)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	start, err := decoder.Token()
	if err != nil || start != json.Delim('{') {
		return refuse(broken)
	}
	if message := walk(decoder, 1); message != "" {
		return refuse(message)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return refuse(broken)
	}
	return nil
}

const broken = "expected one whole JSON object"

// walk reads to the end of the object or array that decoder has entered and
// says what is wrong with it, or nothing.
func walk(decoder *json.Decoder, depth int) string {
	if depth > maxDepth {
		return "expected fewer levels"
	}
	var names []string
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return broken
		}
		if name, ok := token.(string); ok {
			if message := newName(names, name); message != "" {
				return message
			}
			names = append(names, name)
			if token, err = decoder.Token(); err != nil {
				return broken
			}
		}
		switch token {
		case json.Delim('{'):
			if message := walk(decoder, depth+1); message != "" {
				return message
			}
		case json.Delim('['):
			return "expected no list"
		}
	}
	if _, err := decoder.Token(); err != nil {
		return broken
	}
	return ""
}

func newName(names []string, name string) string {
	if len(names) >= maxFields {
		return "expected fewer fields"
	}
	for _, other := range names {
		if strings.EqualFold(other, name) {
			return "expected each field once"
		}
	}
	return ""
}
