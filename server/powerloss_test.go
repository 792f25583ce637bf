package server_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sleutelbos/server/identity"
	"sleutelbos/server/store"
)

// A power cut loses what was written and not yet flushed, whole or in part. The
// test records every write, flush and answer of a running server as the kernel
// saw them, and rebuilds the disk as it may have been after a cut at any
// moment. Whatever the moment, every code that had been accepted stays refused,
// and the database opens whole.
func TestPowerLoss(t *testing.T) {
	strace := needs(t, "strace")
	const people, cuts = 48, 60
	s := seed(t, people)
	base := map[string][]byte{}
	for _, name := range []string{"sleutelbos.db", "sleutelbos.db-wal"} {
		if content, err := os.ReadFile(filepath.Join(s.data, name)); err == nil {
			base[filepath.Join(s.data, name)] = content
		}
	}
	record := filepath.Join(t.TempDir(), "record")
	now, ports, codes := recorded(t, strace, record, s)
	events := readRecord(t, record)
	random := rand.New(rand.NewPCG(1, 2))
	moments := []int{0, len(events)}
	for i, e := range events { // the riskiest moment is just after an answer
		if e.kind == eventAnswer && random.IntN(2) == 0 {
			moments = append(moments, i+1)
		}
	}
	for len(moments) < cuts {
		moments = append(moments, random.IntN(len(events)))
	}
	answers, flushes, writes := 0, 0, 0
	for _, e := range events {
		switch e.kind {
		case eventAnswer:
			answers++
		case eventFlush:
			flushes++
		case eventWrite:
			if strings.HasPrefix(filepath.Base(e.file), "sleutelbos.db") {
				writes++
			}
		}
	}
	if answers != people || flushes == 0 || writes < people {
		t.Fatalf("the record holds %d answers of %d, %d flushes and %d writes", answers, people, flushes, writes)
	}
	key, err := os.ReadFile(filepath.Join(s.data, "server.key"))
	must(t, err)
	for _, moment := range moments {
		folder := t.TempDir()
		must(t, os.WriteFile(filepath.Join(folder, "server.key"), key, 0o600))
		accepted := rebuild(t, base, events[:moment], folder, random)
		checkAfterCut(t, folder, s, now, ports, codes, accepted, moment)
	}
	t.Logf("%d moments; in the record: %d events, %d writes to the database, %d flushes", len(moments), len(events), writes, flushes)
}

// recorded has everybody's code accepted by a server under strace, and gives
// from which port each asked.
func recorded(t *testing.T, strace, record string, s seeded) (now time.Time, ports map[int]int, codes []string) {
	t.Helper()
	wrapper := filepath.Join(t.TempDir(), "traced")
	script := fmt.Sprintf("#!/bin/sh\nexec %s -f -yy -xx -s 9000 -o %s -e trace=write,pwrite64,fsync,fdatasync,ftruncate %s \"$@\"\n", strace, record, program(t))
	must(t, os.WriteFile(wrapper, []byte(script), 0o700)) //nolint:gosec // it has to run
	p, err := begin(wrapper, s.data, "--tls", "off")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("strace cannot follow a process here: %v", err)
	}
	defer p.kill()
	now, ports, codes = time.Now(), map[int]int{}, make([]string, len(s.user))
	var mu sync.Mutex
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := worker; i < len(s.user); i += 8 {
				code, err := s.otp[i].CodeAt(s.otp[i].Step(now) + 1)
				must(t, err)
				codes[i] = code
				client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
					conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
					if err == nil {
						mu.Lock()
						ports[conn.LocalAddr().(*net.TCPAddr).Port] = i
						mu.Unlock()
					}
					return conn, err
				}}}
				app := verifier{http: client, url: p.url, key: s.key}
				if ok, err := app.verify(s.user[i], code); err != nil || !ok {
					t.Errorf("%s: %v, %v", s.user[i], ok, err)
				}
			}
		})
	}
	all.Wait()
	// A stop moves the log into the database; strace passes the signal on.
	must(t, exec.Command("pkill", "-TERM", "-P", strconv.Itoa(p.command.Process.Pid)).Run())
	<-p.ended
	_ = p.command.Wait()
	return now, ports, codes
}

// What happens in a record.
const (
	eventWrite    = "write"
	eventTruncate = "truncate"
	eventFlush    = "flush"
	eventAnswer   = "answer"
)

type event struct {
	kind    string
	file    string
	at      int64
	content []byte
	port    int // of the client that was answered
}

