package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

const (
	// othersPause is how often rotating looks whether the running servers seal
	// with the new key, which they learn by their next beat.
	othersPause = 250 * time.Millisecond
	othersWait  = 2*beatPause + 5*time.Second
)

// ErrKeyByVariable says that there is no file to write a key into.
var ErrKeyByVariable = errors.New("the server key comes from a variable, which a command cannot change; keep it in a file and name that by --server-key-file")

func (a *admin) keyAdd() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "add", Short: "Add a server key to the key file; it seals nothing yet", Args: noArguments,
		Long: `Make another server key and add its line to the key file. The old one stays and
goes on to seal. Running servers read the file again by themselves within
seconds, or at once on SIGHUP; one that has the key by LoadCredential must be
restarted. Where several servers each have a file, copy it to all of them.

Keep a copy of the new file elsewhere. Then: sleutelbos admin key rotate.`,
		RunE: a.with(func(ctx context.Context, d *desk) error {
			file, err := a.folder.keyFile()
			if err != nil {
				return err
			}
			release, err := alone(file)
			if err != nil {
				return err
			}
			defer release()
			content, err := os.ReadFile(file)
			if err != nil {
				return fmt.Errorf("read the server key: %w", err)
			}
			more, id, err := identity.AddKey(content, a.around.Random)
			if err == nil {
				err = replaceFile(file, more)
			}
			if err == nil {
				err = d.KeyAdded(ctx)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			return errors.Join(a.print("%s", id), a.note("%s holds this key too now. Copy the file to every server, keep a copy elsewhere, then: sleutelbos admin key rotate", file))
		}),
	})
}

func (a *admin) keyRotate() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "rotate", Short: "Let the newest key seal, and seal everything anew with it", Args: noArguments,
		Long: `Let the newest key of the key file take over, and seal with it whatever is
sealed with an older one, in small steps, while the servers go on. Every running
server must have the key: the command waits until they have read their files
again, and else changes nothing and says which one does not. Broken off, it goes on where it was when it is called again.

Keyed hashes, as of application keys and activation codes, are not touched and
go on to work. When it is done: sleutelbos admin key retire OLD.`,
		RunE: a.with(func(ctx context.Context, d *desk) error {
			id, changed := "", false
			err := a.patient(ctx, func() (err error) {
				id, changed, err = d.TakeOver(ctx)
				return err
			})
			if err != nil {
				return err
			}
			if changed {
				err = a.note("Key %s seals from now on.", id)
			}
			count, e := a.resealed(ctx, d)
			if err = errors.Join(err, e); err != nil {
				return err
			}
			if !changed && count == 0 {
				return a.note("Everything is sealed with key %s; for another one: sleutelbos admin key add", id)
			}
			return a.note("%d values were sealed anew; everything is sealed with key %s.", count, id)
		}),
	})
}

// resealed seals everything anew, and once more when every running server has
// heard of the key: until then some may have sealed with the old one.
func (a *admin) resealed(ctx context.Context, d *desk) (count int, err error) {
	if count, err = d.Reseal(ctx); err != nil {
		return count, err
	}
	if err := a.patient(ctx, func() error { return d.AllSealWith(ctx) }); err != nil {
		return count, fmt.Errorf("%w; see why by its log, then rotate again", err)
	}
	more, err := d.Reseal(ctx)
	return count + more, err
}

// patient tries again what running servers are not ready for, for as long as it
// takes them to look.
func (a *admin) patient(ctx context.Context, do func() error) error {
	ticker := time.NewTicker(othersPause)
	defer ticker.Stop()
	end := time.After(othersWait)
	var behind *identity.BehindError
	for told := false; ; told = true {
		err := do()
		if !errors.As(err, &behind) {
			return err
		}
		if !told {
			err = errors.Join(err, a.note("Waiting for the running servers, which look every %s.", beatPause))
		}
		select {
		case <-ticker.C:
		case <-end:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (a *admin) keyRetire() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "retire ID", Short: "Take a key out of the key file that nothing is sealed with", Args: oneArgument("id"),
		Long: `Take a key out of the key file. It refuses while anything is sealed with the key,
and says what. Its line is moved to a file of its own beside the key file: keep
that with the backups that were made while the key sealed, since only with it
can they be restored. On other servers, copy the key file anew.`,
		RunE: a.withName(func(ctx context.Context, d *desk, id string) error {
			if err := d.RetireKey(ctx, id); err != nil {
				return err
			}
			file, err := a.folder.keyFile()
			if errors.Is(err, ErrKeyByVariable) {
				return a.note("Nothing needs key %s any more. Take it out of the variable.", id)
			}
			if err != nil {
				return err
			}
			return a.dropKey(file, id)
		}),
	})
}

