package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sleutelbos/server/store"
)

// Copy is what a proven copy of a database is.
type Copy struct {
	Version int64     // of its tables
	Old     bool      // this program makes newer ones of them
	Newest  time.Time // its newest audit row; zero when there is none
}

// Prove reads all of the database file path, changes nothing, and opens with
// the key what is sealed in it. Another key than the database's is
// [ErrWrongServerKey]; the rest are errors of [store.ReadFile].
func Prove(ctx context.Context, path string, key *ServerKey) (Copy, error) {
	var proven Copy
	err := store.ReadFile(ctx, path, func(view *store.View) (err error) {
		if proven.Version, proven.Old, err = view.Version(); err != nil {
			return err
		}
		if err := view.Check(); err != nil {
			return err
		}
		err = key.fits(view)
		if errors.Is(err, store.ErrNotFound) {
			return store.ErrNotADatabase
		}
		if err != nil {
			return err
		}
		rows, err := view.NewestAudit(1)
		if len(rows) > 0 {
			proven.Newest = moment(rows[0].At)
		}
		return err
	})
	return proven, err
}

// Backup writes a copy of the database into the new file path, while others go
// on using it, and proves the copy. The copy holds no server key; a failure may
// leave a part of it.
func (d *Desk) Backup(ctx context.Context, path string) (Copy, error) {
	if err := d.tell(ctx, kindBackup, outcomeStarted); err != nil {
		return Copy{}, fmt.Errorf("make a backup: %w", err)
	}
	if err := d.store.Backup(ctx, path); err != nil {
		return Copy{}, fmt.Errorf("make a backup: %w", err)
	}
	made, err := Prove(ctx, path, d.key.now.Load().ring)
	if err != nil {
		return Copy{}, fmt.Errorf("prove the backup: %w", err)
	}
	if err := d.tell(ctx, kindBackup, outcomeDone); err != nil {
		return Copy{}, fmt.Errorf("say that a backup was made: %w", err)
	}
	return made, nil
}

// BackupMade writes down that a backup was made in another way than by
// [Desk.Backup], by pg_dump for instance. Whoever says so has seen that it is
// whole: nothing here can.
func (d *Desk) BackupMade(ctx context.Context) error {
	return doing("say that a backup was made", d.tell(ctx, kindBackup, outcomeDone))
}

// EndCodes is for a copy that takes the place of a newer database: no code that
// was used or handed out since is worth anything in it. The steps up to the end
// of the window of now are used up for every link, activation codes and pending
// links are over, nobody is signed in, no device is known, links to choose a
// password and temporary passwords are over, and the audit log says that a copy was restored.
func (d *Desk) EndCodes(ctx context.Context) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		now := d.now()
		if err := tx.EndCodes(stamp(now), now.Unix(), window, int64(tokenDrift.Seconds())); err != nil {
			return err
		}
		if err := tx.EndSignIns(); err != nil {
			return err
		}
		if err := setOrigin(tx); err != nil {
			return err
		}
		return d.audit(tx, auditRowBy(ctx, Operator(), kindRestore, ""))
	})
	if err != nil {
		return fmt.Errorf("end the codes of the restored database: %w", err)
	}
	return nil
}

// OutOfStep lists the tokens whose holders have to give two codes in a row before
// they can sign in with them.
func (d *Desk) OutOfStep(ctx context.Context, by Actor) ([]HardwareToken, error) {
	all, err := d.HardwareTokens(ctx, by)
	return slices.DeleteFunc(all, func(t HardwareToken) bool {
		return t.OutOfStep.IsZero() || t.State != TokenIssued
	}), err
}

// tell writes an audit row of what the operator did.
func (d *Desk) tell(ctx context.Context, kind, outcome string) error {
	return d.store.Do(ctx, func(tx *store.Tx) error {
		row := auditRowBy(ctx, Operator(), kind, "")
		row.Outcome = outcome
		return d.audit(tx, row)
	})
}
