package migrate

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/scrypt"

	"sleutelbos/enroll"
)

// object is JSON as the tests write it.
type object = map[string]any

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// gcm seals with AES-GCM under a nonce; the tag comes at the end.
func gcm(t testing.TB, key, nonce, plain []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return sealer.Seal(nil, nonce, plain, nil)
}

func b32(secret []byte) string { return base32.StdEncoding.EncodeToString(secret) }

// bytesOf are n bytes, different for each seed.
func bytesOf(seed byte, n int) []byte {
	return bytes.Repeat([]byte{seed, seed ^ 0x5a, seed + 7}, n/3+1)[:n]
}

// crafted reads a hostile file and wants an error of this kind.
func crafted(t *testing.T, what string, content []byte, want error) {
	t.Helper()
	if r, err := tryRead(content, "x"); !errors.Is(err, want) || r != nil {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func aegisContent(t testing.TB, keys []enroll.Key) []byte {
	var entries []object
	for i, k := range keys {
		info := object{"secret": b32(k.Secret), "algo": string(k.Algorithm), "digits": k.Digits}
		if k.Kind == enroll.HOTP {
			info["counter"] = k.Counter
		} else {
			info["period"] = k.Period
		}
		entries = append(entries, object{
			"type": string(k.Kind), "uuid": fmt.Sprint("id-", i), "name": k.Account, "issuer": k.Issuer, "note": "note of " + k.Account,
			"favorite": i == 1, "icon": nil, "info": info, "groups": []string{"g1", "gone"},
		})
	}
	entries = append(entries,
		object{"type": "motp", "uuid": "m", "name": "mobiel", "issuer": "M", "info": object{"secret": "AAAAAAAA", "algo": "MD5", "digits": 6, "period": 10, "pin": "1234"}},
		object{"type": "yandex", "uuid": "y", "name": "ivan", "issuer": "Y", "info": object{"secret": "AAAAAAAA", "algo": "SHA256", "digits": 8, "period": 30, "pin": "1234"}},
		object{"type": "totp", "uuid": "5", "name": "vijf", "issuer": "V", "info": object{"secret": "AAAAAAAA", "algo": "SHA1", "digits": 5, "period": 30}},
		object{"type": 7},
	)
	return mustJSON(t, object{"version": 3, "entries": entries, "groups": []object{{"uuid": "g1", "name": "Werk"}}})
}

func aegisPlain(t testing.TB, keys []enroll.Key) []byte {
	return mustJSON(t, object{"version": 1, "header": object{"slots": nil, "params": nil}, "db": json.RawMessage(aegisContent(t, keys))})
}

// aegisLock says what a password slot of the fixture is like.
type aegisLock struct {
	passphrase []byte
	n          int
	repaired   bool
}

func aegisSealed(t testing.TB, keys []enroll.Key, locks ...aegisLock) []byte {
	master := bytesOf(9, 32)
	part := func(sealed []byte) (body, tag []byte) { return sealed[:len(sealed)-16], sealed[len(sealed)-16:] }
	slots := []object{{
		"type": 2, "uuid": "finger", "key": strings.Repeat("00", 32),
		"key_params": object{"nonce": strings.Repeat("00", 12), "tag": strings.Repeat("00", 16)},
	}}
	for i, l := range locks {
		salt, nonce := bytesOf(byte(20+i), 32), bytesOf(byte(30+i), 12)
		key, err := scrypt.Key(l.passphrase, salt, l.n, 8, 1, 32)
		if err != nil {
			t.Fatal(err)
		}
		body, tag := part(gcm(t, key, nonce, master))
		slots = append(slots, object{
			"type": 1, "uuid": fmt.Sprint("slot-", i), "n": l.n, "r": 8, "p": 1, "salt": hex.EncodeToString(salt),
			"key": hex.EncodeToString(body), "key_params": object{"nonce": hex.EncodeToString(nonce), "tag": hex.EncodeToString(tag)},
			"repaired": l.repaired, "is_backup": i > 0,
		})
	}
	nonce := bytesOf(40, 12)
	body, tag := part(gcm(t, master, nonce, aegisContent(t, keys)))
	return mustJSON(t, object{
		"version": 1, "db": base64.StdEncoding.EncodeToString(body),
		"header": object{"slots": slots, "params": object{"nonce": hex.EncodeToString(nonce), "tag": hex.EncodeToString(tag)}},
	})
}

func checkAegis(t *testing.T, r *Result) {
	t.Helper()
	sameKeys(t, keysOf(r), fixtureKeys())
	sameKept(t, r, map[string]string{"mobiel": "import.kept.motp", "ivan": "import.kept.yandex", "vijf": "import.kept.digits", "": "import.kept.unreadable"})
	first, second := r.Entries[0], r.Entries[1]
	if !cmp.Equal(first.Groups, []string{"Werk"}) || first.Note != "note of jan@example.nl" || first.Origin != "id-0" || first.Favourite || !second.Favourite {
		t.Errorf("with the first comes %+v", first)
	}
}

func TestAegisPlain(t *testing.T) {
	content := aegisPlain(t, fixtureKeys())
	recognised(t, content, "aegis")
	checkAegis(t, read(t, content, ""))
}

func TestAegisEncrypted(t *testing.T) {
	content := aegisSealed(t, fixtureKeys(), aegisLock{[]byte("first"), 1 << 15, true}, aegisLock{[]byte("wachtwoord voor back-ups é"), 1 << 10, true})
	recognised(t, content, "aegis")
	checkAegis(t, read(t, content, "first"))
	checkAegis(t, read(t, content, "wachtwoord voor back-ups é"))
	crafted(t, "wrong password", content, ErrPassphrase)
	var needed *PassphraseError
	if _, err := tryRead(content, ""); !errors.As(err, &needed) || needed.Ask != (Ask{"aegis", "import.password.aegis"}) {
		t.Errorf("without a password: %v", err)
	}
}

// Early versions added zeros to a long password; see aegisPadded.
func TestAegisSlotOfAnEarlyVersion(t *testing.T) {
	long := strings.Repeat("wachtwoord", 10)
	padded := append([]byte(long), make([]byte, 10)...)
	content := aegisSealed(t, fixtureKeys(), aegisLock{padded, 1 << 10, false})
	checkAegis(t, read(t, content, long))
	crafted(t, "wrong password", content, ErrPassphrase)
}

func TestAegisOldGroups(t *testing.T) {
	r := read(t, []byte(`{"version":1,"header":{"slots":null,"params":null},"db":{"version":2,"entries":[
		{"type":"totp","name":"a","issuer":"b","group":"Thuis","info":{"secret":"AAAAAAAA","algo":"MD5","digits":6,"period":30}}]}}`), "")
	if e := r.Entries[0]; !cmp.Equal(e.Groups, []string{"Thuis"}) || e.Key.Algorithm != enroll.SHA1 || !e.Understood() {
		t.Errorf("%+v", e)
	}
}

func TestAegisRefused(t *testing.T) {
	var version *VersionError
	for _, newer := range []string{`{"version":2,"header":{},"db":{}}`, `{"version":1,"header":{},"db":{"version":4,"entries":[]}}`} {
		if _, err := tryRead([]byte(newer), ""); !errors.As(err, &version) {
			t.Errorf("%s: %v", newer, err)
		}
	}
	content := string(aegisSealed(t, nil, aegisLock{[]byte("x"), 1 << 10, true}))
	crafted(t, "scrypt with 2 TiB", []byte(strings.Replace(content, `"n":1024`, `"n":2147483648`, 1)), ErrCostly)
	crafted(t, "scrypt with a long r", []byte(strings.Replace(content, `"r":8`, `"r":9007199254740992`, 1)), ErrCostly)
	crafted(t, "a changed text", []byte(strings.Replace(content, `"db":"`, `"db":"AAAA`, 1)), ErrDamaged)
	crafted(t, "no slot", []byte(`{"version":1,"header":{"slots":[]},"db":"AAAA"}`), ErrDamaged)
	// Many slots together are too much where each alone is not.
	slot := fmt.Sprintf(`{"type":1,"n":1048576,"r":8,"p":1,"salt":"00","key":"%s","key_params":{"nonce":"%s","tag":"%s"}},`, strings.Repeat("0", 64), strings.Repeat("0", 24), strings.Repeat("0", 32))
	many := `{"version":1,"header":{"slots":[` + strings.Repeat(slot, 1000) + `{}]},"db":"AAAA"}`
	if _, err := Read(t.Context(), []byte(many), Options{Passphrase: typed("x"), Limits: Limits{Memory: 1 << 20}}); !errors.Is(err, ErrCostly) {
		t.Errorf("many slots: %v", err)
	}
	few := strings.ReplaceAll(many, "1048576", "1024")
	if _, err := Read(t.Context(), []byte(few), Options{Passphrase: typed("x"), Limits: Limits{Work: 10 << 20}}); !errors.Is(err, ErrCostly) {
		t.Errorf("the work of many slots: %v", err)
	}
}

func FuzzAegis(f *testing.F) {
	fuzzFormat(f, "aegis", "x",
		aegisPlain(f, fixtureKeys()),
		aegisSealed(f, fixtureKeys()[:1], aegisLock{[]byte("x"), 1 << 4, true}),
		[]byte(`{"version":1,"header":{"slots":[{"type":1,"n":2,"r":1,"p":1}]},"db":"AAAA"}`))
}
