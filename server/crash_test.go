package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sleutelbos/server/identity"
)

// A restore that fails at its last step, as on a full disk or by a power cut,
// leaves the former database in use.
func TestARestoreThatFailsAtTheEnd(t *testing.T) {
	data := kept(t)
	f := Folder{Data: data}
	options := Surroundings{Now: time.Now}.filled().options(nil)
	before, err := identity.Prove(t.Context(), f.path(databaseFile), mustKey(t, &f))
	mend(t, err)
	// The fresh database is not there when it should take over.
	if _, err := f.replace(filepath.Join(data, "gone.db"), "replaced-now"); err == nil {
		t.Fatal("nothing was put in the place of the database")
	}
	after, err := identity.Prove(t.Context(), f.path(databaseFile), mustKey(t, &f))
	if err != nil || after != before {
		t.Errorf("the former database is %v, %v; it was %v", after, err, before)
	}
	opened, err := f.open(t.Context(), false, options)
	mend(t, err)
	mend(t, opened.Close())
}

func mustKey(t *testing.T, f *Folder) *identity.ServerKey {
	t.Helper()
	key, err := f.presentKey(Surroundings{}.filled().options(nil))
	mend(t, err)
	return key
}

// While a backup is restored nobody opens the folder, and the other way round;
// several servers and commands do at once.
func TestTheFolderIsHeld(t *testing.T) {
	f := Folder{Data: kept(t)}
	options := Surroundings{}.filled().options(nil)
	one, err := f.open(t.Context(), false, options)
	mend(t, err)
	two, err := f.open(t.Context(), false, options)
	mend(t, err)
	if _, err := f.hold(true); !errors.Is(err, ErrInUse) {
		t.Errorf("while two use the folder, holding it alone gives %v", err)
	}
	mend(t, errors.Join(one.Close(), two.Close()))
	alone, err := f.hold(true)
	mend(t, err)
	if _, err := f.open(context.Background(), false, options); !errors.Is(err, ErrRestoring) {
		t.Errorf("while a backup is restored, opening gives %v", err)
	}
	mend(t, alone.release())
	three, err := f.open(t.Context(), false, options)
	mend(t, err)
	mend(t, three.Close())
	if _, err := os.Stat(f.path(holdFile)); err != nil {
		t.Error(err)
	}
}
