package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxBatch bounds how many operations share one commit.
	maxBatch = 512
	// patience is how long the writer waits for another process.
	patience = 10 * time.Second
	// retryPause is how long it waits between two looks. SQLite's own waiting
	// goes up to 100 ms a look and hardly ever finds the lock free beside a
	// busy writer.
	retryPause = time.Millisecond
	// quiet is for how long nothing comes before what was put off is done.
	quiet = 5 * time.Millisecond
)

// operation is one function on its way through the writer.
type operation struct {
	name     string // whom it concerns; empty: it may concern anybody
	run      func(*Tx) error
	state    atomic.Int32
	err      error
	panicked any
	done     chan struct{} // is sent to once, and holds that
}

// operations are those that were answered, to be used again.
var operations = sync.Pool{New: func() any { return &operation{done: make(chan struct{}, 1)} }}

// The states of an operation.
const (
	queued int32 = iota
	running
	abandoned
)

// Do runs the function inside the writer's transaction and returns when its
// changes are on the disk. Functions run one after another in the order of
// their arrival; many share one commit. When the function returns an error,
// nothing of it is kept, and Do returns that error.
//
// The function may run more than once, each time on a state in which its former
// run never happened, so it sets every result anew. It must be quick, call
// nothing of the Store but the [Tx] it was given, and not keep that.
//
// A context that ends before the function has begun keeps it from running; one
// that ends later changes nothing, so the answer is always what happened.
func (s *Store) Do(ctx context.Context, run func(*Tx) error) error {
	return s.do(ctx, "", run)
}

// DoFor is [Store.Do] for a function that looks at nobody but the person whom
// the canonical name means, by [View.Candidates], and at applications; and
// changes that person's counters, links and tokens, when an application was used,
// the audit log, and adds to the outbox. On PostgreSQL many such functions run at once,
// in as many processes as there are; on SQLite it is the same as Do.
func (s *Store) DoFor(ctx context.Context, name string, run func(*Tx) error) error {
	return s.do(ctx, name, run)
}

func (s *Store) do(ctx context.Context, name string, run func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	op := operations.Get().(*operation)
	op.name, op.run = name, run
	if err := s.enqueue(ctx, op); err != nil {
		return err
	}
	select {
	case <-op.done:
	case <-ctx.Done():
		if op.state.CompareAndSwap(queued, abandoned) {
			return ctx.Err()
		}
		<-op.done
	}
	err, panicked := op.err, op.panicked
	op.name, op.run, op.err, op.panicked = "", nil, nil, nil
	op.state.Store(queued)
	operations.Put(op)
	if panicked != nil {
		panic(panicked) // belongs to the caller, not to the writer
	}
	return err
}

