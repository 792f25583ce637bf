package vault

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"sleutelbos/enroll"
)

// record is one entry as the file has it. It never changes: a changed entry is
// a new record, so drafts and snapshots can share the others.
type record struct {
	raw    []byte // the line, byte for byte, without its line break
	fields fields // nil when not readable
	entry  Entry
	key    enroll.Key // readable only
}

const maxEntryID = 64

// parseRecord understands a line or keeps it: an entry that this version cannot
// make codes of is unreadable, whatever the reason.
func parseRecord(raw []byte) *record {
	r := &record{raw: raw}
	problem := r.parse()
	if problem == nil {
		r.entry.Readable = true
		extra := r.extra()
		r.entry.Groups, r.entry.Favourite = extra.Groups, extra.Favourite
		return r
	}
	r.entry.Problem = problem.Error()
	r.fields, r.key = nil, enroll.Key{}
	_, r.entry.Foreign = r.foreign()
	return r
}

// parse fills in what it can, so that a broken entry still shows its name.
func (r *record) parse() (err error) {
	if r.fields, err = parseFields(r.raw); err != nil {
		return err
	}
	var secret string
	e, k := &r.entry, &r.key
	for _, one := range []struct {
		name string
		into any
	}{
		{"id", &e.ID},
		{"issuer", &e.Issuer},
		{"account", &e.Account},
		{"kind", &e.Kind},
		{"algorithm", &e.Algorithm},
		{"digits", &e.Digits},
		{"period", &e.Period},
		{"counter", &e.Counter},
		{"added", &e.Added},
		{"secret", &secret},
	} {
		if broken := r.fields.read(one.name, one.into); err == nil {
			err = broken
		}
	}
	if err != nil {
		return err
	}
	if e.ID == "" || len(e.ID) > maxEntryID {
		return errors.New(`the field "id" is missing or too long`)
	}
	if e.Link, err = parseLink(r.fields.get("link")); err != nil {
		return err
	}
	*k = enroll.Key{
		Kind: e.Kind, Issuer: e.Issuer, Account: e.Account, Algorithm: e.Algorithm,
		Digits: e.Digits, Period: e.Period, Counter: e.Counter,
	}
	if k.Secret, err = enroll.ParseSecret(secret); err != nil {
		return errors.New(`the field "secret" is missing or cannot be read`) // the cause tells of it
	}
	return k.Validate()
}

func parseLink(raw []byte) (*Link, error) {
	if raw == nil || bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	all, err := parseFields(raw)
	if err != nil {
		return nil, errors.New(`the field "link" cannot be read`)
	}
	link := &Link{}
	for _, one := range link.table() {
		if err := all.read(one.name, one.value); err != nil {
			return nil, err
		}
	}
	return link, nil
}

type namedValue struct {
	name  string
	value any
}

func (l *Link) table() []namedValue {
	return []namedValue{
		{"server", &l.Server},
		{"fingerprint", &l.Fingerprint},
		{"user", &l.User},
		{"organisation", &l.Organisation},
		{"environment", &l.Environment},
		{"id", &l.ID},
		{"expires_at", &l.ExpiresAt},
		{"linked_at", &l.LinkedAt},
	}
}

// shown gives the entry to somebody who may change it.
func (r *record) shown() Entry {
	e := r.entry
	e.Link, e.Groups = e.Link.clone(), slices.Clone(e.Groups)
	return e
}

// cloneKey gives a key that stays when this one is wiped.
func (r *record) cloneKey() enroll.Key {
	key := r.key
	key.Secret = bytes.Clone(key.Secret)
	return key
}

// newRecord writes an entry for a key.
func newRecord(id string, key enroll.Key, added time.Time) (*record, error) {
	return (&record{}).with(
		namedValue{"id", id},
		namedValue{"issuer", key.Issuer},
		namedValue{"account", key.Account},
		namedValue{"kind", key.Kind},
		namedValue{"algorithm", key.Algorithm},
		namedValue{"digits", key.Digits},
		namedValue{"period", key.Period},
		namedValue{"counter", key.Counter},
		namedValue{"secret", key.Secret.Base32()},
		namedValue{"added", added.UTC().Truncate(time.Second)},
	)
}

// with writes the entry with other values; all that it does not name stays.
func (r *record) with(values ...namedValue) (*record, error) {
	changed := r.fields
	for _, one := range values {
		var err error
		if changed, err = changed.with(one.name, one.value); err != nil {
			return nil, err
		}
	}
	return changed.record()
}

// withLink sets or removes the link; unknown fields of a link stay while it
// belongs to the same account of the same server.
func (r *record) withLink(link *Link) (*record, error) {
	if link == nil {
		return r.fields.without("link").record()
	}
	var all fields
	if old := r.entry.Link; old != nil && old.Server == link.Server && old.User == link.User {
		all, _ = parseFields(r.fields.get("link")) // it was read before
	}
	for _, one := range link.clone().table() {
		var err error
		if all, err = all.with(one.name, one.value); err != nil {
			return nil, err
		}
	}
	raw, err := all.encode()
	if err != nil {
		return nil, err
	}
	return r.with(namedValue{"link", rawValue(raw)})
}

// rawValue is JSON that is written as it is.
type rawValue []byte

// MarshalJSON gives the bytes.
func (v rawValue) MarshalJSON() ([]byte, error) { return v, nil }

// record reads the changed object back, so that what is saved is what a later
// run will understand.
func (f fields) record() (*record, error) {
	raw, err := f.encode()
	if err != nil {
		return nil, err
	}
	r := parseRecord(raw)
	if !r.entry.Readable {
		return nil, fmt.Errorf("write an entry: %s", r.entry.Problem)
	}
	return r, nil
}
