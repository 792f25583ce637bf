package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sleutelbos/server/store"
)

const (
	// jobPause is how often each job runs.
	jobPause = time.Hour
	// leaseLife is how long a holder of a job may be silent before another
	// process takes over, by that one's own clock.
	leaseLife = time.Minute
	// jobBatch is how many rows one transaction of a job changes at most.
	jobBatch = 200
)

// Errors of jobs.
var (
	// ErrUnknownJob says that no job has this name.
	ErrUnknownJob = errors.New("there is no job of this name; list them with: sleutelbos admin job list")
	// ErrJobTaken says that another process runs the job now.
	ErrJobTaken = errors.New("another process runs this job now; its turn is written down by: sleutelbos admin job list")
)

// job is something that is done in the background. step does a part of it and
// says how many rows it changed and whether there is more; it changes something
// only in transactions of [turn.do].
type job struct {
	name, about string
	step        func(*Desk, context.Context, *turn) (changed int, more bool, err error)
	pause       time.Duration // between turns; 0: jobPause
	rests       time.Duration // how much longer than a step the rest after it is; 0: restShare
}

// jobs lists them all.
func jobs() []job {
	return []job{
		{"ended", "remove activation codes, unfinished links, tries, sessions, devices, messages and servers that ended", (*Desk).removeEnded, 0, 0},
		{"lapse", "tell people whose link was not used for long, and end it", (*Desk).lapse, 0, 0},
		{"erase", "erase who people were that were deleted long ago", (*Desk).eraseDeleted, 0, 0},
		{"audit", "remove lines of the audit log whose time is over", (*Desk).pruneAudit, 0, 0},
		{jobUnused, "note who gave no code for long, and who is known on several devices", (*Desk).noteUse, notePause, noteRests},
		{"tally", "count what happened, and note by what the audit log is searched", (*Desk).tally, tallyPause, 0},
	}
}

// JobStanding is how a job stands.
type JobStanding struct {
	Name, About  string
	Began, Ended time.Time // zero: never
	Changed      int       // rows, the last time
	Failed       string    // why the last turn did not end; empty when it did
	Running      bool      // somebody holds it
}

// turn is one turn of a job, which one process has at a time: every transaction
// renews the lease, so none is committed by a process that lost it.
type turn struct {
	desk   *Desk
	job    string
	holder string
	place  int64         // where the job goes on, for its own use
	after  string        // the same
	hurry  bool          // somebody waits for it
	rests  time.Duration // how much longer than a step the rest after it is
	paid   time.Duration // of the present step: for what it has rested already, and the rests
}

func (t *turn) do(ctx context.Context, run func(*store.Tx) error) error {
	return t.desk.store.Do(ctx, func(tx *store.Tx) error {
		if err := tx.HoldLease(t.job, t.holder); err != nil {
			return err
		}
		return run(tx)
	})
}

// Jobs runs the jobs of one process.
type Jobs struct {
	desk   *Desk
	holder string
	seen   map[string]seenLease
}

type seenLease struct {
	store.Lease
	at time.Time
}

// Jobs prepares to run jobs in this process.
func (d *Desk) Jobs() (*Jobs, error) {
	holder, err := d.newID()
	return &Jobs{desk: d, holder: holder, seen: map[string]seenLease{}}, err
}

// RunDue runs the jobs whose turn it is, unless another process does.
func (j *Jobs) RunDue(ctx context.Context) error {
	var all error
	for _, job := range jobs() {
		err := j.run(ctx, job, false)
		if err != nil && !errors.Is(err, ErrJobTaken) {
			all = errors.Join(all, err)
		}
	}
	return all
}

// Run runs one job now and returns how many rows it changed.
func (j *Jobs) Run(ctx context.Context, name string) (changed int, err error) {
	all := jobs()
	at := slices.IndexFunc(all, func(job job) bool { return job.name == name })
	if at < 0 {
		return 0, ErrUnknownJob
	}
	if err := j.run(ctx, all[at], true); err != nil {
		return 0, err
	}
	err = j.desk.store.Read(ctx, func(view *store.View) error {
		ran, err := view.JobRun(name)
		changed = int(ran.Changed)
		return err
	})
	return changed, err
}

func (j *Jobs) run(ctx context.Context, job job, now bool) error {
	taken, err := j.take(ctx, job, now)
	if err != nil || !taken {
		return err
	}
	t := &turn{desk: j.desk, job: job.name, holder: j.holder, hurry: now, rests: cmp.Or(job.rests, restShare)}
	changed, failed := 0, error(nil)
	for more := true; more && failed == nil; {
		var n int
		began := time.Now()
		t.paid = 0
		n, more, failed = job.step(j.desk, ctx, t)
		changed += n
		if more && failed == nil {
			t.rest(ctx, t.owed(time.Since(began)))
		}
		if more && failed == nil {
			failed = ctx.Err()
		}
	}
	if errors.Is(failed, store.ErrChanged) {
		return fmt.Errorf("%s: %w", job.name, ErrJobTaken) // it was too slow, and lost its turn
	}
	if err := t.end(context.WithoutCancel(ctx), changed, failed); err != nil {
		failed = errors.Join(failed, err)
	}
	if failed != nil {
		return fmt.Errorf("%s: %w", job.name, failed)
	}
	return nil
}

