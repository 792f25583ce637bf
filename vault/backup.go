package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// IsVault tells whether bytes begin as a vault file does.
func IsVault(content []byte) bool { return bytes.HasPrefix(content, []byte(magic)) }

// Snapshot gives the vault file as it is on the disk now, byte for byte, after
// its checksum was proven. A passphrase or the recovery key opens it on any
// machine; the keyring slot in it opens on this one only. Errors: ErrNoVault,
// ErrDamaged, ErrNewer, the disk's.
func (f *Folder) Snapshot() ([]byte, error) {
	file, _, err := f.read()
	if err != nil {
		return nil, err
	}
	return bytes.Clone(file.raw), nil
}

// Prove tells whether a copy is whole and can be opened without a keyring. It
// needs no secret, so what lies under the seal is proven only by opening it.
func Prove(copied []byte) error {
	file, err := parseFile(copied)
	if err != nil {
		return err
	}
	for _, kind := range file.header.kinds() {
		if kind != KeyringSlot {
			return nil
		}
	}
	return ErrNeedSlot
}

// OpenCopy opens a copy of a vault file beside the vault, to look into it or to
// take entries over. Nothing is written by it where the vault lies; done
// removes what it needs and locks the copy. Errors: those of [Folder.Open].
func OpenCopy(ctx context.Context, content []byte, by Unlock, o Options) (v *Vault, done func(), err error) {
	dir, err := os.MkdirTemp("", "sleutelbos-copy-")
	if err != nil {
		return nil, nil, fmt.Errorf("open a copy: %w", err)
	}
	remove := func() { _ = os.RemoveAll(dir) }
	o.Dir = filepath.Join(dir, "vault")
	f := At(o)
	if err = os.Mkdir(o.Dir, 0o700); err == nil {
		err = os.WriteFile(f.path(), content, 0o600)
	}
	if err == nil {
		v, err = f.Open(ctx, by)
	}
	if err != nil {
		remove()
		return nil, nil, err
	}
	return v, func() { v.Lock(); remove() }, nil
}

// WriteInto is the operation that an os.PathError names whose path is the folder
// that could not be written into.
const WriteInto = "write into"

// WriteWhole writes a file beside its final name, reads it back and puts it in
// place by a rename, so that at no moment half a file lies there. Mode 0600.
func WriteWhole(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	file, err := os.CreateTemp(dir, ".sleutelbos-*")
	var at *os.PathError
	if errors.As(err, &at) { // nobody knows the name of the file in between
		return &os.PathError{Op: WriteInto, Path: dir, Err: at.Err}
	} else if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	read, err := os.Open(file.Name())
	if err != nil {
		return err
	}
	same, err := io.ReadAll(io.LimitReader(read, int64(len(content))+1))
	_ = read.Close()
	if err == nil && !bytes.Equal(same, content) {
		err = fmt.Errorf("write %s: what was read back is not what was written", filepath.Base(path))
	}
	if err != nil {
		return err
	}
	if err = os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// Adopt makes a copy of a vault file the vault where there is none, and opens
// it. Errors: ErrExists, those of [Folder.Open], and the disk's; after any of
// them there is still no vault.
func (f *Folder) Adopt(ctx context.Context, content []byte, by Unlock) (*Vault, error) {
	if _, err := parseFile(content); err != nil {
		return nil, err
	}
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
	// It is opened elsewhere first, so that what does not open never lies here.
	_, done, err := OpenCopy(ctx, content, by, Options{Keyring: f.ring.keyring, Now: f.now, Random: f.random, Patience: f.ring.patience})
	if err != nil {
		return nil, err
	}
	done()
	if err := WriteWhole(f.path(), content); err != nil {
		return nil, fmt.Errorf("put the vault back: %w", err)
	}
	return f.Open(ctx, by)
}
