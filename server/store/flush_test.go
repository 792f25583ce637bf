package store

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"testing"

	"sleutelbos/server/store/storetest"
)

// During a flush the next transaction is run, with all that comes meanwhile. Its
// commit waits, and nobody is answered before the flush that is theirs.
func TestOthersJoinWhileADiskIsSlow(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, _ := fresh(t)
	begun, gate, real := make(chan struct{}), make(chan struct{}), s.flusher.sync
	s.flusher.sync = func() error {
		begun <- struct{}{}
		<-gate
		return real()
	}
	before := s.Stats()
	first := make(chan error, 1)
	go func() { first <- s.Do(context.Background(), set("first", "1")) }()
	<-begun
	if get(t, s, "first") != "1" {
		t.Error("the transaction is not committed before its flush")
	}
	const others = 20
	ran := make(chan struct{}, others)
	answers := make(chan error, others)
	var all sync.WaitGroup
	for range others {
		all.Go(func() {
			answers <- s.Do(context.Background(), func(tx *Tx) error {
				ran <- struct{}{}
				return set("other", "1")(tx)
			})
		})
	}
	for range others {
		<-ran
	}
	if len(first) > 0 || len(answers) > 0 || get(t, s, "other") != "" {
		t.Errorf("answered before the flush: %d and %d; committed beside it: %q", len(first), len(answers), get(t, s, "other"))
	}
	gate <- struct{}{}
	if err := <-first; err != nil {
		t.Error(err)
	}
	<-begun
	if len(answers) > 0 {
		t.Error("answered before their flush")
	}
	gate <- struct{}{}
	all.Wait()
	for range others {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	if n := s.Stats().Commits - before.Commits; n != 2 {
		t.Errorf("%d commits", n)
	}
	if n := s.Stats().Operations - before.Operations; n != 1+others {
		t.Errorf("%d operations", n)
	}
	s.flusher.sync = real
}

// A batch that has had one taken out of it takes in no more than it has room for.
func TestAFullBatchWithAFaultInIt(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, _ := fresh(t)
	begun, gate, real := make(chan struct{}), make(chan struct{}), s.flusher.sync
	first := true
	s.flusher.sync = func() error {
		if first {
			first = false
			begun <- struct{}{}
			<-gate
		}
		return real()
	}
	var all sync.WaitGroup
	all.Go(func() {
		if err := s.Do(context.Background(), set("first", "1")); err != nil {
			t.Error(err)
		}
	})
	<-begun
	fault := errors.New("a fault")
	ran := make(chan struct{}, 4*maxBatch)
	ask := func(n int, want error) {
		for range n {
			all.Go(func() {
				err := s.Do(context.Background(), func(tx *Tx) error {
					ran <- struct{}{}
					if err := set("other", "1")(tx); err != nil {
						return err
					}
					return want
				})
				if !errors.Is(err, want) {
					t.Error(err)
				}
			})
		}
	}
	wait := func(n int) {
		for range n {
			<-ran
		}
	}
	ask(2, nil)
	wait(2)
	ask(1, fault) // runs with them, then by itself; and they anew, with all that the batch holds
	wait(2 + 2)
	ask(2*maxBatch, nil)
	wait(maxBatch - 3)
	close(gate)
	all.Wait()
	if n := s.Stats().Operations; n < 2*maxBatch {
		t.Errorf("%d operations", n)
	}
}

// A disk that fails to flush once is not believed a second time.
func TestFailedFlushIsTheLastWord(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	if err := s.Do(t.Context(), set("before", "1")); err != nil {
		t.Fatal(err)
	}
	real := s.flusher.sync
	s.flusher.sync = func() error { return syscall.EIO }
	if err := s.Do(t.Context(), set("during", "1")); !errors.Is(err, ErrDisk) || !errors.Is(err, syscall.EIO) {
		t.Errorf("a flush that failed is %v", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, ErrDisk) || !s.Figures().Ailing {
		t.Errorf("ready: %v", err)
	}
	s.flusher.sync = real
	called := false
	if err := s.Do(t.Context(), func(*Tx) error { called = true; return nil }); !errors.Is(err, ErrDisk) || called {
		t.Errorf("after it: %v, and run: %v", err, called)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, ErrDisk) {
		t.Errorf("ready again: %v", err)
	}
	if err := s.Flushed(); !errors.Is(err, ErrDisk) {
		t.Errorf("flushed: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	if err := again.Do(t.Context(), set("after", "1")); err != nil || get(t, again, "before") != "1" || get(t, again, "after") != "1" {
		t.Errorf("a new start does not help: %v", err)
	}
}
