package migrate

import (
	"archive/zip"
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sleutelbos/enroll"
)

func TestLastpass(t *testing.T) {
	var (
		accounts []object
		keys     []enroll.Key
	)
	for i, k := range fixtureKeys() {
		if k.Kind != enroll.TOTP {
			continue
		}
		accounts = append(accounts, object{
			"accountID": "id-" + strconv.Itoa(i), "issuerName": k.Issuer, "originalIssuerName": "", "userName": k.Account, "originalUserName": "x",
			"pushNotification": false, "secret": b32(k.Secret), "timeStep": k.Period, "digits": k.Digits, "creationTimestamp": 1, "isFavorite": i == 0,
			"algorithm": k.Algorithm, "folderData": object{"folderId": "1", "position": 0}, "backupInfo": nil,
		})
		keys = append(keys, k)
	}
	accounts = append(accounts, object{"accountID": "p", "issuerName": "LastPass", "userName": "duw", "pushNotification": true, "secret": ""})
	content := mustJSON(t, object{"deviceId": "", "deviceSecret": "", "localDeviceId": "x", "deviceName": "telefoon", "version": 3, "accounts": accounts, "folders": []object{{"id": 1, "name": "Werk", "isOpened": true}}})
	recognised(t, content, "lastpass")
	r := read(t, content, "")
	sameKeys(t, keysOf(r), keys)
	sameKept(t, r, map[string]string{"duw": "import.kept.push"})
	if e := r.Entries[0]; !cmp.Equal(e.Groups, []string{"Werk"}) || !e.Favourite || e.Origin != "id-0" {
		t.Errorf("with the first comes %+v", e)
	}
}

func raivoList(t testing.TB) (content []byte, keys []enroll.Key) {
	var entries []object
	for _, k := range fixtureKeys() {
		if k.Kind == enroll.Steam {
			continue
		}
		entries = append(entries, object{
			"issuer": k.Issuer, "account": k.Account, "secret": b32(k.Secret), "algorithm": k.Algorithm, "digits": strconv.Itoa(k.Digits),
			"kind": strings.ToUpper(string(k.Kind)), "timer": strconv.Itoa(k.Period), "counter": strconv.FormatUint(k.Counter, 10), "pinned": "true", "iconType": "raivo_repository", "iconValue": "github.com/github.png",
		})
		keys = append(keys, k)
	}
	return mustJSON(t, entries), keys
}

