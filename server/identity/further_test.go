package identity

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"sleutelbos/enroll"
)

func (h *house) further(token Token) (Further, enroll.Key) {
	h.t.Helper()
	f, err := h.StartFurther(background, token, "Telefoon")
	h.must(err)
	key, err := enroll.ParseAddress(f.Address)
	h.must(err)
	return f, key
}

func TestFurtherDeviceCountsFromItsFirstCode(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	in := h.enter("anna", key)
	f, second := h.further(in.Token)
	if fmt.Sprintf("%v %+v %s", f, f, f) != "*** *** ***" {
		t.Error("printing it shows the key")
	}
	h.expect("anna", h.code(second), ReasonWrong)
	if err := h.ConfirmFurther(background, in.Token, f.Note, h.wrong(second)); !errors.Is(err, ErrFurtherCode) {
		t.Errorf("a wrong code: %v", err)
	}
	code := h.code(second)
	h.must(h.ConfirmFurther(background, in.Token, f.Note, code))
	h.must(h.ConfirmFurther(background, in.Token, f.Note, code)) // a double click
	h.expect("anna", code, ReasonReplayed)
	if n := h.look("anna").working(); n != 2 {
		t.Errorf("%d devices work", n)
	}
	h.clock.add(30 * time.Second)
	h.expect("anna", h.code(second), ReasonValid)
}

func TestFurtherDeviceIsOnesOwnAndInTime(t *testing.T) {
	h := newSignInHouse(t)
	anna := h.enter("anna", h.occupant("anna", RoleUser))
	bert := h.enter("bert", h.occupant("bert", RoleUser))
	f, second := h.further(anna.Token)
	if err := h.ConfirmFurther(background, bert.Token, f.Note, h.code(second)); !errors.Is(err, ErrFurtherGone) {
		t.Errorf("another person's: %v", err)
	}
	h.clock.add(11 * time.Minute)
	if err := h.ConfirmFurther(background, anna.Token, f.Note, h.code(second)); !errors.Is(err, ErrFurtherGone) {
		t.Errorf("after eleven minutes: %v", err)
	}
}

// However many are added at once, no more work than may.
func TestFurtherDevicesAreBounded(t *testing.T) {
	h := newSignInHouse(t)
	in := h.enter("anna", h.occupant("anna", RoleUser))
	notes, codes := make([]string, 6), make([]string, 6)
	for i := range notes { // all are begun before the first is confirmed
		f, key := h.further(in.Token)
		notes[i], codes[i] = f.Note, h.code(key)
	}
	var wait sync.WaitGroup
	for i := range notes {
		wait.Go(func() {
			if err := h.ConfirmFurther(background, in.Token, notes[i], codes[i]); err != nil && !errors.Is(err, ErrLinksFull) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := h.look("anna").working(); n != defaultLinks {
		t.Errorf("%d devices work", n)
	}
	if _, err := h.StartFurther(background, in.Token, "x"); !errors.Is(err, ErrLinksFull) {
		t.Errorf("one more: %v", err)
	}
}

func TestEndingOnesOwnDevice(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	in := h.enter("anna", key)
	bert := h.enter("bert", h.occupant("bert", RoleUser))
	first := h.look("anna").Links[0].ID
	if err := h.EndOwnLink(background, in.Token, first); !errors.Is(err, ErrLastLink) {
		t.Errorf("the last one: %v", err)
	}
	f, second := h.further(in.Token)
	h.must(h.ConfirmFurther(background, in.Token, f.Note, h.code(second)))
	if err := h.EndOwnLink(background, bert.Token, first); !errors.Is(err, ErrNoSuchLink) {
		t.Errorf("another person's: %v", err)
	}
	h.must(h.EndOwnLink(background, in.Token, first))
	h.clock.add(30 * time.Second)
	h.expect("anna", h.code(key), ReasonWrong)
	h.expect("anna", h.code(second), ReasonValid)
}

func TestNotesOpenOnlyWhereTheyBelong(t *testing.T) {
	h := newSignInHouse(t)
	note, err := h.SealNote(NoteForm, "anna", []byte("tekst"), h.clock.Now().Add(time.Minute))
	h.must(err)
	if plain, err := h.OpenNote(NoteForm, "anna", note); err != nil || string(plain) != "tekst" {
		t.Errorf("%q, %v", plain, err)
	}
	for name, open := range map[string]func() error{
		"another use":    func() error { _, err := h.OpenNote(NoteKept, "anna", note); return err },
		"another person": func() error { _, err := h.OpenNote(NoteForm, "bert", note); return err },
		"changed":        func() error { _, err := h.OpenNote(NoteForm, "anna", note[:len(note)-2]+"AA"); return err },
		"cut off":        func() error { _, err := h.OpenNote(NoteForm, "anna", note[:20]); return err },
		"nothing":        func() error { _, err := h.OpenNote(NoteForm, "anna", ""); return err },
		"no base64":      func() error { _, err := h.OpenNote(NoteForm, "anna", "é!"); return err },
	} {
		if err := open(); !errors.Is(err, ErrNote) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.clock.add(2 * time.Minute)
	if _, err := h.OpenNote(NoteForm, "anna", note); !errors.Is(err, ErrNote) {
		t.Errorf("too late: %v", err)
	}
}

func FuzzOpenNote(f *testing.F) {
	h := newSignInHouse(f)
	note, err := h.SealNote(NoteForm, "", []byte("tekst"), h.clock.Now().Add(time.Hour))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(note)
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, typed string) {
		plain, err := h.OpenNote(NoteForm, "", typed)
		if err == nil && string(plain) != "tekst" {
			t.Errorf("opened %q", plain)
		}
	})
}
