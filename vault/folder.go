package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// Exists tells whether a vault file is there, also one that does not open.
func (f *Folder) Exists() (bool, error) {
	_, err := os.Lstat(f.path())
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, os.ErrNotExist):
		return false, nil
	}
	return false, fmt.Errorf("look for the vault: %w", err)
}

// Slots tells which ways the vault can be opened, without a secret.
func (f *Folder) Slots() ([]SlotKind, error) {
	file, _, err := f.read()
	if err != nil {
		return nil, err
	}
	return file.header.kinds(), nil
}

func (f *Folder) read() (*file, os.FileInfo, error) {
	raw, info, err := readFile(f.path())
	if err != nil {
		return nil, nil, err
	}
	file, err := parseFile(raw)
	return file, info, err
}

// Create makes a vault that opens by what first says and by the recovery key
// that it gives back, which is nowhere else. Errors: ErrExists, ErrNeedSlot,
// ErrNoPassphrase, those of the keyring and those of the disk; after any of
// them there is no vault, and no key of it in the keyring as far as the keyring
// answers.
func (f *Folder) Create(ctx context.Context, first First) (*Vault, RecoveryKey, error) {
	v, key, err := f.create(ctx, first)
	if err != nil {
		return nil, RecoveryKey{}, err
	}
	return v, key, nil
}

func (f *Folder) create(ctx context.Context, first First) (_ *Vault, recovery RecoveryKey, err error) {
	if !first.Keyring && len(first.Passphrase) == 0 {
		return nil, recovery, ErrNeedSlot
	}
	if err := f.checkFree(); err != nil {
		return nil, recovery, err
	}
	id, err := randomID(f.random)
	if err != nil {
		return nil, recovery, err
	}
	slots := make([]*newSlot, 0, len(slotOrder))
	if first.Keyring {
		var made *newSlot
		if made, err = f.keyringSlot(ctx, id); err != nil {
			return nil, recovery, err
		}
		slots = append(slots, made)
		account := keyringAccount(id, made.slot.ID)
		defer func() {
			if err != nil {
				f.ring.forget(ctx, account)
			}
		}()
	}
	if len(first.Passphrase) > 0 {
		made, err := f.passphraseSlot(first.Passphrase)
		if err != nil {
			return nil, recovery, err
		}
		slots = append(slots, made)
	}
	made, recovery, err := f.recoverySlot()
	if err != nil {
		return nil, recovery, err
	}
	v, err := f.found(ctx, id, append(slots, made))
	return v, recovery, err
}

func (f *Folder) checkFree() error {
	exists, err := f.Exists()
	if err == nil && exists {
		err = ErrExists
	}
	return err
}

// found writes the first file.
func (f *Folder) found(ctx context.Context, id string, slots []*newSlot) (*Vault, error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the vault's folder: %w", err)
	}
	unlock, err := f.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := f.checkFree(); err != nil {
		return nil, err
	}
	master, err := f.newMaster()
	if err != nil {
		return nil, err
	}
	c := &content{public: map[string][]byte{}}
	h := header{Vault: id}
	for _, made := range slots {
		c.public[made.slot.ID] = made.opener.public()
		h.Slots = h.with(made.slot.Kind, &made.slot)
	}
	if err := h.wrapAll(c.public, master); err != nil {
		return nil, err
	}
	s := &state{master: master, header: h}
	next, err := f.save(s, c, true)
	if err != nil {
		return nil, err
	}
	return newVault(f, slots[0].opener, next), nil
}

// Open opens the vault. Errors: ErrNoVault, ErrDamaged, ErrNewer; ErrNoSlot
// when the vault does not open this way; ErrWrongPassphrase, ErrRecoverySlip,
// ErrWrongRecoveryKey or one of the keyring's.
func (f *Folder) Open(ctx context.Context, by Unlock) (*Vault, error) {
	file, info, err := f.read()
	if err != nil {
		return nil, err
	}
	o, master, err := f.unlock(ctx, file, by)
	if err != nil {
		return nil, err
	}
	s, err := f.load(file, info, master)
	if err != nil {
		return nil, err
	}
	return newVault(f, o, s), nil
}

// unlock gets the master key out of a file.
func (f *Folder) unlock(ctx context.Context, file *file, by Unlock) (*opener, []byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	s, ok := file.header.slot(by.kind)
	if !ok {
		return nil, nil, ErrNoSlot
	}
	if err := s.check(); err != nil {
		return nil, nil, err
	}
	key, wrong, err := f.wrapKey(ctx, file.header.Vault, s, by)
	if err != nil {
		return nil, nil, err
	}
	o, err := newOpener(s, key)
	if err != nil {
		return nil, nil, err
	}
	master, ok := o.unwrap(file.header.Vault, s)
	if !ok {
		return nil, nil, wrong
	}
	return o, master, nil
}

// wrapKey makes the slot's key out of the secret, and says what is wrong should
// that key not fit.
func (f *Folder) wrapKey(ctx context.Context, vault string, s slot, by Unlock) (key []byte, wrong, err error) {
	switch by.kind {
	case KeyringSlot:
		key, err = f.ring.fetch(ctx, keyringAccount(vault, s.ID))
		return key, fmt.Errorf("%w: the key that it holds does not fit", ErrKeyringFailed), err
	case PassphraseSlot:
		return s.Argon2.costs().derive(by.text, s.Argon2.Salt), ErrWrongPassphrase, nil
	default:
		recovery, err := ParseRecoveryKey(string(by.text))
		if err != nil {
			return nil, nil, err
		}
		key, err = recovery.wrapKey(s.ID)
		return key, ErrWrongRecoveryKey, err
	}
}

func (f *Folder) newMaster() ([]byte, error) {
	master := make([]byte, masterLen)
	if _, err := io.ReadFull(f.random, master); err != nil {
		return nil, fmt.Errorf("make a master key: %w", err)
	}
	return master, nil
}

// wrapAll wraps a master key anew for every slot.
func (h *header) wrapAll(public map[string][]byte, master []byte) error {
	h.Slots = slices.Clone(h.Slots)
	for i := range h.Slots {
		if err := h.Slots[i].wrap(h.Vault, public[h.Slots[i].ID], master); err != nil {
			return err
		}
	}
	return nil
}

// stamp is the time that a save carries.
func (f *Folder) stamp() time.Time { return f.now().UTC().Truncate(time.Second) }
