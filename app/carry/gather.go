package carry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"sleutelbos/enroll/migrate"
	"sleutelbos/enroll/scan"
	"sleutelbos/vault"
)

// Gathering is what was handed over so far, with what was read of it: looking
// again, after more came or a password was typed, reads nothing twice. With,
// Opening and Without give another one, and the first stays as it was.
type Gathering struct {
	sources []gathered
	failed  int    // the source that the last Look ended at; -1: none
	reading string // name of the source that is read now
}

// gathered is one source. Of a picture it has what its QR codes say, of all
// else the result, once it was read.
type gathered struct {
	Source
	passphrase []byte
	asked      string // key of the words that its passphrase was asked for with
	read       bool
	helped     bool // to open another one: it holds nothing itself
	result     *migrate.Result
	found      []scan.Found
}

// Gather begins with some sources.
func Gather(sources ...Source) *Gathering { return (&Gathering{}).With(sources...) }

// With adds sources.
func (g *Gathering) With(sources ...Source) *Gathering {
	next := g.clone()
	for _, s := range sources {
		next.sources = append(next.sources, gathered{Source: s})
	}
	return next
}

// Opening gives the source that the last Look ended at a passphrase.
func (g *Gathering) Opening(passphrase []byte) *Gathering {
	next := g.clone()
	if g.failed >= 0 && g.failed < len(next.sources) {
		next.sources[g.failed].passphrase = slices.Clone(passphrase)
	}
	return next
}

// Without leaves out the source that the last Look ended at.
func (g *Gathering) Without() *Gathering {
	next := g.clone()
	if g.failed >= 0 && g.failed < len(next.sources) {
		next.sources = slices.Delete(next.sources, g.failed, g.failed+1)
	}
	return next
}

// Failed names the source that the last Look ended at, or gives nothing.
func (g *Gathering) Failed() string {
	if g.failed < 0 || g.failed >= len(g.sources) {
		return ""
	}
	return g.sources[g.failed].Name
}

// Reading names the source that Look reads when it asks for a passphrase.
func (g *Gathering) Reading() string { return g.reading }

// Len is how many sources there are.
func (g *Gathering) Len() int { return len(g.sources) }

func (g *Gathering) clone() *Gathering {
	return &Gathering{sources: slices.Clone(g.sources), failed: -1}
}

