package linking

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sleutelbos/enroll"
)

// Draft is how far a person came, so that closing the window loses nothing. It
// holds nothing secret: the activation code is never in it.
type Draft struct {
	Server      string          `json:"server,omitempty"`
	Fingerprint string          `json:"fingerprint,omitempty"`
	User        string          `json:"user,omitempty"`
	Step        int             `json:"step,omitempty"` // 1 to 4
	Accepted    enroll.Accepted `json:"accepted"`
}

const draftFile = "linking.json"

// LoadDraft reads the draft in a vault's folder; none, or one that cannot be
// read, is an empty draft: the person starts at the first step.
func LoadDraft(folder string) Draft {
	raw, err := os.ReadFile(filepath.Join(folder, draftFile))
	if err != nil {
		return Draft{}
	}
	var draft Draft
	if json.Unmarshal(raw, &draft) != nil || draft.Step < 1 || draft.Step > 4 {
		return Draft{}
	}
	return draft
}

// Save writes the draft beside the vault, for this user alone.
func (d Draft) Save(folder string) error {
	raw, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the draft: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("keep the draft: %w", err)
	}
	path := filepath.Join(folder, draftFile)
	temporary := path + ".new"
	if err := os.WriteFile(temporary, raw, 0o600); err != nil {
		return fmt.Errorf("keep the draft: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(fmt.Errorf("keep the draft: %w", err), os.Remove(temporary))
	}
	return nil
}

// DropDraft forgets the draft, once linked or given up.
func DropDraft(folder string) error {
	err := os.Remove(filepath.Join(folder, draftFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
