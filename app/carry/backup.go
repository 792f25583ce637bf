package carry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"sleutelbos/enroll/migrate"
	"sleutelbos/vault"
)

// Ending is how the names of backups end.
const Ending = ".sleutelbos"

// dayForm is how a day stands in a backup's name.
const dayForm = "2006-01-02"

// keptBackups is how many dated backups stay in a folder.
const keptBackups = 14

// staleAfter is how old the last good backup may be before the person is
// reminded.
const staleAfter = 30 * 24 * time.Hour

// ErrSameFolder says that backups would lie where the vault does: what takes
// the one would take the other.
var ErrSameFolder = errors.New("a backup beside the vault is lost with it")

// Backup writes a copy of the vault file, proves it whole and gives its path. A
// folder gets a dated name, and the name of a day that has one already is
// replaced. A file that is there is not written over.
func Backup(f *vault.Folder, to string, now time.Time) (path string, err error) {
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		return daily(f, to, now)
	} else if _, err := os.Lstat(to); err == nil { // a link that leads nowhere too
		return "", &os.PathError{Op: "write", Path: to, Err: os.ErrExist}
	}
	return to, write(f, to)
}

// daily writes the day's backup into a folder that is there.
func daily(f *vault.Folder, folder string, now time.Time) (string, error) {
	var missing *os.PathError
	if info, err := os.Stat(folder); errors.As(err, &missing) {
		return "", &os.PathError{Op: vault.WriteInto, Path: folder, Err: missing.Err}
	} else if err != nil {
		return "", err
	} else if !info.IsDir() {
		return "", &os.PathError{Op: vault.WriteInto, Path: folder, Err: errors.New("it is no folder")}
	}
	path, err := dated(f, folder, now)
	if err != nil {
		return "", err
	}
	return path, write(f, path)
}

func write(f *vault.Folder, path string) error {
	content, err := f.Snapshot()
	if err != nil {
		return err
	}
	defer clear(content)
	if err := vault.Prove(content); err != nil {
		return err
	}
	if err := vault.WriteWhole(path, content); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return nil
}

func dated(f *vault.Folder, folder string, now time.Time) (string, error) {
	if inside(f.Dir(), folder) {
		return "", ErrSameFolder
	}
	return filepath.Join(folder, "sleutelbos-"+now.Format(dayForm)+Ending), nil
}

// inside tells whether a folder is the vault's or below it.
func inside(vaultDir, folder string) bool {
	resolve := func(path string) string {
		if absolute, err := filepath.Abs(path); err == nil {
			path = absolute
		}
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		return path
	}
	rest, err := filepath.Rel(resolve(vaultDir), resolve(folder))
	return err == nil && rest != ".." && !strings.HasPrefix(rest, ".."+string(filepath.Separator))
}

// Schedule is where backups are made by themselves, and how the last one went.
// It is kept in a file beside the vault and holds no secret.
type Schedule struct {
	Folder string    `json:"folder"`          // empty: none are made
	Good   time.Time `json:"good,omitzero"`   // when the last good one was made
	Failed time.Time `json:"failed,omitzero"` // when the last try failed; zero after a good one
	Why    string    `json:"why,omitempty"`   // what was the matter then
}

func schedulePath(f *vault.Folder) string { return filepath.Join(f.Dir(), "backups.json") }

// ReadSchedule gives the schedule; an empty one where there is none.
func ReadSchedule(f *vault.Folder) (Schedule, error) {
	var s Schedule
	content, err := os.ReadFile(schedulePath(f))
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(content, &s); err != nil {
		return Schedule{}, fmt.Errorf("read %s: %w", schedulePath(f), err)
	}
	return s, nil
}

func (s Schedule) keep(f *vault.Folder) error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return vault.WriteWhole(schedulePath(f), append(content, '\n'))
}

// SetSchedule chooses the folder, and makes a first backup there to show that it
// can be done; when that fails, nothing is chosen. An empty folder ends them.
func SetSchedule(f *vault.Folder, folder string, now time.Time) (Schedule, error) {
	before, err := ReadSchedule(f)
	if err != nil {
		before = Schedule{} // a file that cannot be read is replaced
	}
	if folder == "" {
		before.Folder, before.Failed, before.Why = "", time.Time{}, ""
		return before, before.keep(f)
	}
	folder, err = filepath.Abs(folder)
	if err != nil {
		return before, err
	}
	if _, err := daily(f, folder, now); err != nil {
		return before, err
	}
	after := Schedule{Folder: folder, Good: now.UTC()}
	return after, after.keep(f)
}

