package identity

import (
	"net/netip"
	"sync"
	"time"
)

// asksPerHour is how many links to choose a password one network may ask for: an
// office of many people has one address.
const asksPerHour = 60

// mostAsking is how many networks are remembered at once; an entry takes about
// a hundred bytes.
const mostAsking = 32 << 10

// askLimits bounds what one network may ask for by a token bucket each. When there
// are too many, all are forgotten, which gives each at worst a fresh one.
type askLimits struct {
	mu      sync.Mutex
	buckets map[string]bucket
}

// take takes a token for the network of an address, or says how long to wait for
// one, in whole seconds: IPv4 counts whole, IPv6 by its /64. What is no address
// shares one bucket.
func (a *askLimits) take(address string, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.buckets) >= mostAsking {
		clear(a.buckets)
	}
	if a.buckets == nil {
		a.buckets = map[string]bucket{}
	}
	network := networkOf(address)
	b, ok := a.buckets[network]
	if !ok {
		b = bucket{tokens: asksPerHour, at: now}
	}
	rate := asksPerHour / time.Hour.Seconds()
	passed := max(now.Sub(b.at).Seconds(), 0) // a clock that was set back gives nothing, and takes nothing
	b.tokens, b.at = min(asksPerHour, b.tokens+passed*rate), now
	wait := time.Duration(0)
	if b.tokens >= 1 {
		b.tokens--
	} else {
		wait = whole(time.Duration((1 - b.tokens) / rate * float64(time.Second)))
	}
	a.buckets[network] = b
	return wait
}

type bucket struct {
	tokens float64
	at     time.Time
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
