package migrate

import (
	"archive/zip"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/argon2"

	"sleutelbos/enroll"
)

func protonPlain(t testing.TB) []byte {
	k, steam := fixtureKeys()[0], fixtureKeys()[3]
	return mustJSON(t, object{"version": 1, "entries": []object{
		{"id": "1", "note": "n", "content": object{"uri": "otpauth://totp/Gemeente%20Voorbeeld:jan%40example.nl?issuer=Gemeente%20Voorbeeld&secret=" + b32(k.Secret), "entry_type": "Totp", "name": k.Account}},
		{"id": "2", "note": nil, "content": object{"uri": "steam://" + b32(steam.Secret), "entry_type": "Steam", "name": steam.Account}},
	}})
}

func protonSealed(t testing.TB) []byte {
	salt, nonce := bytesOf(1, 16), bytesOf(2, 12)
	block, err := aes.NewCipher(argon2.IDKey([]byte("x"), salt, 2, 19456, 1, 32))
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	sealed := sealer.Seal(bytes.Clone(nonce), nonce, protonPlain(t), []byte("proton.authenticator.export.v1"))
	return mustJSON(t, object{"version": 1, "salt": base64.StdEncoding.EncodeToString(salt), "content": base64.StdEncoding.EncodeToString(sealed)})
}

func TestProton(t *testing.T) {
	for _, content := range [][]byte{protonPlain(t), protonSealed(t)} {
		recognised(t, content, "proton")
		r := read(t, content, "x")
		sameKeys(t, keysOf(r), []enroll.Key{fixtureKeys()[0], fixtureKeys()[3]})
		if e := r.Entries[0]; e.Note != "n" || e.Origin != "1" {
			t.Errorf("with the first comes %+v", e)
		}
	}
	if _, err := tryRead(protonSealed(t), "y"); !errors.Is(err, ErrPassphrase) {
		t.Errorf("with a wrong password: %v", err)
	}
}

func protonpassText(t testing.TB) []byte {
	k := fixtureKeys()[0]
	item := func(state int, code string) object {
		return object{"itemId": "i", "state": state, "pinned": true, "data": object{
			"type": "login", "metadata": object{"name": k.Issuer, "note": "n"},
			"content": object{"itemEmail": k.Account, "itemUsername": "", "totpUri": code}, "extraFields": []object{},
		}}
	}
	return mustJSON(t, object{"version": "1.2", "encrypted": false, "userId": "u", "vaults": object{"v": object{"name": "Thuis", "items": []object{
		item(1, "otpauth://totp/?secret="+b32(k.Secret)), item(2, b32(k.Secret)), item(1, ""),
	}}}})
}

func protonpassArchive(t testing.TB, name string, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	w, err := archive.Create(name)
	if err == nil {
		_, err = w.Write(text)
	}
	if err = errors.Join(err, archive.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestProtonpass(t *testing.T) {
	text := protonpassText(t)
	for _, content := range [][]byte{text, protonpassArchive(t, "Proton Pass/data.json", text)} {
		recognised(t, content, "protonpass")
		r := read(t, content, "")
		sameKeys(t, keysOf(r), fixtureKeys()[:1])
		if e := r.Entries[0]; !cmp.Equal(e.Groups, []string{"Thuis"}) || e.Note != "n" || !e.Favourite || len(r.Notes) != 2 {
			t.Errorf("%+v, notes %v", e, r.Notes)
		}
	}
	crafted(t, "PGP in an archive", protonpassArchive(t, "Proton Pass/data.pgp", []byte("x")), ErrLocked)
	crafted(t, "PGP", []byte("-----BEGIN PGP MESSAGE-----\n\nwcA\n"), ErrLocked)
}

func FuzzProton(f *testing.F) { fuzzFormat(f, "proton", "x", protonPlain(f), protonSealed(f)) }

func FuzzProtonpass(f *testing.F) {
	fuzzFormat(f, "protonpass", "x", protonpassText(f), protonpassArchive(f, "Proton Pass/data.json", protonpassText(f)))
}
