package vault

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// tryLock takes the lock of an open file, or tells that somebody else has it.
// It belongs to this handle and ends with the process however that ends.
func tryLock(f *os.File) (taken bool, err error) {
	err = windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{})
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION), errors.Is(err, windows.ERROR_IO_PENDING):
		return false, nil
	}
	return false, fmt.Errorf("lock the vault's folder; it must be on a file system with locks: %w", err)
}

// Another process that reads the file at this moment, such as a virus scanner,
// makes the rename fail for as long as it does.
const (
	replaceTries = 100
	replaceWait  = 20 * time.Millisecond
)

// replace puts a file in another's place in one step.
func replace(from, to string) error {
	var err error
	for range replaceTries {
		err = os.Rename(from, to)
		if !errors.Is(err, windows.ERROR_ACCESS_DENIED) && !errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
			return err
		}
		time.Sleep(replaceWait)
	}
	return err
}

// syncDir does nothing: NTFS logs renames by itself, and folders have no sync.
func syncDir(string) error { return nil }
