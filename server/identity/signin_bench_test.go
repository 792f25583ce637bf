package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store/storetest"
)

// What a round measures.
const (
	floodClients  = 64  // who sign in without a pause, each time by another name
	verifyClients = 8   // beside them
	verifyRound   = 400 // verifications of a round
)

// BenchmarkVerifyBesideSignIns measures verifications alone and during a flood
// of sign-ins at the full price of a password, in turn, and reports the median
// ratio of their 99th percentiles.
func BenchmarkVerifyBesideSignIns(b *testing.B) {
	b.Run("database=sqlite", func(b *testing.B) {
		b.Setenv(storetest.Variable, "")
		benchmarkBeside(b)
	})
	b.Run("database=postgresql", func(b *testing.B) {
		b.Setenv(storetest.Variable, storetest.Cluster(b))
		benchmarkBeside(b)
	})
}

func benchmarkBeside(b *testing.B) {
	h := newHouse(b)
	keys := h.seed(2 * verifyRound)
	var alone, beside, ratios []float64
	var tried, crowded atomic.Int64
	before := h.hasher.hashes.Load()
	b.ResetTimer()
	began := time.Now()
	for range b.N {
		quiet := h.p99(b, keys)
		stop := h.flood(&tried, &crowded)
		loud := h.p99(b, keys)
		stop()
		alone, beside, ratios = append(alone, quiet), append(beside, loud), append(ratios, loud/quiet)
	}
	took := time.Since(began).Seconds()
	b.ReportMetric(median(alone), "p99-alone-ms")
	b.ReportMetric(median(beside), "p99-beside-ms")
	b.ReportMetric(median(ratios), "p99-ratio")
	b.ReportMetric(float64(h.hasher.hashes.Load()-before)/took, "hashes/s")
	b.ReportMetric(float64(crowded.Load())/float64(max(tried.Load(), 1)), "turned-away")
}

// flood signs in until the function that it returns is called.
func (h *house) flood(tried, crowded *atomic.Int64) (stop func()) {
	ctx, cancel := context.WithCancel(background)
	var all sync.WaitGroup
	for client := range floodClients {
		all.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				_, err := h.SignIn(ctx, SignInRequest{User: fmt.Sprintf("nobody-%d-%d", client, n), Password: "verkeerd-9x", Code: "000000"})
				tried.Add(1)
				if errors.Is(err, ErrCrowded) {
					crowded.Add(1)
					time.Sleep(time.Millisecond) // the way over the network and back
				}
			}
		})
	}
	for len(h.hasher.slots) < cap(h.hasher.slots) { // until it has begun
		time.Sleep(time.Millisecond)
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// p99 is that of a round of right codes, in milliseconds.
func (h *house) p99(b *testing.B, keys []enroll.Key) float64 {
	h.clock.add(time.Minute)
	took := make([]time.Duration, verifyRound)
	var next atomic.Int64
	var all sync.WaitGroup
	for range verifyClients {
		all.Go(func() {
			for i := next.Add(1) - 1; i < verifyRound; i = next.Add(1) - 1 {
				code, err := keys[i].CodeAt(keys[i].Step(h.clock.Now()))
				if err != nil {
					b.Error(err)
				}
				start := time.Now()
				v, err := h.Verify(background, h.app, fmt.Sprintf("user%06d", i), code)
				took[i] = time.Since(start)
				if err != nil || !v.Valid {
					b.Errorf("%+v, %v", v, err)
				}
			}
		})
	}
	all.Wait()
	slices.Sort(took)
	return float64(took[len(took)*99/100].Microseconds()) / 1000
}

func median(all []float64) float64 {
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
