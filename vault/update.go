package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"sleutelbos/enroll"
)

// Update changes the vault: under the lock that other processes respect it
// reads again what is on disk, gives the function a draft of that, and saves
// the draft. Nothing changes when the function returns an error, which is then
// Update's; nothing is saved when the draft is as it was. The function must
// not call Update, Code, Refresh or the slot methods of the same vault.
//
// Errors besides: ErrLocked, ErrReadOnly, ErrBusy, ErrTooBig, ErrNoVault when
// the file is gone, ErrDamaged when it does not open any more, and the disk's.
func (v *Vault) Update(ctx context.Context, change func(*Draft) error) error {
	return v.exclusive(ctx, func() error {
		s, err := v.writable()
		if err != nil {
			return err
		}
		draft := &Draft{content: s.content.copy(), folder: v.folder}
		if err := change(draft); err != nil {
			return err
		}
		if same, err := sameContent(s, draft.content); err != nil || same {
			return err
		}
		return v.commit(s, draft.content)
	})
}

// exclusive runs work with the token and the folder's lock.
func (v *Vault) exclusive(ctx context.Context, work func() error) error {
	select {
	case <-v.busy:
		defer v.release()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s, done := v.look(); s == nil {
		done()
		return ErrLocked
	} else {
		done()
	}
	unlock, err := v.folder.lock(ctx)
	if err != nil {
		if _, gone := os.Stat(v.folder.dir); errors.Is(gone, os.ErrNotExist) {
			return ErrNoVault
		}
		return err
	}
	defer unlock()
	return work()
}

// writable gives the state that is on disk now, to change it.
func (v *Vault) writable() (*state, error) {
	s, _, err := v.fresh()
	if err == nil && s.readOnly {
		err = ErrReadOnly
	}
	return s, err
}

func (v *Vault) commit(s *state, c *content) error {
	next, err := v.folder.save(s, c, true)
	if err != nil {
		return err
	}
	v.adopt(next)
	return nil
}

// sameContent tells whether a draft would be saved as what is on disk already.
func sameContent(s *state, c *content) (bool, error) {
	if s.ahead {
		return false, nil
	}
	before, err := s.content.encode()
	if err != nil {
		return false, err
	}
	after, err := c.encode()
	same := bytes.Equal(before, after)
	clear(before)
	clear(after)
	return same, err
}

// fresh gives what is on disk now and makes it what the vault shows. The token
// must be held. When another process made a new master key, the slot that this
// vault was opened with gives it; when that slot is gone too, the vault locks
// itself.
func (v *Vault) fresh() (s *state, changed bool, err error) {
	shown, done := v.look()
	done()
	if shown == nil {
		return nil, false, ErrLocked
	}
	file, info, err := v.folder.read()
	if err != nil {
		return nil, false, err
	}
	if file.checksum == shown.body {
		same := *shown
		same.info, same.seen = info, v.folder.now()
		v.adopt(&same)
		return &same, false, nil
	}
	if s, err = v.reopen(shown, file, info); err != nil {
		return nil, false, err
	}
	s.ahead = s.content.raiseCounters(shown.content)
	v.adopt(s)
	return s, true, nil
}

func (v *Vault) reopen(shown *state, file *file, info os.FileInfo) (*state, error) {
	if file.header.Vault != v.id {
		v.Lock()
		return nil, fmt.Errorf("another vault lies in its place: %w", ErrLocked)
	}
	s, err := v.folder.load(file, info, bytes.Clone(shown.master))
	if err == nil {
		return s, nil
	}
	slot, ok := file.header.slot(v.opener.kind)
	if ok && slot.check() == nil {
		if master, ok := v.opener.unwrap(v.id, slot); ok {
			return v.folder.load(file, info, master)
		}
	}
	v.Lock()
	return nil, fmt.Errorf("the ways to open it were changed elsewhere: %w", ErrLocked)
}

// Refresh picks up what another process saved and tells whether that changed
// anything. It looks at the file's stat first, so it can be called often.
// Errors: as Update's that concern reading.
func (v *Vault) Refresh(ctx context.Context) (changed bool, err error) {
	select {
	case <-v.busy:
		defer v.release()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	s, done := v.look()
	done()
	if s == nil {
		return false, ErrLocked
	}
	if info, err := os.Stat(v.folder.path()); err == nil && s.unchanged(info) {
		return false, nil
	}
	_, changed, err = v.fresh()
	return changed, err
}

// Code makes a code to show. For a counter-based key the next counter is saved
// before the code is given away, so that no crash makes it come twice; that is
// an Update, with its errors. A time-based key is as with [Vault.Peek].
func (v *Vault) Code(ctx context.Context, id string, now time.Time) (enroll.Code, error) {
	code, err := v.Peek(id, now)
	if !errors.Is(err, ErrCounter) {
		return code, err
	}
	err = v.Update(ctx, func(d *Draft) error {
		r, err := d.content.readable(id)
		if err != nil {
			return err
		}
		if code, err = r.key.CodeNow(now); err != nil {
			return err
		}
		if r.key.Counter == math.MaxUint64 {
			return fmt.Errorf("the counter of this key has come to its end: %w", ErrCounterLower)
		}
		return d.SetCounter(id, r.key.Counter+1)
	})
	if err != nil {
		return enroll.Code{}, err
	}
	return code, nil
}
