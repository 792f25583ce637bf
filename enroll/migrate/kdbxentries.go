package migrate

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// kdbxEntry is an entry being read: the texts in it that matter here.
type kdbxEntry struct {
	texts  map[string]string
	uuid   string
	tags   string
	within int // level of its element
}

// kdbxReader goes through the text of a database. Every hidden value is
// uncovered, also of what is passed over, since they hang together.
type kdbxReader struct {
	j       *job
	stream  *kdbxStream
	path    []string // names of the elements
	groups  []kdbxGroup
	entry   *kdbxEntry
	bin     string // identifier of the recycle bin
	name    string // of the text being read
	text    strings.Builder
	hidden  bool
	without int
	trashed int
}

type kdbxGroup struct {
	name, uuid string
	within     int
}

func readKdbxEntries(j *job, text []byte, stream *kdbxStream) error {
	if n := bytes.Count(text, []byte("=")); n > j.limits.Values {
		return fmt.Errorf("%w (more than %d values)", ErrTooLarge, j.limits.Values) // attributes are read all at once
	}
	r := &kdbxReader{j: j, stream: stream}
	decoder := xml.NewDecoder(bytes.NewReader(trimText(text)))
	for n := 0; ; n++ {
		if n%4096 == 0 {
			if err := j.alive(); err != nil {
				return err
			}
		}
		token, err := decoder.RawToken()
		switch {
		case errors.Is(err, io.EOF) && len(r.path) == 0:
			j.noteCount("import.note.without", r.without)
			j.noteCount("import.note.trash", r.trashed)
			return nil
		case err != nil:
			return damaged("its XML")
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = r.start(t)
		case xml.EndElement:
			err = r.end(t.Name.Local)
		case xml.CharData:
			if r.wants() {
				r.text.Write(t)
			}
		}
		if err != nil {
			return err
		}
	}
}

// at tells whether the path ends so.
func (r *kdbxReader) at(names ...string) bool {
	n := len(r.path) - len(names)
	if n < 0 {
		return false
	}
	for i, name := range names {
		if r.path[n+i] != name {
			return false
		}
	}
	return true
}

// wants tells whether the text of this element is read at all.
func (r *kdbxReader) wants() bool {
	return r.hidden || r.at("String", "Key") || r.at("String", "Value") || r.at("Group", "Name") || r.at("UUID") || r.at("Entry", "Tags") || r.at("Meta", "RecycleBinUUID")
}

func (r *kdbxReader) start(t xml.StartElement) error {
	if len(r.path) >= r.j.limits.Depth {
		return fmt.Errorf("%w (deeper than %d levels)", ErrTooLarge, r.j.limits.Depth)
	}
	r.path = append(r.path, t.Name.Local)
	r.text.Reset()
	r.hidden = false
	for _, a := range t.Attr {
		if a.Name.Local == "Protected" && strings.EqualFold(a.Value, "true") {
			r.hidden = true
		}
	}
	switch {
	case t.Name.Local == "Group":
		r.groups = append(r.groups, kdbxGroup{within: len(r.path)})
	case r.at("Group", "Entry"):
		r.entry = &kdbxEntry{texts: map[string]string{}, within: len(r.path)}
	}
	return nil
}

func (r *kdbxReader) end(name string) error {
	if !r.at(name) {
		return damaged("its XML")
	}
	text := r.text.String()
	r.text.Reset()
	if r.hidden {
		r.hidden = false
		var err error
		if text, err = r.stream.uncover(text); err != nil {
			return err
		}
	}
	level := len(r.path)
	current := r.entry != nil && (level == r.entry.within+1 || level == r.entry.within+2 && r.at("Entry", "String", name))
	switch {
	case r.at("Meta", "RecycleBinUUID"):
		r.bin = text
	case r.at("Group", "Name") && len(r.groups) > 0:
		r.groups[len(r.groups)-1].name = text
	case r.at("Group", "UUID") && len(r.groups) > 0:
		r.groups[len(r.groups)-1].uuid = text
	case current && name == "Key":
		r.name = text
	case current && name == "Value":
		if kdbxWanted(r.name) {
			r.entry.texts[r.name] = text
		}
	case current && name == "UUID":
		r.entry.uuid = text
	case current && name == "Tags":
		r.entry.tags = text
	}
	r.path = r.path[:level-1]
	switch {
	case r.entry != nil && level == r.entry.within:
		entry := r.entry
		r.entry = nil
		return r.add(entry)
	case len(r.groups) > 0 && level == r.groups[len(r.groups)-1].within:
		r.groups = r.groups[:len(r.groups)-1]
	}
	return nil
}

func kdbxWanted(name string) bool {
	switch name {
	case "Title", "UserName", "Notes", "otp", "TOTP Seed", "TOTP Settings":
		return true
	}
	return strings.HasPrefix(name, "TimeOtp-") || strings.HasPrefix(name, "HmacOtp-")
}

// add takes the entry's keys, unless it lies in the recycle bin.
func (r *kdbxReader) add(e *kdbxEntry) error {
	if len(e.tags)+len(e.texts["Notes"]) > r.j.limits.File {
		return ErrTooLarge
	}
	keys := e.keys()
	if len(keys) == 0 {
		r.without++
		return nil
	}
	var names []string
	for i, g := range r.groups {
		if r.bin != "" && g.uuid == r.bin {
			r.trashed++
			return nil
		}
		if i > 0 { // the first is the database itself
			names = append(names, g.name)
		}
	}
	for _, d := range keys {
		d.Key.Issuer, d.Key.Account, d.Note, d.Origin = e.texts["Title"], e.texts["UserName"], e.texts["Notes"], e.uuid
		d.group(strings.Join(names, "/"))
		d.group(strings.FieldsFunc(e.tags, func(r rune) bool { return r == ';' || r == ',' })...)
		if err := r.j.add(d); err != nil {
			return err
		}
	}
	return nil
}
