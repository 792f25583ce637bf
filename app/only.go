package app

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// calls is where a second start of the program finds the first one: a socket
// that only this user can reach, one for each vault.
type calls struct {
	listener net.Listener
	path     string
}

const (
	callWait = 2 * time.Second
	callSize = maxLine + 2 // an address and its newline
)

// onlyOne claims the vault's window for this run. If another run has it, that
// one is called with the address, and first is false.
func onlyOne(folder, address string) (first bool, c *calls, err error) {
	path, err := callPath(folder)
	if err != nil {
		return false, nil, err
	}
	// Two runs that start at once must not both find a stale socket and each
	// remove the other's.
	unlock, err := lockedfile.MutexAt(path + ".lock").Lock()
	if err != nil {
		return false, nil, fmt.Errorf("claim the window: %w", err)
	}
	defer unlock()
	if call(path, address) == nil {
		return false, nil, nil
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		// What lies there answers nobody: a run that ended without cleaning up.
		if removeErr := os.Remove(path); removeErr != nil {
			return false, nil, errors.Join(err, removeErr)
		}
		if listener, err = net.Listen("unix", path); err != nil {
			return false, nil, fmt.Errorf("claim the window: %w", err)
		}
	}
	return true, &calls{listener, path}, nil
}

// callPath is short, since the system allows about a hundred characters, and in
// a folder of this user alone.
func callPath(folder string) (string, error) {
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	base := os.Getenv("XDG_RUNTIME_DIR")
	if base == "" {
		if base, err = os.UserCacheDir(); err != nil {
			return "", fmt.Errorf("find a place for the window's socket: %w", err)
		}
	}
	base = filepath.Join(base, "sleutelbos")
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", fmt.Errorf("make a place for the window's socket: %w", err)
	}
	sum := sha256.Sum256([]byte(absolute))
	return filepath.Join(base, fmt.Sprintf("%x.sock", sum[:6])), nil
}

func call(path, address string) error {
	connection, err := net.DialTimeout("unix", path, callWait)
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(callWait)); err != nil {
		return err
	}
	if _, err := io.WriteString(connection, address+"\n"); err != nil {
		return err
	}
	answer := make([]byte, 1)
	_, err = io.ReadFull(connection, answer) // the other run says that it heard
	return err
}

// serve hands every call's address on until Close.
func (c *calls) serve(come func(address string)) {
	for {
		connection, err := c.listener.Accept()
		if err != nil {
			return
		}
		address, err := hear(connection)
		if err == nil {
			come(address)
		}
	}
}

func hear(connection net.Conn) (string, error) {
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(callWait)); err != nil {
		return "", err
	}
	line, err := readLine(io.LimitReader(connection, callSize))
	if err != nil {
		return "", err
	}
	_, err = connection.Write([]byte{1})
	return line, err
}

// Close gives the window up.
func (c *calls) Close() error { return c.listener.Close() }
