package vault

import (
	"fmt"
	"sync"
	"time"

	"sleutelbos/enroll"
)

// Vault is an open vault. What it shows is in memory and as new as the last
// Update, Code or Refresh of this process.
type Vault struct {
	folder *Folder
	id     string

	// busy holds one token: whoever has it may save and change opener.
	busy   chan struct{}
	opener *opener

	mu      sync.RWMutex
	now     *state   // nil: locked
	discard []*state // to be wiped once nobody saves
}

// Format hides everything under every verb of package fmt.
func (v *Vault) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

func newVault(f *Folder, o *opener, s *state) *Vault {
	v := &Vault{folder: f, id: s.header.Vault, busy: make(chan struct{}, 1), opener: o, now: s}
	v.busy <- struct{}{}
	return v
}

// ID names the vault: random, the same for all its life.
func (v *Vault) ID() string { return v.id }

// ReadOnly tells that a newer version saved the vault, so that this one shows
// it and does not change it.
func (v *Vault) ReadOnly() bool {
	s, done := v.look()
	defer done()
	return s != nil && s.readOnly
}

// Slots tells which ways the vault can be opened; none when locked.
func (v *Vault) Slots() []SlotKind {
	s, done := v.look()
	defer done()
	if s == nil {
		return nil
	}
	return s.header.kinds()
}

// look gives the state for as long as done was not called; nil when locked.
func (v *Vault) look() (s *state, done func()) {
	v.mu.RLock()
	return v.now, v.mu.RUnlock
}

// List gives the entries in their order; none when locked.
func (v *Vault) List() []Entry {
	s, done := v.look()
	defer done()
	if s == nil {
		return nil
	}
	return s.content.entries()
}

// Key gives an entry's key, to confirm a link or show a QR code. Errors:
// ErrLocked, ErrNotFound, ErrUnreadable.
func (v *Vault) Key(id string) (enroll.Key, error) {
	s, done := v.look()
	defer done()
	if s == nil {
		return enroll.Key{}, ErrLocked
	}
	r, err := s.content.readable(id)
	if err != nil {
		return enroll.Key{}, err
	}
	return r.cloneKey(), nil
}

// Peek makes the code of a time-based key and never touches the disk. Errors:
// ErrCounter for a counter-based one, see [Vault.Code]; those of [Vault.Key].
func (v *Vault) Peek(id string, now time.Time) (enroll.Code, error) {
	key, err := v.Key(id)
	if err != nil {
		return enroll.Code{}, err
	}
	defer clear(key.Secret)
	if key.Kind == enroll.HOTP {
		return enroll.Code{}, ErrCounter
	}
	return key.CodeNow(now)
}

// Lock forgets the keys: every later call returns ErrLocked. A save that is
// under way is finished first and then forgotten.
func (v *Vault) Lock() {
	v.mu.Lock()
	if v.now != nil {
		v.discard = append(v.discard, v.now)
		v.now = nil
	}
	v.mu.Unlock()
	select {
	case <-v.busy:
		v.release()
	default: // whoever has the token wipes when done
	}
}

// release gives the token back, after wiping what Lock left while it was held.
func (v *Vault) release() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, s := range v.discard {
		s.wipe()
	}
	v.discard = nil
	if v.now == nil {
		v.opener = nil
	}
	v.busy <- struct{}{}
}

// adopt makes a newer state the one that is shown, unless the vault was locked
// meanwhile.
func (v *Vault) adopt(s *state) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.now == nil {
		v.discard = append(v.discard, s)
		return
	}
	v.now = s
}
