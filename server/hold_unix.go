//go:build !windows

package server

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// tryLock takes the lock of an open file, or tells that others have it.
func tryLock(file *os.File, alone bool) (taken bool, err error) {
	how := unix.LOCK_SH
	if alone {
		how = unix.LOCK_EX
	}
	for {
		switch err := unix.Flock(int(file.Fd()), how|unix.LOCK_NB); {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		default:
			return false, err
		}
	}
}

// owner is the user to whom a file belongs, where that is known.
func owner(path string) (user, group int, known bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, false
	}
	found, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return 0, 0, false
	}
	return int(found.Uid), int(found.Gid), true
}

// noFollow keeps root from being led elsewhere by a link in the folder of
// somebody else.
const noFollow = unix.O_NOFOLLOW

// giveToOwner gives a file that root made to whom the folder belongs, since the
// server, which runs as that user, could not open it else. What has another
// name too may be somebody else's, and stays.
func giveToOwner(file *os.File, folder string) error {
	user, group, known := owner(folder)
	if !known || os.Geteuid() != 0 {
		return nil
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	found, known := info.Sys().(*syscall.Stat_t)
	if !known || !info.Mode().IsRegular() || found.Nlink != 1 || found.Uid != 0 {
		return nil
	}
	return file.Chown(user, group)
}
