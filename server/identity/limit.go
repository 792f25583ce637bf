package identity

import (
	"context"
	"sync"
	"time"

	"sleutelbos/server/store"
)

// Limit bounds how often something may happen: so many times a second on
// average, and Burst times at once. The zero Limit does not bound.
type Limit struct {
	PerSecond float64
	Burst     int
}

const (
	// leasesPerSecond is how often a process goes to the database for an
	// application that asks as much as it may: what it takes there at once is a
	// part of the limit, which it then gives out by itself.
	leasesPerSecond = 20
	// turnLife is how long what was taken may be given out. What is left then is
	// gone, and the limit a little tighter for it.
	turnLife = time.Second
)

// limits counts for each application in the database, over all processes. In
// memory is only what was taken there in advance, or that there is nothing to be
// had for a while.
type limits struct {
	limit Limit
	mu    sync.Mutex
	turns map[string]*turns
}

// turns is one application's.
type turns struct {
	mu    sync.Mutex // held while asking the database, so that one of many does
	left  int
	taken time.Time
	none  time.Time // when there was none
	wait  time.Duration
}

func (l *limits) of(application string) *turns {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.turns == nil {
		l.turns = map[string]*turns{}
	}
	t, ok := l.turns[application]
	if !ok {
		t = &turns{}
		l.turns[application] = t
	}
	return t
}

// takeTurn takes one of the application and returns 0, or how long to wait for
// one, in whole seconds, because that is what Retry-After can say.
func (d *Desk) takeTurn(ctx context.Context, application string, now time.Time) (time.Duration, error) {
	limit := d.limits.limit
	if limit.PerSecond <= 0 {
		return 0, nil
	}
	t := d.limits.of(application)
	t.mu.Lock()
	defer t.mu.Unlock()
	if since := now.Sub(t.taken); t.left > 0 && since >= 0 && since < turnLife {
		t.left--
		return 0, nil
	}
	if since := now.Sub(t.none); since >= 0 && since < t.wait {
		return whole(t.wait - since), nil
	}
	most := max(limit.Burst, 1)
	each := 1e6 / limit.PerSecond // microseconds
	for _, take := range []int{min(max(int(limit.PerSecond/leasesPerSecond), 1), most), 1} {
		wait, err := d.store.TakeTurns(ctx, application, store.Turns{
			Now: now.UnixMicro(), Cost: int64(each * float64(take)), Most: int64(each * float64(most)),
		})
		if err != nil {
			return 0, err
		}
		if wait == 0 {
			t.left, t.taken, t.wait = take-1, now, 0
			return 0, nil
		}
		t.none, t.wait = now, time.Duration(wait)*time.Microsecond
		if take == 1 {
			break
		}
	}
	return whole(t.wait), nil
}

// whole rounds up to seconds.
func whole(wait time.Duration) time.Duration {
	return max(time.Second, (wait + time.Second - 1).Truncate(time.Second))
}