const (
	// restShare is how much longer than a step the rest after it is, for a job
	// that has to keep up with what comes.
	restShare = 3
	// mostRest bounds a rest, well within what a job may be silent for.
	mostRest = time.Second
)

// rest leaves the writer to verifications, so that a backlog takes a quarter of it
// at the most. Whoever runs a job by hand waits for it, and it goes on at once.
func (t *turn) rest(ctx context.Context, took time.Duration) {
	if t.hurry {
		return
	}
	began := time.Now()
	timer := time.NewTimer(min(t.rests*took, mostRest))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	t.paid += took + time.Since(began)
}

// owed is what a step still has to rest for, when parts of it did so themselves.
func (t *turn) owed(took time.Duration) time.Duration { return max(took-t.paid, 0) }

// take takes the turn of a job that is due. Who holds it and goes on is left
// alone; who was silent for too long, as a process that was killed, loses it.
// Silence is measured by this process's own clock, so no two clocks have to
// agree.
func (j *Jobs) take(ctx context.Context, job job, now bool) (taken bool, err error) {
	name := job.name
	var held store.Lease
	due := false
	err = j.desk.store.Read(ctx, func(view *store.View) error {
		ran, err := view.JobRun(name)
		if err != nil {
			return err
		}
		due = now || j.due(job, ran)
		held, err = view.Lease(name)
		if errors.Is(err, store.ErrNotFound) {
			held, err = store.Lease{}, nil
		}
		return err
	})
	if err != nil || !due {
		return false, err
	}
	if held.Holder != "" {
		at := j.desk.clock()
		if seen, ok := j.seen[name]; !ok || seen.Lease != held {
			j.seen[name] = seenLease{held, at}
			return false, ErrJobTaken
		} else if silent := at.Sub(seen.at); silent < leaseLife {
			return false, ErrJobTaken
		}
	}
	delete(j.seen, name)
	err = j.desk.store.Do(ctx, func(tx *store.Tx) error {
		taken = false
		ran, err := tx.JobRun(name)
		if err != nil || !now && !j.due(job, ran) { // it was done meanwhile
			return err
		}
		if taken, err = tx.TakeLease(name, j.holder, held); err != nil || !taken {
			return err
		}
		ran.Began = stamp(j.desk.now())
		return tx.SetJobRun(name, ran)
	})
	if err == nil && !taken && now {
		err = ErrJobTaken
	}
	return taken, err
}

// due tells whether a turn is due. After a clock that was wrong it is, and soon
// after one that did not end.
func (j *Jobs) due(job job, ran store.JobRun) bool {
	pause := cmp.Or(job.pause, jobPause)
	if ran.Began > ran.Ended {
		pause = leaseLife
	}
	since := j.desk.now().Sub(moment(max(ran.Ended, ran.Began)))
	return since < 0 || since >= pause
}

// end gives the turn back and writes down what came of it.
func (t *turn) end(ctx context.Context, changed int, failed error) error {
	return t.do(ctx, func(tx *store.Tx) error {
		ran, err := tx.JobRun(t.job)
		if err != nil {
			return err
		}
		ran.Failed = ""
		switch {
		case failed == nil:
			ran.Ended, ran.Changed = stamp(t.desk.now()), int64(changed)
		case !errors.Is(failed, context.Canceled): // a stop is no fault
			ran.Failed = tidy(failed.Error(), 200)
		}
		if err := tx.SetJobRun(t.job, ran); err != nil {
			return err
		}
		return tx.DropLease(t.job, t.holder)
	})
}

// JobStandings tells how the jobs stand.
func (d *Desk) JobStandings(ctx context.Context) ([]JobStanding, error) {
	var all []JobStanding
	err := d.store.Read(ctx, func(view *store.View) (err error) {
		all, err = readJobs(view)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look at the jobs: %w", err)
	}
	return all, nil
}

func readJobs(view *store.View) ([]JobStanding, error) {
	var all []JobStanding
	for _, job := range jobs() {
		ran, err := view.JobRun(job.name)
		if err != nil {
			return nil, err
		}
		_, err = view.Lease(job.name)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		all = append(all, JobStanding{
			Name: job.name, About: job.about, Began: moment(ran.Began), Ended: moment(ran.Ended),
			Changed: int(ran.Changed), Failed: ran.Failed, Running: err == nil,
		})
	}
	return all, nil
}

// removeEnded removes what ended long ago, a part at a time.
func (d *Desk) removeEnded(ctx context.Context, t *turn) (changed int, more bool, err error) {
	now := d.now()
	err = t.do(ctx, func(tx *store.Tx) error {
		n, err := d.purgeAll(tx, now, jobBatch)
		if err != nil {
			return err
		}
		changed, more = int(n), n > 0
		return tx.RemoveNodes("", stamp(now.Add(-nodeLife)))
	})
	return changed, more, err
}
