package identity

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

// BenchmarkSearchPeople searches as one types among so many people, on either
// database; a million only where LONG is set. p100 is the slowest of all.
func BenchmarkSearchPeople(b *testing.B) {
	for _, database := range []string{"sqlite", "postgresql"} {
		for _, people := range []int{1_000, 100_000, 1_000_000} {
			if people > 100_000 && os.Getenv("LONG") == "" {
				continue
			}
			b.Run(fmt.Sprintf("database=%s/people=%d", database, people), func(b *testing.B) {
				address := ""
				if database == "postgresql" {
					address = storetest.Cluster(b)
				}
				b.Setenv(storetest.Variable, address)
				benchmarkSearch(b, people)
			})
		}
	}
}

func benchmarkSearch(b *testing.B, people int) {
	h := newHouse(b)
	for from := 0; from < people; from += 500 {
		h.must(h.store.Do(background, func(tx *store.Tx) error {
			for i := from; i < min(from+500, people); i++ {
				if err := h.resident(tx, i); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	for name, typed := range map[string][]string{
		"typing":   {"j", "ja", "jan", "jan ", "jan d", "jan de", "jan de v", "jan de vri"},
		"everyone": {""},
		"rare":     {"u00009", "u0000999", "r003"},
		"common":   {"van der", "de v", "docent jan", "jan docent smit", "van den b"},
		"none":     {"jan zzz", "docent conciërge", "piet anna"},
		"phone":    {"06", "0612", "06 1234"},
	} {
		b.Run("typed="+name, func(b *testing.B) {
			took := make([]time.Duration, 0, b.N)
			for i := range b.N {
				start := time.Now()
				if _, err := h.SearchPeople(background, Operator(), Search{Text: typed[i%len(typed)]}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "p100-ms")
		})
	}
}
