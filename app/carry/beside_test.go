package carry

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sleutelbos/enroll/migrate"
)

// maFiles are two accounts of Steam Desktop Authenticator and the manifest that
// is needed to open them, the manifest first.
func maFiles(t *testing.T, passwords ...string) []Source {
	t.Helper()
	text := base64.StdEncoding.EncodeToString
	var entries []string
	var files []Source
	for i, password := range passwords {
		name := fmt.Sprintf("%d.maFile", i)
		salt, nonce := bytes.Repeat([]byte{byte(i + 1)}, 8), bytes.Repeat([]byte{byte(i + 2)}, 16)
		entries = append(entries, fmt.Sprintf(`{"encryption_iv":%q,"encryption_salt":%q,"filename":%q}`, text(nonce), text(salt), name))
		key, err := pbkdf2.Key(sha1.New, password, salt, 50_000, 32)
		if err != nil {
			t.Fatal(err)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		plain := fmt.Appendf(nil, `{"account_name":"nr %d","shared_secret":"%s"}`, i, text(bytes.Repeat([]byte{byte(i + 1)}, 20)))
		fill := 16 - len(plain)%16
		plain = append(plain, bytes.Repeat([]byte{byte(fill)}, fill)...)
		cipher.NewCBCEncrypter(block, nonce).CryptBlocks(plain, plain)
		files = append(files, Source{name, []byte(text(plain))})
	}
	manifest := `{"encrypted":true,"first_run":false,"entries":[` + strings.Join(entries, ",") + `]}`
	return append([]Source{{"manifest.json", []byte(manifest)}}, files...)
}

// A file that only opens others is no failure and holds nothing, whatever the
// order; a password that opened one file is not asked for again.
func TestFilesThatOpenOthers(t *testing.T) {
	_, v := fresh(t)
	sources := maFiles(t, "wachtwoord", "wachtwoord", "een ander")
	asked := 0
	answers := []string{"wachtwoord", "een ander"}
	plan, err := Look(t.Context(), sources, v, Options{Passphrase: func(context.Context, migrate.Ask) ([]byte, error) {
		if asked++; asked > len(answers) {
			return nil, errors.New("asked too often")
		}
		return []byte(answers[asked-1]), nil
	}})
	if err != nil || len(plan.Items) != 3 || asked != 2 {
		t.Fatalf("asked %d times: %v", asked, err)
	}
	// Brought later, the missing half is looked at together with the first.
	file := Gather(sources[1])
	if _, err := file.Look(t.Context(), v, Options{}); !errors.Is(err, migrate.ErrLocked) || file.Failed() != "0.maFile" {
		t.Errorf("half: %v, of %q", err, file.Failed())
	}
	both := file.With(sources[0])
	var needed *migrate.PassphraseError
	if _, err := both.Look(t.Context(), v, Options{}); !errors.As(err, &needed) || both.Failed() != "0.maFile" {
		t.Fatalf("both: %v, of %q", err, both.Failed())
	}
	if plan, err := both.Opening([]byte("wachtwoord")).Look(t.Context(), v, Options{}); err != nil || len(plan.Items) != 1 {
		t.Errorf("opened: %v", err)
	}
	if _, err := Look(t.Context(), sources[:1], v, Options{}); !errors.Is(err, migrate.ErrLocked) {
		t.Errorf("a manifest alone: %v", err)
	}
}
