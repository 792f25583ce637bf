package migrate

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/argon2"

	"sleutelbos/enroll"
)

// bitwardenItems holds what the password manager can: addresses of time-based
// keys, bare keys and steam addresses.
func bitwardenItems() (items []object, keys []enroll.Key) {
	for i, k := range fixtureKeys() {
		totp := k.Address()
		switch {
		case k.Kind == enroll.HOTP:
			continue
		case k.Kind == enroll.Steam:
			totp = "steam://" + k.Secret.Base32()
		case i == 0:
			totp = strings.ToLower(k.Secret.Base32())
		}
		items = append(items, object{
			"id": "id-" + k.Account, "organizationId": nil, "folderId": "f1", "type": 1, "reprompt": 0, "name": k.Issuer, "notes": "hallo", "favorite": true,
			"fields": nil, "login": object{"uris": []object{{"match": nil, "uri": "https://example.org"}}, "username": k.Account, "password": "never kept", "totp": totp}, "collectionIds": nil,
		})
		keys = append(keys, k)
	}
	return append(items,
		object{"id": "n", "type": 2, "name": "a note", "secureNote": object{"type": 0}},
		object{"id": "l", "type": 1, "name": "without", "login": object{"username": "x", "password": "y", "totp": nil}},
		object{"id": "b", "type": 1, "name": "bad", "login": object{"username": "bad", "password": "never kept", "totp": "0189"}},
		object{"id": "g", "type": 1, "name": 7, "login": "nothing"},
	), keys
}

// cbc pads and seals with AES-CBC.
func cbc(t testing.TB, key, nonce, plain []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	n := 16 - len(plain)%16
	padded := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(n)}, n)...)
	cipher.NewCBCEncrypter(block, nonce).CryptBlocks(padded, padded)
	return padded
}

