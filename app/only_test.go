package app

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// ownRuntime gives sockets a folder of this test; a short one, since the system
// allows about a hundred characters.
func ownRuntime(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "sb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
}

// running claims the window and hands on what comes.
func running(t *testing.T, folder string) (*calls, <-chan string) {
	t.Helper()
	first, c, err := onlyOne(folder, "")
	if err != nil || !first {
		t.Fatalf("the first run: first %t, %v", first, err)
	}
	came := make(chan string, 16)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.serve(func(address string) { came <- address })
	}()
	t.Cleanup(func() {
		_ = c.Close()
		<-ended
	})
	return c, came
}

func TestTheSecondRunCallsTheFirst(t *testing.T) {
	ownRuntime(t)
	folder := t.TempDir()
	_, came := running(t, folder)
	long := "otpauth://totp/x?secret=" + strings.Repeat("A", maxLine-24)
	for _, address := range []string{"", "sleutelbos://link?server=https%3A%2F%2Fcodes.example.org", long} {
		first, c, err := onlyOne(folder, address)
		if err != nil || first || c != nil {
			t.Fatalf("the second run: first %t, %v, %v", first, c, err)
		}
		if got := <-came; got != address {
			t.Errorf("the first run heard %d bytes, want %d", len(got), len(address))
		}
	}
}

func TestEachVaultHasAWindowOfItsOwn(t *testing.T) {
	ownRuntime(t)
	running(t, t.TempDir())
	running(t, t.TempDir())
}

func TestTheSameFolderByAnotherPath(t *testing.T) {
	ownRuntime(t)
	folder := t.TempDir()
	_, came := running(t, folder)
	first, _, err := onlyOne(filepath.Join(folder, "..", filepath.Base(folder)), "again")
	if err != nil || first {
		t.Fatalf("first %t, %v", first, err)
	}
	if got := <-came; got != "again" {
		t.Errorf("heard %q", got)
	}
}

func TestAfterTheFirstRunEndedTheNextIsFirst(t *testing.T) {
	ownRuntime(t)
	folder := t.TempDir()
	c, _ := running(t, folder)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	running(t, folder)
}

// leaveStale leaves a socket as a run does that was killed.
func leaveStale(t *testing.T, folder string) string {
	t.Helper()
	path, err := callPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("unix", path); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("the socket is not stale: %v", err)
	}
	return path
}

func TestAStaleSocketIsTakenOver(t *testing.T) {
	ownRuntime(t)
	folder := t.TempDir()
	path := leaveStale(t, folder)
	_, came := running(t, folder)
	if first, _, err := onlyOne(folder, "hello"); first || err != nil {
		t.Fatalf("first %t, %v", first, err)
	}
	if got := <-came; got != "hello" {
		t.Errorf("heard %q", got)
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the socket's folder has mode %v, %v", info.Mode(), err)
	}
}

// Of runs that start at the same moment on a stale socket, one is first, and it
// hears of all the others.
func TestRunsAtTheSameMoment(t *testing.T) {
	ownRuntime(t)
	for range 50 {
		startTogether(t, t.TempDir())
	}
}

func startTogether(t *testing.T, folder string) {
	t.Helper()
	leaveStale(t, folder)
	const runs = 8
	claims := make(chan *calls, runs)
	came := make(chan string, runs)
	start := make(chan struct{})
	var all sync.WaitGroup
	for range runs {
		all.Go(func() {
			<-start
			first, c, err := onlyOne(folder, "me too")
			if err != nil {
				t.Error(err)
			}
			if first {
				claims <- c
				go c.serve(func(address string) { came <- address })
			}
		})
	}
	close(start)
	all.Wait()
	if len(claims) != 1 {
		t.Fatalf("%d runs are first", len(claims))
	}
	for range runs - 1 {
		<-came
	}
	if err := (<-claims).Close(); err != nil {
		t.Error(err)
	}
}

// What connects and says nothing, or too much, keeps nobody from coming.
func TestANonsenseCallIsPassedOver(t *testing.T) {
	ownRuntime(t)
	folder := t.TempDir()
	_, came := running(t, folder)
	path, err := callPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, sent := range []string{"", strings.Repeat("x", 3*maxLine)} {
		connection, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = connection.Write([]byte(sent)) // the other side may hang up on it
		if err := connection.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if first, _, err := onlyOne(folder, "a real one"); first || err != nil {
		t.Fatalf("first %t, %v", first, err)
	}
	if got := <-came; got != "a real one" {
		t.Errorf("heard %q", got)
	}
}