// dropKey moves the line of a key to a file of its own; the old line is gone
// only when the new file is on the disk.
func (a *admin) dropKey(file, id string) error {
	release, err := alone(file)
	if err != nil {
		return err
	}
	defer release()
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the server key: %w", err)
	}
	rest, line, err := identity.DropKey(content, id)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if line == nil {
		return a.note("Nothing needs key %s any more; it is not in %s.", id, file)
	}
	kept := file + ".retired-" + id
	if err := replaceFile(kept, line); err != nil {
		return fmt.Errorf("%s: %w", kept, err)
	}
	if err := replaceFile(file, rest); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return a.note("Nothing needs key %s any more. Its line is in %s now: move that to where copies of keys are kept; backups from before need it.", id, kept)
}

// shownKey is a key as list shows it.
type shownKey struct {
	ID      string           `json:"id"`
	Seals   bool             `json:"seals"`
	Present bool             `json:"present"`
	Added   *time.Time       `json:"added,omitempty"`
	Retired *time.Time       `json:"retired,omitempty"`
	Uses    map[string]int64 `json:"uses"`
}

func (a *admin) keyList() *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use: "list", Short: "List the server keys and what is sealed with each", Args: noArguments,
		Long: `List the server keys: which one seals now, which are in the key file, and how many
values of which table are sealed with each.

With --json: [{"id","seals","present","added","retired","uses":{TABLE:NUMBER}}].`,
	}
	command.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		keys, err := d.ServerKeys(ctx)
		if err != nil {
			return err
		}
		shown := make([]shownKey, 0, len(keys))
		for _, k := range keys {
			shown = append(shown, shownKey{ID: k.ID, Seals: k.Current, Present: k.Present, Added: some(k.Added), Retired: some(k.Retired), Uses: k.Uses})
		}
		if asJSON {
			return writeJSON(a.around.Out, shown)
		}
		return writeKeys(a.around.Out, shown)
	})
	return quiet(command)
}

func writeKeys(w io.Writer, keys []shownKey) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, k := range keys {
		state := "waits for: admin key rotate"
		switch {
		case k.Seals:
			state = "seals"
		case k.Retired != nil:
			state = "retired " + moment(k.Retired)
		case k.Added != nil:
			state = "sealed from " + moment(k.Added)
		}
		var uses []string
		for name, n := range k.Uses {
			uses = append(uses, fmt.Sprintf("%d in %s", n, name))
		}
		slices.Sort(uses)
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", k.ID, state, either(when(k.Present, "here"), "not here"),
			either(strings.Join(uses, ", "), "nothing is sealed with it"))
	}
	return table.Flush()
}

// keyFile is the file that holds the server key.
func (f *Folder) keyFile() (string, error) {
	if len(f.ServerKey.Value) > 0 {
		return "", ErrKeyByVariable
	}
	return either(f.ServerKey.File, f.path(serverKeyFile)), nil
}

// alone keeps other commands from changing a file at the same time.
func alone(path string) (release func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("change the key file: %w", err)
	}
	taken, err := tryLock(file, true)
	if err == nil && !taken {
		err = errors.New("another command is changing this file; wait, then try again")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return func() { _ = file.Close() }, nil
}

// replaceFile writes a file anew, whole or not at all, with the rights and the
// owner of the former one; a new one gets those of its folder's owner.
func replaceFile(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // gone already when all went well
	_, err = file.Write(content)
	err = errors.Join(err, likeFormer(file, path), file.Sync(), file.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return flushFolder(filepath.Dir(path))
}

func likeFormer(file *os.File, path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return giveToOwner(file, filepath.Dir(path))
	}
	if err != nil {
		return err
	}
	return errors.Join(file.Chmod(info.Mode().Perm()), giveToOwner(file, path))
}
