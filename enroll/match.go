package enroll

import (
	"crypto/subtle"
	"errors"
	"strings"
	"time"
	"unicode"
)

// ErrNotACode says that what was typed cannot be a code of this length at all.
var ErrNotACode = errors.New("this is not a code: a code has digits only, as many as the app shows")

// NormalizeCode reads a typed code: blanks and dashes anywhere are dropped, so
// that every spelling of one code is one string. Only ASCII digits count, and
// there must be exactly as many as the key makes.
func NormalizeCode(typed string, digits int) (string, error) {
	if len(typed) > 64 {
		return "", ErrNotACode
	}
	var clean strings.Builder
	for _, r := range typed {
		switch {
		case r >= '0' && r <= '9':
			clean.WriteRune(r)
		case r == '-' || unicode.IsSpace(r):
		default:
			return "", ErrNotACode
		}
	}
	if clean.Len() != digits {
		return "", ErrNotACode
	}
	return clean.String(), nil
}

// Window is the range of time steps in which a verifier accepts a code.
type Window struct {
	First, Last uint64 // both included; empty when First > Last
}

// WindowAt is the window of w steps to each side of now (RFC 6238 §5.2), and
// never a step at or before used, the last one that was accepted; pass 0 for a
// key that has none.
func (k Key) WindowAt(now time.Time, w int, used uint64) Window {
	step, width := k.Step(now), uint64(max(w, 0))
	window := Window{Last: step + width}
	if step > width {
		window.First = step - width
	}
	if used > 0 && window.First <= used {
		window.First = used + 1
	}
	return window
}

// Match looks for the step in the window whose code was typed and returns the
// first. The code must have been normalised. Every step of the window is
// computed and compared in constant time, whether or not one matched before,
// so that the answer's time does not tell which.
func Match(k Key, code string, window Window) (step uint64, ok bool) {
	for s := window.First; s <= window.Last; s++ {
		want, err := k.CodeAt(s)
		if err != nil {
			return 0, false
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}
