package migrate

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha512"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sleutelbos/enroll"
)

// emptyDatabase is one empty page of SQLite, by its file format's description,
// of which each page keeps so many bytes at its end free.
func emptyDatabase(page, reserved int) []byte {
	b := make([]byte, page)
	copy(b, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(b[16:], uint16(page))
	b[18], b[19], b[20], b[21], b[22], b[23] = 1, 1, byte(reserved), 64, 32, 32
	binary.BigEndian.PutUint32(b[28:], 1) // pages
	binary.BigEndian.PutUint32(b[24:], 1) // changes
	binary.BigEndian.PutUint32(b[92:], 1) // changes when the pages were counted
	binary.BigEndian.PutUint32(b[44:], 4) // schema format
	binary.BigEndian.PutUint32(b[56:], 1) // UTF-8
	b[100] = 13                           // a leaf, empty
	binary.BigEndian.PutUint16(b[105:], uint16(page-reserved))
	return b
}

// authplusPlain is Authenticator Plus's database before it is encrypted.
func authplusPlain(t testing.TB, page, reserved int) (content []byte, keys []enroll.Key) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "authplus.db")
	if err := os.WriteFile(file, emptyDatabase(page, reserved), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE category (_id INTEGER PRIMARY KEY, name TEXT UNIQUE)`)
	exec(`CREATE TABLE accounts (_id INTEGER PRIMARY KEY, email TEXT NOT NULL, secret TEXT NOT NULL, counter INTEGER DEFAULT 0, type INTEGER, issuer TEXT, original_name TEXT, category TEXT)`)
	add := func(kind int, k enroll.Key, secret, issuer, original, category string) {
		exec(`INSERT INTO accounts (email, secret, counter, type, issuer, original_name, category) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			k.Account, secret, int64(k.Counter), kind, issuer, original, category)
		keys = append(keys, k)
	}
	k := fixtureKeys()[0]
	add(0, k, b32(k.Secret), k.Issuer, k.Issuer+":"+k.Account, "Werk")
	k.Account = "zonder uitgever"
	add(0, k, b32(k.Secret), "", k.Issuer+":x", "All Accounts")
	counter := k
	counter.Kind, counter.Counter, counter.Period = enroll.HOTP, 12, 0
	add(1, counter, b32(k.Secret), k.Issuer, "", "")
	k.Issuer, k.Digits = "Battle.net", 8
	add(2, k, hex.EncodeToString(k.Secret), "", "", "")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if content, err = os.ReadFile(file); err != nil {
		t.Fatal(err)
	}
	if content[20] != byte(reserved) || len(content) < 2*page {
		t.Fatalf("%d pages that keep %d bytes free", len(content)/page, content[20])
	}
	return content, keys
}

// cipherPages encrypts each page as SQLCipher's design says.
func cipherPages(t testing.TB, content []byte, page, reserved int, h func() hash.Hash, iterations int, passphrase string) []byte {
	t.Helper()
	salt := bytesOf(0x41, 16)
	derive := func(from string, salt []byte, n int) []byte {
		key, err := pbkdf2.Key(h, from, salt, n, 32)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	key := derive(passphrase, salt, iterations)
	other := make([]byte, 16)
	for i := range other {
		other[i] = salt[i] ^ 58
	}
	macKey := derive(string(key), other, 2)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	out := bytes.Clone(content)
	copy(out, salt)
	for n := 0; n < len(out)/page; n++ {
		p := out[n*page : (n+1)*page]
		if n == 0 {
			p = p[16:]
		}
		nonce := bytesOf(byte(n+1), 16)
		body := len(p) - reserved
		cipher.NewCBCEncrypter(block, nonce).CryptBlocks(p[:body], p[:body])
		copy(p[body:], nonce)
		mac := hmac.New(h, macKey)
		mac.Write(p[:body+16])
		mac.Write([]byte{byte(n + 1), byte((n + 1) >> 8), 0, 0})
		copy(p[body+16:], mac.Sum(nil))
	}
	return out
}

func authplusDatabase(t testing.TB, version int, passphrase string) (content []byte, keys []enroll.Key) {
	if version == 3 {
		content, keys = authplusPlain(t, 1024, 48)
		return cipherPages(t, content, 1024, 48, sha1.New, 64_000, passphrase), keys
	}
	content, keys = authplusPlain(t, 4096, 80)
	return cipherPages(t, content, 4096, 80, sha512.New, 256_000, passphrase), keys
}

func TestAuthenticatorPlusDatabase(t *testing.T) {
	for _, version := range []int{3, 4} {
		content, keys := authplusDatabase(t, version, "wachtwoord é")
		options := Options{Name: "authplus.db", Passphrase: typed("wachtwoord é")}
		r, err := Read(t.Context(), content, options)
		if err != nil {
			t.Fatal(err)
		}
		sameKeys(t, keysOf(r), keys)
		if r.Format != "authenticator-plus" || !cmp.Equal(r.Entries[0].Groups, []string{"Werk"}) || len(r.Entries[1].Groups) != 0 {
			t.Errorf("version %d: %s, %+v", version, r.Format, r.Entries[:2])
		}
		if version == 4 {
			continue // each derivation takes long
		}
		if r, err := Read(t.Context(), content, Options{Name: "some file", Passphrase: typed("wachtwoord é")}); err != nil || len(r.Entries) != len(keys) {
			t.Errorf("under another name: %v", err)
		}
		options.Passphrase = nil
		var needed *PassphraseError
		if _, err := Read(t.Context(), content, options); !errors.As(err, &needed) || needed.Ask.Text != "import.password.authenticator-plus" {
			t.Errorf("without a password: %v", err)
		}
		options.Passphrase = typed("een ander")
		if _, err := Read(t.Context(), content, options); !errors.Is(err, ErrPassphrase) {
			t.Errorf("with a wrong password: %v", err)
		}
		options = Options{Format: "authenticator-plus", Passphrase: typed("wachtwoord é")}
		changed := bytes.Clone(content)
		changed[len(changed)-500] ^= 1
		if _, err := Read(t.Context(), changed, options); !errors.Is(err, ErrDamaged) {
			t.Errorf("with a changed page: %v", err)
		}
		for _, n := range []int{0, 15, 100, 1023, 2000} {
			if _, err := Read(t.Context(), content[:n], options); err == nil {
				t.Errorf("%d bytes were read", n)
			}
		}
	}
}

// FuzzSQLCipherText reads what lies under the encryption.
func FuzzSQLCipherText(f *testing.F) {
	content, _ := authplusPlain(f, 1024, 48)
	f.Add(content)
	f.Fuzz(func(t *testing.T, content []byte) {
		j := &job{ctx: t.Context(), limits: Limits{Entries: 1000}.orDefault(), result: &Result{}}
		_ = readAuthplusRows(j, content)
	})
}
