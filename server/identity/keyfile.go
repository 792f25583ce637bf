package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ServerKeyFile is [ServerKeyBeside] for a database in the file database.
func ServerKeyFile(path, database string, random io.Reader) (*ServerKey, error) {
	return ServerKeyBeside(path, FileInUse(database), random)
}

// FileInUse tells whether a file has content.
func FileInUse(path string) func() (bool, error) {
	return func() (bool, error) {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("look for the database: %w", err)
		}
		return info.Size() > 0, nil
	}
}

// ServerKeyBeside reads the key from the file path. Where it is not there and
// no database is in use either, it makes a key and keeps it (mode 0600). A
// database in use without its key is [ErrNoServerKey]. Several processes may
// start at once.
func ServerKeyBeside(path string, inUse func() (bool, error), random io.Reader) (*ServerKey, error) {
	key, err := ReadServerKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if used, err := inUse(); err != nil {
		return nil, err
	} else if used {
		// Another process may have made both since the look at the key.
		if key, err := ReadServerKey(path); !errors.Is(err, fs.ErrNotExist) {
			return key, err
		}
		return nil, ErrNoServerKey
	}
	_, content, err := NewServerKey(random)
	if err != nil {
		return nil, err
	}
	if err := keepServerKey(path, content); err != nil {
		return nil, fmt.Errorf("keep the server key: %w", err)
	}
	return ReadServerKey(path)
}

// ReadServerKey reads the key from the file path.
func ReadServerKey(path string) (*ServerKey, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the server key: %w", err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("read the server key: %w", err)
	}
	return LoadServerKey(content)
}

// keepServerKey writes a new file whole or not at all, and never over another:
// linking the finished temporary file fails where a key was made meanwhile.
func keepServerKey(path string, content []byte) error {
	folder := filepath.Dir(path)
	file, err := os.CreateTemp(folder, ".server-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = io.Copy(file, bytes.NewReader(content))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	opened, err := os.Open(folder)
	if err != nil {
		return err
	}
	// Some systems cannot flush a folder, and their links are durable anyway.
	_ = opened.Sync()
	return opened.Close()
}

// AddKey makes another key and adds its line to the content of a key file. It
// seals nothing until [Desk.TakeOver].
func AddKey(content []byte, random io.Reader) (more []byte, id string, err error) {
	ring, err := LoadServerKey(content)
	if err != nil {
		return nil, "", err
	}
	key, line, err := newKeyLine(random)
	if err != nil {
		return nil, "", err
	}
	if len(ring.keys) == maxKeys || len(content)+len(line) >= maxKeyFile {
		return nil, "", errManyKeys
	}
	more = bytes.TrimRight(content, "\r\n")
	return append(append(bytes.Clone(more), '\n'), line...), key.id, nil
}

// DropKey takes the line of a key out of the content of a key file, which must
// hold another one. The content is nil when the key is not in it.
func DropKey(content []byte, id string) (rest, line []byte, err error) {
	ring, err := LoadServerKey(content)
	switch {
	case err != nil:
		return nil, nil, err
	case !ring.holds(id):
		return nil, nil, nil
	case len(ring.keys) == 1:
		return nil, nil, ErrKeyCurrent
	}
	for each := range bytes.Lines(content) {
		if fields := bytes.Fields(each); len(fields) == 3 && string(fields[0]) == keyPrefix && string(fields[1]) == id {
			line = each
			continue
		}
		rest = append(rest, each...)
	}
	return rest, line, nil
}

var errManyKeys = errors.New("the key file is full; retire keys that nothing is sealed with any more: sleutelbos admin key retire ID")
