package carry

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sleutelbos/enroll"
	"sleutelbos/enroll/migrate"
	"sleutelbos/vault"
)

// FormatBackup is the format of our own backups, beside those of package
// migrate.
const FormatBackup migrate.Format = "sleutelbos"

// Options says how to read; what is left out is asked for or found out.
type Options struct {
	Format migrate.Format
	// Passphrase is asked for each encrypted file once; nil: such a file gives
	// an error that says which passphrase it needs.
	Passphrase func(context.Context, migrate.Ask) ([]byte, error)
	Progress   func(text string, done, total int)
}

// Item is one entry and what becomes of it.
type Item struct {
	migrate.Entry
	Verdict migrate.Verdict
	Source  string         // name of the file
	Format  migrate.Format // that it was read as
	ID      string         // of the entry that is here already; empty: none
	Take    bool           // whether [Plan.Take] takes it
}

// Takeable tells whether taking the item would change anything.
func (item Item) Takeable() bool {
	return item.Verdict.What != migrate.Here && item.Verdict.What != migrate.Again
}

// Plan is what would become of everything that was handed over.
type Plan struct {
	Items   []Item
	Notes   []migrate.Note
	Batches []migrate.Batch
	Formats []migrate.Format
}

// ErrNothing says that what was handed over holds no entry at all.
var ErrNothing = errors.New("nothing to bring in was found in it")

// Look reads the sources and compares them with the vault. It takes what is new
// or not understood, and leaves what is here already. A nil vault is one that is
// still to come.
func Look(ctx context.Context, sources []Source, v *vault.Vault, o Options) (*Plan, error) {
	return Gather(sources...).Look(ctx, v, o)
}

func (o Options) read(ctx context.Context, s Source, beside []migrate.File) (*migrate.Result, error) {
	if o.Format == FormatBackup || o.Format == "" && vault.IsVault(s.Content) {
		return o.readBackup(ctx, s)
	}
	return migrate.Read(ctx, s.Content, migrate.Options{
		Format: o.Format, Name: s.Name, Passphrase: o.Passphrase, Beside: beside, Progress: o.Progress,
	})
}

// compare gives each item its verdict.
func (p *Plan) compare(v *vault.Vault) error {
	var existing []migrate.Existing
	var ids []string
	if v != nil {
		for _, e := range v.List() {
			one := migrate.Existing{}
			switch f, err := v.Foreign(e.ID); {
			case err == nil:
				one.Raw = f.Raw
			case e.Readable:
				key, err := v.Key(e.ID)
				if err != nil {
					return err
				}
				one.Key = key
			default:
				continue
			}
			existing, ids = append(existing, one), append(ids, e.ID)
		}
	}
	defer func() {
		for _, e := range existing {
			clear(e.Key.Secret)
		}
	}()
	entries := make([]migrate.Entry, len(p.Items))
	for i := range p.Items {
		entries[i] = p.Items[i].Entry
	}
	for i, verdict := range migrate.Compare(entries, existing) {
		item := &p.Items[i]
		item.Verdict = verdict
		item.Take = verdict.What == migrate.New || verdict.What == migrate.Kept || slices.Contains(verdict.Differs, "counter")
		if verdict.What == migrate.Here || verdict.What == migrate.Changed {
			item.ID = ids[verdict.Of]
		}
	}
	return nil
}

// KeepTicks leaves out what the person left out of an earlier plan, and takes
// what was ticked there. Items that are new to it keep their own.
func (p *Plan) KeepTicks(earlier *Plan) {
	if earlier == nil {
		return
	}
	type name struct{ source, key string }
	named := func(item Item) name {
		if !item.Understood() {
			return name{item.Source, string(item.Raw)}
		}
		return name{item.Source, item.Key.Fingerprint() + item.Key.Issuer + item.Key.Account}
	}
	ticks := make(map[name]bool, len(earlier.Items))
	for _, item := range earlier.Items {
		ticks[named(item)] = item.Take
	}
	for i := range p.Items {
		if take, known := ticks[named(p.Items[i])]; known && p.Items[i].Takeable() {
			p.Items[i].Take = take
		}
	}
}

// Count is how many items have a verdict.
func (p *Plan) Count(what migrate.What) int {
	n := 0
	for _, item := range p.Items {
		if item.Verdict.What == what {
			n++
		}
	}
	return n
}

// Chosen is how many items would be taken.
func (p *Plan) Chosen() int {
	n := 0
	for _, item := range p.Items {
		if item.Take {
			n++
		}
	}
	return n
}

// Undo is what takes an import back.
type Undo struct {
	Added   []string // ids of the entries that came
	renamed []vault.Entry
}

// Take writes the chosen items into the vault in one save: all of them or, on
// an error, none. A counter is only ever raised, and is not lowered again by
// [Undo.Do]: codes may have been used since.
func (p *Plan) Take(ctx context.Context, v *vault.Vault) (Undo, error) {
	var undo Undo
	err := v.Update(ctx, func(d *vault.Draft) error {
		undo = Undo{}
		for _, item := range p.Items {
			if !item.Take {
				continue
			}
			if err := item.take(d, &undo); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Undo{}, fmt.Errorf("bring the entries in: %w", err)
	}
	return undo, nil
}

func (item *Item) take(d *vault.Draft, undo *Undo) error {
	if !item.Understood() {
		entry, err := d.Keep(vault.Foreign{
			Source: string(item.Format), Kind: item.Kind, Reason: item.Reason,
			Issuer: item.Key.Issuer, Account: item.Key.Account, Raw: item.Raw, Cut: item.Cut,
		})
		return undo.came(entry, err)
	}
	if item.ID != "" {
		return item.change(d, undo)
	}
	entry, err := d.AddWith(item.Key, vault.Extra{
		Groups: item.Groups, Note: item.Note, Favourite: item.Favourite, Icon: item.Icon, Origin: item.Origin,
	})
	return undo.came(entry, err)
}

// came notes an entry. One that came meanwhile by another way is none of ours.
func (u *Undo) came(entry vault.Entry, err error) error {
	var there *vault.DuplicateError
	if errors.As(err, &there) {
		return nil
	}
	if err == nil {
		u.Added = append(u.Added, entry.ID)
	}
	return err
}

// change gives what is here the file's names and, where it is higher, counter.
func (item *Item) change(d *vault.Draft, undo *Undo) error {
	for _, e := range d.Entries() {
		if e.ID != item.ID {
			continue
		}
		if e.Issuer != item.Key.Issuer || e.Account != item.Key.Account {
			undo.renamed = append(undo.renamed, e)
			if err := d.Rename(e.ID, item.Key.Issuer, item.Key.Account); err != nil {
				return err
			}
		}
		if item.Key.Kind == enroll.HOTP && item.Key.Counter > e.Counter {
			return d.SetCounter(e.ID, item.Key.Counter)
		}
		return nil
	}
	return nil // removed since; it is not brought back unasked
}

// Do takes the import back as a whole. What the person removed or renamed since
// stays as they left it.
func (u Undo) Do(ctx context.Context, v *vault.Vault) error {
	err := v.Update(ctx, func(d *vault.Draft) error {
		for _, id := range u.Added {
			if err := d.Remove(id); err != nil && !errors.Is(err, vault.ErrNotFound) {
				return err
			}
		}
		for _, e := range u.renamed {
			if err := d.Rename(e.ID, e.Issuer, e.Account); err != nil && !errors.Is(err, vault.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("take the import back: %w", err)
	}
	return nil
}
