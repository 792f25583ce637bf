package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sleutelbos/server/store/storetest"
)

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func fresh(t testing.TB) (*Store, string) {
	t.Helper()
	path := storetest.Address(t, filepath.Join(t.TempDir(), "server.db"))
	return open(t, path), path
}

// The tests of this package hold on both databases.
func TestAgainOnPostgreSQL(t *testing.T) { storetest.Again(t, "fsync=off") }

func set(name, value string) func(*Tx) error {
	return func(tx *Tx) error { return tx.SetSetting(name, Setting{Value: []byte(value)}) }
}

func get(t testing.TB, s *Store, name string) string {
	t.Helper()
	var got Setting
	err := s.Read(t.Context(), func(v *View) (err error) {
		got, err = v.Setting(name)
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	return string(got.Value)
}

func TestPragmas(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "1", "foreign_keys": "1", "wal_autocheckpoint": "16000",
	} {
		var got sql.NullString
		if err := s.Do(t.Context(), func(tx *Tx) error { return tx.one("ask", "PRAGMA "+pragma, nil, &got) }); err != nil || got.String != want {
			t.Errorf("%s is %q, want %q (%v)", pragma, got.String, want, err)
		}
	}
	if _, err := s.readers.ExecContext(t.Context(), "DELETE FROM settings"); err == nil {
		t.Error("a reader can write")
	}
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", filepath.Base(file), info.Mode(), err)
		}
	}
}

func TestFolderWithOddCharacters(t *testing.T) {
	storetest.SQLiteOnly(t)
	folder := filepath.Join(t.TempDir(), "a b?c#d%20é&mode=memory")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	s := open(t, filepath.Join(folder, "server.db"))
	if err := s.Do(t.Context(), set("a", "1")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(folder, "server.db")); err != nil || info.Size() == 0 {
		t.Errorf("the file is not where it was asked for: %v", err)
	}
}

func TestNewerDatabaseIsRefusedUnchanged(t *testing.T) {
	s, path := fresh(t)
	if err := s.Do(t.Context(), func(tx *Tx) error {
		_, err := tx.exec("pretend", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if storetest.Postgres() {
		if _, err := Open(t.Context(), path); !errors.Is(err, ErrNewer) {
			t.Errorf("got %v", err)
		}
		return
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); !errors.Is(err, ErrNewer) {
		t.Errorf("got %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(before) != string(after) {
		t.Errorf("the database was changed: %v", err)
	}
	for _, name := range []string{path + "-wal", path + "-journal"} {
		if info, err := os.Stat(name); err == nil && info.Size() > 0 {
			t.Errorf("something was written to %s", filepath.Base(name))
		}
	}
}

func TestOtherFileIsRefusedUnchanged(t *testing.T) {
	storetest.SQLiteOnly(t)
	path := filepath.Join(t.TempDir(), "letter.txt")
	text := strings.Repeat("Dit is een brief en geen database.\n", 100)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); !errors.Is(err, ErrNotADatabase) {
		t.Errorf("got %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != text {
		t.Errorf("the file was changed: %v", err)
	}
	if _, err := Open(t.Context(), filepath.Dir(path)); err == nil {
		t.Error("a folder was opened")
	}
}

func TestManyOpenOneNewDatabaseAtOnce(t *testing.T) {
	path := storetest.Address(t, filepath.Join(t.TempDir(), "server.db"))
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			s, err := Open(context.Background(), path)
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			defer func() { _ = s.Close() }()
			if err := s.Migrate(context.Background()); err != nil {
				t.Errorf("migrate: %v", err)
			}
		})
	}
	all.Wait()
	s := open(t, path)
	want, err := newest()
	if have, err2 := s.Version(t.Context()); have != want || err != nil || err2 != nil {
		t.Errorf("version %d, want %d (%v, %v)", have, want, err, err2)
	}
}

func TestReadSeesOneMoment(t *testing.T) {
	s, _ := fresh(t)
	err := s.Read(t.Context(), func(v *View) error {
		if _, err := v.Setting("a"); !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := s.Do(t.Context(), set("a", "1")); err != nil {
			return err
		}
		if _, err := v.Setting("a"); !errors.Is(err, ErrNotFound) {
			t.Error("a later commit shows in the snapshot")
		}
		return nil
	})
	if err != nil || get(t, s, "a") != "1" {
		t.Errorf("%v", err)
	}
}

// blocker keeps the writer busy with one operation, so that others queue.
// queued returns when so many operations wait.
// until lets the writer go on when so many operations wait.
