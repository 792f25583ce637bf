package store

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// BatchBounds are the upper bounds by which [Figures] sorts batches.
func BatchBounds() [10]int { return [10]int{1, 2, 4, 8, 16, 32, 64, 128, 256, maxBatch} }

// Figures are what monitoring wants to know about the writer.
type Figures struct {
	Stats
	Queue  int  // operations that wait now
	Ailing bool // the last transaction could not be made
	// Connections of readers: open, in use, and how often and for how long one
	// had to be waited for.
	Readers, ReadersBusy int
	ReaderWaits          int64
	ReaderWaited         time.Duration
	Batches              [10]uint64 // how many were that big, by BatchBounds; each in one of them only
	// Faults of operations: another process held the database, the disk, the
	// rest.
	Busy, Disk, Other uint64
}

// figures is touched by the writer only, and read by anybody.
type figures struct {
	batches           [10]atomic.Uint64
	busy, disk, other atomic.Uint64
}

func (f *figures) batch(size int) {
	for i, bound := range BatchBounds() {
		if size <= bound {
			f.batches[i].Add(1)
			return
		}
	}
}

// fault counts the errors of the database; what a rule refused is none.
func (f *figures) fault(err error) {
	if err == nil {
		return
	}
	var fault directError
	var remote *pgconn.PgError
	switch {
	case errors.Is(err, ErrBusy):
		f.busy.Add(1)
	case errors.Is(err, ErrDisk):
		f.disk.Add(1)
	case errors.As(err, &fault), errors.As(err, &remote), errors.Is(err, ErrAway):
		f.other.Add(1)
	}
}

// Figures tells how the writer is doing.
func (s *Store) Figures() Figures {
	now := Figures{
		Stats: s.Stats(), Queue: len(s.queue), Ailing: s.ailing.Load() || s.flusher.fault() != nil,
		Busy: s.figures.busy.Load(), Disk: s.figures.disk.Load(), Other: s.figures.other.Load(),
	}
	pool := s.readers.Stats()
	now.Readers, now.ReadersBusy, now.ReaderWaits, now.ReaderWaited = pool.OpenConnections, pool.InUse, pool.WaitCount, pool.WaitDuration
	for i := range now.Batches {
		now.Batches[i] = s.figures.batches[i].Load()
	}
	return now
}