func (s *Store) enqueue(ctx context.Context, op *operation) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return ErrClosed
	}
	select {
	case s.queue <- op:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write is the writer: it takes what has queued and writes it as one batch,
// until the queue is closed and empty. No timer gathers a batch; it is what
// came in during the commit and the flush before.
func (s *Store) write() {
	defer close(s.done)
	defer s.flusher.finish()
	tx := s.newTx()
	// Two, because one of them is being flushed.
	batch, other := make([]*operation, 0, maxBatch), make([]*operation, 0, maxBatch)
	behind := false // the engine put something off
	for {
		op, open := s.next(behind)
		if !open {
			return
		}
		batch = s.gather(append(batch[:0], op))
		if len(batch) == 0 {
			continue
		}
		batch = s.writeBatch(tx, batch)
		s.figures.batch(len(batch))
		behind = s.engine.putOff()
		s.conclude(batch)
		batch, other = other, batch
	}
}

// next waits for an operation. Where none comes for a moment, or ever again, the
// engine does what it put off until then.
func (s *Store) next(behind bool) (op *operation, open bool) {
	for ; behind; behind = s.engine.putOff() {
		moment := time.NewTimer(quiet)
		select {
		case op, open = <-s.queue:
		case <-moment.C:
			open = false
		}
		moment.Stop()
		if open {
			return op, true
		}
		if s.join(nil, false); s.flusher.fault() != nil || s.engine.catchUp() != nil {
			break // the next operation is told, if it is still so
		}
	}
	op, open = <-s.queue
	return op, open
}

// gather takes what else is queued and drops what nobody waits for any more.
func (s *Store) gather(batch []*operation) []*operation {
	for len(batch) < maxBatch {
		select {
		case op, open := <-s.queue:
			if open {
				batch = append(batch, op)
				continue
			}
		default:
		}
		break
	}
	kept := batch[:0]
	for _, op := range batch {
		if op.state.CompareAndSwap(queued, running) {
			kept = append(kept, op)
		}
	}
	return kept
}

// writeBatch runs the operations in as few transactions as the database allows.
// It gives those back, and what joined them.
func (s *Store) writeBatch(tx *Tx, batch []*operation) []*operation {
	s.operations.Add(uint64(len(batch)))
	parts := s.engine.parts(batch)
	for i, part := range parts {
		joined := s.writePart(tx, part, i+1 == len(parts))
		batch = batch[:len(batch)+joined] // behind the last part, in the same array
	}
	return batch
}

// spoilers is how many operations of a batch are taken out one by one before
// each of the rest is run by itself.
const spoilers = 4

// writePart runs the operations in one transaction. If one fails after it
// wrote something, all is undone; it is run in a transaction of its own, and the
// others together once more, so that a fault of one is no fault of the others.
// A batch that is open takes in what comes meanwhile; writePart says how many
// those were.
func (s *Store) writePart(tx *Tx, batch []*operation, open bool) (joined int) {
	for range spoilers {
		before := len(batch)
		stands := false
		batch, stands = s.attempt(tx, batch, true, open)
		joined += len(batch) - before
		if stands || len(batch) == 1 && !tx.shared {
			return joined
		}
		if tx.spoiler < 0 || len(batch) == 1 {
			break
		}
		batch[0], batch[tx.spoiler] = batch[tx.spoiler], batch[0]
		for _, op := range batch {
			op.err, op.panicked = nil, nil
		}
		s.attempt(tx, batch[:1], false, false)
		batch = batch[1:]
	}
	for i := range batch {
		batch[i].err, batch[i].panicked = nil, nil
		s.attempt(tx, batch[i:i+1], false, false)
		if err := batch[i].err; errors.Is(err, ErrBusy) || errors.Is(err, ErrAway) {
			// The others would wait as long, one after another.
			for _, op := range batch[i+1:] {
				op.err, op.panicked = err, nil
			}
			return joined
		}
	}
	return joined
}

// attempt runs the operations, and those that join them, in one transaction and
// reports whether their outcomes stand. They do not when one of several spoiled
// the transaction, or when one must be alone.
func (s *Store) attempt(tx *Tx, batch []*operation, together, open bool) ([]*operation, bool) {
	tx.batch++
	tx.spoiler = -1
	err := s.flusher.fault()
	if err == nil {
		err = s.engine.begin(s, tx, batch, together)
	}
	if err != nil {
		s.ailing.Store(true)
		failAll(batch, err)
		return batch, true
	}
	for i := 0; i < len(batch); i++ {
		op := batch[i]
		tx.wrote, tx.changed, tx.failed, tx.last = false, false, false, ""
		tx.crowded = len(batch) >= crowd
		tx.rows.forget()
		op.call(tx)
		tx.kept()
		if errors.Is(op.err, ErrDisk) {
			s.ailing.Store(true)
		}
		if errors.Is(op.err, ErrAway) {
			return batch, s.lost(tx, batch, op.err)
		}
		if (op.err != nil || op.panicked != nil) && tx.wrote || tx.failed {
			if op.err == nil && op.panicked == nil {
				op.err = errors.New("write to the database: a statement failed and was passed over")
			}
			s.undo(tx)
			tx.spoiler = i
			return batch, false
		}
		if i+1 == len(batch) {
			batch = s.join(batch, open)
		}
	}
	if err := s.engine.send(s, tx); errors.Is(err, ErrAway) {
		return batch, s.lost(tx, batch, err)
	} else if err != nil {
		s.undo(tx)
		failAll(batch, err)
		return batch, false
	}
	if err := s.flusher.fault(); err != nil { // of the flush before, whose end was waited for
		return batch, s.lost(tx, batch, err)
	}
	if err := s.engine.end(s, tx, true); err != nil {
		return batch, s.lost(tx, batch, err)
	}
	s.ailing.Store(false)
	tx.end(true)
	s.commits.Add(1)
	return batch, true
}

// lost ends a transaction that cannot be finished.
func (s *Store) lost(tx *Tx, batch []*operation, err error) bool {
	s.undo(tx)
	s.ailing.Store(true)
	failAll(batch, err)
	return true
}

func (s *Store) undo(tx *Tx) {
	_ = s.engine.end(s, tx, false)
	tx.end(false)
}

func (op *operation) call(tx *Tx) {
	defer func() { op.panicked = recover() }()
	op.err = op.run(tx)
}

// failAll gives every operation that went well so far the transaction's error.
func failAll(batch []*operation, err error) {
	for _, op := range batch {
		if op.err == nil && op.panicked == nil {
			op.err = err
		}
	}
}

// patiently repeats what another process kept from happening, until patience
// or the context ends.
func patiently(ctx context.Context, do func() error) error {
	for start := time.Now(); ; {
		err := do()
		if err == nil || !errors.Is(err, ErrBusy) || time.Since(start) > patience {
			return err
		}
		timer := time.NewTimer(retryPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}
}
