package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"sleutelbos/vault"
)

// steps tells of what happens in a vault's folder and in that of its kept
// generations, an event at a time.
type steps struct {
	t    *testing.T
	fd   int
	rest int // bytes that were read
	buf  [64 << 10]byte
	at   int
}

func watchSteps(t *testing.T, dirs ...string) *steps {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	for _, dir := range dirs {
		const what = unix.IN_CREATE | unix.IN_MODIFY | unix.IN_CLOSE_WRITE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_DELETE
		if _, err := unix.InotifyAddWatch(fd, dir, what); err != nil {
			t.Fatal(err)
		}
	}
	return &steps{t: t, fd: fd}
}

// next waits for an event, as long as the program runs.
func (s *steps) next(ended <-chan struct{}) bool {
	const header, slice = unix.SizeofInotifyEvent, 20
	for s.at >= s.rest {
		over := false
		select {
		case <-ended:
			over = true
		default:
		}
		fds := []unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}
		switch n, err := unix.Poll(fds, slice); {
		case n > 0:
		case over, err != nil && !errors.Is(err, unix.EINTR):
			return false
		default:
			continue
		}
		n, err := unix.Read(s.fd, s.buf[:])
		if err != nil || n < header {
			return false
		}
		s.at, s.rest = 0, n
	}
	named := int(s.buf[s.at+12]) | int(s.buf[s.at+13])<<8
	s.at += header + named
	return true
}

// The import is killed at each step of its save: when the first file appears in
// the folder, while it is written, before and after it takes the vault's place.
// Whenever that is, the vault is as it was or has all, and the same import made
// again brings the rest.
func TestImportIsKilledAtEachStep(t *testing.T) {
	i := newImporting(t)
	folders := []string{i.options.Dir}
	err := filepath.WalkDir(i.options.Dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != i.options.Dir {
			folders = append(folders, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	put := func() {
		if err := vault.WriteWhole(filepath.Join(i.options.Dir, vault.FileName), i.whole); err != nil {
			t.Fatal(err)
		}
	}
	left, came, ended := 0, 0, 0
	for step := 1; ended == 0; step++ {
		put()
		s := watchSteps(t, folders...)
		reached := true
		done := i.again(func(p *os.Process, ended <-chan struct{}) {
			for range step {
				if reached = s.next(ended); !reached {
					return
				}
			}
			_ = p.Kill()
		})
		if !reached || done {
			ended++
		}
		switch got := i.count(); {
		case got == importedBefore+imported:
			came++
		case got == importedBefore && !done:
			left++
			if i.again(nil); i.count() != importedBefore+imported {
				t.Errorf("killed at step %d, it does not come in again", step)
			}
		default:
			t.Fatalf("killed at step %d, it has %d entries", step, got)
		}
	}
	t.Logf("killed at %d steps: %d times nothing had come, %d times all", left+came-ended, left, came-ended)
	if left < 3 {
		t.Errorf("only %d kills came before the vault was replaced", left)
	}
}
