package identity

import (
	"net/netip"
	"sync"
	"time"
)

// Limit bounds how often something may happen: so many times a second on
// average, and Burst times at once. The zero Limit does not bound.
type Limit struct {
	PerSecond float64
	Burst     int
}

// limits counts for each name by a token bucket, in the memory of this process.
type limits struct {
	limit   Limit
	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// take takes a token of the name and returns 0, or how long to wait for one, in
// whole seconds, because that is what Retry-After can say.
func (l *limits) take(name string, now time.Time) time.Duration {
	if l.limit.PerSecond <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buckets == nil {
		l.buckets = map[string]bucket{}
	}
	most := float64(max(l.limit.Burst, 1))
	b, ok := l.buckets[name]
	if !ok {
		b = bucket{tokens: most, at: now}
	}
	passed := max(now.Sub(b.at).Seconds(), 0) // a clock that was set back gives nothing, and takes nothing
	b.tokens, b.at = min(most, b.tokens+passed*l.limit.PerSecond), now
	wait := time.Duration(0)
	if b.tokens >= 1 {
		b.tokens--
	} else {
		missing := (1 - b.tokens) / l.limit.PerSecond
		wait = (time.Duration(missing*float64(time.Second)) + time.Second - 1).Truncate(time.Second)
	}
	l.buckets[name] = b
	return max(wait, 0)
}

// asksPerHour is how many links to choose a password one network may ask for: an
// office of many people has one address.
const asksPerHour = 60

// mostAsking is how many networks are remembered at once; an entry takes about
// a hundred bytes.
const mostAsking = 32 << 10

// askLimits bounds what one network may ask for by the same buckets. When there
// are too many, all are forgotten, which gives each at worst a fresh one.
type askLimits struct {
	mu     sync.Mutex
	limits limits
}

// take is [limits.take] for the network of an address: IPv4 counts whole, IPv6
// by its /64. What is no address shares one bucket.
func (a *askLimits) take(address string, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.limits.buckets) >= mostAsking {
		clear(a.limits.buckets)
	}
	a.limits.limit = Limit{PerSecond: asksPerHour / time.Hour.Seconds(), Burst: asksPerHour}
	return a.limits.take(networkOf(address), now)
}

func networkOf(address string) string {
	from, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	from = from.Unmap().WithZone("")
	bits := 32
	if from.Is6() {
		bits = 64
	}
	network, _ := from.Prefix(bits)
	return network.String()
}
