package vault

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTwoVaultsLoseNothing(t *testing.T) {
	f, v, _ := made(t)
	const each = 40
	var wait sync.WaitGroup
	for i, w := range []*Vault{v, opened(t, f), opened(t, f)} {
		wait.Go(func() {
			for n := range each {
				if err := w.Update(ctx, func(d *Draft) error {
					_, err := d.Add(totp(1000*i+n), nil)
					return err
				}); err != nil {
					t.Error(err)
				}
				w.List()
				if _, err := w.Refresh(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if got := len(opened(t, f).List()); got != 3*each {
		t.Errorf("%d of %d entries are there", got, 3*each)
	}
}

func TestOneCodeGoesToOneOfMany(t *testing.T) {
	f, v, _ := made(t)
	e := add(t, v, hotp(1))
	var mu sync.Mutex
	var steps []uint64
	var wait sync.WaitGroup
	for range 8 {
		w := opened(t, f)
		for range 2 {
			wait.Go(func() {
				for range 5 {
					code, err := w.Code(ctx, e.ID, morning)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					steps = append(steps, code.Step)
					mu.Unlock()
				}
			})
		}
	}
	wait.Wait()
	slices.Sort(steps)
	if len(slices.Compact(steps)) != 80 {
		t.Error("a code was given twice")
	}
}

func TestTwoProcessesLoseNothing(t *testing.T) {
	f, v, _ := made(t)
	var wait sync.WaitGroup
	for i := range 3 {
		c := child(t, fmt.Sprint(1000*i), f.dir)
		wait.Go(func() {
			if err := c.Run(); err != nil {
				t.Error(err)
			}
		})
	}
	for n := range childAdds {
		add(t, v, totp(9000+n))
	}
	wait.Wait()
	if _, err := v.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	for _, got := range []int{len(v.List()), len(opened(t, f).List())} {
		if got != 4*childAdds {
			t.Errorf("%d of %d entries are there", got, 4*childAdds)
		}
	}
}

func TestAHeldLockIsBusy(t *testing.T) {
	f, v, _ := made(t)
	unlock, err := f.lock(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	f.patient = time.Millisecond
	wantError(t, v.Update(ctx, func(*Draft) error { return nil }), ErrBusy)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	f.patient = lockPatience
	wantError(t, v.Update(gone, func(*Draft) error { return nil }), context.Canceled)
}

func TestRefreshSeesEverySave(t *testing.T) {
	f, v, _ := made(t)
	w := opened(t, f)
	if changed, err := v.Refresh(ctx); changed || err != nil {
		t.Fatalf("nothing happened: %v, %v", changed, err)
	}
	var e Entry
	update(t, w, func(d *Draft) (err error) { e, err = d.Add(totp(1), nil); return err })
	for n := range 200 {
		// Same size, same moment: only looking at the bytes can tell.
		update(t, w, func(d *Draft) error { return d.Rename(e.ID, fmt.Sprintf("%03d", n), "") })
		if changed, err := v.Refresh(ctx); !changed || err != nil || v.List()[0].Issuer != fmt.Sprintf("%03d", n) {
			t.Fatalf("save %d was not seen: %v, %v", n, changed, err)
		}
	}
}

func TestKilledDuringASave(t *testing.T) {
	f, v := killable(t)
	killOften(t, f, often())
	afterwards(t, f, v)
}

func TestKilledWhileAnotherProcessSaves(t *testing.T) {
	f, v := killable(t)
	other := child(t, "count", f.dir)
	input, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	last := make(chan lines, 1)
	go func() { last <- readLines(output) }()
	killOften(t, f, often())
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	said := <-last
	if err := other.Wait(); err != nil {
		t.Errorf("the process that nobody killed: %v", err)
	}
	if got := opened(t, f).List()[1].Counter; got != uint64(said.done)+1 || said.done < 8 {
		t.Errorf("the counter is %d after code %d", got, said.done)
	}
	afterwards(t, f, v)
}

func often() int {
	if testing.Short() {
		return 30
	}
	return 300
}

func killable(t *testing.T) (*Folder, *Vault) {
	f, v, _ := made(t)
	update(t, v, func(d *Draft) error {
		first := totp(1)
		first.Issuer, first.Account = "0", "0"
		_, err := d.Add(first, nil)
		_, err2 := d.Add(hotp(2), nil)
		return errors.Join(err, err2)
	})
	return f, v
}

// afterwards looks whether everything still works after many kills.
func afterwards(t *testing.T, f *Folder, v *Vault) {
	t.Helper()
	if err := everyGeneration(t, f, ByPassphrase(anybody())); err != nil {
		t.Errorf("a generation: %v", err)
	}
	add(t, v, totp(3))
	left, err := filepath.Glob(filepath.Join(f.dir, "*", tempPrefix+"*"))
	here, err2 := filepath.Glob(filepath.Join(f.dir, tempPrefix+"*"))
	if err := errors.Join(err, err2); err != nil || len(left)+len(here) > 0 {
		t.Errorf("left over: %v %v, %v", left, here, err)
	}
}

type lines struct{ tried, done int }

func readLines(r io.Reader) (l lines) {
	for scanner := bufio.NewScanner(r); scanner.Scan(); {
		var word string
		var n int
		if _, err := fmt.Sscan(scanner.Text(), &word, &n); err != nil {
			continue // cut off by the kill
		}
		if word == "try" {
			l.tried = n
		} else {
			l.done = n
		}
	}
	return l
}

// killOften kills a saving process so many times, each at a random moment of
// its first saves, and opens what it left.
func killOften(t *testing.T, f *Folder, times int) {
	t.Helper()
	before, during := 0, 0
	for range times {
		was := opened(t, f).List()[0].Account
		c := child(t, "rename", f.dir)
		c.Stderr = nil
		output, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		reader := bufio.NewReader(output)
		started, err := reader.ReadString('\n')
		if err != nil {
			t.Fatalf("the saving process did not start: %v", err)
		}
		// The random moment is what is tested; nothing waits for it to be enough.
		<-time.After(time.Duration(rand.IntN(12_000)) * time.Microsecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		said := readLines(io.MultiReader(strings.NewReader(started), reader))
		_ = c.Wait() // it was killed
		e := opened(t, f).List()[0]
		if e.Issuer != e.Account {
			t.Fatalf("half a change: %q and %q", e.Issuer, e.Account)
		}
		switch e.Account {
		case fmt.Sprint(said.done):
			before++
		case fmt.Sprint(said.tried):
			during++
		case was:
			if said.done == 0 {
				before++
				continue
			}
			fallthrough
		default:
			t.Fatalf("before %s, saved %d, tried %d, found %s", was, said.done, said.tried, e.Account)
		}
	}
	t.Logf("killed %d times: %d times the old content was there, %d times the new", times, before, during)
}
