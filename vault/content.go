package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
)

// content is the opened body: lines of JSON, so that no entry, however broken,
// keeps another from being read. The first line is the vault's own object; each
// further line is an entry. It never changes; see [content.copy].
type content struct {
	own     fields
	public  map[string][]byte // public half of each slot by its id
	former  [][]byte          // master keys that kept generations may still have
	records []*record
}

func parseContent(body, master []byte) (*content, error) {
	first, rest, _ := bytes.Cut(body, []byte{'\n'})
	c := &content{}
	var err error
	if c.own, err = parseFields(first); err != nil {
		return nil, fmt.Errorf("%w: its first line: %w", ErrDamaged, err)
	}
	if err := c.own.read("slots", &c.public); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := c.own.read("former", &c.former); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	for line := range bytes.Lines(rest) {
		if line = bytes.TrimSuffix(line, []byte{'\n'}); len(line) > 0 {
			c.records = append(c.records, parseRecord(line))
		}
	}
	c.nameStrays(master)
	return c, nil
}

// nameStrays gives every record an id of its own: one that is not readable or
// has the id of an earlier one gets a name made of its bytes and the master
// key, which stays the same from run to run and tells nothing of them.
func (c *content) nameStrays(master []byte) {
	used := make(map[string]bool, len(c.records))
	for i, r := range c.records {
		if !r.entry.Readable {
			continue
		}
		if used[r.entry.ID] {
			stray := &record{raw: r.raw, entry: r.entry}
			stray.entry.Readable, stray.entry.Problem = false, "another entry has the same id"
			c.records[i] = stray
			continue
		}
		used[r.entry.ID] = true
	}
	for _, r := range c.records {
		if r.entry.Readable {
			continue
		}
		mac := hmac.New(sha256.New, master)
		mac.Write(r.raw)
		name := "unreadable-" + hex.EncodeToString(mac.Sum(nil)[:6])
		id := name
		for n := 2; used[id]; n++ {
			id = name + "-" + strconv.Itoa(n)
		}
		used[id], r.entry.ID = true, id
	}
}

// encode writes the body.
func (c *content) encode() ([]byte, error) {
	own, err := c.own.with("slots", c.public)
	if err != nil {
		return nil, err
	}
	if own = own.without("former"); len(c.former) > 0 {
		if own, err = own.with("former", c.former); err != nil {
			return nil, err
		}
	}
	body, err := own.encode()
	if err != nil {
		return nil, err
	}
	body = append(body, '\n')
	for _, r := range c.records {
		body = append(append(body, r.raw...), '\n')
	}
	return body, nil
}

// copy gives one that can be changed without the original noticing; the records
// are shared because they never change.
func (c *content) copy() *content {
	d := &content{own: c.own, public: make(map[string][]byte, len(c.public)), former: slices.Clone(c.former)}
	for id, key := range c.public {
		d.public[id] = key
	}
	d.records = slices.Clone(c.records)
	return d
}

func (c *content) index(id string) int {
	return slices.IndexFunc(c.records, func(r *record) bool { return r.entry.ID == id })
}

func (c *content) find(id string) (*record, error) {
	i := c.index(id)
	if i < 0 {
		return nil, ErrNotFound
	}
	return c.records[i], nil
}

// readable finds an entry that codes can be made of.
func (c *content) readable(id string) (*record, error) {
	r, err := c.find(id)
	if err == nil && !r.entry.Readable {
		return nil, fmt.Errorf("%w: %s", ErrUnreadable, r.entry.Problem)
	}
	return r, err
}

func (c *content) entries() []Entry {
	list := make([]Entry, len(c.records))
	for i, r := range c.records {
		list[i] = r.shown()
	}
	return list
}

// wipe overwrites what is secret. Only for content that nothing shares any
// more.
func (c *content) wipe() {
	for _, key := range c.former {
		clear(key)
	}
	for _, r := range c.records {
		clear(r.raw)
		clear(r.key.Secret)
		for _, one := range r.fields {
			clear(one.raw)
		}
	}
}
