package ui

import (
	"context"
	"errors"
	"slices"
	"strings"

	"sleutelbos/enroll"
	"sleutelbos/enroll/migrate"
	"sleutelbos/enroll/scan"
)

// haul gathers what pictures bring, one after another: a list, or one text, may
// lie in parts in several codes.
type haul struct {
	parts []scan.Found
	lists []string // parts of lists from Google
	loose []string // keys that were in one picture with a part
}

// brought is what there is to show.
type brought struct {
	link *enroll.LinkAddress // a letter's
	keys []enroll.Key
	left int    // entries of a list that no codes can be made of
	text string // all keys and lists, a line each
	// Of size parts, seen are here: of a list, whose keys so far are in keys, or
	// of one text. 0: nothing is missing.
	seen, size int
	// Where there is nothing else: what the first code says that is no key, or
	// why it is none that can be used.
	other string
	err   error
}

// texts are codes that were typed, pasted or handed over.
func texts(all ...string) []scan.Found {
	var found []scan.Found
	for _, text := range all {
		found = append(found, scan.Found{Text: text})
	}
	return found
}

// add takes what a picture held, and gives what there is now. Parts are kept
// until all are here.
func (h *haul) add(found []scan.Found) brought {
	var b brought
	whole, parts := scan.Join(append(h.parts, found...))
	h.parts = parts
	before := len(h.lists)
	for _, f := range whole {
		b.sort(h, f.Text)
	}
	// A key that comes by itself does not wait for the rest of a list.
	if len(b.keys) == 0 || len(h.lists) > before {
		h.readLists(&b)
	}
	if len(b.keys)+b.left > 0 || b.link != nil || b.size > 0 {
		b.other, b.err = "", nil
	}
	if len(parts) > 0 && len(b.keys) == 0 && b.link == nil && b.size == 0 {
		b.seen, b.size = distinct(parts), parts[0].Part.Of
	}
	return b
}

// distinct counts the parts of the first series.
func distinct(parts []scan.Found) int {
	var seen []int
	for _, f := range parts {
		if f.Part.Of == parts[0].Part.Of && !slices.Contains(seen, f.Part.Number) {
			seen = append(seen, f.Part.Number)
		}
	}
	return len(seen)
}

// sort puts one code's text where it belongs.
func (b *brought) sort(h *haul, text string) {
	switch scan.KindOf(text) {
	case scan.KindLink:
		link, err := enroll.ParseLinkAddress(text)
		if err != nil {
			b.refuse(text, err)
			return
		}
		b.link = &link
	case scan.KindMigration:
		if !slices.Contains(h.lists, text) {
			h.lists = append(h.lists, text)
		}
	default:
		key, err := enroll.ParseAddress(text)
		if err != nil {
			b.refuse(text, err)
			return
		}
		b.keys = append(b.keys, key)
		b.text += text + "\n"
	}
}

// refuse notes the first code that is of no use.
func (b *brought) refuse(text string, err error) {
	if b.other != "" || b.err != nil {
		return
	}
	if errors.Is(err, enroll.ErrNotAnAddress) {
		b.other = text
	} else {
		b.err = err
	}
}

// readLists reads the parts of lists together, and forgets them once nothing is
// missing.
func (h *haul) readLists(b *brought) {
	if len(h.lists) == 0 {
		return
	}
	result, err := migrate.Read(context.Background(), []byte(strings.Join(h.lists, "\n")), migrate.Options{})
	if err != nil {
		h.lists = nil
		b.refuse("", err)
		return
	}
	for _, text := range h.loose {
		b.sort(h, text)
	}
	loose := b.text
	h.loose = nil
	b.text += strings.Join(h.lists, "\n") + "\n"
	for _, e := range result.Entries {
		if e.Understood() {
			b.keys = append(b.keys, e.Key)
		} else {
			b.left++
		}
	}
	for _, batch := range result.Batches {
		if !batch.Complete() {
			b.seen, b.size = len(batch.Seen), batch.Size
			h.loose = strings.FieldsFunc(loose, func(r rune) bool { return r == '\n' })
			return
		}
	}
	h.lists = nil
}
