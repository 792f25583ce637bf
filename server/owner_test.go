//go:build !windows

package server

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What root does in the folder of the server's user stays that user's.
func TestRootLeavesTheFolderToItsOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const user = 65534 // nobody
	data := kept(t)
	entries, err := os.ReadDir(data)
	mend(t, err)
	for _, entry := range entries {
		mend(t, os.Chown(filepath.Join(data, entry.Name()), user, user))
	}
	mend(t, os.Chown(data, user, user))
	mend(t, os.Remove(filepath.Join(data, holdFile)))
	f, options := Folder{Data: data}, Surroundings{}.filled().options(nil)
	opened, err := f.open(t.Context(), false, options)
	mend(t, err)
	copied := filepath.Join(t.TempDir(), "backup.db")
	_, err = opened.backup(t.Context(), copied)
	mend(t, errors.Join(err, opened.Close()))
	options.Now = time.Now
	_, err = f.restore(t.Context(), copied, options)
	mend(t, err)
	for _, name := range []string{holdFile, databaseFile} {
		if whose, _, _ := owner(f.path(name)); whose != user {
			t.Errorf("%s belongs to %d", name, whose)
		}
	}
	if text, err := examine(t, data, time.Now()); err != nil {
		t.Errorf("the doctor says %v:\n%s", err, text)
	}
	mend(t, os.Chown(f.path(tlsKeyFile), 0, 0))
	if text, err := examine(t, data, time.Now()); !errors.Is(err, ErrUnwell) || !strings.Contains(text, "belongs to another user") {
		t.Errorf("root's key gives %v:\n%s", err, text)
	}
}
