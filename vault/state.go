package vault

import (
	"fmt"
	"os"
	"time"
)

// state is one save of the vault, opened. It never changes; a later save is
// another state.
type state struct {
	master   []byte
	header   header
	readOnly bool
	content  *content
	body     [checksumSize]byte // of the file that it was read from or written to
	info     os.FileInfo
	seen     time.Time // when info was taken
	ahead    bool      // the counters are higher than in the file
}

// load opens a file whose master key is known.
func (f *Folder) load(file *file, info os.FileInfo, master []byte) (*state, error) {
	body, err := file.open(master)
	if err != nil {
		return nil, err
	}
	c, err := parseContent(body, master)
	if err != nil {
		return nil, err
	}
	return &state{
		master: master, header: file.header, readOnly: file.readOnly(), content: c,
		body: file.checksum, info: info, seen: f.now(),
	}, nil
}

// save writes a content as the successor of a state and gives the new state.
// The folder must be locked. When earlier master keys are still around, the
// generations that have them are resealed, and a second save forgets the keys;
// should that fail, the next save tries again.
func (f *Folder) save(s *state, c *content, keep bool) (*state, error) {
	next, err := f.saveOnce(s, c, keep)
	if err != nil || len(c.former) == 0 {
		return next, err
	}
	if err := f.reseal(next); err != nil {
		return next, nil // the change is saved; the keys are kept for the next try
	}
	clean := c.copy()
	clean.former = nil
	if last, err := f.saveOnce(next, clean, false); err == nil {
		return last, nil
	}
	return next, nil
}

func (f *Folder) saveOnce(s *state, c *content, keep bool) (*state, error) {
	h := s.header
	h.Serial++
	h.Saved = f.stamp()
	body, err := c.encode()
	if err != nil {
		return nil, fmt.Errorf("write the vault: %w", err)
	}
	defer clear(body)
	raw, err := sealFile(h, s.master, body, f.random)
	if err != nil {
		return nil, err
	}
	info, err := f.write(raw, s.master, h, keep)
	if err != nil {
		return nil, err
	}
	next := &state{master: s.master, header: h, content: c, info: info, seen: f.now()}
	copy(next.body[:], raw[len(raw)-checksumSize:])
	return next, nil
}

// settled is how old a file must be before an unchanged stat says that it is
// unchanged: clocks of file systems are coarse, and a freed inode is used again.
const settled = 2 * time.Second

// unchanged tells by the stat alone whether the file is surely the same.
func (s *state) unchanged(info os.FileInfo) bool {
	return os.SameFile(s.info, info) && s.info.Size() == info.Size() &&
		s.info.ModTime().Equal(info.ModTime()) && s.seen.Sub(info.ModTime()) > settled
}

// wipe overwrites the keys in memory.
func (s *state) wipe() {
	clear(s.master)
	s.content.wipe()
}
