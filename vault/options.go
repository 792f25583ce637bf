package vault

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Options say where a vault lives and what it leans on.
type Options struct {
	Dir      string           // folder of the vault; made with mode 0700 when the vault is
	Keyring  Keyring          // nil: the operating system's
	Now      func() time.Time // nil: time.Now
	Random   io.Reader        // keys, nonces, ids; nil: crypto/rand
	Argon2   Argon2           // costs of new passphrases; zero: measured on this machine
	Patience time.Duration    // bound of every keyring call; zero: 5 s
}

// DefaultPatience bounds a keyring call when Options do not.
const DefaultPatience = 5 * time.Second

// Folder is where a vault lives. It holds no secret and no open file.
type Folder struct {
	dir     string
	ring    bounded
	now     func() time.Time
	random  io.Reader
	argon2  Argon2
	patient time.Duration // for the lock of other processes
}

// lockPatience bounds how long a save waits for another process.
const lockPatience = 15 * time.Second

// At names a folder; nothing is read or made yet.
func At(o Options) *Folder {
	f := &Folder{
		dir: o.Dir, now: o.Now, random: o.Random, argon2: o.Argon2, patient: lockPatience,
		ring: bounded{keyring: o.Keyring, patience: o.Patience},
	}
	if f.ring.keyring == nil {
		f.ring.keyring = OSKeyring()
	}
	if f.ring.patience <= 0 {
		f.ring.patience = DefaultPatience
	}
	if f.now == nil {
		f.now = time.Now
	}
	if f.random == nil {
		f.random = rand.Reader
	}
	return f
}

// Dir is the folder's path.
func (f *Folder) Dir() string { return f.dir }

// DefaultDir is the platform's own place for a person's data:
// $XDG_DATA_HOME/sleutelbos (XDG Base Directory Specification),
// ~/Library/Application Support/Sleutelbos or %LOCALAPPDATA%\Sleutelbos.
func DefaultDir() (string, error) {
	if runtime.GOOS == "windows" {
		if local := os.Getenv("LOCALAPPDATA"); local != "" {
			return filepath.Join(local, "Sleutelbos"), nil
		}
		return "", errors.New("the folder for a person's data is not known; set LOCALAPPDATA or name a folder")
	}
	if data := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(data) && runtime.GOOS != "darwin" {
		return filepath.Join(data, "sleutelbos"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("the home folder is not known; set HOME or name a folder: %w", err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support", "Sleutelbos"), nil
	}
	return filepath.Join(home, ".local", "share", "sleutelbos"), nil
}