// zipSealed writes an archive as WinZip's AES encryption does (AE-2, 256 bits),
// stored or deflated by hand.
func zipSealed(t testing.TB, name, passphrase string, method uint16, packed []byte, size int) []byte {
	salt := bytesOf(3, 16)
	keys, err := pbkdf2.Key(sha1.New, passphrase, salt, 1000, 66)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(keys[:32])
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.Clone(packed)
	var counter, mask [16]byte
	for i := range text {
		if i%16 == 0 {
			for n := 0; ; n++ { // little-endian, one more
				if counter[n]++; counter[n] != 0 {
					break
				}
			}
			block.Encrypt(mask[:], counter[:])
		}
		text[i] ^= mask[i%16]
	}
	mac := hmac.New(sha1.New, keys[32:64])
	mac.Write(text)
	sealed := slices.Concat(salt, keys[64:], text, mac.Sum(nil)[:10])
	extra := []byte{0x01, 0x99, 7, 0, 2, 0, 'A', 'E', 3, byte(method), byte(method >> 8)}

	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{
		Name: name, Method: 99, Flags: 1, Extra: extra, CompressedSize64: uint64(len(sealed)), UncompressedSize64: uint64(size),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write(sealed)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// deflated packs with the deflate of a zip writer.
func deflated(t testing.TB, plain []byte) []byte {
	t.Helper()
	archive := zipped(t, map[string][]byte{"x": plain})
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := r.File[0].OpenRaw()
	if err != nil {
		t.Fatal(err)
	}
	packed := make([]byte, r.File[0].CompressedSize64)
	if _, err := raw.Read(packed); err != nil {
		t.Fatal(err)
	}
	return packed
}

func zipped(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRaivo(t *testing.T) {
	list, keys := raivoList(t)
	recognised(t, list, "raivo")
	sameKeys(t, keysOf(read(t, list, "")), keys)
	for name, content := range map[string][]byte{
		"stored":   zipSealed(t, "raivo-otp-export.json", "geheim é", 0, list, len(list)),
		"deflated": zipSealed(t, "raivo-otp-export/raivo-otp-export.json", "geheim é", 8, deflated(t, list), len(list)),
	} {
		recognised(t, content, "raivo")
		r := read(t, content, "geheim é")
		sameKeys(t, keysOf(r), keys)
		if e := r.Entries[0]; !e.Favourite || e.Icon != "github.com/github.png" {
			t.Errorf("with the first comes %+v", e)
		}
		crafted(t, name+", wrong password", content, ErrPassphrase)
	}
}

func TestArchivesRefused(t *testing.T) {
	zeros := make([]byte, 129<<20)
	crafted(t, "a bomb", zipped(t, map[string][]byte{"export.attributes": nil, "export.data": zeros}), ErrTooLarge)
	zeros = zeros[:2<<20]
	sealedBomb := zipSealed(t, "raivo-otp-export.json", "x", 8, deflated(t, zeros), len(zeros))
	if _, err := Read(t.Context(), sealedBomb, Options{Passphrase: typed("x"), Limits: Limits{Unpacked: 1 << 20}}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("an encrypted bomb: %v", err)
	}
	// A table of contents of many files, which is all that Go would keep of it.
	many := bytes.Repeat(slices.Concat([]byte("PK\x01\x02"), make([]byte, 42)), 20_000)
	end := slices.Concat([]byte("PK\x05\x06"), make([]byte, 18))
	binary.LittleEndian.PutUint16(end[10:], 20_000)
	binary.LittleEndian.PutUint32(end[12:], uint32(len(many)))
	if _, err := readZip(slices.Concat([]byte("PK\x03\x04"), many, end)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("many files: %v", err)
	}
	list, _ := raivoList(t)
	sealed := zipSealed(t, "raivo-otp-export.json", "x", 0, list, len(list))
	sealed[len(sealed)/2] ^= 1 // in the text, which is far longer than what is around it
	crafted(t, "a changed archive", sealed, ErrPassphrase)
}

func onepasswordFile(t testing.TB) (content []byte, keys []enroll.Key) {
	var items []object
	for _, k := range fixtureKeys() {
		if k.Kind == enroll.HOTP || k.Kind == enroll.Steam {
			continue
		}
		totp := object{"title": "one-time password", "id": "TOTP_1", "value": object{"totp": k.Address()}}
		items = append(items, object{
			"uuid": "u-" + k.Account, "favIndex": 1, "state": "active", "categoryUuid": "001",
			"details": object{
				"loginFields": []object{{"value": k.Account, "designation": "username"}, {"value": "never kept", "designation": "password"}},
				"notesPlain":  "hallo", "sections": []object{{"title": "", "fields": []object{totp, {"title": "phone", "value": object{"phone": "1"}}, {"title": "email", "value": object{"email": object{"email_address": "x"}}}}}},
			},
			"overview": object{"title": k.Issuer, "subtitle": "sub", "tags": []string{"Balie"}},
		})
		keys = append(keys, k)
	}
	items = append(items, object{"uuid": "n", "details": object{"sections": []object{}}, "overview": object{"title": "a note"}})
	old := object{"item": object{"uuid": "o", "trashed": true, "details": object{"sections": []object{{"fields": []object{{"value": object{"totp": "AAAAAAAA"}}}}}}}}
	data := object{"accounts": []object{{"attrs": object{"accountName": "A"}, "vaults": []object{{"attrs": object{"name": "Persoonlijk"}, "items": append(items, old)}}}}}
	return zipped(t, map[string][]byte{"export.attributes": []byte(`{"version":3}`), "export.data": mustJSON(t, data), "files/x.png": {1}}), keys
}

func TestOnepassword(t *testing.T) {
	content, keys := onepasswordFile(t)
	recognised(t, content, "1password")
	r := read(t, content, "")
	sameKeys(t, keysOf(r), keys)
	if e := r.Entries[0]; !cmp.Equal(e.Groups, []string{"Persoonlijk", "Balie"}) || e.Note != "hallo" || !e.Favourite || e.Origin != "u-jan@example.nl" {
		t.Errorf("with the first comes %+v", e)
	}
	if want := []Note{{"import.note.without", []any{"n", 1}}, {"import.note.trash", []any{"n", 1}}}; !cmp.Equal(r.Notes, want) {
		t.Errorf("told %+v", r.Notes)
	}
}

func keepassxcFile() (content []byte, keys []enroll.Key) {
	var b strings.Builder
	quoted := func(cells ...string) {
		for i, cell := range cells {
			cells[i] = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		b.WriteString(strings.Join(cells, ",") + "\n")
	}
	quoted("Group", "Title", "Username", "Password", "URL", "Notes", "TOTP", "Icon", "Last Modified", "Created")
	for _, k := range fixtureKeys() {
		if k.Kind == enroll.HOTP {
			continue
		}
		title, user := k.Issuer, k.Account
		if title == "" {
			title = "KeePassXC"
		}
		address := "otpauth://totp/" + url.PathEscape(title) + ":" + url.PathEscape(user) + "?secret=" + url.QueryEscape(b32(k.Secret)) +
			"&period=" + strconv.Itoa(k.Period) + "&digits=" + strconv.Itoa(k.Digits) + "&issuer=" + url.PathEscape(title)
		if k.Kind == enroll.Steam {
			address += "&encoder=steam"
		}
		if k.Algorithm != enroll.SHA1 {
			address += "&algorithm=" + string(k.Algorithm)
		}
		quoted("Kluis/Werk/Balie", k.Issuer, k.Account, "never kept", "https://a.nl", "regel 1\nregel \"2\"", address, "0", "", "")
		keys = append(keys, k)
	}
	quoted("Kluis", "zonder", "x", "never kept", "", "", "", "0", "", "")
	return []byte(b.String()), keys
}

func TestKeepassxcTable(t *testing.T) {
	content, keys := keepassxcFile()
	if _, err := csv.NewReader(bytes.NewReader(content)).ReadAll(); err != nil {
		t.Fatal(err)
	}
	recognised(t, content, "keepassxc-csv")
	r := read(t, content, "")
	sameKeys(t, keysOf(r), keys)
	if e := r.Entries[0]; !cmp.Equal(e.Groups, []string{"Werk/Balie"}) || e.Note != "regel 1\nregel \"2\"" || len(r.Notes) != 1 {
		t.Errorf("with the first comes %+v, told %+v", e, r.Notes)
	}
}

func FuzzLastpass(f *testing.F) {
	fuzzFormat(f, "lastpass", "", []byte(`{"accounts":[{"issuerName":"a","userName":"b","secret":"AAAAAAAA","digits":"6","folderData":{"folderId":1}}],"folders":[{"id":"1","name":"x"}],"version":3}`))
}

func FuzzRaivo(f *testing.F) {
	list, _ := raivoList(f)
	fuzzFormat(f, "raivo", "x", list, zipSealed(f, "raivo-otp-export.json", "x", 8, deflated(f, list), len(list)), zipped(f, map[string][]byte{"raivo-otp-export.json": list}))
}

func FuzzOnepassword(f *testing.F) {
	content, _ := onepasswordFile(f)
	fuzzFormat(f, "1password", "", content)
}

func FuzzKeepassxcTable(f *testing.F) {
	content, _ := keepassxcFile()
	fuzzFormat(f, "keepassxc-csv", "", content)
}
