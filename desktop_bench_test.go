//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkWindow measures what a person waits for and what the machine pays:
// from the start of the program to the first code on the screen, the memory
// then, and the processor while the list is only looked at.
func BenchmarkWindow(b *testing.B) {
	binary := desktop(b)
	for _, entries := range []int{5, 500} {
		b.Run(fmt.Sprintf("entries=%d", entries), func(b *testing.B) {
			s := newSession(b, "bench", true, "FYNE_THEME=light")
			s.fill(binary, entries)
			var started time.Duration
			var memory, processor float64
			for b.Loop() {
				begin := time.Now()
				w := s.startAndWaitForCode(binary)
				started += time.Since(begin)
				memory += w.memory()
				processor += w.idle(5 * time.Second)
				w.close()
			}
			n := float64(b.N)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(started.Milliseconds())/n, "ms/first-code")
			b.ReportMetric(memory/n, "MB")
			b.ReportMetric(processor/n, "%processor-idle")
		})
	}
}

// fill makes a vault with so many keys, by the command.
func (s *session) fill(binary string, entries int) {
	s.t.Helper()
	var addresses bytes.Buffer
	for i := range entries {
		fmt.Fprintf(&addresses, "otpauth://totp/Issuer%%20%03d:account?secret=JBSWY3DPEHPK3P%c%c\n", i, 'A'+i%26, 'A'+i/26)
	}
	cmd := exec.CommandContext(context.Background(), binary, "add", "-")
	cmd.Env, cmd.Stdin = s.env, &addresses
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
}

// startAndWaitForCode returns when the petrol of a code is on the screen, in the
// its first row.
func (s *session) startAndWaitForCode(binary string) *window {
	s.t.Helper()
	w := &window{session: s}
	w.cmd = exec.CommandContext(context.Background(), binary)
	w.cmd.Env = s.env
	s.begin(w.cmd)
	deadline := time.Now().Add(patience)
	for look := time.NewTicker(5 * time.Millisecond); ; <-look.C { // not faster: the display draws too
		// The first row's code, without the frame around it.
		picture, seen := s.part(image.Rect(290, 90, 420, 116)), 0
		for i := 0; i < len(picture.Pix); i += 4 {
			if picture.Pix[i] == petrol.R && picture.Pix[i+1] == petrol.G && picture.Pix[i+2] == petrol.B {
				seen++
			}
		}
		if seen > 50 {
			return w
		}
		if time.Now().After(deadline) {
			s.t.Fatal("no code came on the screen")
		}
	}
}

// memory is the resident set in MB.
func (w *window) memory() float64 {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(w.cmd.Process.Pid) + "/statm")
	if err != nil {
		w.t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(raw))[1])
	if err != nil {
		w.t.Fatal(err)
	}
	return float64(pages*os.Getpagesize()) / 1e6
}

// idle is the share of one processor, in per cent, over a while.
func (w *window) idle(while time.Duration) float64 {
	before := w.ticks()
	<-time.After(while) // what is measured is this very while
	return float64(w.ticks()-before) / while.Seconds()
}

// ticks is the processor time so far, in hundredths of a second.
func (w *window) ticks() int {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(w.cmd.Process.Pid) + "/stat")
	if err != nil {
		w.t.Fatal(err)
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+2:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		w.t.Fatal(err1, err2)
	}
	return user + system
}
