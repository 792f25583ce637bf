package server_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/server/store/storetest"
)

// A stop under load answers what it accepted: no code is used up without an
// answer.
func TestAStopUnderLoad(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		people := seed(t, 800)
		stopUnderLoad(t, people, func() *process { return serve(t, people.data, "--tls", "off") })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		address := storetest.Database(t, storetest.Start(t).Address)
		people := seedOn(t, t.TempDir(), address, 800)
		stopUnderLoad(t, people, func() *process { return serve(t, people.data, "--tls", "off", "--database", address) })
	})
}

func stopUnderLoad(t *testing.T, people seeded, begin func() *process) {
	t.Helper()
	p := begin()
	var next, answered atomic.Int64
	var mu sync.Mutex
	unanswered := map[int]string{} // the code by person
	var clients sync.WaitGroup
	for range 32 {
		clients.Go(func() {
			app := verifier{http: &http.Client{Timeout: 30 * time.Second}, url: p.url, key: people.key}
			for {
				i := int(next.Add(1)) - 1
				if i >= len(people.user) {
					return
				}
				code, err := people.otp[i].CodeNow(time.Now())
				if err != nil {
					t.Error(err)
					return
				}
				ok, err := app.verify(people.user[i], code.Text)
				if err != nil {
					mu.Lock()
					unanswered[i] = code.Text
					mu.Unlock()
					return // nobody listens any more
				}
				if !ok {
					t.Errorf("the right code of %s is refused", people.user[i])
				}
				answered.Add(1)
			}
		})
	}
	for answered.Load() < 100 {
		time.Sleep(time.Millisecond)
	}
	exit, err := p.stop()
	clients.Wait()
	if exit != 0 || err != nil {
		t.Errorf("the stop ends with status %d, %v:\n%s", exit, err, p.said())
	}
	if len(unanswered) == 0 {
		t.Fatal("everybody was answered before the stop")
	}
	p = begin()
	app := verifier{http: &http.Client{}, url: p.url, key: people.key}
	for i, code := range unanswered {
		if ok, err := app.verify(people.user[i], code); err != nil || !ok {
			t.Errorf("a code without an answer was used up: %v, %v", ok, err)
		}
	}
	t.Logf("%d answered, %d never accepted", answered.Load(), len(unanswered))
}
