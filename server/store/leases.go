package store

import "errors"

// Lease says who does something that one process does at a time.
type Lease struct {
	Holder string
	Beat   int64 // goes up with everything the holder does
}

// Lease reads who holds a lease.
func (v *View) Lease(name string) (Lease, error) {
	var l Lease
	err := v.one("look at a lease", "SELECT holder, beat FROM leases WHERE name = $1", []any{name}, &l.Holder, &l.Beat)
	return l, err
}

// TakeLease takes a lease that nobody holds, or that stands as it was seen, and
// reports whether it did.
func (tx *Tx) TakeLease(name, holder string, seen Lease) (bool, error) {
	n, err := tx.exec("take a lease",
		`INSERT INTO leases (name, holder, beat) VALUES ($1, $2, 1)
		ON CONFLICT (name) DO UPDATE SET holder = $2, beat = leases.beat + 1 WHERE leases.holder = $3 AND leases.beat = $4`,
		name, holder, seen.Holder, seen.Beat)
	return n == 1, err
}

// HoldLease renews a lease, or returns [ErrChanged] when somebody else took it.
func (tx *Tx) HoldLease(name, holder string) error {
	return tx.must("hold a lease", "UPDATE leases SET beat = beat + 1 WHERE name = $1 AND holder = $2", name, holder)
}

// DropLease gives a lease back, if it is held.
func (tx *Tx) DropLease(name, holder string) error {
	_, err := tx.exec("drop a lease", "DELETE FROM leases WHERE name = $1 AND holder = $2", name, holder)
	return err
}

// JobRun is how a job in the background ran. Moments are in milliseconds.
type JobRun struct {
	Began, Ended int64
	Changed      int64  // rows, in the last run that ended
	Failed       string // why the last run did not end
}

// JobRun reads how a job ran; one that never did is the zero JobRun.
func (v *View) JobRun(name string) (JobRun, error) {
	var j JobRun
	err := v.one("look at a job", "SELECT began, ended, changed, failed FROM jobs WHERE name = $1", []any{name},
		&j.Began, &j.Ended, &j.Changed, &j.Failed)
	if errors.Is(err, ErrNotFound) {
		return j, nil
	}
	return j, err
}

// SetJobRun writes how a job ran.
func (tx *Tx) SetJobRun(name string, j JobRun) error {
	_, err := tx.exec("write down a job",
		`INSERT INTO jobs (name, began, ended, changed, failed) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (name) DO UPDATE SET began = $2, ended = $3, changed = $4, failed = $5`,
		name, j.Began, j.Ended, j.Changed, j.Failed)
	return err
}
