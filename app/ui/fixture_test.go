package ui

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sleutelbos/app/capture"
	"sleutelbos/assets"
	"sleutelbos/server"
	"sleutelbos/vault"
)

// memoryKeyring is a keyring that works, is missing, or fails as it is told.
type memoryKeyring struct {
	mu     sync.Mutex
	values map[string]string
	err    error
}

func (k *memoryKeyring) Get(service, account string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return "", k.err
	}
	value, ok := k.values[service+"/"+account]
	if !ok {
		return "", vault.ErrKeyringEmpty
	}
	return value, nil
}

func (k *memoryKeyring) Set(service, account, secret string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return k.err
	}
	if k.values == nil {
		k.values = map[string]string{}
	}
	k.values[service+"/"+account] = secret
	return nil
}

func (k *memoryKeyring) Delete(service, account string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.values, service+"/"+account)
	return k.err
}

// bench is a window in memory over a real vault in a folder of its own.
type bench struct {
	t       *testing.T
	app     fyne.App
	w       *Window
	keyring *memoryKeyring
	dir     string
	now     time.Time
	words   assets.Words
	sources capture.Sources
}

var cheap = vault.Argon2{Memory: 64 << 10, Passes: 3, Lanes: 1}

func newBench(t *testing.T, language string) *bench {
	t.Helper()
	words, err := assets.In(language)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, app: test.NewTempApp(t), keyring: &memoryKeyring{}, dir: filepath.Join(t.TempDir(), "vault"), now: time.Now(), words: words}
	b.open("")
	return b
}

func (b *bench) folder() *vault.Folder {
	return vault.At(vault.Options{Dir: b.dir, Keyring: b.keyring, Argon2: cheap})
}

// open starts the program anew, as after closing the window.
func (b *bench) open(address string) {
	b.t.Helper()
	if b.w != nil {
		b.w.Close()
	}
	b.w = New(b.app, Config{
		Words: b.words, Folder: b.folder(), Now: func() time.Time { return b.now }, Version: "test", Device: "kantoor-12",
		Go: func(f func()) { f() }, Sources: b.sources,
	})
	b.t.Cleanup(b.w.Close)
	b.w.Open(address)
}

func (b *bench) shell() *shell { return b.w.shell }

// title is what the window is called, without the program's name.
func (b *bench) title() string {
	return strings.TrimSuffix(b.shell().window.Title(), " – Sleutelbos")
}

func (b *bench) wantTitle(want string) {
	b.t.Helper()
	if got := b.title(); got != want {
		b.t.Fatalf("the screen is %q, want %q; it says:\n%s", got, want, b.text())
	}
}

// all gives the visible widgets of one type, in the order they stand in.
func all[T fyne.CanvasObject](b *bench) []T {
	var found []T
	for _, o := range test.LaidOutObjects(b.shell().window.Content()) {
		if w, ok := o.(T); ok && w.Visible() {
			found = append(found, w)
		}
	}
	return found
}

// text is all that the screen says.
func (b *bench) text() string {
	return test.RenderToMarkup(b.shell().window.Canvas())
}

func (b *bench) says(want string) {
	b.t.Helper()
	// The markup breaks long lines where the window does.
	flat := strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(b.text(), " ")), " ")
	plain := strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&").Replace(flat)
	if !strings.Contains(plain, strings.Join(strings.Fields(want), " ")) {
		b.t.Fatalf("the screen does not say %q but:\n%s", want, plain)
	}
}

// press taps a button or a card by its words.
func (b *bench) press(key string) {
	b.t.Helper()
	label := b.words.Say(key)
	for _, button := range all[*button](b) {
		if button.Text == label {
			test.Tap(button)
			return
		}
	}
	for _, choice := range all[*choice](b) {
		if choice.text == label {
			test.Tap(choice)
			return
		}
	}
	b.t.Fatalf("there is no %q on the screen:\n%s", label, b.text())
}

// write types into what has the focus.
func (b *bench) write(text string) {
	b.t.Helper()
	focused := b.shell().window.Canvas().Focused()
	if focused == nil {
		b.t.Fatalf("nothing has the focus on %q", b.title())
	}
	test.Type(focused, text)
}

// key presses a key: for what has the focus, else for the window.
func (b *bench) key(name fyne.KeyName) {
	canvas := b.shell().window.Canvas()
	if focused := canvas.Focused(); focused != nil {
		focused.TypedKey(&fyne.KeyEvent{Name: name})
		return
	}
	canvas.OnTypedKey()(&fyne.KeyEvent{Name: name})
}

// agree checks the box that has the focus and goes on.
func (b *bench) agree() {
	b.t.Helper()
	b.write(" ")
	if boxes := all[*check](b); len(boxes) == 1 && !boxes[0].Checked {
		boxes[0].SetChecked(true)
	}
	b.key(fyne.KeyReturn)
}

// companion is the real server on a port of its own.
type companion struct {
	t                    *testing.T
	data                 string
	address, fingerprint string
	clock                func() time.Time
}

func startCompanion(t *testing.T, clock func() time.Time) *companion {
	t.Helper()
	return startCompanionIn(t, "production", clock)
}

func startCompanionIn(t *testing.T, environment string, clock func() time.Time) *companion {
	t.Helper()
	c := &companion{t: t, data: t.TempDir(), clock: clock}
	settings := server.DefaultSettings()
	settings.Data, settings.Listen = c.data, "127.0.0.1:0"
	settings.Organisation, settings.Environment = "Zorggroep De Linde", environment
	settings.AddressLimit = 0
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		err := server.Serve(ctx, settings, server.Surroundings{Out: io.Discard, Err: w, Now: clock})
		_ = w.CloseWithError(errors.Join(err, io.EOF))
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	ready := regexp.MustCompile(`^serving (\S+) \(\w+\), fingerprint (\S+)`)
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if m := ready.FindStringSubmatch(lines.Text()); m != nil {
			c.address, c.fingerprint = m[1], m[2]
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	if c.address == "" {
		t.Fatal("the server did not start")
	}
	return c
}

func (c *companion) admin(args ...string) string {
	c.t.Helper()
	var out, said bytes.Buffer
	for _, cmd := range server.CommandsIn(server.Surroundings{Out: &out, Err: &said, Now: c.clock}) {
		if cmd.Name() != "admin" {
			continue
		}
		cmd.SetArgs(append([]string{"--data", c.data}, args...))
		cmd.SetOut(&out)
		cmd.SetErr(&said)
		if err := cmd.ExecuteContext(context.Background()); err != nil {
			c.t.Fatalf("admin %v: %v: %s", args, err, said.String())
		}
	}
	return strings.TrimSpace(out.String())
}

// person adds somebody and returns the letter's address and the code.
func (c *companion) person(user string) (letter, code string) {
	c.t.Helper()
	c.admin("person", "add", "--user", user, "--name", "Jan de Vries", "--email", user+"@delinde.nl")
	return "sleutelbos://link?server=" + c.address + "&user=" + user + "&fp=" + c.fingerprint, c.admin("activation", "new", user)
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