func sum(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

// bitwardenSealed is the file for a password: kind 0 is PBKDF2, 1 Argon2id.
func bitwardenSealed(t testing.TB, kind int, passphrase string, inside []byte) []byte {
	salt := base64.StdEncoding.EncodeToString(bytesOf(3, 16))
	var master []byte
	file := object{"encrypted": true, "passwordProtected": true, "salt": salt, "kdfType": kind}
	switch kind {
	case 0:
		file["kdfIterations"] = 600_000 / 100
		key, err := pbkdf2.Key(sha256.New, passphrase, []byte(salt), 6000, 32)
		if err != nil {
			t.Fatal(err)
		}
		master = key
	case 1:
		file["kdfIterations"], file["kdfMemory"], file["kdfParallelism"] = 3, 16, 4
		hashed := sha256.Sum256([]byte(salt))
		master = argon2.IDKey([]byte(passphrase), hashed[:], 3, 16<<10, 4, 32)
	}
	// HKDF's second half (RFC 5869 §2.3) for 32 bytes is one HMAC.
	key, mac := sum(master, []byte("enc\x01")), sum(master, []byte("mac\x01"))
	seal := func(nonce, plain []byte) string {
		sealed := cbc(t, key, nonce, plain)
		return "2." + base64.StdEncoding.EncodeToString(nonce) + "|" + base64.StdEncoding.EncodeToString(sealed) + "|" + base64.StdEncoding.EncodeToString(sum(mac, nonce, sealed))
	}
	file["encKeyValidation_DO_NOT_EDIT"], file["data"] = seal(bytesOf(4, 16), []byte("some id")), seal(bytesOf(5, 16), inside)
	return mustJSON(t, file)
}

func checkBitwarden(t *testing.T, r *Result, keys []enroll.Key) {
	t.Helper()
	sameKeys(t, keysOf(r), keys)
	sameKept(t, r, map[string]string{"bad": "import.kept.secret"})
	if e := r.Entries[0]; !cmp.Equal(e.Groups, []string{"Werk/Mail"}) || e.Note != "hallo" || !e.Favourite || e.Origin != "id-jan@example.nl" {
		t.Errorf("with the first comes %+v", e)
	}
	if want := []Note{{"import.note.broken", []any{"n", 1}}, {"import.note.without", []any{"n", 2}}}; !cmp.Equal(r.Notes, want) {
		t.Errorf("told %+v", r.Notes)
	}
	for _, e := range r.Entries {
		if strings.Contains(string(e.Raw), "never kept") {
			t.Errorf("the password of %s is kept", e.Key.Account)
		}
	}
}

func TestBitwarden(t *testing.T) {
	items, keys := bitwardenItems()
	file := object{"encrypted": false, "folders": []object{{"id": "f1", "name": "Werk/Mail"}}, "items": items}
	content := mustJSON(t, file)
	recognised(t, content, "bitwarden")
	checkBitwarden(t, read(t, content, ""), keys)
	for kind := range 2 {
		sealed := bitwardenSealed(t, kind, "geheim é", content)
		recognised(t, sealed, "bitwarden")
		checkBitwarden(t, read(t, sealed, "geheim é"), keys)
		crafted(t, "wrong password", sealed, ErrPassphrase)
	}
}

func TestBitwardenOrganisation(t *testing.T) {
	content := []byte(`{"encrypted":false,"collections":[{"id":"c","organizationId":"o","name":"Team"}],"items":[
		{"id":"1","type":1,"name":"A","collectionIds":["c","weg"],"login":{"username":"b","totp":"AAAAAAAA"}},
		{"id":"2","type":1,"name":"A","deletedDate":"2026-01-01T00:00:00Z","login":{"username":"b","totp":"AAAAAAAA"}}]}`)
	recognised(t, content, "bitwarden")
	r := read(t, content, "")
	if len(r.Entries) != 1 || !cmp.Equal(r.Entries[0].Groups, []string{"Team"}) {
		t.Errorf("%+v", r.Entries)
	}
}

func TestBitwardenTable(t *testing.T) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	row := func(cells ...string) { _ = w.Write(cells) }
	row("folder", "favorite", "type", "name", "notes", "fields", "reprompt", "login_uri", "login_username", "login_password", "login_totp")
	var keys []enroll.Key
	for _, k := range fixtureKeys() {
		if k.Kind != enroll.HOTP {
			row("Werk", "1", "login", k.Issuer, "regel 1\nregel 2, met komma", "", "0", "https://a.nl", k.Account, "pw", k.Address())
			keys = append(keys, k)
		}
	}
	row("", "", "note", "a note", "", "", "0", "", "", "", "")
	w.Flush()
	recognised(t, b.Bytes(), "bitwarden")
	r := read(t, b.Bytes(), "")
	sameKeys(t, keysOf(r), keys)
	if e := r.Entries[0]; !cmp.Equal(e.Groups, []string{"Werk"}) || !e.Favourite || !strings.Contains(e.Note, "regel 2, met komma") || len(r.Notes) != 1 {
		t.Errorf("%+v, told %+v", e, r.Notes)
	}
}

