package server_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// A server that is asked without a pause for ten minutes, right and wrong,
// holds no more memory at the end than after its second minute. Only with LONG.
func TestSoak(t *testing.T) {
	if long := os.Getenv("LONG"); long == "" || long == "0" {
		t.Skip("ten minutes; LONG=1 runs it")
	}
	const minutes, people = 10, 20_000
	s := seed(t, people)
	p := serve(t, s.data, "--tls", "off")
	end := time.Now().Add(minutes * time.Minute)
	var all sync.WaitGroup
	var mu sync.Mutex
	accepted, refused := 0, 0
	for worker := range 4 {
		all.Go(func() {
			app := verifier{http: &http.Client{Timeout: 30 * time.Second}, url: p.url, key: s.key}
			used := make([]uint64, people)
			for i := worker; time.Now().Before(end); i = (i + 4) % people {
				step, code := s.otp[i].Step(time.Now()), "000000"
				if step > used[i] {
					used[i] = step
					code, _ = s.otp[i].CodeAt(step)
				}
				ok, err := app.verify(s.user[i], code)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if ok {
					accepted++
				} else {
					refused++
				}
				mu.Unlock()
			}
		})
	}
	var early, late int64
	for sample := range minutes * 2 {
		<-time.After(30 * time.Second)
		memory := resident(t, p.command.Process.Pid)
		t.Logf("after %d s: %d MB", (sample+1)*30, memory>>20)
		switch {
		case sample >= 3 && sample < 6:
			early = max(early, memory)
		case sample >= minutes*2-3:
			late = max(late, memory)
		}
	}
	all.Wait()
	if accepted == 0 || refused == 0 || late > early+early/5 {
		t.Errorf("%d accepted, %d refused; %d MB in the second minute, %d in the last", accepted, refused, early>>20, late>>20)
	}
	t.Logf("%d accepted, %d refused", accepted, refused)
}

// resident is the memory that a process holds now, in bytes.
func resident(t *testing.T, process int) int64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		t.Skip("this system does not tell what a process holds")
	}
	_, rest, _ := bytes.Cut(raw, []byte("VmRSS:"))
	kilobytes, err := strconv.ParseInt(string(bytes.Fields(rest)[0]), 10, 64)
	must(t, err)
	return kilobytes << 10
}
