//go:build !windows

package server

import "golang.org/x/sys/unix"

// room is how many bytes this user may still write where the path is.
func room(path string) (uint64, error) {
	var found unix.Statfs_t
	if err := unix.Statfs(path, &found); err != nil {
		return 0, err
	}
	return uint64(found.Bavail) * uint64(found.Bsize), nil
}
