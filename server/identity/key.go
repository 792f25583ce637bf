package identity

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	keySize   = 32
	keyPrefix = "sleutelbos-server-key-1"
	keyNotice = "# Server key of Sleutelbos. Without it the database cannot be read; whoever has\n" +
		"# both can make every code. Keep a copy, never beside a copy of the database.\n"
	// maxKeyFile bounds what is read as a key, in bytes.
	maxKeyFile = 4096
)

// purpose parts the uses of the server key: each has a subkey of its own.
type purpose string

const (
	forSealing      purpose = "seal"
	forActivation   purpose = "activation code"
	forApplication  purpose = "application key"
	forRequestKey   purpose = "idempotency key"
	forRequestBody  purpose = "idempotency body"
	forName         purpose = "name"
	forConfirmation purpose = "confirmation code"
	forAudit        purpose = "audit"
	forAuditHead    purpose = "audit head"
)

// ServerKey seals and hashes what is secret in the database. It lives outside
// of it. Printing it shows its id only.
type ServerKey struct {
	id      string
	aead    cipher.AEAD
	subkeys map[purpose][]byte
}

// NewServerKey makes a key from random, or from the system's source when random
// is nil, and the content of the file that keeps it.
func NewServerKey(random io.Reader) (*ServerKey, []byte, error) {
	if random == nil {
		random = rand.Reader
	}
	raw := make([]byte, keySize)
	if _, err := io.ReadFull(random, raw); err != nil {
		return nil, nil, fmt.Errorf("make a server key: %w", err)
	}
	key, err := deriveServerKey(raw)
	if err != nil {
		return nil, nil, err
	}
	line := fmt.Sprintf("%s %s %s\n", keyPrefix, key.id, base64.RawURLEncoding.EncodeToString(raw))
	return key, []byte(keyNotice + line), nil
}

// LoadServerKey reads what [NewServerKey] wrote: lines that begin with # are
// passed over, one line holds the key and its id, which is derived from the
// key, so that a slip shows. Else the error is [ErrServerKey].
func LoadServerKey(content []byte) (*ServerKey, error) {
	var found *ServerKey
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		if found != nil || len(fields) != 3 || fields[0] != keyPrefix {
			return nil, ErrServerKey
		}
		raw, err := base64.RawURLEncoding.DecodeString(fields[2])
		if err != nil || len(raw) != keySize {
			return nil, ErrServerKey // the cause would quote a part of the key
		}
		if found, err = deriveServerKey(raw); err != nil {
			return nil, err
		}
		if found.id != fields[1] {
			return nil, ErrServerKey
		}
	}
	if found == nil {
		return nil, ErrServerKey
	}
	return found, nil
}

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
	key, err := readServerKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if used, err := inUse(); err != nil {
		return nil, err
	} else if used {
		// Another process may have made both since the look at the key.
		if key, err := readServerKey(path); !errors.Is(err, fs.ErrNotExist) {
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
	return readServerKey(path)
}

func readServerKey(path string) (*ServerKey, error) {
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

func deriveServerKey(raw []byte) (*ServerKey, error) {
	derive := func(label string, size int) ([]byte, error) {
		return hkdf.Key(sha256.New, raw, nil, "sleutelbos server key: "+label, size)
	}
	id, err := derive("id", 8)
	if err != nil {
		return nil, fmt.Errorf("derive the server key: %w", err)
	}
	key := &ServerKey{id: hex.EncodeToString(id), subkeys: map[purpose][]byte{}}
	for _, p := range []purpose{
		forSealing, forActivation, forApplication, forRequestKey,
		forRequestBody, forName, forConfirmation, forAudit, forAuditHead,
	} {
		if key.subkeys[p], err = derive(string(p), keySize); err != nil {
			return nil, fmt.Errorf("derive the server key: %w", err)
		}
	}
	key.aead, err = chacha20poly1305.NewX(key.subkeys[forSealing])
	return key, err
}

// ID names the key; it is stored beside everything sealed or hashed with it.
func (k *ServerKey) ID() string { return k.id }

// Format shows the id only, under every verb of package fmt.
func (k *ServerKey) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "server key %s", k.id) }
