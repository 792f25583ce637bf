package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sleutelbos/server/store"
)

const (
	// resealBatch is how many values are sealed anew in one transaction: few, so
	// that nobody who verifies waits for it.
	resealBatch = 50
	// nodeLife is how long after its last word a server is taken to run.
	nodeLife = 2 * time.Minute
)

// KeyUse is what is known of one server key.
type KeyUse struct {
	ID      string
	Current bool             // seals from now on
	Present bool             // among the keys that this process has
	Added   time.Time        // when it first sealed; zero: never yet
	Retired time.Time        // zero while values may be sealed with it
	Uses    map[string]int64 // sealed values by table
}

// Behind names a server that lacks what it needs for another key.
type Behind struct{ Host, Why string }

// BehindError says that running servers are not ready for what was asked.
// Nothing was changed.
type BehindError struct{ Servers []Behind }

func (e *BehindError) Error() string {
	told := make([]string, len(e.Servers))
	for i, s := range e.Servers {
		told[i] = s.Host + " " + s.Why
	}
	return "not every running server is ready: " + strings.Join(told, "; ")
}

// Errors about server keys.
var (
	// ErrUnknownKey says that no key has this id.
	ErrUnknownKey = errors.New("there is no server key of this id; list them with: sleutelbos admin key list")
	// ErrKeyCurrent says that the key is the one that seals.
	ErrKeyCurrent = errors.New("this key seals now; let another take over first with: sleutelbos admin key rotate")
	// ErrKeyInUse says that values are sealed with the key.
	ErrKeyInUse = errors.New("values are still sealed with this key; seal them anew with: sleutelbos admin key rotate")
)

// ServerKeys lists the keys that this process has and those that were ever used,
// with what is sealed with each.
func (d *Desk) ServerKeys(ctx context.Context) ([]KeyUse, error) {
	state := d.key.now.Load()
	var all []KeyUse
	err := d.store.Read(ctx, func(view *store.View) error {
		all = nil
		canary, err := view.Setting(store.SettingCanary)
		if err != nil {
			return err
		}
		rows, err := view.ServerKeys()
		if err != nil {
			return err
		}
		for _, row := range rows {
			all = append(all, KeyUse{ID: row.ID, Added: moment(row.Added), Retired: moment(row.Retired)})
		}
		for _, id := range state.ring.IDs() {
			if !slices.ContainsFunc(all, func(k KeyUse) bool { return k.ID == id }) {
				all = append(all, KeyUse{ID: id})
			}
		}
		for i := range all {
			all[i].Current, all[i].Present = all[i].ID == canary.KeyID, state.ring.holds(all[i].ID)
			all[i].Uses = map[string]int64{}
		}
		for _, column := range sealedColumns() {
			counts, err := view.SealedBy(column)
			if err != nil {
				return err
			}
			for i := range all {
				if n := counts[all[i].ID]; n > 0 {
					all[i].Uses[column.Table] = n
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the server keys: %w", err)
	}
	return all, nil
}

// KeyAdded writes down that a key was added to the key file.
func (d *Desk) KeyAdded(ctx context.Context) error { return d.tell(ctx, kindKeyAdd, outcomeDone) }

// TakeOver lets the last key of the key file that never sealed do so from now on,
// and returns its id; where there is none, that of the key that seals. One that
// sealed before never comes back. Every running server must have the key
// already, else the error is a [*BehindError].
func (d *Desk) TakeOver(ctx context.Context) (id string, changed bool, err error) {
	ring := d.key.now.Load().ring
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		changed = false
		canary, err := tx.Setting(store.SettingCanary)
		if err != nil {
			return err
		}
		rows, err := tx.ServerKeys()
		if err != nil {
			return err
		}
		id = canary.KeyID
		key := ring.unseen(rows)
		if key == nil {
			return nil
		}
		if err := d.behind(tx.View, func(n store.Node) string {
			if slices.Contains(strings.Fields(n.Keys), key.id) {
				return ""
			}
			return "has not read key " + key.id + " yet; bring its key file up to date"
		}); err != nil {
			return err
		}
		id, changed = key.id, true
		return inOrder(
			func() error { return d.keep(tx, key, int64(len(rows))+1) },
			func() error { return d.setCanary(tx, key) },
			func() error {
				return d.audit(tx, auditRowBy(ctx, Operator(), kindKeyRotate, ""))
			},
		)
	})
	if err == nil {
		err = d.LookAtKeys(ctx)
	}
	if err != nil {
		return "", false, fmt.Errorf("let a server key take over: %w", err)
	}
	return id, changed, nil
}

// unseen is the last key that the database does not know; nil where it knows all.
func (k *ServerKey) unseen(rows []store.ServerKey) *oneKey {
	for _, key := range slices.Backward(k.keys) {
		if !slices.ContainsFunc(rows, func(row store.ServerKey) bool { return row.ID == key.id }) {
			return key
		}
	}
	return nil
}

// behind asks about every server that runs what it lacks.
func (d *Desk) behind(view *store.View, lacks func(store.Node) string) error {
	nodes, err := view.Nodes(stamp(d.now().Add(-nodeLife)))
	if err != nil {
		return err
	}
	var all []Behind
	for _, n := range nodes {
		if why := lacks(n); why != "" {
			all = append(all, Behind{n.Host, why})
		}
	}
	if len(all) > 0 {
		return &BehindError{all}
	}
	return nil
}

// allKnow is [BehindError] while a server of a former version runs, which does not
// know all of what is about to be written and would take it for something else.
func (d *Desk) allKnow(view *store.View) error {
	have, _, err := view.Version()
	if err != nil {
		return err
	}
	return d.behind(view, func(n store.Node) string {
		if n.Makes < have {
			return "runs a former version; replace it by this one first"
		}
		return ""
	})
}

// AllSealWith returns nil when every running server seals with the key that the
// database names, else a [*BehindError].
func (d *Desk) AllSealWith(ctx context.Context) error {
	return d.store.Read(ctx, func(view *store.View) error {
		canary, err := view.Setting(store.SettingCanary)
		if err != nil {
			return err
		}
		return d.sealWith(view, canary.KeyID)
	})
}

func (d *Desk) sealWith(view *store.View, id string) error {
	return d.behind(view, func(n store.Node) string {
		if n.Seals == id {
			return ""
		}
		return "still seals with key " + n.Seals
	})
}

// Reseal seals with the present key whatever is sealed with another one, in
// small transactions with a pause after each, and counts the values. When it is
// broken off, the same call goes on.
func (d *Desk) Reseal(ctx context.Context) (count int, err error) {
	for _, column := range sealedColumns() {
		after := ""
		for {
			began := time.Now()
			n, last, err := d.resealSome(ctx, column, after)
			if err != nil {
				return count, fmt.Errorf("seal %s anew: %w", column.Table, err)
			}
			if count += n; n < resealBatch {
				break
			}
			after = last
			if err := wait(ctx, min(time.Since(began), time.Second)); err != nil {
				return count, err
			}
		}
	}
	return count, nil
}

// resealSome reads beside the writer: looking for the last values may mean
// reading a whole table. A value that is not as it was read is left to the next
// call.
func (d *Desk) resealSome(ctx context.Context, column store.Sealed, after string) (n int, last string, err error) {
	key := d.key.now.Load().current
	var values []store.SealedValue
	err = d.store.Read(ctx, func(view *store.View) (err error) {
		values, err = view.SealedOtherwise(column, key.id, after, resealBatch)
		return err
	})
	if err != nil || len(values) == 0 {
		return 0, "", err
	}
	sealed := make([][]byte, len(values))
	for i, v := range values {
		at := place{column.Table, column.Column, v.Row, v.Person}
		plain, err := d.key.open(v.Value, v.KeyID, at)
		if err != nil {
			return 0, "", err
		}
		sealed[i], err = key.seal(d.random, plain, at)
		clear(plain)
		if err != nil {
			return 0, "", err
		}
	}
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		for i, v := range values {
			if err := tx.Reseal(column, v, sealed[i], key.id); err != nil {
				return err
			}
		}
		return nil
	})
	return len(values), values[len(values)-1].Row, err
}

