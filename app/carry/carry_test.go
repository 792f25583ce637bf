package carry

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sleutelbos/assets"
	"sleutelbos/enroll"
	"sleutelbos/enroll/migrate"
	"sleutelbos/enroll/scan"
	"sleutelbos/vault"
)

const passphrase = "een lange wachtzin"

// cheap costs let a test open vaults quickly.
func folder(t testing.TB, dir string) *vault.Folder {
	t.Helper()
	return vault.At(vault.Options{Dir: dir, Argon2: vault.Argon2{Memory: 64 << 10, Passes: 3, Lanes: 1}})
}

func fresh(t testing.TB) (*vault.Folder, *vault.Vault) {
	t.Helper()
	f := folder(t, filepath.Join(t.TempDir(), "vault"))
	v, _, err := f.Create(t.Context(), vault.First{Passphrase: []byte(passphrase)})
	must(t, err)
	t.Cleanup(v.Lock)
	return f, v
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const list = `otpauth://totp/Ons:anna?secret=JBSWY3DPEHPK3PXP
otpauth://hotp/Kassa?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=7
otpauth://totp/Bank:anna?secret=MFRGGZDFMZTWQ2LK&algorithm=SHA256&digits=8&period=60
motp://x:y?secret=0123456789abcdef
`

func look(t testing.TB, v *vault.Vault, content string) *Plan {
	t.Helper()
	plan, err := Look(t.Context(), []Source{{"list.txt", []byte(content)}}, v, Options{})
	must(t, err)
	return plan
}

func names(v *vault.Vault) (all []string) {
	for _, e := range v.List() {
		all = append(all, e.Issuer+":"+e.Account)
	}
	return all
}

func TestTakeAndUndo(t *testing.T) {
	_, v := fresh(t)
	must(t, v.Update(t.Context(), func(d *vault.Draft) error {
		key, err := enroll.ParseAddress("otpauth://totp/Oud:anna?secret=JBSWY3DPEHPK3PXP")
		must(t, err)
		_, err = d.Add(key, nil)
		return err
	}))
	plan := look(t, v, list)
	if len(plan.Items) != 4 || plan.Count(migrate.New) != 2 || plan.Count(migrate.Changed) != 1 || plan.Count(migrate.Kept) != 1 || plan.Chosen() != 3 {
		t.Fatalf("the plan is %+v", plan.Items)
	}
	plan.Items[0].Take = true // the file's name is wanted after all
	undo, err := plan.Take(t.Context(), v)
	must(t, err)
	if got := strings.Join(names(v), " "); got != "Ons:anna :Kassa Bank:anna x:y" {
		t.Errorf("after taking it holds %s", got)
	}
	if again := look(t, v, list); again.Chosen() != 0 {
		t.Errorf("a second time %d entries would come", again.Chosen())
	}
	must(t, undo.Do(t.Context(), v))
	if got := strings.Join(names(v), " "); got != "Oud:anna" {
		t.Errorf("after taking back it holds %s", got)
	}
}

// What came in meanwhile by another way is not there twice, and not taken back.
func TestTakeBesideAnother(t *testing.T) {
	_, v := fresh(t)
	plan := look(t, v, list)
	other := look(t, v, "otpauth://totp/Ons:anna?secret=JBSWY3DPEHPK3PXP")
	_, err := other.Take(t.Context(), v)
	must(t, err)
	undo, err := plan.Take(t.Context(), v)
	must(t, err)
	must(t, undo.Do(t.Context(), v))
	if got := strings.Join(names(v), " "); got != "Ons:anna" {
		t.Errorf("it holds %s", got)
	}
}

// A list that lies in several pictures is one list, whatever else is with it.
func TestPicturesAreOneList(t *testing.T) {
	var sources []Source
	for i := range 3 {
		path := filepath.Join(t.TempDir(), "qr.png")
		picture, err := scan.Draw(fmt.Sprintf("otpauth://totp/Site%d:anna?secret=JBSWY3DPEHPK3PX%c", i, "ABC"[i]), 300)
		must(t, err)
		file, err := os.Create(path)
		must(t, err)
		must(t, errors.Join(png.Encode(file, picture), file.Close()))
		read, err := ReadSources([]string{path})
		must(t, err)
		sources = append(sources, read...)
	}
	plan, err := Look(t.Context(), sources, nil, Options{})
	must(t, err)
	if len(plan.Items) != 3 || len(plan.Formats) != 1 || plan.Chosen() != 3 {
		t.Errorf("%d entries of %v", len(plan.Items), plan.Formats)
	}
}

// What Aegis gets, our own reader of Aegis files reads: they share no code.
func TestAegisComesBack(t *testing.T) {
	_, v := fresh(t)
	_, err := look(t, v, list).Take(t.Context(), v)
	must(t, err)
	must(t, v.Update(t.Context(), func(d *vault.Draft) error {
		return d.SetGroups(d.Entries()[0].ID, []string{"werk", "gemeente"})
	}))
	written, err := Aegis(v, []byte("een ander woord"), rand.Reader)
	must(t, err)
	if written.Entries != 3 || written.Left != 1 || bytes.Contains(written.Content, []byte("anna")) {
		t.Fatalf("%d written, %d left", written.Entries, written.Left)
	}
	ask := func(word string) func(context.Context, migrate.Ask) ([]byte, error) {
		return func(context.Context, migrate.Ask) ([]byte, error) { return []byte(word), nil }
	}
	if _, err := migrate.Read(t.Context(), written.Content, migrate.Options{Passphrase: ask("een lange wachtzin")}); !errors.Is(err, migrate.ErrPassphrase) {
		t.Errorf("another passphrase gives %v", err)
	}
	result, err := migrate.Read(t.Context(), written.Content, migrate.Options{Passphrase: ask("een ander woord")})
	must(t, err)
	for i, e := range result.Entries {
		want, err := v.Key(v.List()[i].ID)
		must(t, err)
		if e.Key.Fingerprint() != want.Fingerprint() || e.Key.Account != want.Account || e.Key.Counter != want.Counter {
			t.Errorf("entry %d comes back as %s, %s", i, e.Key.Issuer, e.Key.Account)
		}
	}
	if groups := result.Entries[0].Groups; len(groups) != 2 {
		t.Errorf("the groups come back as %v", groups)
	}
}

// The page shows QR codes that a reader finds.
func TestPageCanBeRead(t *testing.T) {
	_, v := fresh(t)
	_, err := look(t, v, list).Take(t.Context(), v)
	must(t, err)
	w, err := assets.In("nl")
	must(t, err)
	page, err := Page(v, w, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	must(t, err)
	text := string(page.Content)
	if !strings.Contains(text, `lang="nl"`) || strings.Count(text, "<section>") != 3 || !strings.Contains(text, "JBSWY3DPEHPK3PXP") {
		t.Error("the page is not whole")
	}
	if strings.Contains(text, "http") {
		t.Error("the page wants something from elsewhere")
	}
}

func TestBackupOpensElsewhere(t *testing.T) {
	f, v := fresh(t)
	_, err := look(t, v, list).Take(t.Context(), v)
	must(t, err)
	path, err := Backup(f, filepath.Join(t.TempDir(), "copy.sleutelbos"), time.Now())
	must(t, err)
	content, err := os.ReadFile(path)
	must(t, err)
	_, other := fresh(t)
	options := Options{Passphrase: func(_ context.Context, ask migrate.Ask) ([]byte, error) {
		if ask.Text != "import.password.backup" {
			t.Errorf("it asks for %s", ask.Text)
		}
		return []byte(passphrase), nil
	}}
	plan, err := Look(t.Context(), []Source{{"copy.sleutelbos", content}}, other, options)
	must(t, err)
	_, err = plan.Take(t.Context(), other)
	must(t, err)
	if got, want := strings.Join(names(other), " "), strings.Join(names(v), " "); got != want {
		t.Errorf("%s came of %s", got, want)
	}
	content[len(content)/2] ^= 1
	if _, err := Look(t.Context(), []Source{{"copy.sleutelbos", content}}, other, options); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("a damaged copy gives %v", err)
	}
}

func TestScheduleKeepsTheNewest(t *testing.T) {
	f, v := fresh(t)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "mine.sleutelbos"), nil, 0o600))
	day := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	s, err := SetSchedule(f, dir, day)
	must(t, err)
	for range 20 {
		day = day.AddDate(0, 0, 1)
		s, err = s.Run(f, day)
		must(t, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "sleutelbos-*"))
	must(t, err)
	if len(left) != keptBackups || filepath.Base(left[0]) != "sleutelbos-2026-02-07.sleutelbos" {
		t.Errorf("%d are left, the oldest is %s", len(left), left[0])
	}
	if _, err := os.Stat(filepath.Join(dir, "mine.sleutelbos")); err != nil {
		t.Error("a file of another name was removed")
	}
	// Nothing is due until something changes.
	if again, err := s.Run(f, day.Add(time.Hour)); err != nil || !again.Good.Equal(s.Good) {
		t.Errorf("%+v, %v", again, err)
	}
	_, err = look(t, v, list).Take(t.Context(), v)
	must(t, err)
	if s, err = s.Run(f, day.Add(time.Hour)); err != nil || !s.Good.Equal(day.Add(time.Hour)) {
		t.Errorf("after a change: %+v, %v", s, err)
	}
	// A folder that went away is told, and told as long as it is.
	must(t, os.RemoveAll(dir))
	s, err = s.Run(f, day.AddDate(0, 0, 1))
	if err == nil || s.Failed.IsZero() {
		t.Error("a lost folder goes unnoticed")
	}
	if kept, err := ReadSchedule(f); err != nil || kept.Failed.IsZero() || kept.Stale(day) || !kept.Stale(day.AddDate(0, 2, 0)) {
		t.Errorf("%+v, %v", kept, err)
	}
	if _, err := SetSchedule(f, filepath.Join(f.Dir(), "generations"), day); !errors.Is(err, ErrSameFolder) {
		t.Errorf("beside the vault: %v", err)
	}
}

