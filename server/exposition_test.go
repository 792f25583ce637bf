package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sleutelbos/server/identity"
	"sleutelbos/server/message"
	"sleutelbos/server/store"
)

func TestExposition(t *testing.T) {
	var e exposition
	e.single(gauge, "up", "1 when it works.", 1)
	e.family(counter, "made_total", "What was made.")
	e.sample("made_total", 12345678, "kind", `a "b"\c`+"\nd", "outcome", "é")
	e.histogram("size", "How big.", []float64{0.5, 2}, []uint64{1, 2, 3}, 20.25)
	want := `# HELP up 1 when it works.
# TYPE up gauge
up 1
# HELP made_total What was made.
# TYPE made_total counter
made_total{kind="a \"b\"\\c\nd",outcome="é"} 1.2345678e+07
# HELP size How big.
# TYPE size histogram
size_bucket{le="0.5"} 1
size_bucket{le="2"} 3
size_bucket{le="+Inf"} 6
size_sum 20.25
size_count 6
`
	if diff := cmp.Diff(want, string(e.text)); diff != "" {
		t.Errorf("the exposition (-want +got):\n%s", diff)
	}
}

func TestDurations(t *testing.T) {
	var d durations
	for _, took := range []time.Duration{0, firstBound, firstBound + 1, 8192 * time.Millisecond, time.Minute} {
		d.observe(took)
	}
	var e exposition
	d.write(&e, "took_seconds", "How long.")
	want := `# HELP took_seconds How long.
# TYPE took_seconds histogram
took_seconds_bucket{le="0.0005"} 2
took_seconds_bucket{le="0.001"} 3
took_seconds_bucket{le="0.002"} 3
took_seconds_bucket{le="0.004"} 3
took_seconds_bucket{le="0.008"} 3
took_seconds_bucket{le="0.016"} 3
took_seconds_bucket{le="0.032"} 3
took_seconds_bucket{le="0.064"} 3
took_seconds_bucket{le="0.128"} 3
took_seconds_bucket{le="0.256"} 3
took_seconds_bucket{le="0.512"} 3
took_seconds_bucket{le="1.024"} 3
took_seconds_bucket{le="2.048"} 3
took_seconds_bucket{le="4.096"} 3
took_seconds_bucket{le="8.192"} 4
took_seconds_bucket{le="+Inf"} 5
took_seconds_sum 68.193000001
took_seconds_count 5
`
	if diff := cmp.Diff(want, string(e.text)); diff != "" {
		t.Errorf("the durations (-want +got):\n%s", diff)
	}
}

func TestStoreFigures(t *testing.T) {
	figures := store.Figures{Ailing: true, ReaderWaited: 1500 * time.Millisecond}
	figures.Operations = 7
	figures.Batches[0], figures.Batches[2] = 4, 1
	var e exposition
	writeStore(&e, figures)
	for _, want := range []string{
		`sleutelbos_database_batch_operations_bucket{le="1"} 4`, `sleutelbos_database_batch_operations_bucket{le="2"} 4`,
		`sleutelbos_database_batch_operations_bucket{le="4"} 5`, `sleutelbos_database_batch_operations_bucket{le="+Inf"} 5`,
		"sleutelbos_database_batch_operations_sum 7", "sleutelbos_database_batch_operations_count 5",
		"sleutelbos_database_reader_wait_seconds_total 1.5", "sleutelbos_database_up 0",
	} {
		if !strings.Contains("\n"+string(e.text), "\n"+want+"\n") {
			t.Errorf("there is no %s in:\n%s", want, e.text)
		}
	}
}

func TestObservingCostsNoAllocation(t *testing.T) {
	m, err := (&Settings{MetricsListen: "127.0.0.1:0"}).measure(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	observe := m.observer()
	for _, outcome := range identity.Outcomes() {
		if allocations := testing.AllocsPerRun(100, func() { observe(outcome, time.Millisecond) }); allocations != 0 {
			t.Errorf("observing %s costs %v allocations", outcome, allocations)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	m, err := (&Settings{MetricsListen: "127.0.0.1:0"}).measure(time.Now())
	if err != nil {
		b.Fatal(err)
	}
	defer m.close()
	b.ReportAllocs()
	for b.Loop() {
		m.observe(identity.ReasonValid, time.Millisecond)
	}
}

func TestMetricsWhileManyRead(t *testing.T) {
	m, err := (&Settings{MetricsListen: "127.0.0.1:0"}).measure(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	read := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		m.ServeHTTP(w, httptest.NewRequest(http.MethodGet, pathMetrics, nil))
		return w
	}
	mailed := m.mailObserver()
	var working sync.WaitGroup
	for range maxReadings {
		working.Go(func() {
			for range 100 {
				m.observe(identity.ReasonLocks, time.Millisecond)
				mailed(identity.MessageTest, message.Sent)
			}
			m.add(func(*exposition) {})
			if w := read(); w.Code != http.StatusOK {
				t.Errorf("one of %d readings is answered %d", maxReadings, w.Code)
			}
		})
	}
	working.Wait()
	for _, want := range []string{
		`sleutelbos_verifications_total{outcome="wrong-locks"} 400`, "sleutelbos_verification_seconds_sum 0.4",
		"sleutelbos_locks_total 400", `sleutelbos_mails_total{kind="test",outcome="sent"} 400`,
	} {
		if text := read().Body.String(); !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("there is no %s in:\n%s", want, text)
		}
	}
	for range maxReadings {
		m.reading <- struct{}{}
	}
	if w := read(); w.Code != http.StatusServiceUnavailable {
		t.Errorf("one reading too many is answered %d", w.Code)
	}
}
