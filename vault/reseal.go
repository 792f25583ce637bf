package vault

import (
	"fmt"
	"path/filepath"
)

// reseal gives every generation of this vault that still has an earlier master
// key, or remembers one, the present key and slots. One that opens with none of
// them, or that a newer version wrote, is left as it is. The folder must be
// locked.
func (f *Folder) reseal(s *state) error {
	all, err := f.listGenerations()
	if err != nil {
		return err
	}
	for _, g := range all {
		if g.vault != s.header.Vault[:8] {
			continue
		}
		file, err := f.readGeneration(g.Name)
		if err != nil || file.header.Vault != s.header.Vault || file.readOnly() {
			continue
		}
		if err := f.resealOne(g.Name, file, s); err != nil {
			return fmt.Errorf("reseal a kept generation: %w", err)
		}
	}
	return nil
}

func (f *Folder) resealOne(name string, file *file, s *state) error {
	c, present := openWith(file, append([][]byte{s.master}, s.content.former...))
	if c == nil || present && len(c.former) == 0 {
		return nil
	}
	c = c.copy()
	c.public, c.former = s.content.public, nil
	body, err := c.encode()
	if err != nil {
		return err
	}
	defer clear(body)
	h := file.header
	h.Slots = s.header.Slots
	raw, err := sealFile(h, s.master, body, f.random)
	if err != nil {
		return err
	}
	_, err = put(filepath.Join(f.generationsPath(), name), raw, s.master)
	return err
}

// openWith opens a file with whichever of the master keys fits, and tells
// whether it was the first; nil when none does.
func openWith(file *file, masters [][]byte) (c *content, first bool) {
	for i, master := range masters {
		if body, err := file.open(master); err == nil {
			if c, err := parseContent(body, master); err == nil {
				return c, i == 0
			}
		}
	}
	return nil, false
}
