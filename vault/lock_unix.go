//go:build !windows

package vault

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes the lock of an open file, or tells that somebody else has it.
// It belongs to this opening of the file, so two vaults in one process exclude
// each other too, and it ends with the process however that ends.
func tryLock(f *os.File) (taken bool, err error) {
	for {
		switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		default:
			return false, fmt.Errorf("lock the vault's folder; it must be on a file system with locks: %w", err)
		}
	}
}

// replace puts a file in another's place in one step.
func replace(from, to string) error { return os.Rename(from, to) }

// syncDir makes a rename in the folder last through a loss of power.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open the folder: %w", err)
	}
	err = d.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = nil // a file system that knows no sync of folders
	}
	if err := errors.Join(err, d.Close()); err != nil {
		return fmt.Errorf("write the folder to disk: %w", err)
	}
	return nil
}
