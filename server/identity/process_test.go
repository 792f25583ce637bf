package identity

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
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
	helperTimes   = "SLEUTELBOS_TEST_TIMES"
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
	times, err := strconv.Atoi(os.Getenv(helperTimes))
	h.must(err)
	valid, evaluated := h.storm(os.Getenv(helperCode), times)
	h.must(h.store.Close())
	fmt.Printf("valid=%d evaluated=%d\n", valid, evaluated)
}

// storm sends one code so many times at once and counts what came of it.
func (h *house) storm(code string, times int) (valid, evaluated int64) {
	var v, e atomic.Int64
	together(times, func(int) {
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

// other is another process on the same database.
type other struct {
	command *exec.Cmd
	in      io.Writer
	lines   *bufio.Scanner
}

// other starts one, which waits for a line.
func (h *house) other(code string, times int) *other {
	h.t.Helper()
	program, err := os.Executable()
	h.must(err)
	o := &other{command: exec.CommandContext(h.t.Context(), program, "-test.run=^TestHelperProcess$", "-test.v")}
	o.command.Env = append(os.Environ(), helperFolder+"="+h.folder, helperAddress+"="+h.address,
		helperCode+"="+code, helperKey+"="+h.appKey, helperTimes+"="+strconv.Itoa(times))
	o.command.Stderr = os.Stderr
	o.in, err = o.command.StdinPipe()
	h.must(err)
	out, err := o.command.StdoutPipe()
	h.must(err)
	h.must(o.command.Start())
	o.lines = bufio.NewScanner(out)
	for o.lines.Scan() && o.lines.Text() != "ready" {
	}
	return o
}

// result reads what came of its storm.
func (o *other) result(h *house) (valid, evaluated int64) {
	h.t.Helper()
	var output strings.Builder
	said := false
	for o.lines.Scan() {
		fmt.Fprintln(&output, o.lines.Text())
		if n, _ := fmt.Sscanf(o.lines.Text(), "valid=%d evaluated=%d", &valid, &evaluated); n == 2 {
			said = true
		}
	}
	if err := o.command.Wait(); err != nil || !said {
		h.t.Fatalf("the other process: %v\n%s", err, output.String())
	}
	return valid, evaluated
}

// stormOver sends the code so many times from each of so many processes at once.
func (h *house) stormOver(processes, times int, code string) (valid, evaluated int64) {
	h.t.Helper()
	var others []*other
	for range processes - 1 {
		others = append(others, h.other(code, times))
	}
	for _, o := range others {
		_, err := fmt.Fprintln(o.in, "go")
		h.must(err)
	}
	valid, evaluated = h.storm(code, times)
	for _, o := range others {
		v, e := o.result(h)
		valid, evaluated = valid+v, evaluated+e
	}
	return valid, evaluated
}

func TestThreeProcessesEvaluateFiveOf200WrongCodes(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	if valid, evaluated := h.stormOver(3, 67, h.wrong(key)); valid != 0 || evaluated != lockAfter {
		t.Errorf("valid %d, evaluated %d", valid, evaluated)
	}
	h.expect("anna", h.code(key), ReasonLocked)
	h.must(h.VerifyAudit(t.Context()))
}

func TestThreeProcessesAcceptOneOf64Codes(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	if valid, _ := h.stormOver(3, 22, h.code(key)); valid != 1 {
		t.Errorf("accepted %d times", valid)
	}
	if p := h.look("anna"); p.Failures != 0 {
		t.Errorf("a replay counts as a guess: %+v", p)
	}
	h.must(h.VerifyAudit(t.Context()))
}

func TestTwoProcessesShareTheCounters(t *testing.T) {
	const times = 100
	h := newHouse(t)
	key := h.linked("anna")
	valid, evaluated := h.stormOver(2, times, h.wrong(key))
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
	if len(chains) != 2 || chains[1] != times || chains[2] != times {
		t.Errorf("rows by chain: %v", chains)
	}
}

func TestTwoProcessesAcceptACodeOnce(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	if valid, _ := h.stormOver(2, 100, h.code(key)); valid != 1 {
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
