package app

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"sleutelbos/assets"
	"sleutelbos/vault"
)

// said is a command's two outputs.
type said struct{ out, err bytes.Buffer }

// newApp is a run of the program in English that reads input.
func newApp(t *testing.T, input io.Reader) (*App, *said) {
	t.Helper()
	english, err := assets.In("en")
	if err != nil {
		t.Fatal(err)
	}
	s := &said{}
	a := &App{
		terminal: Terminal{In: input, Out: &s.out, Err: &s.err},
		words:    english,
		now:      func() time.Time { return time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC) },
		vaultDir: filepath.Join(t.TempDir(), "vault"),
	}
	return a, s
}

func TestReadLine(t *testing.T) {
	for _, c := range []struct {
		name, input, want, rest string
		err                     error
	}{
		{"one of several", "first\nsecond\n", "first", "second\n", nil},
		{"made on Windows", "first\r\nsecond", "first", "second", nil},
		{"without a newline", "first", "first", "", nil},
		{"an empty line", "\nsecond", "", "second", nil},
		{"blanks stay", " first \n", " first ", "", nil},
		{"nothing", "", "", "", io.ErrUnexpectedEOF},
		{"as long as may be", strings.Repeat("x", maxLine) + "\n", strings.Repeat("x", maxLine), "", nil},
		{"too long", strings.Repeat("x", maxLine+1) + "\n", "", "\n", bufio.ErrTooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			from := strings.NewReader(c.input)
			got, err := readLine(from)
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("read %q, %v", got, err)
			}
			if rest, _ := io.ReadAll(from); string(rest) != c.rest {
				t.Errorf("%q is left, want %q", rest, c.rest)
			}
		})
	}
}

func TestReadLineFromAnAwkwardReader(t *testing.T) {
	if got, err := readLine(iotest.DataErrReader(strings.NewReader("last"))); got != "last" || err != nil {
		t.Errorf("data with its end: %q, %v", got, err)
	}
	broken := errors.New("broken")
	if _, err := readLine(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("a broken reader gives %v", err)
	}
}

func TestPassphraseFromAFileOrStandardInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(file, []byte("paard batterij\nnot this\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a, s := newApp(t, strings.NewReader("from outside\nnext line\n"))
	for path, want := range map[string]string{file: "paard batterij", "-": "from outside"} {
		a.passphraseFile = path
		got, err := a.readPassphraseFile()
		if string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if s.err.Len() > 0 {
		t.Errorf("a file that is mine alone brings the remark %q", s.err.String())
	}
	if rest, _ := io.ReadAll(a.terminal.In); string(rest) != "next line\n" {
		t.Errorf("%q is left on standard input", rest)
	}
	a.passphraseFile = "-"
	if _, err := a.readPassphraseFile(); err == nil || !strings.Contains(err.Error(), "Nothing came in") {
		t.Errorf("an empty standard input gives %v", err)
	}
}

func TestAPassphraseFileThatOthersCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes of files")
	}
	file := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(file, []byte("paard batterij\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o644); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	a, s := newApp(t, strings.NewReader(""))
	a.passphraseFile = file
	if got, err := a.readPassphraseFile(); string(got) != "paard batterij" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if !strings.Contains(s.err.String(), "chmod 600") || strings.Contains(s.err.String(), "paard") {
		t.Errorf("said %q", s.err.String())
	}
}

func TestAShortPassphraseMakesNoVault(t *testing.T) {
	a, _ := newApp(t, strings.NewReader("ninechars\n"))
	a.passphraseFile = "-"
	if _, err := a.openOrCreate(t.Context()); err == nil || !strings.Contains(err.Error(), "at least 10 characters") {
		t.Fatalf("nine characters give %v", err)
	}
	if _, err := os.Stat(a.vaultDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was made: %v", err)
	}
}

// The recovery key's file is claimed before the vault is made: no vault is made
// whose key has nowhere to go.
func TestARecoveryFileThatExistsMakesNoVault(t *testing.T) {
	a, s := newApp(t, strings.NewReader("paard batterij\n"))
	a.passphraseFile, a.recoveryFile = "-", filepath.Join(t.TempDir(), "recovery")
	if err := os.WriteFile(a.recoveryFile, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.openOrCreate(t.Context()); !errors.Is(err, os.ErrExist) {
		t.Fatalf("an existing file gives %v", err)
	}
	if kept, err := os.ReadFile(a.recoveryFile); string(kept) != "mine" || err != nil {
		t.Errorf("the file holds %q, %v", kept, err)
	}
	if _, err := os.Stat(a.vaultDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a vault was made: %v, %s", err, s.err.String())
	}
}

// A file that fails when the vault is made already must not lose the key.
func TestARecoveryKeyThatCannotBeWrittenIsShown(t *testing.T) {
	a, s := newApp(t, strings.NewReader(""))
	folder := vault.At(vault.Options{Dir: a.vaultDir, Argon2: vault.Argon2{Memory: 8, Passes: 1, Lanes: 1}})
	v, key, err := folder.Create(t.Context(), vault.First{Passphrase: []byte("paard batterij")})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Lock()
	a.recoveryFile = filepath.Join(t.TempDir(), "recovery")
	file, err := a.recoveryPlace()
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil { // writing fails from here on
		t.Fatal(err)
	}
	a.handOver(key, file)
	if strings.Count(s.err.String(), key.Reveal()) != 1 || s.out.Len() > 0 {
		t.Errorf("said %q, printed %q", s.err.String(), s.out.String())
	}
}
