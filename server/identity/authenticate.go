package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"sleutelbos/server/store"
)

// keyLife is how long an application's key is taken from memory before it is
// looked up again. What is granted does not hang on it: see askers.
const keyLife = time.Second

// Authenticate finds the application that holds the key, or [ErrUnauthorised];
// over its limit the error is a [*LimitError]. A key that another process
// revoked may be found for another second, but nothing is granted with it.
func (d *Desk) Authenticate(ctx context.Context, key string) (Application, error) {
	if !strings.HasPrefix(key, applicationPrefix) || len(key) > 256 {
		return Application{}, ErrUnauthorised
	}
	hash, now := string(d.applicationHash(key)), d.now()
	application, ok := d.keys.find(hash, now)
	if !ok {
		err := d.store.Read(ctx, func(view *store.View) error {
			row, err := view.ApplicationByKey([]byte(hash))
			application = applicationOf(row)
			return err
		})
		if errors.Is(err, store.ErrNotFound) || err == nil && !application.Revoked.IsZero() {
			return Application{}, ErrUnauthorised
		}
		if err != nil {
			return Application{}, fmt.Errorf("authenticate an application: %w", err)
		}
		d.keys.keep(hash, application, now)
	}
	wait, err := d.takeTurn(ctx, application.ID, now)
	if err != nil {
		return Application{}, fmt.Errorf("authenticate an application: %w", err)
	}
	if wait > 0 {
		return Application{}, &LimitError{RetryAfter: wait}
	}
	return application, nil
}

// keyCache keeps applications by the keyed hash of a working key.
type keyCache struct {
	mu    sync.RWMutex
	found map[string]cachedKey
}

type cachedKey struct {
	application Application
	at          time.Time
}

func (c *keyCache) find(hash string, now time.Time) (Application, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	kept, ok := c.found[hash]
	age := now.Sub(kept.at)
	return kept.application, ok && age >= 0 && age < keyLife
}

func (c *keyCache) keep(hash string, application Application, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.found == nil {
		c.found = map[string]cachedKey{}
	}
	c.found[hash] = cachedKey{application, now}
}

func (c *keyCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.found)
}

// askers knows, for one transaction, which applications may ask. Within it
// nobody else changes them, so each is read once a batch. It is touched by the
// writer only.
type askers struct {
	batch uint64
	known map[string]store.Application
}

// admit lets an application ask whose key is still the one that was shown.
func (k *askers) admit(tx *store.Tx, a Application, now time.Time) error {
	if batch := tx.Batch(); batch != k.batch || k.known == nil {
		k.batch, k.known = batch, map[string]store.Application{}
	}
	row, ok := k.known[a.ID]
	if !ok {
		var err error
		if row, err = tx.Application(a.ID); errors.Is(err, store.ErrNotFound) {
			return ErrUnauthorised
		} else if err != nil {
			return err
		}
	}
	if row.Revoked != 0 || row.Generation != a.generation {
		return ErrUnauthorised
	}
	if stamp(now)-row.LastUsed >= useGrain.Milliseconds() {
		if err := tx.UsedApplication(row.ID, stamp(now)); err != nil {
			return err
		}
		row.LastUsed = stamp(now)
	}
	k.known[a.ID] = row
	return nil
}

func (k *askers) forget() { k.known = nil }