func TestPolicy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.json")
	for content, want := range map[string]bool{"{}": true, `{"plain_export":true}`: true, `{"plain_export":false,"more":1}`: false} {
		must(t, os.WriteFile(path, []byte(content), 0o600))
		if p, err := ReadPolicy(path); err != nil || p.PlainExport != want {
			t.Errorf("%s: %+v, %v", content, p, err)
		}
	}
	for _, content := range []string{"", "plain_export = false", `{"plain_export":"no"}`} {
		must(t, os.WriteFile(path, []byte(content), 0o600))
		if p, err := ReadPolicy(path); !errors.Is(err, ErrPolicy) || p.PlainExport {
			t.Errorf("%q: %+v, %v", content, p, err)
		}
	}
	if p, err := ReadPolicy(path + ".none"); err != nil || !p.PlainExport {
		t.Errorf("without a file: %+v, %v", p, err)
	}
}

// BenchmarkImport looks at 5,000 entries and brings them into a new vault, which
// is opened already.
func BenchmarkImport(b *testing.B) {
	var lines strings.Builder
	for i := range 5000 {
		secret := enroll.Secret(fmt.Sprintf("key number %010d", i))
		fmt.Fprintf(&lines, "otpauth://totp/Site%d:anna?secret=%s\n", i, secret.Base32())
	}
	for b.Loop() {
		b.StopTimer()
		_, v := fresh(b)
		b.StartTimer()
		plan := look(b, v, lines.String())
		if _, err := plan.Take(b.Context(), v); err != nil || plan.Chosen() != 5000 {
			b.Fatal(plan.Chosen(), err)
		}
	}
}
