package enroll

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"hash"
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
	code, err := digitsOf(typed)
	if err == nil && len(code) != digits {
		return "", ErrNotACode
	}
	return code, err
}

// NormalizeAnyCode is NormalizeCode for a code of whatever length a key may
// have, for those who do not know yet which key it is for.
func NormalizeAnyCode(typed string) (string, error) {
	code, err := digitsOf(typed)
	if err == nil && (len(code) < MinDigits || len(code) > MaxDigits) {
		return "", ErrNotACode
	}
	return code, err
}

func digitsOf(typed string) (string, error) {
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
	switch {
	case used == 0 || used < window.First:
	case used < window.Last:
		window.First = used + 1
	default:
		window.First = window.Last + 1
	}
	return window
}

// Match looks for the step in the window whose code was typed and returns the
// first. The code must have been normalised. Every step of the window is
// computed and compared in constant time, whether or not one matched before,
// so that the answer's time does not tell which.
func Match(k Key, code string, window Window) (step uint64, ok bool) {
	if window.First > window.Last || k.Validate() != nil {
		return 0, false
	}
	codeAt := k.codes()
	for s := window.First; ; s++ {
		if subtle.ConstantTimeCompare(codeAt(s), []byte(code)) == 1 && !ok {
			step, ok = s, true
		}
		if s == window.Last {
			return step, ok
		}
	}
}

// codes gives the codes of a valid key one after another, as CodeAt does, but
// prepares the key once: a verifier asks for several steps of each. What it
// returns holds until the next call.
func (k Key) codes() func(step uint64) []byte {
	if k.Kind == Steam {
		return func(step uint64) []byte {
			code, err := k.CodeAt(step)
			if err != nil {
				return nil // equals no code
			}
			return []byte(code)
		}
	}
	var (
		mac     = hmac.New(k.newHash(), k.Secret)
		counter [8]byte
		sum     [sha512.Size]byte
		code    [MaxDigits]byte
		used    bool
	)
	return func(step uint64) []byte {
		if used {
			mac.Reset()
		}
		used = true
		binary.BigEndian.PutUint64(counter[:], step)
		mac.Write(counter[:])
		truncate(mac.Sum(sum[:0]), code[:k.Digits])
		return code[:k.Digits]
	}
}

// truncate writes the digits of a MAC (RFC 4226 §5.3).
func truncate(mac, into []byte) {
	offset := mac[len(mac)-1] & 0xf
	value := binary.BigEndian.Uint32(mac[offset:]) & 0x7fffffff
	for i := len(into) - 1; i >= 0; i-- {
		into[i] = '0' + byte(value%10)
		value /= 10
	}
}

func (k Key) newHash() func() hash.Hash {
	switch k.Algorithm {
	case SHA256:
		return sha256.New
	case SHA512:
		return sha512.New
	default:
		return sha1.New
	}
}