// Look is [Look] at all that was gathered. Nobody else may use g meanwhile.
func (g *Gathering) Look(ctx context.Context, v *vault.Vault, o Options) (*Plan, error) {
	g.failed = -1
	for n, i := range g.order() {
		if o.Progress != nil && len(g.sources) > 1 {
			o.Progress(migrate.Reading, n, len(g.sources))
		}
		if err := g.look(ctx, i, o); err != nil {
			g.failed = i
			return nil, fmt.Errorf("%s: %w", g.sources[i].Name, err)
		}
	}
	plan := &Plan{}
	for i := range g.sources {
		if r := g.sources[i].result; r != nil {
			plan.take(g.sources[i].Name, r)
		}
	}
	// What only part of was seen has no source to blame for an error.
	if s, ok := g.codes(); ok {
		result, err := o.read(ctx, s, nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		plan.take(s.Name, result)
	}
	plan.join()
	if len(plan.Items) == 0 && len(plan.Batches) == 0 {
		return nil, ErrNothing
	}
	return plan, plan.compare(v)
}

// order is that of reading: first what others help to open, so that those are
// known by then.
func (g *Gathering) order() []int {
	var first, rest []int
	for i, s := range g.sources {
		if migrate.WantsMore(migrate.File(s.Source)) {
			first = append(first, i)
		} else {
			rest = append(rest, i)
		}
	}
	return append(first, rest...)
}

// look reads a source, unless that was done.
func (g *Gathering) look(ctx context.Context, i int, o Options) error {
	s := &g.sources[i]
	if s.read || s.helped {
		return nil
	}
	var err error
	if !vault.IsVault(s.Content) && isPicture(s.Content) {
		s.found, err = scan.ReadContent(ctx, s.Content)
	} else {
		err = g.open(ctx, i, o)
	}
	s.read = err == nil
	return err
}

// open reads a file. A passphrase that opened another one of its kind is tried
// before anybody is asked: people who have ten of them chose one.
func (g *Gathering) open(ctx context.Context, i int, o Options) error {
	s := &g.sources[i]
	g.reading = s.Name
	known, ask := true, o.Passphrase
	for {
		borrowed := false
		o.Passphrase = func(ctx context.Context, a migrate.Ask) ([]byte, error) {
			s.asked = a.Text
			if s.passphrase != nil {
				return s.passphrase, nil
			}
			if other := g.opened(a.Text); other != nil && known {
				borrowed = true
				return other, nil
			}
			if ask == nil {
				return nil, &migrate.PassphraseError{Ask: a}
			}
			typed, err := ask(ctx, a)
			s.passphrase = slices.Clone(typed)
			return typed, err
		}
		var err error
		s.result, err = o.read(ctx, s.Source, g.beside(i))
		switch {
		case err == nil:
			g.help(i, s.result.Used)
			return nil
		case !errors.Is(err, migrate.ErrPassphrase):
			return err
		case !borrowed:
			clear(s.passphrase)
			s.passphrase = nil
			return err
		}
		known = false
	}
}

// opened gives the passphrase of a source that was asked for in the same words
// and read; nil where there is none.
func (g *Gathering) opened(asked string) []byte {
	for _, s := range g.sources {
		if s.read && s.asked == asked && s.passphrase != nil {
			return s.passphrase
		}
	}
	return nil
}

// beside are the sources other than one.
func (g *Gathering) beside(i int) []migrate.File {
	var all []migrate.File
	for n, s := range g.sources {
		if n != i {
			all = append(all, migrate.File(s.Source))
		}
	}
	return all
}

// help notes which of the files beside a source opened it.
func (g *Gathering) help(i int, used []int) {
	for _, n := range used {
		if n >= i {
			n++
		}
		g.sources[n].helped = true
	}
}

// codes makes one list of the QR codes of all pictures, since one list may lie
// in several pictures.
func (g *Gathering) codes() (Source, bool) {
	var list bytes.Buffer
	var parts []scan.Found
	name := ""
	for _, s := range g.sources {
		for _, f := range s.found {
			name = s.Name
			if !f.Part.Alone() {
				parts = append(parts, f)
				continue
			}
			list.WriteString(f.Text + "\n")
		}
	}
	whole, _ := scan.Join(parts)
	for _, f := range whole {
		list.WriteString(f.Text + "\n")
	}
	return Source{name, list.Bytes()}, list.Len() > 0
}

// take adds what was read of a source.
func (p *Plan) take(name string, r *migrate.Result) {
	p.Notes, p.Batches = append(p.Notes, r.Notes...), append(p.Batches, r.Batches...)
	if !slices.Contains(p.Formats, r.Format) {
		p.Formats = append(p.Formats, r.Format)
	}
	for _, entry := range r.Entries {
		p.Items = append(p.Items, Item{Entry: entry, Source: name, Format: r.Format})
	}
}

// noteBatch is the note about a series of QR codes that is not complete.
const noteBatch = "import.note.batch"

// join puts the parts of a series together that came in several sources, and
// tells of a series what all of them together lack.
func (p *Plan) join() {
	type series struct {
		id   uint64
		size int
	}
	at := map[series]int{}
	var all []migrate.Batch
	for _, b := range p.Batches {
		key := series{b.ID, b.Size}
		i, known := at[key]
		if !known {
			i, at[key] = len(all), len(all)
			all = append(all, migrate.Batch{ID: b.ID, Size: b.Size})
		}
		all[i].Seen = append(all[i].Seen, b.Seen...)
	}
	p.Batches = all
	p.Notes = slices.DeleteFunc(p.Notes, func(n migrate.Note) bool { return n.Text == noteBatch })
	for i := range all {
		slices.Sort(all[i].Seen)
		all[i].Seen = slices.Compact(all[i].Seen)
		if !all[i].Complete() {
			p.Notes = append(p.Notes, migrate.Note{Text: noteBatch, Values: []any{"seen", len(all[i].Seen), "size", all[i].Size}})
		}
	}
}
