package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"
	"time"

	"sleutelbos/server/store/storetest"
)

func TestFailingOperationHarmsNoOther(t *testing.T) {
	s, _ := fresh(t)
	fault := errors.New("a fault")
	hold := block(s)
	results := make([]error, 5)
	var all sync.WaitGroup
	for i, run := range []func(*Tx) error{
		set("a", "1"),
		func(tx *Tx) error { return errors.Join(set("b", "1")(tx), fault) },
		func(*Tx) error { return fault },
		func(tx *Tx) error { _ = tx.AddName("x", NameUser, "nobody"); return nil }, // passes over a broken reference
		set("c", "1"),
	} {
		all.Go(func() { results[i] = s.Do(context.Background(), run) })
	}
	hold.until(len(results))
	all.Wait()
	if results[0] != nil || results[4] != nil || !errors.Is(results[1], fault) || !errors.Is(results[2], fault) || results[3] == nil {
		t.Errorf("%v", results)
	}
	if get(t, s, "a") != "1" || get(t, s, "b") != "" || get(t, s, "c") != "1" {
		t.Error("not exactly what went well was kept")
	}
}

func TestPanicBelongsToItsCaller(t *testing.T) {
	s, _ := fresh(t)
	hold := block(s)
	var panicked any
	var fine error
	var all sync.WaitGroup
	all.Go(func() {
		defer func() { panicked = recover() }()
		_ = s.Do(context.Background(), func(tx *Tx) error {
			if err := set("a", "1")(tx); err != nil {
				return err
			}
			panic("oops")
		})
	})
	all.Go(func() { fine = s.Do(context.Background(), set("b", "1")) })
	hold.until(2)
	all.Wait()
	if panicked != "oops" || fine != nil {
		t.Errorf("panic %v, other %v", panicked, fine)
	}
	if get(t, s, "a") != "" || get(t, s, "b") != "1" {
		t.Error("the wrong one was kept")
	}
}

func TestManyShareACommit(t *testing.T) {
	s, _ := fresh(t)
	hold := block(s)
	before := s.Stats().Commits
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if err := s.Do(context.Background(), set("a", "1")); err != nil {
				t.Error(err)
			}
		})
	}
	hold.until(100)
	all.Wait()
	if n := s.Stats().Commits - before; n != 2 { // the one that blocked, and one for all others
		t.Errorf("%d commits", n)
	}
}

func TestContextEndsWhileQueued(t *testing.T) {
	s, _ := fresh(t)
	hold := block(s)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- s.Do(ctx, set("a", "1")) }()
	hold.queued(1)
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	hold.until(1)
	if err := s.Do(t.Context(), set("b", "1")); err != nil {
		t.Fatal(err)
	}
	if get(t, s, "a") != "" {
		t.Error("what nobody waited for was done")
	}
	if err := s.Do(ctx, set("a", "1")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCloseFinishesWhatIsQueued(t *testing.T) {
	s, path := fresh(t)
	hold := block(s)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := s.Do(context.Background(), set("a", "1")); err != nil {
				t.Error(err)
			}
		})
	}
	hold.queued(20)
	all.Go(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	hold.until(20)
	all.Wait()
	if err := s.Do(t.Context(), set("a", "2")); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := errors.Join(s.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if again := open(t, path); get(t, again, "a") != "1" {
		t.Error("what was queued is not there")
	}
}

func TestWriterWaitsForAnotherProcess(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	other, err := sql.Open("sqlite", dsn(path, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	conn, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() { result <- s.Do(context.Background(), set("a", "1")) }()
	eventually(func() bool { return s.Stats().Operations > 0 }) // the writer has taken it and is waiting
	select {
	case err := <-result:
		t.Fatalf("written beside another writer: %v", err)
	default:
	}
	if _, err := conn.ExecContext(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
}

type blocker struct {
	s    *Store
	gate chan struct{}
	done chan error
}

func block(s *Store) *blocker {
	b := &blocker{s: s, gate: make(chan struct{}), done: make(chan error, 1)}
	begun := make(chan struct{})
	var once sync.Once
	go func() {
		b.done <- s.Do(context.Background(), func(*Tx) error {
			once.Do(func() { close(begun) })
			<-b.gate
			return nil
		})
	}()
	<-begun
	return b
}

func (b *blocker) queued(n int) { eventually(func() bool { return len(b.s.queue) >= n }) }

// eventually looks until it is so, for a minute at most.
func eventually(so func() bool) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); !so(); <-tick.C {
		if time.Now().After(deadline) {
			panic("what the test waits for never came")
		}
	}
}

func (b *blocker) until(n int) {
	b.queued(n)
	close(b.gate)
	<-b.done
}

// What the database refuses is counted for monitoring; what a rule refuses is not.
func TestFaultsOfTheDatabaseAreCounted(t *testing.T) {
	s, _ := fresh(t)
	if err := s.Do(t.Context(), func(*Tx) error { return errors.New("a rule") }); err == nil {
		t.Fatal("a rule's refusal is lost")
	}
	if err := s.Do(t.Context(), func(tx *Tx) error { return tx.AddName("x", NameUser, "nobody") }); err == nil {
		t.Fatal("a broken reference is taken")
	}
	if now := s.Figures(); now.Other != 1 || now.Busy != 0 || now.Disk != 0 {
		t.Errorf("counted: %d other, %d busy, %d disk; want 1, 0, 0", now.Other, now.Busy, now.Disk)
	}
}
