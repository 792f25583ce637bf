package identity

import (
	"fmt"
	"os"
	"testing"
	"time"

	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

// BenchmarkOverview is what administrators' pages ask for, with a year of the
// audit log: ten lines for each person. A million people only where LONG is set.
func BenchmarkOverview(b *testing.B) {
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
				benchmarkOverview(b, people)
			})
		}
	}
}

const linesEach = 10 // of the audit log, a year, for each person

func benchmarkOverview(b *testing.B, people int) {
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
	h.year(people)
	began := time.Now()
	changed, err := h.jobs().Run(background, "tally")
	h.must(err)
	b.Logf("%d lines counted and noted, %.0f a second", changed, float64(changed)/time.Since(began).Seconds())
	page, err := h.SearchPeople(background, Operator(), Search{})
	h.must(err)
	someone := page.People[0].ID
	for name, ask := range map[string]func() error{
		"glance-day":   func() error { _, err := h.Glance(background, Operator(), GlanceDay); return err },
		"glance-year":  func() error { _, err := h.Glance(background, Operator(), GlanceYear); return err },
		"todo":         func() error { _, err := h.Todos(background, Operator()); return err },
		"audit-newest": func() error { _, err := h.FindAudit(background, Operator(), AuditSearch{}); return err },
		"audit-person": func() error { _, err := h.FindAudit(background, Operator(), AuditSearch{Person: someone}); return err },
		"audit-reference": func() error {
			_, err := h.FindAudit(background, Operator(), AuditSearch{Reference: "R00000321"})
			return err
		},
		"audit-locks": func() error {
			_, err := h.FindAudit(background, Operator(), AuditSearch{Outcome: "wrong-locks"})
			return err
		},
		"report-unused": func() error {
			_, _, err := h.Report(background, Operator(), ReportQuery{Name: ReportUnused})
			return err
		},
		"report-devices": func() error {
			_, _, err := h.Report(background, Operator(), ReportQuery{Name: ReportDevices})
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// year writes a year of lines, spread over it and over everybody. Their MACs are
// none: nothing here checks the chain.
func (h *house) year(people int) {
	h.t.Helper()
	var ids []string
	for s := (Search{Limit: maxPage}); ; {
		page, err := h.SearchPeople(background, Operator(), s)
		h.must(err)
		for _, p := range page.People {
			ids = append(ids, p.ID)
		}
		if s.After = page.Next; s.After == "" || len(ids) > 5_000 {
			break
		}
	}
	lines := people * linesEach
	step := int64(365*24*time.Hour/time.Millisecond) / int64(lines)
	begin := stamp(h.clock.Now()) - int64(lines)*step
	outcomes := []Reason{ReasonValid, ReasonValid, ReasonValid, ReasonValid, ReasonValid, ReasonValid, ReasonWrong}
	for from := 0; from < lines; from += 1000 {
		h.must(h.store.Do(background, func(tx *store.Tx) error {
			for i := from; i < min(from+1000, lines); i++ {
				outcome := outcomes[i%len(outcomes)]
				if i%5000 == 0 {
					outcome = ReasonLocks
				}
				row := store.AuditRow{
					Chain: 99, Seq: int64(i + 1), At: begin + int64(i)*step, Kind: kindVerify, Outcome: string(outcome),
					Person: ids[i%len(ids)], Application: h.app.ID, Reference: fmt.Sprintf("R%08d", i), MAC: []byte{1},
				}
				if err := tx.AddAudit(&row); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}
