package migrate

import (
	"context"
	"errors"
	"testing"

	"github.com/tobischo/gokeepasslib/v3"
)

// locked are files that a passphrase opens, of each format that has any: with
// each way in which a key is derived.
func locked(t testing.TB) map[string]File {
	list, _ := raivoList(t)
	plus, _ := authplusDatabase(t, 3, "x")
	winauth, _ := winauthEntries(t, "x")
	services, _ := twofasServices(t, 4)
	return map[string]File{
		"2FAS":               {"a.2fas", twofasFile(t, 4, services, "x")},
		"Aegis":              {"a.json", aegisSealed(t, fixtureKeys(), aegisLock{passphrase: []byte("x"), n: 1 << 10})},
		"andOTP":             {"a.bin.aes", andotpSealed(t, andotpPlain(t), "x")},
		"Authenticator Plus": {"a.db", plus},
		"Authy":              {"a.json", authySealed(t, 1000, make([]byte, 16))},
		"FreeOTP":            {"a.xml", freeotp2File(t, "x", false)},
		"KeePass 3":          {"a.kdbx", kdbxFixture(t, "x", nil, gokeepasslib.WithDatabaseKDBXVersion3())},
		"KeePass 4":          {"a.kdbx", kdbxFixture(t, "x", nil, gokeepasslib.WithDatabaseKDBXVersion4())},
		"OTPClient 1":        {"a.enc", otpclientFile(t, 1, "x", false)},
		"OTPClient 3":        {"a.enc", otpclientFile(t, 3, "x", false)},
		"Proton":             {"a.json", protonSealed(t)},
		"Raivo":              {"a.zip", zipSealed(t, "raivo-otp-export.json", "x", 0, list, len(list))},
		"WinAuth":            {"a.xml", winauthXML(winauth)},
	}
}

// Whoever stops while a key is derived is answered then and there, whatever the
// file: the derivation that asked is not waited for, and none after it begins.
func TestCancellingADerivation(t *testing.T) {
	for name, file := range locked(t) {
		ctx, cancel := context.WithCancel(t.Context())
		begun := 0
		r, err := Read(ctx, file.Content, Options{Name: file.Name, Passphrase: typed("x"), Progress: func(text string, _, _ int) {
			if text == Deriving {
				begun++
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) || r != nil || begun != 1 {
			t.Errorf("%s: %v after %d derivations", name, err, begun)
		}
		cancel()
	}
}

// The answer comes while the derivation still runs.
func TestDerivationIsNotWaitedFor(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	j := &job{ctx: ctx, limits: DefaultLimits()}
	running := make(chan struct{})
	_, err := j.aside(func() ([]byte, error) {
		cancel()
		<-running
		return nil, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("answered %v", err)
	}
	close(running)
}
