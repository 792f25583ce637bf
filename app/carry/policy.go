package carry

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Policy is what an organisation decides for the computers it manages. It
// stands in a file that people cannot change; what the file does not say is
// allowed.
type Policy struct {
	// PlainExport allows files in which the keys can be read by anybody.
	PlainExport bool
}

// ErrForbidden says that the organisation does not allow it.
var ErrForbidden = errors.New("the organisation does not allow files with keys that anybody can read")

// ErrPolicy says that the organisation's file cannot be read as one. What it
// may forbid is then not done.
var ErrPolicy = errors.New("the organisation's policy file cannot be read")

// PolicyFile is where the organisation's decisions lie on this system.
func PolicyFile() string {
	switch runtime.GOOS {
	case "windows":
		return filepath.Join(os.Getenv("ProgramData"), "Sleutelbos", "policy.json")
	case "darwin":
		return "/Library/Application Support/Sleutelbos/policy.json"
	}
	return "/etc/sleutelbos/policy.json"
}

// ReadPolicy reads {"plain_export": false}. Without a file all is allowed; one
// that is there and cannot be read, or says something else, is [ErrPolicy].
func ReadPolicy(path string) (Policy, error) {
	p := Policy{PlainExport: true}
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return Policy{}, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	var said struct {
		PlainExport *bool `json:"plain_export"`
	}
	if err := json.Unmarshal(content, &said); err != nil {
		return Policy{}, fmt.Errorf("%w: %s: %w", ErrPolicy, path, err)
	}
	if said.PlainExport != nil {
		p.PlainExport = *said.PlainExport
	}
	return p, nil
}

// MayBePlain tells whether the organisation, by its file, allows files with keys
// that anybody can read: ErrForbidden where it does not, ErrPolicy where nobody
// knows.
func MayBePlain(path string) error {
	policy, err := ReadPolicy(path)
	if err == nil && !policy.PlainExport {
		err = ErrForbidden
	}
	return err
}
