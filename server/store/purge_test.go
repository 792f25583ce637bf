package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"sleutelbos/server/store/storetest"
)

// However many names strangers try, the newest are kept and no more.
func TestFloodOfStrangersIsBounded(t *testing.T) {
	s, _ := fresh(t)
	const flood, most = 500, 100
	err := s.Do(t.Context(), func(tx *Tx) error {
		for i := range int64(flood) {
			name := fmt.Appendf(nil, "name %d", i)
			if _, err := tx.CountTry(name, i); err != nil {
				return err
			}
			if err := tx.AddRequest(Request{KeyHash: name, BodyHash: name, Reason: "mismatch", Made: i}); err != nil {
				return err
			}
		}
		_, err := tx.PurgeLinking(Purge{Most: most, Batch: flood})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(v *View) error {
		var tries, answers int64
		if err := v.one("count", "SELECT (SELECT count(*) FROM tries), (SELECT count(*) FROM requests)", nil, &tries, &answers); err != nil {
			return err
		}
		if tries > most+1 || tries < most || answers > most+1 || answers < most {
			t.Errorf("%d names with tries and %d answers are left", tries, answers)
		}
		if wrong, err := v.Tries(fmt.Appendf(nil, "name %d", flood-1)); err != nil || wrong != 1 {
			t.Errorf("the newest is forgotten: %d, %v", wrong, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// content is the file's, or nothing when there is none.
func content(t *testing.T, file string) []byte {
	t.Helper()
	all, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

func TestFileThatOthersCanReadIsTakenBack(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, path + "-wal"} { // as a copy of a running server has them
		if err := errors.Join(os.WriteFile(file+".copy", content(t, file), 0o644), os.Rename(file+".copy", file)); err != nil {
			t.Fatal(err)
		}
	}
	open(t, path)
	for _, file := range []string{path, path + "-wal"} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
}
