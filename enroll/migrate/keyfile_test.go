package migrate

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tobischo/gokeepasslib/v3"
)

// keyFiles are files that hold a key, in each form that KeePass gives them.
func keyFileForms(key []byte) map[string][]byte {
	sum := sha256.Sum256(key)
	digits := strings.ToUpper(hex.EncodeToString(key))
	return map[string][]byte{
		"version 1":   []byte("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<KeyFile><Meta><Version>1.00</Version></Meta><Key><Data>" + base64.StdEncoding.EncodeToString(key) + "</Data></Key></KeyFile>\n"),
		"version 2":   fmt.Appendf(nil, "<?xml version=\"1.0\"?>\n<KeyFile>\n<Meta><Version>2.0</Version></Meta>\n<Key><Data Hash=\"%X\">\n\t%s %s\n\t%s\n</Data></Key></KeyFile>", sum[:4], digits[:8], digits[8:32], digits[32:]),
		"bytes":       key,
		"hexadecimal": []byte(hex.EncodeToString(key)),
	}
}

// keyedKdbx is a database that a key opens, with a password or, where that is
// empty, without.
func keyedKdbx(t testing.TB, password string, key []byte, version gokeepasslib.DatabaseOption) []byte {
	return kdbxFixture(t, password, func(db *gokeepasslib.Database) {
		if password == "" {
			db.Credentials = &gokeepasslib.DBCredentials{Key: key}
			return
		}
		db.Credentials.Key = key
	}, version)
}

func TestKeyFiles(t *testing.T) {
	key := bytesOf(0x81, 32)
	photo := append([]byte("\x89PNG\r\n\x1a\n"), bytesOf(3, 500)...)
	sum := sha256.Sum256(photo)
	forms := keyFileForms(key)
	forms["photo"] = photo
	for version, option := range map[string]gokeepasslib.DatabaseOption{"3": gokeepasslib.WithDatabaseKDBXVersion3(), "4": gokeepasslib.WithDatabaseKDBXVersion4()} {
		for name, file := range forms {
			k := key
			if name == "photo" {
				k = sum[:]
			}
			other := File{"aegis.json", aegisPlain(t, fixtureKeys())}
			for _, password := range []string{"wachtwoord é", ""} {
				content := keyedKdbx(t, password, k, option)
				o := Options{Beside: []File{other, {"sleutel", file}}, Passphrase: typed(password)}
				r, err := Read(t.Context(), content, o)
				if err != nil || len(keysOf(r)) != len(fixtureKeys())+1 || !slices.Equal(r.Used, []int{1}) {
					t.Errorf("version %s with %s and password %q: %v", version, name, password, err)
				}
				if _, err := Read(t.Context(), content, Options{Beside: []File{other}, Passphrase: typed(password)}); !errors.Is(err, ErrPassphrase) {
					t.Errorf("version %s without %s: %v", version, name, err)
				}
			}
		}
	}
	// A key file that is not needed does no harm, and is not said to have been.
	content := kdbxFixture(t, "x", nil, gokeepasslib.WithDatabaseKDBXVersion4())
	r, err := Read(t.Context(), content, Options{Beside: []File{{"a.keyx", forms["version 2"]}}, Passphrase: typed("x")})
	if err != nil || len(r.Used) != 0 {
		t.Errorf("a key file too many: %v", err)
	}
}

func TestKeyFilesRefused(t *testing.T) {
	forms := keyFileForms(bytesOf(0x81, 32))
	var locked *LockedError
	if _, err := Read(t.Context(), forms["version 2"], Options{}); !errors.As(err, &locked) || locked.Text != "import-parts" {
		t.Errorf("a key file alone: %v", err)
	}
	for name, file := range map[string]string{
		"a changed key": strings.Replace(string(forms["version 2"]), `Hash="`, `Hash="0`, 1),
		"no base64":     "<KeyFile><Meta><Version>1.0</Version></Meta><Key><Data>?</Data></Key></KeyFile>",
		"no key":        "<KeyFile><Meta><Version>2.0</Version></Meta></KeyFile>",
		"no XML":        "<KeyFile",
	} {
		if _, ok := xmlKey([]byte(file)); ok {
			t.Errorf("%s is taken", name)
		}
	}
	// However many files lie beside, few are tried, and none is asked too much.
	var many []File
	for n := range 50 {
		many = append(many, File{fmt.Sprint(n), bytesOf(byte(n), 32)})
	}
	j := &job{limits: DefaultLimits(), options: Options{Beside: many}}
	if n := len(j.keyFiles()); n != 3 {
		t.Errorf("%d key files are tried", n)
	}
}

func FuzzKeyFile(f *testing.F) {
	for _, file := range keyFileForms(bytesOf(1, 32)) {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if key, ok := xmlKey(content); ok && len(key) == 0 {
			t.Error("an empty key")
		}
	})
}
