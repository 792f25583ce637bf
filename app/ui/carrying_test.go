package ui

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"sleutelbos/app/carry"
	"sleutelbos/app/words"
	"sleutelbos/enroll"
	"sleutelbos/enroll/migrate"
	"sleutelbos/vault"
)

// address is a line as other programs write it.
func address(issuer, account string) string {
	key := enroll.Key{
		Kind: enroll.TOTP, Issuer: issuer, Account: account, Secret: enroll.Secret("the secret of " + issuer + account),
		Algorithm: enroll.SHA1, Digits: 6, Period: 30,
	}
	return key.Address() + "\n"
}

func (b *bench) file(name string, content []byte) string {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), name)
	writeFile(b.t, path, content)
	return path
}

// bringing drops files on the list and gives the screen that shows them.
func (b *bench) bringing(paths ...string) *importing {
	b.t.Helper()
	b.shell().importFiles(paths)
	i, ok := b.shell().current.(*importing)
	if !ok {
		b.t.Fatalf("the screen is %q", b.title())
	}
	return i
}

func (b *bench) issuers() string {
	b.t.Helper()
	var names []string
	for _, e := range b.shell().vault.List() {
		names = append(names, e.Issuer)
	}
	return strings.Join(names, " ")
}

// counts compares what is on the list with what should be, and says that the
// screen tells it.
func (b *bench) counts(fresh, changed, here, kept int) {
	b.t.Helper()
	i := b.shell().current.(*importing)
	p := i.plan
	got := []int{p.Count(migrate.New), p.Count(migrate.Changed), p.Count(migrate.Here) + p.Count(migrate.Again), p.Count(migrate.Kept)}
	if want := []int{fresh, changed, here, kept}; !slices.Equal(got, want) {
		b.t.Errorf("new, changed, here and kept are %v, want %v", got, want)
	}
	b.says(i.countsOf(p))
}