// readRecord reads what strace wrote. A call that was interrupted by another
// thread stands on two lines; a write counts from the first, a flush from the
// second.
func readRecord(t *testing.T, record string) []event {
	t.Helper()
	file, err := os.Open(record)
	must(t, err)
	defer file.Close()
	written := regexp.MustCompile(`^(\d+) +pwrite64\(\d+<([^>]*)>, "([^"]*)"(\.\.\.)?, \d+, (\d+)`)
	truncated := regexp.MustCompile(`^(\d+) +ftruncate\(\d+<([^>]*)>, (\d+)`)
	flushed := regexp.MustCompile(`^(\d+) +f(?:data)?sync\(\d+<([^>]*)>(.*)`)
	resumed := regexp.MustCompile(`^(\d+) +<\.\.\. f(?:data)?sync resumed>.*= 0`)
	told := regexp.MustCompile(`^(\d+) +write\(\d+<TCP(?:v6)?:\[[^>]*->[^>]*?:(\d+)\]>, "([^"]*)"`)
	var events []event
	pending := map[string]string{} // file that a thread is flushing
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case written.MatchString(line):
			m := written.FindStringSubmatch(line)
			if m[4] != "" {
				t.Fatalf("the record cuts a write of %s short", m[2])
			}
			at, err := strconv.ParseInt(m[5], 10, 64)
			must(t, err)
			events = append(events, event{kind: eventWrite, file: string(unhex(t, m[2])), at: at, content: unhex(t, m[3])})
		case truncated.MatchString(line):
			m := truncated.FindStringSubmatch(line)
			at, err := strconv.ParseInt(m[3], 10, 64)
			must(t, err)
			events = append(events, event{kind: eventTruncate, file: string(unhex(t, m[2])), at: at})
		case flushed.MatchString(line):
			m := flushed.FindStringSubmatch(line)
			if strings.Contains(m[3], "unfinished") {
				pending[m[1]] = string(unhex(t, m[2]))
			} else if strings.HasSuffix(m[3], "= 0") {
				events = append(events, event{kind: eventFlush, file: string(unhex(t, m[2]))})
			}
		case resumed.MatchString(line):
			m := resumed.FindStringSubmatch(line)
			events = append(events, event{kind: eventFlush, file: pending[m[1]]})
		case told.MatchString(line):
			m := told.FindStringSubmatch(line)
			if strings.Contains(string(unhex(t, m[3])), `{"valid":true}`) {
				port, err := strconv.Atoi(m[2])
				must(t, err)
				events = append(events, event{kind: eventAnswer, port: port})
			}
		}
	}
	must(t, lines.Err())
	return events
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	must(t, err)
	return raw
}

// rebuild makes the files as they may be after a cut: what was flushed is
// there, of the rest any part, a write also in sectors. It gives who had been
// answered by then.
func rebuild(t *testing.T, base map[string][]byte, events []event, folder string, random *rand.Rand) (answered []int) {
	t.Helper()
	durable, unsure := map[string][]byte{}, map[string][]event{}
	for file, content := range base {
		durable[file] = slices.Clone(content)
	}
	for _, e := range events {
		switch e.kind {
		case eventAnswer:
			answered = append(answered, e.port)
		case eventFlush:
			for _, w := range unsure[e.file] {
				durable[e.file] = w.apply(durable[e.file], len(w.content))
			}
			delete(unsure, e.file)
		default:
			if strings.HasPrefix(filepath.Base(e.file), "sleutelbos.db") {
				unsure[e.file] = append(unsure[e.file], e)
			}
		}
	}
	for file, writes := range unsure {
		for _, w := range writes {
			switch random.IntN(3) {
			case 0: // lost
			case 1:
				durable[file] = w.apply(durable[file], len(w.content))
			default:
				durable[file] = w.apply(durable[file], min(len(w.content), 512*random.IntN(9)))
			}
		}
	}
	for file, content := range durable {
		must(t, os.WriteFile(filepath.Join(folder, filepath.Base(file)), content, 0o600))
	}
	return answered
}

// apply makes so much of a write.
func (e event) apply(content []byte, size int) []byte {
	if e.kind == eventTruncate {
		if int64(len(content)) > e.at {
			return content[:e.at]
		}
		return append(content, make([]byte, e.at-int64(len(content)))...)
	}
	if end := int(e.at) + size; len(content) < end {
		content = append(content, make([]byte, end-len(content))...)
	}
	copy(content[e.at:], e.content[:size])
	return content
}

func checkAfterCut(t *testing.T, folder string, s seeded, now time.Time, ports map[int]int, codes []string, answered []int, moment int) {
	t.Helper()
	database := filepath.Join(folder, "sleutelbos.db")
	key, err := identity.ReadServerKey(filepath.Join(folder, "server.key"))
	must(t, err)
	opened, err := store.Open(t.Context(), database)
	if err != nil {
		t.Fatalf("after a cut at %d the database does not open: %v", moment, err)
	}
	defer opened.Close()
	desk, err := identity.New(t.Context(), identity.Options{Store: opened, Key: key, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatalf("after a cut at %d: %v", moment, err)
	}
	defer desk.Close()
	must(t, opened.Read(t.Context(), func(view *store.View) error { return view.Check() }))
	application, err := desk.Authenticate(t.Context(), s.key)
	must(t, err)
	for _, port := range answered {
		i, ok := ports[port]
		if !ok {
			t.Fatalf("nobody asked from port %d", port)
		}
		if v, err := desk.Verify(t.Context(), application, s.user[i], codes[i]); err != nil || v.Valid {
			t.Fatalf("after a cut at %d the accepted code of %s gives %+v, %v", moment, s.user[i], v, err)
		}
	}
}
