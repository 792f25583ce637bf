package vault

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// lockName is a file of its own, never removed, because the vault file itself
// is another one after each save.
const lockName = "vault.lock"

const (
	lockFirstWait = time.Millisecond
	lockLongest   = 25 * time.Millisecond
)

// lock keeps other processes and other vaults of this one from saving. It waits
// no longer than the folder's patience (ErrBusy) and the context.
func (f *Folder) lock(ctx context.Context) (unlock func(), err error) {
	target, err := f.target()
	if err != nil {
		return nil, err
	}
	held, err := os.OpenFile(filepath.Join(filepath.Dir(target), lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the vault's folder: %w", err)
	}
	if err := f.waitForLock(ctx, held); err != nil {
		_ = held.Close() // nothing was written
		return nil, err
	}
	// Closing lets go of the lock.
	return func() { _ = held.Close() }, nil
}

func (f *Folder) waitForLock(ctx context.Context, held *os.File) error {
	patience := time.NewTimer(f.patient)
	defer patience.Stop()
	for wait := lockFirstWait; ; wait = min(2*wait, lockLongest) {
		if err := ctx.Err(); err != nil {
			return err
		}
		taken, err := tryLock(held)
		if err != nil || taken {
			return err
		}
		again := time.NewTimer(wait)
		select {
		case <-again.C:
		case <-patience.C:
			again.Stop()
			return ErrBusy
		case <-ctx.Done():
			again.Stop()
			return ctx.Err()
		}
	}
}