// Run makes the day's backup where it is due: none today yet, or the vault
// changed since. How it went is kept and given. Nothing is due without a folder.
func (s Schedule) Run(f *vault.Folder, now time.Time) (Schedule, error) {
	if s.Folder == "" {
		return s, nil
	}
	if due, err := s.due(f, now); err == nil && !due {
		return s, nil
	}
	_, err := daily(f, s.Folder, now)
	if err != nil {
		s.Failed, s.Why = now.UTC(), err.Error()
	} else {
		s.Good, s.Failed, s.Why = now.UTC(), time.Time{}, ""
		err = s.prune()
	}
	return s, errors.Join(err, s.keep(f))
}

func (s Schedule) due(f *vault.Folder, now time.Time) (bool, error) {
	path, err := dated(f, s.Folder, now)
	if err != nil {
		return true, err
	}
	copied, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return true, err
	}
	present, err := f.Snapshot()
	if err != nil {
		return true, err
	}
	return string(copied) != string(present), nil
}

// datedName is the name of a backup that was made by itself.
var datedName = regexp.MustCompile(`^sleutelbos-\d{4}-\d{2}-\d{2}\.sleutelbos$`)

// prune removes the oldest dated backups beyond those that stay, after a newer
// one was proven. Files of other names are never touched.
func (s Schedule) prune() error {
	entries, err := os.ReadDir(s.Folder)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		if datedName.MatchString(e.Name()) && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	for len(names) > keptBackups {
		if err := os.Remove(filepath.Join(s.Folder, names[0])); err != nil {
			return err
		}
		names = names[1:]
	}
	return nil
}

// Stale tells that the person should be reminded: backups are made by
// themselves, and the last good one is old.
func (s Schedule) Stale(now time.Time) bool {
	return s.Folder != "" && now.Sub(s.Good) > staleAfter
}

// readBackup reads one of our own: its passphrase or its recovery key is asked
// for.
func (o Options) readBackup(ctx context.Context, s Source) (*migrate.Result, error) {
	ask := migrate.Ask{Format: FormatBackup, Text: "import.password.backup"}
	if err := vault.Prove(s.Content); err != nil {
		return nil, err
	}
	if o.Passphrase == nil {
		return nil, &migrate.PassphraseError{Ask: ask}
	}
	typed, err := o.Passphrase(ctx, ask)
	if err != nil {
		return nil, err
	}
	copied, done, err := openCopy(ctx, s.Content, typed)
	if err != nil {
		return nil, err
	}
	defer done()
	result := &migrate.Result{Format: FormatBackup}
	for _, e := range copied.List() {
		entry, err := fromVault(copied, e)
		if err != nil {
			return nil, err
		}
		result.Entries = append(result.Entries, entry)
	}
	return result, nil
}

// openCopy tries what was typed as passphrase and as recovery key.
func openCopy(ctx context.Context, content, typed []byte) (*vault.Vault, func(), error) {
	v, done, err := vault.OpenCopy(ctx, content, vault.ByPassphrase(typed), vault.Options{})
	if err == nil {
		return v, done, nil
	}
	if byKey, done, keyErr := vault.OpenCopy(ctx, content, vault.ByRecoveryKey(string(typed)), vault.Options{}); keyErr == nil {
		return byKey, done, nil
	}
	if errors.Is(err, vault.ErrNoSlot) || errors.Is(err, vault.ErrWrongPassphrase) {
		err = migrate.ErrPassphrase
	}
	return nil, nil, err
}

// fromVault gives an entry of another vault. One that this version cannot read
// comes along as it is.
func fromVault(v *vault.Vault, e vault.Entry) (migrate.Entry, error) {
	if f, err := v.Foreign(e.ID); err == nil {
		entry := migrate.Entry{Reason: f.Reason, Kind: f.Kind, Raw: f.Raw, Cut: f.Cut}
		entry.Key.Issuer, entry.Key.Account = f.Issuer, f.Account
		return entry, nil
	}
	if !e.Readable {
		entry := migrate.Entry{Reason: "import.kept.unreadable", Kind: string(e.Kind)}
		entry.Key.Issuer, entry.Key.Account = e.Issuer, e.Account
		raw, err := v.Raw(e.ID)
		entry.Raw = raw
		return entry, err
	}
	key, err := v.Key(e.ID)
	if err != nil {
		return migrate.Entry{}, err
	}
	extra, err := v.Extra(e.ID)
	return migrate.Entry{
		Key: key, Groups: extra.Groups, Note: extra.Note, Favourite: extra.Favourite, Icon: extra.Icon, Origin: e.ID,
	}, err
}
