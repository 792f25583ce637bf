package identity

import (
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
