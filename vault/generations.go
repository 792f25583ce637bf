package vault

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Generation is a kept copy of an earlier save.
type Generation struct {
	Name  string    // of the file in the folder "generations"
	Saved time.Time // UTC
}

const (
	generationsDir = "generations"
	generationTime = "20060102T150405Z"
	// keptGenerations is five earlier saves and the present one.
	keptGenerations = 6
	// keptDays is how many days on which something was saved keep their last.
	keptDays = 7
)

// The name holds when it was saved, which save it was, which vault it is of and
// a number where all of these are equal.
var generationName = regexp.MustCompile(`^(\d{8}T\d{6}Z)-(\d{10,20})-([0-9a-f]{8})(?:-\d+)?\.sleutelbos$`)

type generation struct {
	Generation
	serial uint64
	vault  string // the beginning of its id
}

func (f *Folder) generationsPath() string { return filepath.Join(f.dir, generationsDir) }

func parseGeneration(name string) (generation, bool) {
	parts := generationName.FindStringSubmatch(name)
	if parts == nil {
		return generation{}, false
	}
	saved, err := time.Parse(generationTime, parts[1])
	if err != nil {
		return generation{}, false
	}
	serial, err := strconv.ParseUint(parts[2], 10, 64)
	return generation{Generation{name, saved}, serial, parts[3]}, err == nil
}

// listGenerations lists by name only, the newest first. Within a vault the
// serial decides, since clocks go back; should the folder hold generations of
// several vaults, the one that was saved last comes first.
func (f *Folder) listGenerations() ([]generation, error) {
	entries, err := os.ReadDir(f.generationsPath())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the kept generations: %w", err)
	}
	var all []generation
	last := map[string]time.Time{}
	for _, e := range entries {
		if g, ok := parseGeneration(e.Name()); ok {
			all = append(all, g)
			if g.Saved.After(last[g.vault]) {
				last[g.vault] = g.Saved
			}
		}
	}
	slices.SortFunc(all, func(a, b generation) int {
		return cmp.Or(
			last[b.vault].Compare(last[a.vault]),
			strings.Compare(a.vault, b.vault),
			cmp.Compare(b.serial, a.serial),
			b.Saved.Compare(a.Saved),
			strings.Compare(b.Name, a.Name),
		)
	})
	return all, nil
}

// Generations lists the kept copies, the newest first, the present save
// included. Those that are damaged themselves are left out; whether one opens
// is only known with a secret.
func (f *Folder) Generations() ([]Generation, error) {
	all, err := f.listGenerations()
	if err != nil {
		return nil, err
	}
	good := make([]Generation, 0, len(all))
	for _, g := range all {
		if _, err := f.readGeneration(g.Name); err == nil {
			good = append(good, g.Generation)
		}
	}
	return good, nil
}

func (f *Folder) readGeneration(name string) (*file, error) {
	if _, ok := parseGeneration(name); !ok {
		return nil, ErrNoGeneration
	}
	raw, _, err := readFile(filepath.Join(f.generationsPath(), name))
	if errors.Is(err, ErrNoVault) {
		return nil, ErrNoGeneration
	}
	if err != nil {
		return nil, err
	}
	return parseFile(raw)
}

// keep writes a generation and gives its path.
func (f *Folder) keep(raw, master []byte, h header) (string, error) {
	dir := f.generationsPath()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of generations: %w", err)
	}
	removeTemps(dir)
	stem := fmt.Sprintf("%s-%010d-%s", h.Saved.UTC().Format(generationTime), h.Serial, h.Vault[:8])
	path := filepath.Join(dir, stem+".sleutelbos")
	for n := 2; ; n++ {
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			break
		} else if err != nil {
			return "", fmt.Errorf("keep a generation: %w", err)
		}
		path = filepath.Join(dir, fmt.Sprintf("%s-%d.sleutelbos", stem, n))
	}
	if info, err := put(path, raw, master); err != nil {
		if info != nil {
			err = errors.Join(err, os.Remove(path))
		}
		return "", fmt.Errorf("keep a generation: %w", err)
	}
	return path, nil
}

// prune removes generations of this vault beyond the newest few and the last of
// each of the newest days. Days are counted by the saves and not by today's
// date: a rarely used vault keeps its copies, and a clock that once ran ahead
// costs none. A file that cannot be removed is tried again at the next save.
func (f *Folder) prune(vault string) {
	all, err := f.listGenerations()
	if err != nil {
		return
	}
	seen, days := 0, map[string]bool{}
	for _, g := range all {
		if g.vault != vault[:8] {
			continue // of a vault that was here before: never ours to remove
		}
		seen++
		day := g.Saved.Format(time.DateOnly)
		lastOfDay := !days[day] && len(days) < keptDays
		days[day] = true
		if seen > keptGenerations && !lastOfDay {
			_ = os.Remove(filepath.Join(f.generationsPath(), g.Name))
		}
	}
}
