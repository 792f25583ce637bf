package server_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store/storetest"
)

// cutPeople are as many as keep the servers busy well past the cut.
const cutPeople = 1500

// cutPatience is how long one client goes on to ask again.
const cutPatience = time.Minute

// crowd is people who each have one right code verified at one of several
// servers, and ask again as long as the answer is to try again.
type crowd struct {
	seeded
	codes    []string
	nodes    []*process
	accepted []atomic.Int32 // answers "valid", by person
	again    atomic.Int32   // answers that told to try again, and connections that broke
	answered atomic.Int32
}

func newCrowd(t testing.TB, s seeded, nodes ...*process) *crowd {
	t.Helper()
	c := &crowd{seeded: s, codes: make([]string, len(s.user)), nodes: nodes, accepted: make([]atomic.Int32, len(s.user))}
	for i, key := range s.otp {
		var err error
		// The next step is right for another minute.
		c.codes[i], err = key.CodeAt(key.Step(time.Now()) + 1)
		must(t, err)
	}
	return c
}

// ask has everybody's code verified once; midway is called when a third was
// answered.
func (c *crowd) ask(t testing.TB, midway func()) {
	t.Helper()
	var next atomic.Int32
	var all sync.WaitGroup
	third := make(chan struct{})
	for range 16 {
		all.Go(func() {
			app := verifier{http: &http.Client{Timeout: 30 * time.Second}, key: c.key}
			for i := int(next.Add(1)) - 1; i < len(c.codes); i = int(next.Add(1)) - 1 {
				c.askOne(t, &app, i)
				if int(c.answered.Add(1)) == len(c.codes)/3 {
					close(third)
				}
			}
		})
	}
	<-third
	midway()
	all.Wait()
}

func (c *crowd) askOne(t testing.TB, app *verifier, i int) {
	for began := time.Now(); time.Since(began) < cutPatience; {
		app.url = c.nodes[i%len(c.nodes)].url
		valid, err := app.verify(c.user[i], c.codes[i])
		if err == nil {
			if valid {
				c.accepted[i].Add(1)
			}
			return
		}
		c.again.Add(1)
		if !strings.Contains(err.Error(), enroll.ProblemTryAgain) {
			t.Errorf("%s is told: %v", c.user[i], err)
			return
		}
	}
	t.Errorf("%s was not answered within %s", c.user[i], cutPatience)
}

// check asks for all codes once more, at the other server: nobody's is accepted
// a second time, and what was accepted is remembered.
func (c *crowd) check(t testing.TB) {
	t.Helper()
	app := verifier{http: &http.Client{Timeout: 30 * time.Second}, key: c.key}
	accepted := 0
	for i, code := range c.codes {
		app.url = c.nodes[(i+1)%len(c.nodes)].url
		valid, err := app.verify(c.user[i], code)
		must(t, err)
		if valid {
			c.accepted[i].Add(1)
		}
		switch n := c.accepted[i].Load(); {
		case n > 1:
			t.Errorf("the code of %s was accepted %d times", c.user[i], n)
		case n == 1:
			accepted++
		}
	}
	// Whoever's answer was lost in the cut may have used up the code unanswered,
	// one for each client; the rest was accepted.
	if least := len(c.codes) - 16 - int(c.again.Load()); accepted < least {
		t.Errorf("%d of %d codes were accepted; %d asks were told to try again", accepted, len(c.codes), c.again.Load())
	}
	t.Logf("%d codes accepted once, %d asks told to try again", accepted, c.again.Load())
}

// nodesOn starts two servers on a PostgreSQL.
func nodesOn(t testing.TB, address, key string) []*process {
	t.Helper()
	nodes := make([]*process, 2)
	for i := range nodes {
		nodes[i] = serve(t, t.TempDir(), "--tls", "off", "--server-key-file", key, "--database", address)
	}
	return nodes
}

// The first PostgreSQL dies while codes are verified, and its synchronous
// standby takes over: no code is accepted twice, none that was accepted is
// forgotten, and who could not be answered was told to try again.
func TestFailover(t *testing.T) {
	first := storetest.Start(t)
	database := storetest.Database(t, first.Address)
	second := first.Standby(t)
	address := storetest.Both(t, first, second, database)
	folder := t.TempDir()
	people := seedOn(t, folder, address, cutPeople)
	c := newCrowd(t, people, nodesOn(t, address, filepath.Join(folder, "server.key"))...)
	c.ask(t, func() {
		first.Stop(t)
		second.Promote(t)
	})
	c.check(t)
	for _, node := range c.nodes {
		if code, said := fetched(t, node.url+"/readyz"); code != http.StatusOK {
			t.Errorf("after the failover: %d %s", code, said)
		}
	}
	doneOn(t, address, filepath.Join(folder, "server.key"), "audit", "verify")
	// The database is on the second server alone now.
	first.Start(t)
	storetest.Exec(t, first.Address, "ALTER SYSTEM SET synchronous_standby_names = ''")
	storetest.Exec(t, first.Address, "SELECT pg_reload_conf()")
}

// The only PostgreSQL loses its power while codes are verified, and comes back.
func TestPowerCutOfPostgreSQL(t *testing.T) {
	cluster := storetest.Start(t)
	address := storetest.Database(t, cluster.Address)
	folder := t.TempDir()
	people := seedOn(t, folder, address, cutPeople)
	c := newCrowd(t, people, nodesOn(t, address, filepath.Join(folder, "server.key"))...)
	c.ask(t, func() {
		cluster.Stop(t)
		cluster.Start(t)
	})
	c.check(t)
	doneOn(t, address, filepath.Join(folder, "server.key"), "audit", "verify")
}
