package vault

import (
	"fmt"
	"slices"

	"sleutelbos/enroll"
)

// Draft is a copy of the vault that the function given to [Vault.Update]
// changes. It is of no use after that.
type Draft struct {
	content *content
	folder  *Folder
	known   map[string]*record // by fingerprint; nil when it must be made anew
}

// Format hides everything under every verb of package fmt.
func (d *Draft) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// Entries gives the entries of the draft in their order.
func (d *Draft) Entries() []Entry { return d.content.entries() }

// Add puts a key at the end; link is nil for a key that no server gave. A key
// that is there already (same secret and parameters, whatever its name) is a
// *[DuplicateError]; one that no codes can be made of gives the error of
// enroll.Key.Validate.
func (d *Draft) Add(key enroll.Key, link *Link) (Entry, error) {
	if err := key.Validate(); err != nil {
		return Entry{}, err
	}
	if key.Kind == enroll.HOTP {
		key.Period = 0
	} else {
		key.Counter = 0
	}
	if r := d.holder(key); r != nil {
		return Entry{}, &DuplicateError{Entry: r.shown()}
	}
	id, err := randomID(d.folder.random)
	if err != nil {
		return Entry{}, err
	}
	r, err := newRecord(id, key, d.folder.now())
	if err == nil && link != nil {
		r, err = r.withLink(link)
	}
	if err != nil {
		return Entry{}, err
	}
	d.content.records = append(d.content.records, r)
	d.known[r.key.Fingerprint()] = r
	return r.shown(), nil
}

// holder is the entry that has the key, or nil.
func (d *Draft) holder(key enroll.Key) *record {
	if d.known == nil {
		d.known = make(map[string]*record, len(d.content.records))
		for _, r := range d.content.records {
			if r.entry.Readable {
				d.known[r.key.Fingerprint()] = r
			}
		}
	}
	return d.known[key.Fingerprint()]
}

// Rename gives an entry another issuer and account.
func (d *Draft) Rename(id, issuer, account string) error {
	return d.replace(id, func(r *record) (*record, error) {
		key := r.key
		key.Issuer, key.Account = issuer, account
		if err := key.Validate(); err != nil {
			return nil, err
		}
		return r.with(namedValue{"issuer", issuer}, namedValue{"account", account})
	})
}

// SetLink says which account on which server an entry belongs to, or with nil
// that it belongs to none.
func (d *Draft) SetLink(id string, link *Link) error {
	return d.replace(id, func(r *record) (*record, error) { return r.withLink(link) })
}

// SetCounter sets the next counter of a counter-based key; ErrCounterLower when
// that would be lower than it is, ErrNoCounter for a time-based key.
func (d *Draft) SetCounter(id string, counter uint64) error {
	return d.replace(id, func(r *record) (*record, error) {
		switch {
		case r.key.Kind != enroll.HOTP:
			return nil, ErrNoCounter
		case counter < r.key.Counter:
			return nil, ErrCounterLower
		}
		return r.with(namedValue{"counter", counter})
	})
}

// Remove takes an entry out, also one that is not readable.
func (d *Draft) Remove(id string) error {
	i := d.content.index(id)
	if i < 0 {
		return ErrNotFound
	}
	d.content.records = slices.Delete(d.content.records, i, i+1)
	d.known = nil
	return nil
}

// Move puts an entry at a place in the order, counted from 0; a place beyond
// either end is that end.
func (d *Draft) Move(id string, to int) error {
	i := d.content.index(id)
	if i < 0 {
		return ErrNotFound
	}
	r := d.content.records[i]
	rest := slices.Delete(d.content.records, i, i+1)
	d.content.records = slices.Insert(rest, min(max(to, 0), len(rest)), r)
	return nil
}

func (d *Draft) replace(id string, change func(*record) (*record, error)) error {
	r, err := d.content.readable(id)
	if err != nil {
		return err
	}
	changed, err := change(r)
	if err != nil {
		return fmt.Errorf("change the entry: %w", err)
	}
	d.content.records[d.content.index(id)] = changed
	d.known = nil
	return nil
}

// raiseCounters takes the higher counter of each counter-based key that another
// content has too, and tells whether any was higher there: an old file that was
// put back must not bring old codes back. Only for content nobody else has yet.
func (c *content) raiseCounters(other *content) (raised bool) {
	counters := make(map[string]uint64)
	for _, r := range other.records {
		if r.entry.Readable && r.key.Kind == enroll.HOTP {
			counters[r.key.Fingerprint()] = r.key.Counter
		}
	}
	for i, r := range c.records {
		if !r.entry.Readable || r.key.Kind != enroll.HOTP {
			continue
		}
		if counter := counters[r.key.Fingerprint()]; counter > r.key.Counter {
			if higher, err := r.with(namedValue{"counter", counter}); err == nil {
				c.records[i], raised = higher, true
			}
		}
	}
	return raised
}
