package knock

import (
	"net/netip"
	"sync"
	"time"
)

// Limiter is a token bucket per address: burst requests at once, then perMinute
// a minute. IPv4 counts whole, IPv6 by its /64, since a single line has that
// many. It holds at most limit addresses twice over: when a generation is full,
// the one before it is forgotten, which gives an address at worst a fresh
// bucket.
type Limiter struct {
	rate  float64 // tokens a second
	burst float64
	limit int

	mu       sync.Mutex
	now, old map[netip.Prefix]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// maxAddresses bounds a generation; an entry takes about a hundred bytes.
const maxAddresses = 32 << 10

// NewLimiter gives every address so many requests a minute, and a burst at once.
// None a minute is no limit.
func NewLimiter(perMinute, burst int) *Limiter {
	return newLimiter(perMinute, max(burst, 1), maxAddresses)
}

func newLimiter(perMinute, burst, limit int) *Limiter {
	return &Limiter{
		rate: float64(perMinute) / 60, burst: float64(burst), limit: limit,
		now: map[netip.Prefix]bucket{},
	}
}

// Allow takes one token of the address at a moment. It says how long to wait
// when there is none.
func (l *Limiter) Allow(from netip.Addr, moment time.Time) (wait time.Duration, ok bool) {
	if l.rate <= 0 {
		return 0, true
	}
	key := network(from)
	l.mu.Lock()
	defer l.mu.Unlock()
	b, known := l.now[key]
	if !known {
		if b, known = l.old[key]; !known {
			b = bucket{tokens: l.burst, at: moment}
		}
		if len(l.now) >= l.limit {
			l.old, l.now = l.now, make(map[netip.Prefix]bucket)
		}
	}
	passed := max(moment.Sub(b.at).Seconds(), 0) // a clock that was set back gives nothing, and takes nothing
	b.tokens, b.at = min(l.burst, b.tokens+passed*l.rate), moment
	if b.tokens >= 1 {
		b.tokens--
		ok = true
	} else {
		wait = time.Duration((1 - b.tokens) / l.rate * float64(time.Second))
	}
	l.now[key] = b
	return wait, ok
}

func network(from netip.Addr) netip.Prefix {
	from = from.Unmap().WithZone("")
	bits := 32
	if from.Is6() {
		bits = 64
	}
	key, _ := from.Prefix(bits) // an invalid address: all of them share a bucket
	return key
}
