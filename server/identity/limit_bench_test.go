package identity

import (
	"testing"
	"time"

	"sleutelbos/server/store/storetest"
)

// BenchmarkAuthenticate is what the limit of an application costs a
// verification: a part of it is taken from the database at a time.
func BenchmarkAuthenticate(b *testing.B) {
	for _, database := range []string{"sqlite", "postgresql"} {
		for name, limit := range map[string]Limit{"none": {}, "2000000": {PerSecond: 2_000_000, Burst: 2_000_000}} {
			b.Run("database="+database+"/limit="+name, func(b *testing.B) {
				b.Setenv(storetest.Variable, "")
				if database == "postgresql" {
					b.Setenv(storetest.Variable, storetest.Cluster(b))
				}
				h := newHouse(b)
				h.options.ApplicationLimit = limit
				h.restart()
				h.Desk.clock = time.Now
				before := h.store.Stats()
				b.ReportAllocs()
				b.ResetTimer()
				b.SetParallelism(32)
				b.RunParallel(func(all *testing.PB) {
					for all.Next() {
						if _, err := h.Authenticate(background, h.appKey); err != nil {
							time.Sleep(time.Millisecond) // over the limit, as a client waits
						}
					}
				})
				b.ReportMetric(float64(h.store.Stats().Commits-before.Commits)/float64(b.N), "commits/op")
			})
		}
	}
}
