package identity

import (
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// Rules of steps.
const (
	// DefaultLookAhead is how many codes of a counter-based key may have been made
	// and not used, unless the organisation says otherwise (RFC 4226 §7.2). Every
	// one more is another code that a guess may hit.
	DefaultLookAhead = 10
	mostLookAhead    = 50
	// lookBack is how many used ones are known as replays.
	lookBack = 2
	// tokenDrift is how far off the clock of a hardware token may be learned to
	// be. An app's clock is set by its network: it may be one step off.
	tokenDrift = 5 * time.Minute
)

// keyOf makes a link's or a token's key of its secret.
func keyOf(p store.Parameters, secret []byte) enroll.Key {
	return enroll.Key{
		Kind: enroll.Kind(p.Kind), Secret: secret, Algorithm: enroll.Algorithm(p.Algorithm), Digits: int(p.Digits), Period: int(p.Period),
	}
}

// windows are the steps of a key that may be accepted now, and those that are
// used up and still known. A time-based key's window is where its clock was
// learned to be; never is a step at or before the last one accepted.
func windows(key enroll.Key, l *store.Candidate, now time.Time) (fresh, used enroll.Window) {
	var first, last int64
	if key.Kind == enroll.HOTP {
		first, last = max(l.LastStep-lookBack+1, 0), l.LastStep+l.DriftBound
	} else {
		centre := int64(key.Step(now)) + l.Drift/2
		first, last = max(centre-window, 0), max(centre+window, 0)
	}
	return between(max(first, l.LastStep+1), last), between(first, min(last, l.LastStep))
}

func between(first, last int64) enroll.Window {
	if first > last {
		return enroll.Window{First: 1}
	}
	return enroll.Window{First: uint64(first), Last: uint64(last)}
}

// learned is the drift after a code of that step was accepted, in half steps.
// The window follows by one step, and outwards only when the same offset showed
// twice in a row: who types slowly once is not taken for a slow clock. What a
// resynchronisation found beyond the bound stays, but goes no further.
func learned(key enroll.Key, l *store.Candidate, step int64, now time.Time) int64 {
	if key.Kind == enroll.HOTP {
		return 0
	}
	centre := l.Drift / 2
	off := step - int64(key.Step(now)) - centre
	next := 2*centre + off
	if off != 0 && next == l.Drift {
		next += off
	}
	if most := max(2*l.DriftBound, l.Drift, -l.Drift); next > most || next < -most {
		return l.Drift
	}
	return next
}
