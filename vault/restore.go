package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Restore makes a generation the vault and opens it. The file that it replaces
// is never deleted: it stays beside the vault under a name of its own unless a
// generation holds the same bytes. Counters take the highest that is found in
// that file and in the other generations, as far as they still open. Errors:
// ErrNoGeneration, ErrReadOnly when a newer version wrote the generation, those
// of Open, ErrBusy and the disk's.
func (f *Folder) Restore(ctx context.Context, g Generation, by Unlock) (*Vault, error) {
	file, err := f.readGeneration(g.Name)
	if err != nil {
		return nil, err
	}
	if file.readOnly() {
		return nil, ErrReadOnly
	}
	o, master, err := f.unlock(ctx, file, by)
	if err != nil {
		return nil, err
	}
	s, err := f.load(file, nil, master)
	if err != nil {
		return nil, err
	}
	unlock, err := f.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := f.mergeOthers(s, o); err != nil {
		return nil, err
	}
	if err := f.putAside(); err != nil {
		return nil, err
	}
	next, err := f.save(s, s.content, true)
	if err != nil {
		return nil, err
	}
	return newVault(f, o, next), nil
}

// mergeOthers raises the counters, and the serial so that the restored save is
// the newest, by what the replaced file and the other generations hold.
func (f *Folder) mergeOthers(s *state, o *opener) error {
	all, err := f.listGenerations()
	if err != nil {
		return err
	}
	var others []*file
	if file, _, err := f.read(); err == nil {
		others = append(others, file)
	}
	for _, g := range all {
		if file, err := f.readGeneration(g.Name); err == nil {
			others = append(others, file)
		}
	}
	for _, file := range others {
		if file.header.Vault != s.header.Vault {
			continue
		}
		s.header.Serial = max(s.header.Serial, file.header.Serial)
		masters := [][]byte{s.master}
		if slot, ok := file.header.slot(o.kind); ok && slot.check() == nil {
			if master, ok := o.unwrap(s.header.Vault, slot); ok {
				masters = append(masters, master)
			}
		}
		if c, _ := openWith(file, append(masters, s.content.former...)); c != nil {
			s.content.raiseCounters(c)
		}
	}
	return nil
}

// asideStem begins the name of a file that Restore replaced.
const asideStem = FileName + ".aside-"

// putAside keeps the present file under another name, unless there is none or
// a generation with the same bytes. The vault file stays until the restored
// one is renamed over it.
func (f *Folder) putAside() error {
	if exists, err := f.Exists(); err != nil || !exists {
		return err
	}
	if file, _, err := f.read(); err == nil && f.isKept(file) {
		return nil
	}
	stem := filepath.Join(f.dir, asideStem+f.stamp().Format(generationTime))
	for n := 1; ; n++ {
		aside := stem
		if n > 1 {
			aside = fmt.Sprintf("%s-%d", stem, n)
		}
		err := copyFile(f.path(), aside)
		if !errors.Is(err, os.ErrExist) {
			return err
		}
	}
}

func (f *Folder) isKept(present *file) bool {
	all, err := f.listGenerations()
	return err == nil && slices.ContainsFunc(all, func(g generation) bool {
		file, err := f.readGeneration(g.Name)
		return err == nil && file.checksum == present.checksum
	})
}

// copyFile copies a plain file of any size to a name that is free; what is no
// plain file is moved there.
func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil || !info.Mode().IsRegular() {
		if _, err := os.Lstat(to); err == nil {
			return os.ErrExist
		}
		return os.Rename(from, to)
	}
	source, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("keep the damaged file: %w", err)
	}
	defer source.Close() // opened for reading: nothing to lose
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("keep the damaged file: %w", err)
	}
	_, err = io.Copy(target, source)
	if err == nil {
		err = target.Sync()
	}
	if err = errors.Join(err, target.Close()); err != nil {
		return errors.Join(fmt.Errorf("keep the damaged file: %w", err), os.Remove(to))
	}
	return nil
}
