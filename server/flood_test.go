package server_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/server/store/storetest"
)

// Somebody tries account after account through one application, those that there
// are and others, and locks them; another application's right codes of other people
// go on to be accepted.
func TestFloodDoesNotStopTheOthers(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		people := seed(t, 60)
		flood(t, people, serve(t, people.data, "--tls", "off").url, done(t, people.data, "application", "add", "vpn"))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		address := storetest.Database(t, storetest.Start(t).Address)
		people := seedOn(t, t.TempDir(), address, 60)
		p := serve(t, people.data, "--tls", "off", "--database", address)
		flood(t, people, p.url, doneOn(t, address, people.data+"/server.key", "application", "add", "vpn"))
	})
}

func flood(t *testing.T, people seeded, url, flooded string) {
	t.Helper()
	const clients = 1500 // more than are let in at once
	half := len(people.user) / 2
	quiet, _ := verifyAll(t, people, url, 0, half)
	attacked := append([]string{"nobody"}, people.user[:half]...)

	stop := make(chan struct{})
	var answered, putOff atomic.Int64
	var flooding sync.WaitGroup
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	for client := range clients {
		flooding.Go(func() {
			app := verifier{http: &http.Client{Transport: transport, Timeout: 30 * time.Second}, url: url, key: flooded}
			for turn := client; ; turn++ {
				select {
				case <-stop:
					return
				default:
				}
				switch _, err := app.verify(attacked[turn%len(attacked)], "123456"); {
				case err == nil:
					answered.Add(1)
				case strings.Contains(err.Error(), "answered 503"):
					putOff.Add(1)
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	for answered.Load() < clients { // it is in full swing
		time.Sleep(10 * time.Millisecond)
	}
	loud, slowest := verifyAll(t, people, url, half, len(people.user))
	close(stop)
	flooding.Wait()
	t.Logf("a right code takes %s quiet and %s in the flood (%.1f times), the slowest %s; the flood was answered %d times and put off %d times",
		quiet, loud, float64(loud)/float64(quiet), slowest, answered.Load(), putOff.Load())
	if slowest > 5*time.Second {
		t.Errorf("a right code takes %s beside a flood", slowest)
	}
}

// verifyAll has two clients verify a right code of each person, and gives the
// median and the longest time.
func verifyAll(t *testing.T, people seeded, url string, from, to int) (median, slowest time.Duration) {
	t.Helper()
	next := make(chan int, to-from)
	for i := from; i < to; i++ {
		next <- i
	}
	close(next)
	var mu sync.Mutex
	var took []time.Duration
	var clients sync.WaitGroup
	for range 2 {
		clients.Go(func() {
			app := verifier{http: &http.Client{}, url: url, key: people.key}
			for i := range next {
				code, err := people.otp[i].CodeNow(time.Now())
				if err != nil {
					t.Error(err)
					return
				}
				began := time.Now()
				if ok, err := app.verify(people.user[i], code.Text); err != nil || !ok {
					t.Errorf("the right code gives %v, %v", ok, err)
				}
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	slices.Sort(took)
	return took[len(took)/2], took[len(took)-1]
}