// The authenticator writes JSON without folders, and a CSV whose names are not
// quoted and whose rows have more cells than the first.
func TestBitwardenAuthenticator(t *testing.T) {
	var (
		items []object
		keys  []enroll.Key
		table = "folder,favorite,type,name,login_uri,login_totp\n"
	)
	for _, k := range fixtureKeys()[:2] {
		items = append(items, object{"id": "x", "name": k.Issuer, "folderId": nil, "organizationId": nil, "collectionIds": nil, "notes": nil, "type": 1, "login": object{"totp": k.Address()}, "favorite": false})
		table += ",,1," + k.Issuer + ",," + k.Address() + "," + k.Issuer + ",30,6\n"
		keys = append(keys, k)
	}
	content := mustJSON(t, object{"encrypted": false, "items": items})
	recognised(t, content, "bitwarden-authenticator")
	sameKeys(t, keysOf(read(t, content, "")), keys)

	table += ",,1,Jansen, De Vries & Co,,otpauth://totp/zonder?secret=AAAAAAAA,Jansen, De Vries & Co,30,6\n,,1,SteamName,,steam://AAAAAAAA,SteamName,30,6\n"
	recognised(t, []byte(table), "bitwarden-authenticator")
	r := read(t, []byte(table), "")
	secret := enroll.Secret(make([]byte, 5))
	keys = append(keys,
		enroll.Key{Kind: enroll.TOTP, Issuer: "Jansen, De Vries & Co", Account: "zonder", Secret: secret, Algorithm: enroll.SHA1, Digits: 6, Period: 30},
		enroll.Key{Kind: enroll.Steam, Issuer: "SteamName", Secret: secret, Algorithm: enroll.SHA1, Digits: 5, Period: 30})
	sameKeys(t, keysOf(r), keys)
}

func TestBitwardenRefused(t *testing.T) {
	for _, restricted := range []string{
		`{"encrypted":true,"encKeyValidation_DO_NOT_EDIT":"2.AAAA|AAAA|AAAA","folders":[],"items":[]}`,
		`{"encrypted":true,"passwordProtected":false,"encKeyValidation_DO_NOT_EDIT":"2.AAAA|AAAA|AAAA","data":""}`,
	} {
		crafted(t, "for the account alone", []byte(restricted), ErrRestricted)
	}
	costs := func(kdf string) []byte {
		return []byte(`{"encrypted":true,"passwordProtected":true,"salt":"AAAA","encKeyValidation_DO_NOT_EDIT":"2.AAAA|AAAA|AAAA","data":"2.AAAA|AAAA|AAAA",` + kdf + `}`)
	}
	crafted(t, "2^31 iterations", costs(`"kdfType":0,"kdfIterations":2147483648`), ErrCostly)
	crafted(t, "4 GiB", costs(`"kdfType":1,"kdfIterations":3,"kdfMemory":4096,"kdfParallelism":4`), ErrCostly)
	crafted(t, "memory beyond any number", costs(`"kdfType":1,"kdfIterations":3,"kdfMemory":9223372036854775807,"kdfParallelism":4`), ErrCostly)
	crafted(t, "no iterations", costs(`"kdfType":0`), ErrDamaged)
	crafted(t, "another kind", []byte(strings.ReplaceAll(string(costs(`"kdfType":0,"kdfIterations":1`)), "2.AAAA", "7.AAAA")), ErrDamaged)
	var version *VersionError
	if _, err := tryRead(costs(`"kdfType":2`), "x"); !errors.As(err, &version) {
		t.Errorf("another derivation: %v", err)
	}
	crafted(t, "a table of cells", []byte("name,login_totp\n"+strings.Repeat(",", 5_000_000)), ErrTooLarge)
}

func FuzzBitwarden(f *testing.F) {
	items, _ := bitwardenItems()
	content := mustJSON(f, object{"encrypted": false, "folders": []object{{"id": "f1", "name": "Werk"}}, "items": items})
	fuzzFormat(f, "bitwarden", "x", content,
		[]byte(`{"encrypted":true,"passwordProtected":true,"salt":"AAAA","kdfType":0,"kdfIterations":1,"encKeyValidation_DO_NOT_EDIT":"2.AAAA|AAAA|AAAA","data":""}`),
		[]byte(`{"encrypted":true,"passwordProtected":true,"salt":"AAAA","kdfType":1,"kdfIterations":1,"kdfMemory":1,"kdfParallelism":1,"encKeyValidation_DO_NOT_EDIT":"2.AAAA|AAAA|AAAA"}`),
		[]byte("folder,favorite,type,name,login_uri,login_totp\n,1,1,a,,otpauth://totp/a?secret=AAAAAAAA,a,30,6\n"))
}
