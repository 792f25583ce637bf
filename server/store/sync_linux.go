package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncData brings a file's content to the disk, and of what is about the file
// only what reading it back takes; the log's size changes seldom, and the time of
// its last change is worth no write of its own (fdatasync(2)).
func syncData(file *os.File) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		for failed = unix.EINTR; failed == unix.EINTR; {
			failed = unix.Fdatasync(int(fd))
		}
	})
	if err != nil {
		return err
	}
	return failed
}