// RetireKey records that a key is needed no more. It refuses while it seals,
// while anything is sealed with it, and while a running server does not seal
// with the present key.
func (d *Desk) RetireKey(ctx context.Context, id string) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		canary, err := tx.Setting(store.SettingCanary)
		if err != nil {
			return err
		}
		if canary.KeyID == id {
			return ErrKeyCurrent
		}
		rows, err := tx.ServerKeys()
		if err != nil {
			return err
		}
		at := slices.IndexFunc(rows, func(k store.ServerKey) bool { return k.ID == id })
		switch {
		case at < 0 && d.key.now.Load().ring.holds(id):
			return nil // nothing was ever sealed with it
		case at < 0:
			return ErrUnknownKey
		case rows[at].Retired != 0:
			return nil
		}
		if err := d.unused(tx.View, id, canary.KeyID); err != nil {
			return err
		}
		if err := tx.RetireServerKey(id, stamp(d.now())); err != nil {
			return err
		}
		return d.audit(tx, auditRowBy(ctx, Operator(), kindKeyRetire, ""))
	})
	if err != nil {
		return fmt.Errorf("retire a server key: %w", err)
	}
	return nil
}

func (d *Desk) unused(view *store.View, id, current string) error {
	if err := d.sealWith(view, current); err != nil {
		return err
	}
	var uses []string
	for _, column := range sealedColumns() {
		counts, err := view.SealedBy(column)
		if err != nil {
			return err
		}
		if n := counts[id]; n > 0 {
			uses = append(uses, fmt.Sprintf("%d in %s", n, column.Table))
		}
	}
	if len(uses) > 0 {
		return fmt.Errorf("%w (%s)", ErrKeyInUse, strings.Join(uses, ", "))
	}
	return nil
}

// wait lets others go first for a while.
func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
