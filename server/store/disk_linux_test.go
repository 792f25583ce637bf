package store

import (
	"errors"
	"os"
	"os/signal"
	"strings"
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
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	restore := func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(info.Size()), Max: was.Max}); err != nil {
		t.Fatal(err)
	}
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
