package migrate

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"sleutelbos/enroll"
)

// steamFolder is what Steam Desktop Authenticator keeps of two accounts: a
// manifest, and a file for each that is encrypted with what the manifest says.
func steamFolder(t testing.TB, passphrase string) (manifest File, files []File, keys []enroll.Key) {
	var entries []object
	for i, name := range []string{"76561190000000001.maFile", "76561190000000002.maFile"} {
		k := fixtureKeys()[3]
		k.Account = name[:17]
		salt, nonce := bytesOf(byte(i+1), 8), bytesOf(byte(i+9), 16)
		account := mustJSON(t, object{"shared_secret": base64.StdEncoding.EncodeToString(k.Secret), "account_name": k.Account, "Session": object{"SteamID": 1}})
		sealed := cbc(t, sha1Key(t, passphrase, salt, 50_000), nonce, account)
		files = append(files, File{name, []byte(base64.StdEncoding.EncodeToString(sealed))})
		entries = append(entries, object{
			"encryption_iv": base64.StdEncoding.EncodeToString(nonce), "encryption_salt": base64.StdEncoding.EncodeToString(salt), "filename": name, "steamid": i,
		})
		keys = append(keys, k)
	}
	content := mustJSON(t, object{"encrypted": true, "first_run": false, "entries": entries, "periodic_checking": false, "auto_confirm_trades": false})
	return File{"manifest.json", content}, files, keys
}

func TestSteamEncrypted(t *testing.T) {
	manifest, files, keys := steamFolder(t, "wachtwoord é")
	for i, f := range files {
		for _, name := range []string{f.Name, "hernoemd.MAFILE"} {
			r, err := Read(t.Context(), f.Content, Options{Name: name, Beside: []File{{"x", []byte("?")}, manifest}, Passphrase: typed("wachtwoord é")})
			if err != nil || r.Format != "steam" || !slices.Equal(r.Used, []int{1}) {
				t.Fatalf("%s: %v, %+v", name, err, r)
			}
			sameKeys(t, keysOf(r), keys[i:i+1])
		}
	}
	var needed *PassphraseError
	o := Options{Name: files[0].Name, Beside: []File{manifest}}
	if _, err := Read(t.Context(), files[0].Content, o); !errors.As(err, &needed) || needed.Ask.Format != "steam" {
		t.Errorf("without a password: %v", err)
	}
	o.Passphrase = typed("een ander")
	if _, err := Read(t.Context(), files[0].Content, o); !errors.Is(err, ErrPassphrase) {
		t.Errorf("with a wrong password: %v", err)
	}
	// Either half alone says that the other is missing; both say nothing.
	o = Options{Name: files[0].Name, Passphrase: typed("wachtwoord é")}
	var locked *LockedError
	if _, err := Read(t.Context(), files[0].Content, o); !errors.As(err, &locked) || locked.Text != "import-parts" {
		t.Errorf("a maFile alone: %v", err)
	}
	if _, err := Read(t.Context(), manifest.Content, Options{Name: manifest.Name}); !errors.As(err, &locked) || locked.Text != "import-parts" {
		t.Errorf("a manifest alone: %v", err)
	}
	if r, err := Read(t.Context(), manifest.Content, Options{Name: manifest.Name, Beside: files}); err != nil || len(r.Entries) != 0 {
		t.Errorf("a manifest beside its files: %v", err)
	}
	if r, err := Read(t.Context(), []byte(`{"encrypted":false,"first_run":true,"entries":[]}`), Options{}); err != nil || len(r.Entries) != 0 {
		t.Errorf("the manifest of plain files: %v", err)
	}
}

func FuzzSteamManifest(f *testing.F) {
	manifest, files, _ := steamFolder(f, "x")
	f.Add(manifest.Content, files[0].Content)
	f.Fuzz(func(t *testing.T, manifest, content []byte) {
		limits := Limits{Iterations: 1000, Values: 10_000}
		r, err := Read(t.Context(), content, Options{Name: "1.maFile", Beside: []File{{"manifest.json", manifest}}, Passphrase: typed("x"), Limits: limits})
		if err == nil && len(r.Used) > 1 {
			t.Error("more was used than there is")
		}
		_ = json.Valid(content)
	})
}
