package identity

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

const benchPeople = 20_000

// BenchmarkVerify sends fresh right codes, each of another person, from so many
// goroutines at once to a database on the disk, of either kind.
func BenchmarkVerify(b *testing.B) {
	b.Run("database=sqlite", func(b *testing.B) {
		b.Setenv(storetest.Variable, "")
		benchmarkVerify(b)
	})
	b.Run("database=postgresql", func(b *testing.B) {
		b.Setenv(storetest.Variable, storetest.Cluster(b))
		benchmarkVerify(b)
	})
}

func benchmarkVerify(b *testing.B) {
	h := newHouse(b)
	keys := h.seed(benchPeople)
	for _, clients := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) { h.benchmark(b, keys, clients) })
	}
}

// seed adds linked people quickly, without their activation.
func (h *house) seed(people int) []enroll.Key {
	h.t.Helper()
	keys := make([]enroll.Key, people)
	h.must(h.store.Do(background, func(tx *store.Tx) error {
		for i := range keys {
			id, err := h.newID()
			if err != nil {
				return err
			}
			secret := make([]byte, secretSize)
			if _, err := h.random.Read(secret); err != nil {
				return err
			}
			keys[i] = linkKey(secret)
			name := fmt.Sprintf("user%06d", i)
			if err := h.addPerson(tx, store.Person{ID: id, User: name, Name: name, Email: name + "@example.org", Role: "user"}); err != nil {
				return err
			}
			sealed, keyID, err := h.seal(secret, placeOfLink(id, id))
			if err != nil {
				return err
			}
			if err := tx.AddLink(store.Link{ID: id, Person: id, Device: "laptop", Secret: sealed, KeyID: keyID}); err != nil {
				return err
			}
		}
		return nil
	}))
	return keys
}

func (h *house) benchmark(b *testing.B, keys []enroll.Key, clients int) {
	type request struct{ user, code string }
	requests := make([]request, b.N)
	rounds := (b.N + len(keys) - 1) / len(keys)
	base := h.clock.Now()
	for i := range requests {
		key := keys[i%len(keys)]
		at := base.Add(time.Duration(i/len(keys)+1) * time.Minute)
		code, err := key.CodeAt(key.Step(at))
		if err != nil {
			b.Fatal(err)
		}
		requests[i] = request{fmt.Sprintf("user%06d", i%len(keys)), code}
	}
	took := make([]time.Duration, b.N)
	before := h.store.Stats()
	b.ReportAllocs()
	b.ResetTimer()
	for turn := range rounds { // nobody's code is asked for twice in a step
		h.clock.add(time.Minute)
		var next atomic.Int64
		next.Store(int64(turn * len(keys)))
		end := int64(min((turn+1)*len(keys), b.N))
		var all sync.WaitGroup
		for range clients {
			all.Go(func() {
				for i := next.Add(1) - 1; i < end; i = next.Add(1) - 1 {
					start := time.Now()
					v, err := h.Verify(background, h.app, requests[i].user, requests[i].code)
					took[i] = time.Since(start)
					if err != nil || !v.Valid {
						b.Errorf("%s: %+v, %v", requests[i].user, v, err)
					}
				}
			})
		}
		all.Wait()
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "accepted/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(h.store.Stats().Commits-before.Commits)/float64(b.N), "commits/op")
}
