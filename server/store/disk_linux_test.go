package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"sleutelbos/server/store/storetest"
)

// A full disk, as far as this process can make one: no file may grow beyond
// what the database's log has now.
func TestFullDiskSaysTryAgainAndRecovers(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	if err := s.Do(t.Context(), set("before", "1")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	restore := limitFiles(t, info.Size())
	defer restore()
	for range 3 {
		err := s.Do(t.Context(), set("during", strings.Repeat("x", 50_000)))
		if !errors.Is(err, ErrDisk) {
			t.Fatalf("a full disk is %v", err)
		}
		if err := s.Ping(t.Context()); !errors.Is(err, ErrDisk) {
			t.Errorf("ready although nothing can be written: %v", err)
		}
	}
	if get(t, s, "before") != "1" || get(t, s, "during") != "" {
		t.Error("reading suffers, or half of something was kept")
	}
	restore()
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("not ready again: %v", err)
	}
	if err := s.Do(t.Context(), set("after", "1")); err != nil || get(t, s, "after") != "1" {
		t.Errorf("not recovered: %v", err)
	}
	if get(t, s, "probe") != "" {
		t.Error("looking whether it writes left something")
	}
}

// limitFiles lets no file of this process grow beyond a size, until the function
// that it returns is called.
func limitFiles(t *testing.T, size int64) (restore func()) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(size), Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	}
}

// When the disk is full while many verify, whoever was told "valid" stays so, and
// a code that could not be accepted is as good as before.
func TestFullDiskWhileManyVerify(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	const people = 2 * crowd
	village(t, s, people)
	want := map[string]int64{}
	for i := range people {
		want[fmt.Sprintf("p%d", i)] = 0
	}
	verify := func(step int64) (accepted, refused int) {
		hold := block(s)
		var all sync.WaitGroup
		var mu sync.Mutex
		waiting := 0
		for name, last := range want {
			if last == step {
				continue
			}
			waiting++
			all.Go(func() {
				var did bool
				err := s.DoFor(context.Background(), name, func(tx *Tx) (err error) {
					if _, _, _, err = tx.Candidates(name, nil); err == nil {
						did, err = tx.AcceptStep(name, step, step, 0)
					}
					return err
				})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case errors.Is(err, ErrDisk):
					refused++
				case err != nil || !did:
					t.Errorf("step %d of %s: %v, %v", step, name, did, err)
				default:
					accepted++
					want[name] = step
				}
			})
		}
		hold.until(waiting)
		all.Wait()
		return accepted, refused
	}
	accepted, _ := verify(1)
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	restore := limitFiles(t, info.Size()+4*pageSize)
	defer restore()
	refused, step := 0, int64(1)
	for refused < 3*people && step < 100 {
		step++
		a, r := verify(step)
		accepted, refused = accepted+a, refused+r
		if found := standing(t, s, slices.Collect(maps.Keys(want))); !maps.Equal(found, want) {
			t.Fatalf("after step %d: %v, want %v", step, found, want)
		}
	}
	if accepted == people || refused < 3*people {
		t.Fatalf("%d were accepted and %d refused", accepted, refused)
	}
	restore()
	if _, refused = verify(step); refused > 0 {
		t.Errorf("%d are refused when there is room again", refused)
	}
	for _, s := range []*Store{asAfterAKill(t, path), s} {
		if found := standing(t, s, slices.Collect(maps.Keys(want))); !maps.Equal(found, want) {
			t.Errorf("%v, want %v", found, want)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	inLinks(t, path, want)
}
