package store

import (
	"fmt"
	"sync/atomic"
)

// flusher brings what was committed to the disk beside the writer, and answers
// for it after that. One flush is under way at a time; what comes in meanwhile
// joins the transaction that the writer has open, whose commit waits for it. So
// the processor has work while the disk has, and a batch is as large as the disk
// is slow.
type flusher struct {
	sync func() error
	free chan struct{}     // holds its one token while no flush is under way
	held bool              // the writer has the token
	work chan []*operation // not buffered: who hands over sees the answers before given
	done chan struct{}     // closed when the flusher has ended
	// broken is the fault of a flush. The kernel may have dropped what it could
	// not write and say nothing of it a second time, so that a later flush would
	// promise what is not true; nothing is written until the server starts anew
	// and SQLite has looked at what is there.
	broken atomic.Pointer[error]
}

// startFlusher is nil where a commit is a flush.
func startFlusher(sync func() error, answer func([]*operation)) *flusher {
	if sync == nil {
		return nil
	}
	f := &flusher{sync: sync, free: make(chan struct{}, 1), work: make(chan []*operation), done: make(chan struct{})}
	f.free <- struct{}{}
	go f.run(answer)
	return f
}

func (f *flusher) run(answer func([]*operation)) {
	defer close(f.done)
	for batch := range f.work {
		if err := f.flush(); err != nil {
			failAll(batch, err)
		}
		f.free <- struct{}{}
		answer(batch)
	}
}

// flush brings to the disk what is committed; any goroutine may ask for it.
func (f *flusher) flush() error {
	err := f.fault()
	if err != nil {
		return err
	}
	if err = f.sync(); err != nil {
		err = fmt.Errorf("%w: bring it to the disk (nothing more is written; look at the disk and start anew): %w", ErrDisk, err)
		f.broken.Store(&err)
	}
	return err
}

// Flushed returns when all that was read before the call is on the disk, whoever
// wrote it: a reader sees what is committed, a moment before it is there. It is
// for what leaves this machine and must never be ahead of it.
func (s *Store) Flushed() error {
	if s.flusher == nil {
		return nil
	}
	return wrap("flush the database", s.flusher.flush())
}

// fault is why nothing is written any more.
func (f *flusher) fault() error {
	if f == nil {
		return nil
	}
	if err := f.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// join waits until the transaction may be committed. While that has to wait for
// an earlier flush, join takes one more operation into the batch, if there is
// one and the batch is open to it.
func (s *Store) join(batch []*operation, open bool) []*operation {
	f := s.flusher
	if f == nil || f.held {
		return batch
	}
	queue := s.queue
	if !open {
		queue = nil
	}
	for {
		if len(batch) == cap(batch) { // of what is left, where one was taken out
			queue = nil
		}
		select {
		case <-f.free:
			f.held = true
			return batch
		case op, more := <-queue:
			if !more {
				queue = nil
			} else if op.state.CompareAndSwap(queued, running) {
				s.operations.Add(1)
				return append(batch, op)
			}
		}
	}
}

// conclude has the batch answered once it is on the disk. The batch is the
// flusher's until it takes the next one.
func (s *Store) conclude(batch []*operation) {
	if s.flusher == nil {
		s.answer(batch)
		return
	}
	s.join(batch, false)
	s.flusher.held = false
	s.flusher.work <- batch
}

// answer tells those who wait.
func (s *Store) answer(batch []*operation) {
	for i, op := range batch {
		s.figures.fault(op.err)
		batch[i] = nil
		op.done <- struct{}{} // and whoever gets that may use it for another
	}
}

// finish waits for the last answers.
func (f *flusher) finish() {
	if f != nil {
		close(f.work)
		<-f.done
	}
}
