package vault

import (
	"errors"
	"fmt"
	"slices"

	"sleutelbos/enroll"
)

// Extra is what else another program kept of an entry. No code is made of it.
type Extra struct {
	Groups    []string // groups, tags or folders
	Note      string   // may hold what should stay secret
	Favourite bool
	Icon      string // name of a picture there
	Origin    string // identifier there
}

// Foreign is an entry of another program of which no codes can be made. It is
// kept as it was found, for a later version or for going back.
type Foreign struct {
	Source  string // program and form of the file
	Kind    string // what the file calls the entry
	Reason  string // key of the text that says why
	Issuer  string
	Account string
	Raw     []byte // at most MaxForeign
	Cut     bool   // Raw is not all there was
}

// Format hides everything under every verb of package fmt.
func (f Foreign) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(hidden)) }

// kindForeign marks the line of a [Foreign]. Whoever does not know it keeps the
// line, since no codes are made of a kind that is not known.
const kindForeign = "foreign"

// MaxForeign bounds the raw form of an entry that is kept, in bytes.
const MaxForeign = 64 << 10

// ErrForeignTooBig says that an entry is too big to be kept.
var ErrForeignTooBig = errors.New("the entry is too big to be kept as it is")

func (e Extra) values() []namedValue {
	var values []namedValue
	if len(e.Groups) > 0 {
		values = append(values, namedValue{"groups", e.Groups})
	}
	if e.Note != "" {
		values = append(values, namedValue{"note", e.Note})
	}
	if e.Favourite {
		values = append(values, namedValue{"favourite", true})
	}
	if e.Icon != "" {
		values = append(values, namedValue{"icon", e.Icon})
	}
	if e.Origin != "" {
		values = append(values, namedValue{"origin", e.Origin})
	}
	return values
}

// AddWith is [Draft.Add] for a key that another program kept, with what else it
// kept.
func (d *Draft) AddWith(key enroll.Key, extra Extra) (Entry, error) {
	entry, err := d.Add(key, nil)
	if values := extra.values(); err == nil && len(values) > 0 {
		at := len(d.content.records) - 1
		r, err := d.content.records[at].with(values...)
		if err != nil {
			d.content.records, d.known = d.content.records[:at], nil
			return Entry{}, fmt.Errorf("keep what came with the entry: %w", err)
		}
		d.content.records[at], d.known[r.key.Fingerprint()] = r, r
		return r.shown(), nil
	}
	return entry, err
}

// Keep puts an entry of another program at the end, of which no codes can be
// made. One that is there already, byte for byte, is a *[DuplicateError].
func (d *Draft) Keep(f Foreign) (Entry, error) {
	if len(f.Raw) > MaxForeign {
		return Entry{}, ErrForeignTooBig
	}
	for _, r := range d.content.records {
		if other, ok := r.foreign(); ok && string(other.Raw) == string(f.Raw) {
			return Entry{}, &DuplicateError{Entry: r.shown()}
		}
	}
	id, err := randomID(d.folder.random)
	if err != nil {
		return Entry{}, err
	}
	var all fields
	for _, one := range []namedValue{
		{"id", id},
		{"kind", kindForeign},
		{"issuer", f.Issuer},
		{"account", f.Account},
		{"format", f.Source},
		{"foreign", f.Kind},
		{"reason", f.Reason},
		{"raw", f.Raw},
		{"cut", f.Cut},
	} {
		if all, err = all.with(one.name, one.value); err != nil {
			return Entry{}, err
		}
	}
	raw, err := all.encode()
	if err != nil {
		return Entry{}, err
	}
	r := parseRecord(raw)
	// Until it is saved and read again its name is made here.
	r.entry.ID = d.content.strayID(id)
	d.content.records = append(d.content.records, r)
	return r.shown(), nil
}

// strayID is a name that no entry has.
func (c *content) strayID(random string) string {
	id := "unreadable-" + random
	for c.index(id) >= 0 {
		id += "-"
	}
	return id
}

// foreign reads a line that Keep wrote.
func (r *record) foreign() (Foreign, bool) {
	if r.entry.Readable {
		return Foreign{}, false
	}
	all, err := parseFields(r.raw)
	if err != nil {
		return Foreign{}, false
	}
	var kind string
	var f Foreign
	for _, one := range []namedValue{
		{"kind", &kind},
		{"issuer", &f.Issuer},
		{"account", &f.Account},
		{"format", &f.Source},
		{"foreign", &f.Kind},
		{"reason", &f.Reason},
		{"raw", &f.Raw},
		{"cut", &f.Cut},
	} {
		if all.read(one.name, one.value) != nil {
			return Foreign{}, false
		}
	}
	return f, kind == kindForeign
}

// Foreign gives an entry that another program's file brought and of which no
// codes can be made. Errors: ErrLocked, ErrNotFound, also for any other entry.
func (v *Vault) Foreign(id string) (Foreign, error) {
	s, done := v.look()
	defer done()
	if s == nil {
		return Foreign{}, ErrLocked
	}
	r, err := s.content.find(id)
	if err != nil {
		return Foreign{}, err
	}
	f, ok := r.foreign()
	if !ok {
		return Foreign{}, ErrNotFound
	}
	return f, nil
}

// Extra gives what another program kept of an entry. Errors: those of
// [Vault.Key].
func (v *Vault) Extra(id string) (Extra, error) {
	s, done := v.look()
	defer done()
	if s == nil {
		return Extra{}, ErrLocked
	}
	r, err := s.content.readable(id)
	if err != nil {
		return Extra{}, err
	}
	return r.extra(), nil
}

// extra passes over what cannot be read: it is kept, and no code hangs on it.
func (r *record) extra() Extra {
	var e Extra
	for _, one := range []namedValue{
		{"groups", &e.Groups}, {"note", &e.Note}, {"favourite", &e.Favourite}, {"icon", &e.Icon}, {"origin", &e.Origin},
	} {
		_ = r.fields.read(one.name, one.value)
	}
	return e
}

// SetGroups gives an entry other groups; none takes it out of all.
func (d *Draft) SetGroups(id string, groups []string) error {
	return d.replace(id, func(r *record) (*record, error) {
		if len(groups) == 0 {
			return r.fields.without("groups").record()
		}
		return r.with(namedValue{"groups", slices.Clone(groups)})
	})
}

// SetFavourite marks an entry as one that is used most, or not.
func (d *Draft) SetFavourite(id string, favourite bool) error {
	return d.replace(id, func(r *record) (*record, error) {
		if !favourite {
			return r.fields.without("favourite").record()
		}
		return r.with(namedValue{"favourite", true})
	})
}

// Raw gives an entry's line as the file has it, with its key. Errors: ErrLocked,
// ErrNotFound.
func (v *Vault) Raw(id string) ([]byte, error) {
	s, done := v.look()
	defer done()
	if s == nil {
		return nil, ErrLocked
	}
	r, err := s.content.find(id)
	if err != nil {
		return nil, err
	}
	return slices.Clone(r.raw), nil
}
