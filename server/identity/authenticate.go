package identity

import (
	"context"
	"crypto/sha256"
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
	digest, now := sha256.Sum256([]byte(key)), d.now()
	application, ok := d.keys.find(digest, now)
	if !ok {
		hash := d.applicationHash(key)
		err := d.store.Read(ctx, func(view *store.View) error {
			row, err := view.ApplicationByKey(hash)
			application = applicationOf(row)
			return err
		})
		if errors.Is(err, store.ErrNotFound) || err == nil && !application.Revoked.IsZero() {
			return Application{}, ErrUnauthorised
		}
		if err != nil {
			return Application{}, fmt.Errorf("authenticate an application: %w", err)
		}
		d.keys.keep(digest, application, now)
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

// keyCache keeps applications by the digest of a working key, which is random and
// long.
type keyCache struct {
	mu    sync.RWMutex
	found map[keyDigest]cachedKey
}

type keyDigest [sha256.Size]byte

type cachedKey struct {
	application Application
	at          time.Time
}

func (c *keyCache) find(key keyDigest, now time.Time) (Application, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	kept, ok := c.found[key]
	age := now.Sub(kept.at)
	return kept.application, ok && age >= 0 && age < keyLife
}

func (c *keyCache) keep(key keyDigest, application Application, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.found == nil {
		c.found = map[keyDigest]cachedKey{}
	}
	c.found[key] = cachedKey{application, now}
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
	known map[string]*store.Application
}

// admit lets an application ask whose key is still the one that was shown.
func (k *askers) admit(tx *store.Tx, a Application, now time.Time) error {
	if batch := tx.Batch(); batch != k.batch || k.known == nil {
		k.batch, k.known = batch, map[string]*store.Application{}
	}
	row := k.known[a.ID]
	if row == nil {
		read, err := tx.Application(a.ID)
		if errors.Is(err, store.ErrNotFound) {
			return ErrUnauthorised
		} else if err != nil {
			return err
		}
		row = &read
		k.known[a.ID] = row
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
	return nil
}

func (k *askers) forget() { k.known = nil }
