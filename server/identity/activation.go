package identity

import (
	"context"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// Rules of activation codes.
const (
	activationLife  = 24 * time.Hour
	activationTries = 5 // wrong tries of a name that make its code invalid
	// remembered is how long what is over is kept, so that an old code can
	// still be told from a wrong one.
	remembered = 30 * 24 * time.Hour
	// What strangers leave behind, refusals and tries, is kept no longer than an
	// activation code lives, so that no code ever has more tries than it should,
	// and only the newest of it in a flood.
	rememberedTries = activationLife
	mostRemembered  = 100_000
	// purgePause is how often some of what is over is removed beside the job that
	// removes all of it, and purgeStarts after how many requests for a link at the
	// latest. Each leaves a row or two, so purgeBatch removes more than came.
	purgePause  = time.Hour
	purgeStarts = 500
	purgeBatch  = 2 * purgeStarts
)

// NewActivation makes a code with which the person can link, and the moment it
// ends. Older codes, and links begun with them, end at once; the tries of the
// user name start anew.
func (d *Desk) NewActivation(ctx context.Context, user string) (enroll.ActivationCode, time.Time, error) {
	var code enroll.ActivationCode
	var expires time.Time
	err := d.changePerson(ctx, "make an activation code", kindActivationNew, user,
		func(tx *store.Tx, row store.Person, now time.Time) (err error) {
			code, expires, err = d.makeActivation(tx, row, now)
			return err
		})
	if err != nil {
		return enroll.ActivationCode{}, time.Time{}, err
	}
	return code, expires, nil
}

func (d *Desk) makeActivation(tx *store.Tx, row store.Person, now time.Time) (enroll.ActivationCode, time.Time, error) {
	expires := now.Add(activationLife)
	if standing(row, stamp(now)) == Ended {
		return enroll.ActivationCode{}, expires, ErrNotActive
	}
	code, err := enroll.NewActivationCode(d.random)
	if err != nil {
		return code, expires, err
	}
	id, err := d.newID()
	if err != nil {
		return code, expires, err
	}
	return code, expires, inOrder(
		func() error { return d.purge(tx, now) },
		func() error { return d.endActivations(tx, row.ID, store.ActivationReplaced) },
		func() error { return tx.ForgetTries(d.nameHash(canonical(row.User))) },
		func() error {
			return tx.AddActivation(store.Activation{
				ID: id, Person: row.ID, Hash: d.activationHash(row.ID, code), KeyID: d.key.hashedWith(),
				Made: stamp(now), Expires: stamp(expires), State: store.ActivationOpen,
			})
		},
	)
}

// endActivations ends a person's open codes and what was begun with them: a
// pending link never outlives its code.
func (d *Desk) endActivations(tx *store.Tx, person, state string) error {
	return inOrder(
		func() error { return tx.EndActivations(person, state) },
		func() error { return tx.ReplaceMessages(person, string(MessageActivation), stamp(d.now())) },
		func() error { return tx.VoidPending(person, "") },
	)
}

// purge removes, once in a while, some of what ended long ago: a flood of
// strangers must not wait for the job, and nobody else for a million rows.
func (d *Desk) purge(tx *store.Tx, now time.Time) error {
	d.starts++
	if since := now.Sub(d.purged); since >= 0 && since < purgePause && d.starts < purgeStarts {
		return nil
	}
	d.purged, d.starts = now, 0
	_, err := d.purgeAll(tx, now, purgeBatch)
	return err
}

// purgeAll removes at most so many rows by each of its steps, and returns how many.
func (d *Desk) purgeAll(tx *store.Tx, now time.Time, batch int64) (removed int64, err error) {
	settings, err := readSignIn(tx.View)
	if err != nil {
		return 0, err
	}
	idle := max(settings.Sessions.Idle, settings.Sessions.StayIdle).Duration()
	linking, err := tx.PurgeLinking(store.Purge{
		Ended: stamp(now.Add(-remembered)), Refused: stamp(now.Add(-rememberedTries)), Most: mostRemembered, Batch: batch,
	})
	if err != nil {
		return 0, err
	}
	signIns, err := tx.PurgeSignIns(store.OldSignIns{
		Now: stamp(now), Idle: stamp(now.Add(-idle)), Tried: stamp(now.Add(-rememberedTries)),
		Links: stamp(now.Add(-remembered)), Devices: stamp(now.Add(-deviceLife)), Most: mostRemembered, Batch: batch,
	})
	if err != nil {
		return 0, err
	}
	pages, err := tx.PurgePages(store.OldPages{
		Forms: stamp(now.Add(-formLife)), Errors: stamp(now.Add(-errorPageLife)), Most: errorPageMost, Batch: batch,
	})
	if err != nil {
		return 0, err
	}
	messages, err := tx.PurgeMessages(stamp(now.Add(-rememberedMessages)), batch)
	return linking + signIns + pages + messages, err
}

func (d *Desk) activationHash(person string, code enroll.ActivationCode) []byte {
	return d.key.hash(forActivation, person, code.Canonical())
}

// nameHash stands for a name as typed. Strangers type anything into that field,
// a password too, so the name itself is not kept.
func (d *Desk) nameHash(name string) []byte { return d.key.hash(forName, name) }

func triesLeft(wrong int64) int { return max(0, activationTries-int(min(wrong, activationTries))) }

func stateOf(a store.Activation, now time.Time) ActivationState {
	switch a.State {
	case store.ActivationUsed:
		return ActivationUsed
	case store.ActivationVoid:
		return ActivationVoid
	case store.ActivationReplaced:
		return ActivationReplaced
	}
	if stamp(now) >= a.Expires {
		return ActivationExpired
	}
	return ActivationValid
}
