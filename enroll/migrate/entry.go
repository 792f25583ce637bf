package migrate

import (
	"errors"
	"fmt"

	"sleutelbos/enroll"
)

// Entry is one entry of a file.
type Entry struct {
	// Key makes the codes. Of an entry that is not understood it holds what was
	// readable: the names mostly.
	Key enroll.Key
	// Groups are the groups, tags, folders or categories it was in.
	Groups    []string
	Note      string
	Favourite bool
	// Icon is the other program's name of the picture, if it has a name.
	Icon string
	// Origin is the identifier in the other program.
	Origin string

	// Reason is the key of the text that says why no codes can be made of the
	// entry; empty where they can.
	Reason string
	// Kind is how the file calls the kind of an entry that is not understood.
	Kind string
	// Raw is an entry that is not understood, as the file has it: text where the
	// format is text. It is cut off at [Limits].Raw, and Cut says so.
	Raw Raw
	Cut bool
}

// Understood tells whether codes can be made of the entry.
func (e Entry) Understood() bool { return e.Reason == "" }

// Raw is an entry as a file has it. It holds a key, so printing it shows "***".
type Raw []byte

const hidden = "***"

// Format hides the entry under every verb of package fmt.
func (r Raw) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// String hides the entry.
func (r Raw) String() string { return hidden }

// MarshalJSON refuses: the entry is written by those who mean to.
func (r Raw) MarshalJSON() ([]byte, error) {
	return nil, errors.New("an entry is not written as JSON by accident")
}

// Note is something to tell about the file as a whole: the key of a text and
// the values for its holes, in pairs of name and value.
type Note struct {
	Text   string
	Values []any
}

// Batch is a series of QR codes that carry one list, of which each is a part.
type Batch struct {
	ID   uint64
	Size int
	Seen []int // parts that were there, counted from 1, in order
}

// Complete tells whether every part was there.
func (b Batch) Complete() bool { return len(b.Seen) >= b.Size }

// Result is what a file holds.
type Result struct {
	Format  Format
	Entries []Entry
	Notes   []Note
	Batches []Batch // of Google Authenticator only
	Used    []int   // which of [Options].Beside helped to open the file
}
