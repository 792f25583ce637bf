package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// newSlot is a slot whose secret was just made or given; its wrap comes with
// the master key.
type newSlot struct {
	slot   slot
	opener *opener
}

func (f *Folder) newSlot(kind SlotKind) (*newSlot, error) {
	id, err := randomID(f.random)
	return &newSlot{slot: slot{Kind: kind, ID: id}}, err
}

// keyringSlot keeps a new key in the keyring.
func (f *Folder) keyringSlot(ctx context.Context, vault string) (*newSlot, error) {
	made, err := f.newSlot(KeyringSlot)
	if err != nil {
		return nil, err
	}
	key, err := f.ring.keep(ctx, keyringAccount(vault, made.slot.ID), f.random)
	if err != nil {
		return nil, err
	}
	made.opener, err = newOpener(made.slot, key)
	return made, err
}

func (f *Folder) passphraseSlot(passphrase []byte) (*newSlot, error) {
	if len(passphrase) == 0 {
		return nil, ErrNoPassphrase
	}
	made, err := f.newSlot(PassphraseSlot)
	if err != nil {
		return nil, err
	}
	costs, err := f.argon2.orMeasured(f.random)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(f.random, salt); err != nil {
		return nil, fmt.Errorf("make a salt: %w", err)
	}
	made.slot.Argon2 = &slotArgon2{Memory: costs.Memory, Passes: costs.Passes, Lanes: costs.Lanes, Salt: salt}
	made.opener, err = newOpener(made.slot, costs.derive(passphrase, salt))
	return made, err
}

func (f *Folder) recoverySlot() (*newSlot, RecoveryKey, error) {
	made, err := f.newSlot(RecoverySlot)
	if err != nil {
		return nil, RecoveryKey{}, err
	}
	recovery, err := newRecoveryKey(f.random)
	if err != nil {
		return nil, RecoveryKey{}, err
	}
	key, err := recovery.wrapKey(made.slot.ID)
	if err != nil {
		return nil, RecoveryKey{}, err
	}
	made.opener, err = newOpener(made.slot, key)
	return made, recovery, err
}

// SetPassphrase makes the passphrase slot, or makes it anew. Like every change
// of a slot it makes a new master key and reseals the kept generations; copies
// of the vault elsewhere still open as they did. Errors: ErrNoPassphrase and
// those of Update.
func (v *Vault) SetPassphrase(ctx context.Context, passphrase []byte) error {
	if err := v.mayChange(); err != nil {
		return err
	}
	made, err := v.folder.passphraseSlot(passphrase)
	if err != nil {
		return err
	}
	_, err = v.changeSlot(ctx, PassphraseSlot, made)
	return err
}

// NewRecoveryKey makes the recovery slot anew; the former key opens only copies
// elsewhere. Errors: those of Update.
func (v *Vault) NewRecoveryKey(ctx context.Context) (RecoveryKey, error) {
	if err := v.mayChange(); err != nil {
		return RecoveryKey{}, err
	}
	made, recovery, err := v.folder.recoverySlot()
	if err == nil {
		_, err = v.changeSlot(ctx, RecoverySlot, made)
	}
	if err != nil {
		return RecoveryKey{}, err
	}
	return recovery, nil
}

// UseKeyring makes the keyring slot, or makes it anew with a new key, as after
// a lost keyring. Errors: those of the keyring and of Update.
func (v *Vault) UseKeyring(ctx context.Context) error {
	if err := v.mayChange(); err != nil {
		return err
	}
	made, err := v.folder.keyringSlot(ctx, v.id)
	if err != nil {
		return err
	}
	old, err := v.changeSlot(ctx, KeyringSlot, made)
	if err != nil {
		old = &made.slot
	}
	v.forgetSlot(ctx, old)
	return err
}

// RemoveSlot takes a way to open the vault away. Errors: ErrNoSlot when it is
// not there; ErrLastSlot for the last one, and for the last beside the keyring;
// those of Update.
func (v *Vault) RemoveSlot(ctx context.Context, kind SlotKind) error {
	old, err := v.changeSlot(ctx, kind, nil)
	if err == nil {
		v.forgetSlot(ctx, old)
	}
	return err
}

func (v *Vault) forgetSlot(ctx context.Context, old *slot) {
	if old != nil && old.Kind == KeyringSlot {
		v.folder.ring.forget(ctx, keyringAccount(v.id, old.ID))
	}
}

// mayChange refuses before anything slow or visible is done.
func (v *Vault) mayChange() error {
	s, done := v.look()
	defer done()
	switch {
	case s == nil:
		return ErrLocked
	case s.readOnly:
		return ErrReadOnly
	}
	return nil
}

// changeSlot puts a slot in the place of the one of its kind, or removes that
// when made is nil, under a new master key. It gives the slot that went.
func (v *Vault) changeSlot(ctx context.Context, kind SlotKind, made *newSlot) (old *slot, err error) {
	err = v.exclusive(ctx, func() error {
		s, err := v.writable()
		if err != nil {
			return err
		}
		if gone, ok := s.header.slot(kind); ok {
			old = &gone
		} else if made == nil {
			return ErrNoSlot
		}
		next, c, err := v.folder.rekeyed(s, kind, made)
		if err != nil {
			return err
		}
		if old != nil {
			delete(c.public, old.ID)
		}
		if err := v.commit(next, c); err != nil {
			return err
		}
		if made != nil && v.opener != nil && v.opener.kind == kind {
			v.opener = made.opener
		}
		return nil
	})
	return old, err
}

// rekeyed gives a state and a content with the slot changed and a new master
// key that every slot wraps; the old key is kept in the content until the
// generations are resealed.
func (f *Folder) rekeyed(s *state, kind SlotKind, made *newSlot) (*state, *content, error) {
	h, c := s.header, s.content.copy()
	if made != nil {
		h.Slots = h.with(kind, &made.slot)
		c.public[made.slot.ID] = made.opener.public()
	} else {
		h.Slots = h.with(kind, nil)
	}
	if !slices.ContainsFunc(h.Slots, func(s slot) bool { return s.Kind != KeyringSlot }) {
		return nil, nil, ErrLastSlot
	}
	master, err := f.newMaster()
	if err != nil {
		return nil, nil, err
	}
	if err := h.wrapAll(c.public, master); err != nil {
		return nil, nil, err
	}
	if made != nil {
		slot, _ := h.slot(kind)
		if back, ok := made.opener.unwrap(h.Vault, slot); !ok || !bytes.Equal(back, master) {
			return nil, nil, errors.New("the new way does not open the vault; nothing was changed")
		}
	}
	c.former = append(c.former, bytes.Clone(s.master))
	return &state{master: master, header: h}, c, nil
}
