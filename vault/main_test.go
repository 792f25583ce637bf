package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"sleutelbos/enroll"
)

// The test binary is also the other process of the tests that need one.
const (
	childMode = "SLEUTELBOS_TEST_CHILD"
	childDir  = "SLEUTELBOS_TEST_DIR"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(childMode); mode != "" {
		if err := runChild(mode, os.Getenv(childDir)); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const passphrase = "correct horse"

var (
	ctx      = context.Background()
	cheap    = Argon2{Memory: 8, Passes: 1, Lanes: 1}
	morning  = time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC)
	anybody  = func() []byte { return []byte(passphrase) }
	secretOf = func(n int) enroll.Secret { return enroll.Secret(fmt.Sprintf("secret number %06d", n)) }
)

// memoryKeyring works, in memory.
type memoryKeyring map[string]string

func (m memoryKeyring) Get(service, account string) (string, error) {
	secret, ok := m[service+"/"+account]
	if !ok {
		return "", keyringError(translate(keyring.ErrNotFound))
	}
	return secret, nil
}

func (m memoryKeyring) Set(service, account, secret string) error {
	m[service+"/"+account] = secret
	return nil
}

func (m memoryKeyring) Delete(service, account string) error {
	if _, ok := m[service+"/"+account]; !ok {
		return ErrKeyringEmpty
	}
	delete(m, service+"/"+account)
	return nil
}

// clock is a time that a test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func options(dir string) Options {
	c := &clock{morning}
	return Options{Dir: dir, Keyring: memoryKeyring{}, Argon2: cheap, Now: c.now}
}

// made gives a folder with a vault that opens by passphrase and recovery key.
func made(t testing.TB) (*Folder, *Vault, RecoveryKey) {
	t.Helper()
	f := At(options(t.TempDir()))
	v, key, err := f.Create(ctx, First{Passphrase: anybody()})
	if err != nil {
		t.Fatal(err)
	}
	return f, v, key
}

func opened(t testing.TB, f *Folder) *Vault {
	t.Helper()
	v, err := f.Open(ctx, ByPassphrase(anybody()))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func totp(n int) enroll.Key {
	return enroll.Key{
		Kind: enroll.TOTP, Issuer: "Gemeente", Account: fmt.Sprintf("user%d", n),
		Secret: secretOf(n), Algorithm: enroll.SHA1, Digits: 6, Period: 30,
	}
}

func hotp(n int) enroll.Key {
	key := totp(n)
	key.Kind, key.Period, key.Counter = enroll.HOTP, 0, 7
	return key
}

func add(t testing.TB, v *Vault, key enroll.Key) Entry {
	t.Helper()
	var e Entry
	update(t, v, func(d *Draft) (err error) {
		e, err = d.Add(key, nil)
		return err
	})
	return e
}

func update(t testing.TB, v *Vault, change func(*Draft) error) {
	t.Helper()
	if err := v.Update(ctx, change); err != nil {
		t.Fatal(err)
	}
}

func wantError(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

func accounts(v *Vault) []string {
	var names []string
	for _, e := range v.List() {
		names = append(names, e.Account)
	}
	return names
}

// missing skips a test that lacks something of the machine, and fails it where
// everything has to be there.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}