func TestBringInWhatIsTickedAndTakeItBack(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("Here:jan")
	v := b.shell().vault
	if err := v.Update(t.Context(), func(d *vault.Draft) error {
		key, err := enroll.ParseAddress(strings.TrimSpace(address("Old", "jan")))
		if err == nil {
			_, err = d.Add(key, nil)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	old := strings.ReplaceAll(address("Old", "jan"), "Old", "Renamed") // the secret is base32, and does not say Old
	i := b.bringing(b.file("list.txt", []byte(address("A", "a")+address("B", "b")+address("A", "a")+old+"otpauth://totp/Broken:x?secret=1\n")))
	b.says("Read as: " + b.words.Say("import.format.addresses"))
	b.counts(2, 1, 1, 1)
	if got := b.issuers(); got != "Here Old" {
		t.Fatalf("before anybody agreed the vault has %s", got)
	}
	b.says(b.words.Say("bring.do", "n", 3)) // what is new, and what is only kept
	b.says(b.words.Say("import.kept.secret"))
	i.key(&fyne.KeyEvent{Name: fyne.KeySpace}) // A is left out
	b.says(b.words.Say("bring.do", "n", 2))
	b.press("bring.none")
	if !i.primary.Disabled() || i.primary.Text != b.words.Say("bring.do-none") {
		t.Errorf("nothing can be brought in, and the button says %q", i.primary.Text)
	}
	b.press("bring.all")
	b.says(b.words.Say("bring.do", "n", 4))
	b.key(fyne.KeyReturn)
	b.wantTitle(b.words.Say("bring.done", "n", 4))
	b.says(b.words.Say("bring.done-kept", "n", 1))
	if got := b.issuers(); got != "Here Renamed A B Broken" {
		t.Fatalf("the vault has %s", got)
	}
	b.press("bring.undo")
	b.says(b.words.Say("bring.undone"))
	if got := b.issuers(); got != "Here Old" {
		t.Errorf("taken back, the vault has %s", got)
	}
}

func TestAFileAsksForItsPasswordInWords(t *testing.T) {
	b := newBench(t, "nl")
	b.withKeys("Een:jan", "Twee:jan")
	sealed, err := carry.Aegis(b.shell().vault, []byte("geheim genoeg"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.shell().vault.Update(t.Context(), func(d *vault.Draft) error { return d.Remove(d.Entries()[0].ID) }); err != nil {
		t.Fatal(err)
	}
	i := b.bringing(b.file("plain.txt", []byte(address("A", "a"))), b.file("aegis.json", sealed.Content))
	b.says(b.words.Say("bring.ask", "file", "aegis.json", "what", b.words.Say("import.password.aegis")))
	b.write("iets anders")
	b.key(fyne.KeyReturn)
	b.says(words.Explain(b.words, migrate.ErrPassphrase, "").String())
	if i.ask.secret.Text != "iets anders" {
		t.Error("what was typed is gone")
	}
	i.ask.secret.SetText("geheim genoeg")
	b.press("bring.open")
	b.counts(2, 0, 1, 0)

	// A second file comes beside it, and what was left out stays left out.
	i.tick1(0)
	i.drop([]string{b.file("more.txt", []byte(address("C", "c")))})
	b.counts(3, 0, 1, 0)
	if i.plan.Items[0].Take || i.plan.Chosen() != 2 {
		t.Errorf("%d are ticked, the first too: %v", i.plan.Chosen(), i.plan.Items[0].Take)
	}

	// A third with the same password does not ask again; one with another password
	// that nobody knows is left out.
	i.drop([]string{b.file("again.json", sealed.Content)})
	b.counts(3, 0, 3, 0)
	other, err := carry.Aegis(b.shell().vault, []byte("iets heel anders"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i.drop([]string{b.file("other.json", other.Content)})
	b.press("bring.skip")
	b.counts(3, 0, 3, 0)
	// And one that is nothing leaves the list as it is.
	i.drop([]string{b.file("holiday.txt", []byte("a list of things to take along"))})
	b.says("holiday.txt: " + b.words.Say("why.import-unknown"))
	if len(i.plan.Items) != 6 {
		t.Errorf("%d items are left", len(i.plan.Items))
	}
}

func TestPartsOfABatchComeTogether(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("Here:jan")
	i := b.bringing(b.file("1.txt", []byte(googlePart(1, 3, "One"))), b.file("3.txt", []byte(googlePart(3, 3, "Three"))))
	b.says(b.words.Say("import.note.batch", "seen", 2, "size", 3))
	i.drop([]string{b.file("2.txt", []byte(googlePart(2, 3, "Two")))})
	if text := b.text(); strings.Contains(text, "parts") {
		t.Errorf("all parts are there, and the screen says %s", text)
	}
	b.says(b.words.Say("bring.do", "n", 3))
}

func TestReadingIsStopped(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("Here:jan")
	var waiting []func()
	b.shell().Go = func(f func()) { waiting = append(waiting, f) }
	i := b.bringing(b.file("list.txt", []byte(address("A", "a"))))
	waiting[0]() // the file
	b.says(b.words.Say("import.reading"))
	b.press("do.cancel")
	b.says(b.words.Say("bring.stopped"))
	waiting[1]() // what was under way ends after that
	if i.plan != nil || i.busy {
		t.Error("what was stopped is shown")
	}
	// While it is written, Escape changes nothing.
	waiting = nil
	i.drop([]string{b.file("again.txt", []byte(address("A", "a")))})
	waiting[0]()
	waiting[1]()
	i.enter()
	b.key(fyne.KeyEscape)
	if b.shell().current != screen(i) {
		t.Error("left while it was written")
	}
	waiting[2]()
	b.wantTitle(b.words.Say("bring.done", "n", 1))

	// The bar shows where it takes long and how much there is is known.
	i = newImporting(b.shell())
	b.shell().show(i)
	i.busy = true
	tell := i.progress(t.Context())
	tell(migrate.Reading, 0, 10)
	if i.bar.Visible() {
		t.Error("a bar for what may take no time")
	}
	b.now = b.now.Add(progressAfter)
	tell(migrate.Reading, 5, 10)
	if !i.bar.Visible() || i.bar.Value != 0.5 {
		t.Errorf("half way the bar says %v", i.bar.Value)
	}
}

func TestThousandsAreListedAndBroughtIn(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("Here:jan")
	var list bytes.Buffer
	for n := range 5000 {
		list.WriteString(address(fmt.Sprintf("Issuer %04d", n), "a"))
	}
	i := b.bringing(b.file("list.txt", list.Bytes()))
	b.says(b.words.Say("bring.do", "n", 5000))
	began := time.Now()
	const steps = 50
	for n := range steps {
		i.list.ScrollTo(n * 4999 / steps)
	}
	if each := time.Since(began) / steps; each > 16*time.Millisecond {
		t.Logf("one jump in the list takes %v", each)
	}
	if rows := len(all[*itemRow](b)); rows == 0 || rows > 40 {
		t.Errorf("%d rows are drawn", rows)
	}
	b.key(fyne.KeyReturn)
	b.wantTitle(b.words.Say("bring.done", "n", 5000))
}

func TestPlainExportIsWarnedOfAndForbidden(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("A:a", "B:b")
	s := b.shell()
	s.show(&exporting{shell: s})
	b.press("take.addresses")
	b.says(b.words.Say("export.plain"))
	form := s.current.(*exportForm)
	if !form.primary.Disabled() {
		t.Error("nobody said that they understand")
	}
	b.write(" ")
	if form.primary.Disabled() {
		t.Error("it stays shut")
	}
	path := filepath.Join(t.TempDir(), "codes.txt")
	s.write(form.alert, form.form, nil, path)
	b.says(b.words.Say("export.done", "n", 2))
	content, err := os.ReadFile(path)
	info, statErr := os.Stat(path)
	if err := errors.Join(err, statErr); err != nil || info.Mode().Perm() != 0o600 || strings.Count(string(content), "otpauth://") != 2 {
		t.Fatalf("written with mode %v: %v", info.Mode(), err)
	}

	s.Policy = b.file("policy.json", []byte(`{"plain_export": false}`))
	for _, way := range []string{"take.addresses", "take.page"} {
		s.show(&exporting{shell: s})
		b.press(way)
		b.wantTitle(b.words.Say("why.export-forbidden"))
	}
	if _, err := s.exported(carry.FormHTML, s.vault, nil); !errors.Is(err, carry.ErrForbidden) {
		t.Errorf("written all the same: %v", err)
	}
}

func TestExportForAegisIsReadAgain(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("A:a", "B:b")
	s := b.shell()
	s.show(&exporting{shell: s})
	b.press("take.aegis")
	form := s.current.(*exportForm)
	b.write("correct horse")
	b.key(fyne.KeyReturn)
	b.write("correct house")
	b.says(b.words.Say("passphrase.differs"))
	form.again.SetText("correct horse")
	if form.primary.Disabled() {
		t.Fatal("it stays shut")
	}
	path := filepath.Join(t.TempDir(), "aegis.json")
	s.write(form.alert, form.form, []byte(form.first.Text), path)
	b.says(b.words.Say("export.done", "n", 2))
	i := b.bringing(path)
	i.ask.secret.SetText("correct horse")
	b.press("bring.open")
	b.counts(0, 0, 2, 0)
}

func TestCopiesAreMadeAndTheirFailureIsMended(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("A:a")
	s := b.shell()
	s.show(&backups{shell: s})
	b.says(b.words.Say("copies.off"))
	folder := filepath.Join(t.TempDir(), "copies")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	screen := s.current.(*backups)
	screen.set(b.dir)
	b.says(b.words.Say("why.same-folder"))
	screen.set(folder)
	b.says("the last good one is of")
	name := filepath.Join(folder, "sleutelbos-"+b.now.Format("2006-01-02")+carry.Ending)
	first, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}

	// A change is copied without being asked.
	s.home()
	b.add(s.vault, "B:b")
	s.copies.tick(s, b.now)
	second, err := os.ReadFile(name)
	if err != nil || bytes.Equal(first, second) {
		t.Fatalf("the change was not copied: %v", err)
	}
	ran := s.copies.ran
	s.copies.tick(s, b.now.Add(time.Second))
	if s.copies.ran != ran {
		t.Error("it was looked at again though nothing changed")
	}

	// The folder is gone: the list says so, and one click mends it.
	if err := os.Rename(folder, folder+"-away"); err != nil {
		t.Fatal(err)
	}
	b.add(s.vault, "C:c")
	s.copies.tick(s, b.now)
	b.says(words.Backups(b.words, s.copies.schedule, b.now).What)
	b.press("copies.mend")
	b.wantTitle(b.words.Say("copies.title")) // it cannot be reached: here one chooses another
	if err := os.Rename(folder+"-away", folder); err != nil {
		t.Fatal(err)
	}
	s.home()
	b.press("copies.mend")
	b.says(words.Backups(b.words, s.copies.schedule, b.now).What)
	if s.copies.bad(b.now) || b.list().reminder.box.Visible() {
		t.Error("the reminder stays")
	}
	// Old ones are reminded of too.
	if !s.copies.bad(b.now.Add(31 * 24 * time.Hour)) {
		t.Error("nobody is reminded of an old copy")
	}
}

func TestABackupBecomesTheVaultOfAFirstRun(t *testing.T) {
	b := newBench(t, "nl")
	v, recovery, err := b.folder().Create(t.Context(), vault.First{Keyring: true})
	if err != nil {
		t.Fatal(err)
	}
	b.add(v, "A:a", "B:b")
	v.Lock()
	content, err := b.folder().Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	path := b.file("sleutelbos-2026-11-24.sleutelbos", content)
	b.dir = filepath.Join(t.TempDir(), "new")
	b.keyring.values = nil
	b.open("")
	b.press("welcome.restore")
	s := b.shell()
	s.current.(dropper).drop([]string{b.file("letter.txt", []byte("Dear"))})
	if b.title() == b.words.Say("back.title") {
		t.Error("anything is a backup")
	}
	s.current.(dropper).drop([]string{path})
	b.write("verkeerd")
	b.key(fyne.KeyReturn)
	if exists, _ := b.folder().Exists(); exists {
		t.Fatal("what does not open lies there as the vault")
	}
	s.current.(*restoring).secret.SetText(recovery.Reveal())
	b.key(fyne.KeyReturn)
	b.wantTitle(b.words.Say("codes.title"))
	b.says(b.words.Say("back.done", "n", 2))
	b.open("") // the keyring opens it from now on
	b.wantTitle(b.words.Say("codes.title"))

	// With a vault there, the same file is a list to tick from.
	if err := b.shell().vault.Update(t.Context(), func(d *vault.Draft) error { return d.Remove(d.Entries()[0].ID) }); err != nil {
		t.Fatal(err)
	}
	i := b.bringing(path)
	b.says(b.words.Say("import.password.backup"))
	i.ask.secret.SetText(recovery.Reveal())
	b.press("bring.open")
	b.counts(1, 0, 1, 0)
}

func TestGroupsFavouritesAndWhatIsOnlyKept(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("A:a", "B:b", "C:c")
	list := b.list()
	if list.groups.Visible() {
		t.Error("a choice of groups without groups")
	}
	order := func() string {
		var names []string
		for _, e := range b.list().shown {
			names = append(names, e.Issuer)
		}
		return strings.Join(names, " ")
	}
	list.setFavourite(list.shown[2], true)
	if got := order(); got != "C A B" {
		t.Errorf("with a favourite the order is %s", got)
	}
	if _, ok := list.neighbour(list.shown[1], -1); ok {
		t.Error("another moves above a favourite")
	}
	list.move(list.shown[2], -1)
	if got := order(); got != "C B A" {
		t.Errorf("moved up, the order is %s", got)
	}
	list.update(func(d *vault.Draft) error { return d.SetGroups(list.shown[2].ID, []string{"Work", "bank"}) }, "")
	if !list.groups.Visible() || strings.Join(list.groups.Options, ",") != b.words.Say("codes.all-groups")+",bank,Work" {
		t.Errorf("the groups are %v", list.groups.Options)
	}
	list.groups.SetSelected("Work")
	if got := order(); got != "A" {
		t.Errorf("in the group are %s", got)
	}
	list.groups.SetSelectedIndex(0)
	list.search.SetText("bank")
	if got := order(); got != "A" {
		t.Errorf("a group's name finds %s", got)
	}
	list.search.SetText("")

	for _, reason := range []string{"import.kept.yandex", "import.kept.of-tomorrow"} {
		list.update(func(d *vault.Draft) error {
			_, err := d.Keep(vault.Foreign{Source: "aegis", Kind: "yandex", Reason: reason, Issuer: "Z" + reason[12:], Raw: []byte(reason)})
			return err
		}, "")
	}
	if got := order(); got != "C B A Zyandex Zof-tomorrow" {
		t.Errorf("the order is %s", got)
	}
	b.says(b.words.Say("import.kept.yandex"))
	b.says(b.words.Say("codes.foreign"))
	b.tick(time.Second)
	list.take(list.shown[3])
	b.says(b.words.Say("codes.foreign-why", "why", b.words.Say("import.kept.yandex")))
	if b.app.Clipboard().Content() != "" {
		t.Error("something was copied")
	}
	list.update(func(d *vault.Draft) error { return d.Remove(list.shown[3].ID) }, "")
	if got := order(); got != "C B A Zof-tomorrow" {
		t.Errorf("removed, the order is %s", got)
	}
}
