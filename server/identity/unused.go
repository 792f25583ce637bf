package identity

import (
	"context"
	"time"

	"sleutelbos/server/store"
)

const (
	// jobUnused notes who gave no code for long; its name is also that of the report.
	jobUnused = "unused"
	// notePause is how far behind the notes may be.
	notePause = time.Hour
	// noteIdle and noteDevices are the least that is noted: no report takes less.
	noteIdle    = 28 * 24 * time.Hour
	noteDevices = 2
	noteBatch   = 500
	// noteRests leaves the machine to everybody else: there is an hour for it, and
	// a million people take some ten seconds of work.
	noteRests = 20
)

// noteUse goes through everybody and notes who gave no code for long, and who is
// known on several devices. Reports read the notes and look again at each.
func (d *Desk) noteUse(ctx context.Context, t *turn) (changed int, more bool, err error) {
	var uses []store.Use
	if err := d.store.Read(ctx, func(view *store.View) (err error) {
		uses, err = view.Uses(store.Use{Row: t.place, Person: t.after}, noteBatch)
		return err
	}); err != nil || len(uses) == 0 {
		return 0, false, err
	}
	before := stamp(d.now().Add(-noteIdle))
	err = t.do(ctx, func(tx *store.Tx) error {
		changed = 0
		for _, u := range uses {
			var idle, knownOn int64
			if u.Used < before {
				idle = u.Used
			}
			if u.Devices >= noteDevices {
				knownOn = u.Devices
			}
			if idle == u.Idle && knownOn == u.KnownOn {
				continue
			}
			changed++
			if err := tx.NoteUse(u.Person, idle, knownOn); err != nil {
				return err
			}
		}
		return nil
	})
	last := uses[len(uses)-1]
	t.place, t.after = last.Row, last.Person
	return changed, len(uses) == noteBatch, err
}

// UseNoted is when the job last went through everybody for the reports of unused
// accounts and of devices; zero: not yet.
func (d *Desk) UseNoted(ctx context.Context) (at time.Time, err error) {
	err = d.store.Read(ctx, func(view *store.View) error {
		ran, err := view.JobRun(jobUnused)
		at = moment(ran.Ended)
		return err
	})
	return at, err
}
