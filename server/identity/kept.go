package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"sleutelbos/server/store"
)

// deskKey is the server key as a desk uses it: the keys of the file together
// with what the database says of them. It is changed whole, so whoever reads it
// gets what belongs together.
//
// Sealed values name their key and are sealed anew when another one takes over.
// Hashes are looked for, by several processes that may have heard of a new key
// or not, and some count tries; so all of them are made with the database's
// first key for ever. What of that key they need is kept in the database itself,
// sealed under the present one: the first key can go, and no hash is remade.
type deskKey struct {
	now   atomic.Pointer[keyState]
	clock func() time.Time
	read  func() (*ServerKey, error) // the file again; nil: there is none
	mu    sync.Mutex
	asked time.Time
}

type keyState struct {
	ring    *ServerKey
	current *oneKey            // seals
	hashes  subkeys            // of the first key
	hashID  string             // its id
	kept    map[string]subkeys // of every key that ever sealed
}

// rereadPause is how long after a look at the key file an unknown id is simply
// unknown: rows can name any.
const rereadPause = time.Second

// seal seals for a place with the present key, whose id is to be kept beside it.
func (d *Desk) seal(plain []byte, at place) (sealed []byte, keyID string, err error) {
	key := d.key.now.Load().current
	sealed, err = key.seal(d.random, plain, at)
	return sealed, key.id, err
}

// open opens what seal made for the same place. A key that it does not know is
// looked for in the file before it fails.
func (k *deskKey) open(sealed []byte, keyID string, at place) ([]byte, error) {
	state := k.now.Load()
	if state.ring.byID(keyID) == nil {
		if err := k.reread(); err == nil {
			state = k.now.Load()
		}
	}
	return state.ring.open(sealed, keyID, at)
}

func (k *deskKey) hash(use purpose, parts ...string) []byte {
	return k.now.Load().hashes.hash(use, parts...)
}

// hashedWith names the key of hashes, to be kept beside those that last.
func (k *deskKey) hashedWith() string { return k.now.Load().hashID }

// of gives what is kept of a key, or ErrKeyMissing.
func (s *keyState) of(id string) (subkeys, error) {
	if kept, ok := s.kept[id]; ok {
		return kept, nil
	}
	if key := s.ring.byID(id); key != nil {
		return key.kept, nil
	}
	return nil, missing(id)
}

// reread takes up what was added to the key file. What is no longer in it is
// forgotten at the next look at the database only.
func (k *deskKey) reread() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.clock()
	if since := now.Sub(k.asked); k.read == nil || since >= 0 && since < rereadPause {
		return ErrKeyMissing
	}
	k.asked = now
	ring, err := k.read()
	if err != nil {
		return err
	}
	next := *k.now.Load()
	next.ring = ring
	k.now.Store(&next)
	return nil
}

// learn takes up the keys of the file as the database knows them. Whatever is
// needed and missing is an error, and changes nothing.
func (k *deskKey) learn(ring *ServerKey, view *store.View) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	canary, err := view.Setting(store.SettingCanary)
	if err != nil {
		return err
	}
	rows, err := view.ServerKeys()
	if err != nil {
		return err
	}
	next := keyState{ring: ring, current: ring.byID(canary.KeyID), kept: map[string]subkeys{}}
	if next.current == nil {
		return missing(canary.KeyID)
	}
	for _, row := range rows {
		if row.Retired == 0 && !ring.holds(row.ID) {
			return missing(row.ID)
		}
		kept, err := openKept(ring, row)
		if err != nil {
			return err
		}
		next.kept[row.ID] = kept
		if row.Number == 1 {
			next.hashes, next.hashID = kept, row.ID
		}
	}
	if next.hashes == nil {
		return fmt.Errorf("read the server keys: the first one is missing: %w", store.ErrDamaged)
	}
	k.now.Store(&next)
	return nil
}

// keep writes down what is needed of a key as long as the database lives, and
// that from now on rows may be sealed with it.
func (d *Desk) keep(tx *store.Tx, key *oneKey, number int64) error {
	row := store.ServerKey{ID: key.id, Number: number, Added: stamp(d.now())}
	content := map[purpose][]byte{}
	for _, p := range firstPurposes() {
		content[p] = key.kept[p]
	}
	plain, err := json.Marshal(content)
	if err != nil {
		return err
	}
	if row.Secret, err = key.seal(d.random, plain, placeOfKept(key.id)); err != nil {
		return err
	}
	row.KeyID = key.id
	return tx.AddServerKey(row)
}

func openKept(ring *ServerKey, row store.ServerKey) (subkeys, error) {
	plain, err := ring.open(row.Secret, row.KeyID, placeOfKept(row.ID))
	if err != nil {
		return nil, err
	}
	kept := subkeys{}
	if err := json.Unmarshal(plain, &kept); err != nil {
		return nil, errors.New("read the server keys: what is kept of one is damaged") // the cause might quote it
	}
	return kept, kept.grow()
}

// fits tells whether the keys are those of a database: they open its canary,
// and none is missing with which rows are sealed. A database without a canary is
// [store.ErrNotFound].
func (k *ServerKey) fits(view *store.View) error {
	canary, err := view.Setting(store.SettingCanary)
	if err != nil {
		return err
	}
	plain, err := k.open(canary.Value, canary.KeyID, placeOfCanary())
	if err != nil || string(plain) != canaryText {
		return fmt.Errorf("%w (it needs key %s)", ErrWrongServerKey, canary.KeyID)
	}
	version, _, err := view.Version()
	if err != nil || version < store.ServerKeysSince {
		return err
	}
	rows, err := view.ServerKeys()
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Retired == 0 && !k.holds(row.ID) {
			return missing(row.ID)
		}
	}
	return nil
}

// setCanary makes a key the one that seals.
func (d *Desk) setCanary(tx *store.Tx, key *oneKey) error {
	sealed, err := key.seal(d.random, []byte(canaryText), placeOfCanary())
	if err != nil {
		return err
	}
	return tx.SetSetting(store.SettingCanary, store.Setting{Value: sealed, KeyID: key.id})
}

// LookAtKeys takes up what changed about the server keys: lines of the key file,
// and which one the database says seals.
func (d *Desk) LookAtKeys(ctx context.Context) error {
	ring := d.key.now.Load().ring
	if d.key.read != nil {
		fresh, err := d.key.read()
		if err != nil {
			return fmt.Errorf("look at the server keys: %w", err)
		}
		ring = fresh
	}
	err := d.store.Read(ctx, func(view *store.View) error { return d.key.learn(ring, view) })
	if err != nil {
		return fmt.Errorf("look at the server keys: %w", err)
	}
	return nil
}
