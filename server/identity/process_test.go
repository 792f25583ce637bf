package identity

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/server/store"
)

const (
	helperFolder  = "SLEUTELBOS_TEST_FOLDER"
	helperAddress = "SLEUTELBOS_TEST_ADDRESS"
	helperCode    = "SLEUTELBOS_TEST_CODE"
	helperKey     = "SLEUTELBOS_TEST_KEY"
	helperTimes   = 100
)

// TestHelperProcess is the second process of the tests below: it opens the same
// database, says that it is ready, waits for a line, and sends one code many
// times at once.
func TestHelperProcess(t *testing.T) {
	folder := os.Getenv(helperFolder)
	if folder == "" {
		t.Skip("this is run by other tests in a process of its own")
	}
	h := &house{t: t, folder: folder, address: os.Getenv(helperAddress), clock: &clock{now: morning.Add(30 * time.Second)}}
	h.open()
	var err error
	h.app, err = h.Authenticate(t.Context(), os.Getenv(helperKey))
	h.must(err)
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	valid, evaluated := h.storm(os.Getenv(helperCode))
	h.must(h.store.Close())
	fmt.Printf("valid=%d evaluated=%d\n", valid, evaluated)
}

// storm sends one code helperTimes at once and counts what came of it.
func (h *house) storm(code string) (valid, evaluated int64) {
	var v, e atomic.Int64
	together(helperTimes, func(int) {
		switch got, err := h.Verify(background, h.app, "anna", code); {
		case err != nil:
			h.t.Error(err)
		case got.Valid:
			v.Add(1)
			e.Add(1)
		case got.Reason != ReasonLocked:
			e.Add(1)
		}
	})
	return v.Load(), e.Load()
}

// bothStorm sends the code from this process and another at once.
func (h *house) bothStorm(code string) (valid, evaluated int64) {
	h.t.Helper()
	program, err := os.Executable()
	h.must(err)
	other := exec.CommandContext(h.t.Context(), program, "-test.run=^TestHelperProcess$", "-test.v")
	other.Env = append(os.Environ(), helperFolder+"="+h.folder, helperAddress+"="+h.address, helperCode+"="+code, helperKey+"="+h.appKey)
	other.Stderr = os.Stderr
	in, err := other.StdinPipe()
	h.must(err)
	out, err := other.StdoutPipe()
	h.must(err)
	h.must(other.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
	}
	_, err = fmt.Fprintln(in, "go")
	h.must(err)
	valid, evaluated = h.storm(code)
	var output strings.Builder
	var theirValid, theirEvaluated int64
	said := false
	for lines.Scan() {
		fmt.Fprintln(&output, lines.Text())
		if n, _ := fmt.Sscanf(lines.Text(), "valid=%d evaluated=%d", &theirValid, &theirEvaluated); n == 2 {
			said = true
		}
	}
	if err := other.Wait(); err != nil || !said {
		h.t.Fatalf("the other process: %v\n%s", err, output.String())
	}
	return valid + theirValid, evaluated + theirEvaluated
}

func TestTwoProcessesShareTheCounters(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	valid, evaluated := h.bothStorm(h.wrong(key))
	if valid != 0 || evaluated != lockAfter {
		t.Errorf("valid %d, evaluated %d", valid, evaluated)
	}
	if p := h.look("anna"); p.FailuresInRow != lockAfter || p.LockedUntil.IsZero() {
		t.Errorf("%+v", p)
	}
	h.must(h.VerifyAudit(t.Context()))
	rows, err := h.Audit(t.Context(), 1000)
	h.must(err)
	chains := map[int64]int{}
	for _, r := range rows {
		if r.Kind == kindVerify {
			chains[r.Chain]++
		}
	}
	if len(chains) != 2 || chains[1] != helperTimes || chains[2] != helperTimes {
		t.Errorf("rows by chain: %v", chains)
	}
}

func TestTwoProcessesAcceptACodeOnce(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	if valid, _ := h.bothStorm(h.code(key)); valid != 1 {
		t.Errorf("accepted %d times", valid)
	}
}

// An administrator's command writes beside a server: here two stores on one
// file, as two processes have them.
func TestRevokedByAnotherProcess(t *testing.T) {
	h := newHouse(t)
	h.linked("anna")
	s, err := store.Open(t.Context(), h.database())
	h.must(err)
	t.Cleanup(func() { _ = s.Close() })
	admin, err := New(t.Context(), Options{Store: s, Key: h.options.Key, Now: h.clock.Now})
	h.must(err)
	_, err = h.Authenticate(t.Context(), h.appKey) // is in memory now
	h.must(err)
	h.must(admin.RevokeApplication(t.Context(), "intranet"))
	if _, err := h.Verify(t.Context(), h.app, "anna", "123456"); err != ErrUnauthorised {
		t.Errorf("got %v", err)
	}
	if _, err := h.Authenticate(t.Context(), h.appKey); err != ErrUnauthorised {
		t.Errorf("got %v", err)
	}
}
