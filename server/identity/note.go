package identity

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// NoteUse says what a note is for. A note of one use does not open as another.
type NoteUse string

// The uses of a note.
const (
	NoteForm  NoteUse = "form"  // what a page's form carries, so that it can be told again
	NoteKept  NoteUse = "kept"  // what was typed when a session ended
	NoteFlash NoteUse = "flash" // what the next page says

	noteFurther NoteUse = "further" // the key of a device that is being added
)

const (
	maxNote    = 256 << 10 // bytes of a note, before base64
	noteHeader = 8
)

// ErrNote says that a note cannot be read: it was changed, it is for something
// else, or its time is over.
var ErrNote = errors.New("this was changed, or its time is over; go back and try again")

// SealNote seals what a browser keeps for the server and must neither read nor
// change: it opens by [Desk.OpenNote], for the same use and the same person,
// until its end. person is empty where nobody is signed in.
func (d *Desk) SealNote(use NoteUse, person string, plain []byte, ends time.Time) (string, error) {
	if len(plain) > maxNote {
		return "", fmt.Errorf("seal a note: it has %d bytes, and %d is the most", len(plain), maxNote)
	}
	content := binary.BigEndian.AppendUint64(make([]byte, 0, noteHeader+len(plain)), uint64(stamp(ends)))
	sealed, keyID, err := d.seal(append(content, plain...), placeOfNote(use, person))
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append([]byte(keyID), sealed...)), nil
}

// OpenNote reads what [Desk.SealNote] sealed, else [ErrNote].
func (d *Desk) OpenNote(use NoteUse, person, note string) ([]byte, error) {
	if base64.RawURLEncoding.DecodedLen(len(note)) > maxNote+maxNoteOverhead {
		return nil, ErrNote
	}
	sealed, err := base64.RawURLEncoding.DecodeString(note)
	if err != nil || len(sealed) < keyIDSize {
		return nil, ErrNote
	}
	plain, err := d.key.open(sealed[keyIDSize:], string(sealed[:keyIDSize]), placeOfNote(use, person))
	if err != nil || len(plain) < noteHeader {
		return nil, ErrNote
	}
	if stamp(d.now()) > int64(binary.BigEndian.Uint64(plain)) {
		return nil, ErrNote
	}
	return plain[noteHeader:], nil
}

// maxNoteOverhead is what the key's id, the seal and the end add.
const maxNoteOverhead = 80

// placeOfNote is in no table: a note lies in a browser.
func placeOfNote(use NoteUse, person string) place { return place{"notes", string(use), "", person} }
