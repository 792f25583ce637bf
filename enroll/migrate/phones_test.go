package migrate

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"html"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/argon2"

	"sleutelbos/enroll"
)

func sha1Key(t testing.TB, passphrase string, salt []byte, iterations int) []byte {
	t.Helper()
	key, err := pbkdf2.Key(sha1.New, passphrase, salt, iterations, 32)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func authyPreferences(tokens []byte) []byte {
	return []byte(`<?xml version='1.0' encoding='utf-8'?><map><int name="key_version" value="1" /><string name="com.authy.storage.tokens.authenticator.key">` + html.EscapeString(string(tokens)) + `</string></map>`)
}

func authySealed(t testing.TB, iterations int, nonce []byte) []byte {
	k := fixtureKeys()[0]
	sealed := cbc(t, sha1Key(t, "x", []byte("zoutzoutzout"), iterations), nonce, []byte(b32(k.Secret)))
	token := object{"account_type": "authenticator", "name": "Gemeente Voorbeeld: jan@example.nl", "digits": 6, "salt": "zoutzoutzout", "encrypted_seed": base64.StdEncoding.EncodeToString(sealed), "unique_id": "7"}
	if iterations != 1000 {
		token["key_derivation_iterations"], token["unique_iv"] = iterations, hex.EncodeToString(nonce)
	}
	return mustJSON(t, object{"authenticator_tokens": []object{token}, "success": true})
}

func TestAuthy(t *testing.T) {
	k := fixtureKeys()[0]
	content := authyPreferences(mustJSON(t, []object{
		{"accountType": "authenticator", "decryptedSecret": b32(k.Secret), "digits": 6, "originalName": "X:y", "originalIssuer": k.Issuer, "name": k.Issuer + ": " + k.Account, "id": "1"},
		{"accountType": "authy", "secretSeed": hex.EncodeToString(k.Secret), "name": "Eigen", "digits": 7},
	}))
	recognised(t, content, "authy")
	own := k
	own.Issuer, own.Account, own.Digits, own.Period = "Eigen", "", 7, 10
	sameKeys(t, keysOf(read(t, content, "")), []enroll.Key{k, own})
	for iterations, nonce := range map[int][]byte{1000: make([]byte, 16), 100: bytesOf(5, 16)} {
		content := authySealed(t, iterations, nonce)
		recognised(t, content, "authy")
		sameKeys(t, keysOf(read(t, content, "x")), []enroll.Key{k})
		if _, err := tryRead(content, "y"); err == nil {
			t.Error("opened with a wrong password")
		}
	}
}

// Tools that ask Authy's server write its tokens as a list with nothing around
// it: opened already, encrypted still, or as Authy's own program names them.
func TestAuthyBareLists(t *testing.T) {
	k := fixtureKeys()[0]
	own := k
	own.Issuer, own.Account, own.Digits, own.Period = "Eigen", "", 7, 10
	sealed := cbc(t, sha1Key(t, "wachtwoord é", []byte("zoutzoutzout"), 1000), make([]byte, 16), []byte(b32(k.Secret)))
	names := object{"account_type": "gemeente", "name": k.Issuer + ": " + k.Account, "original_name": "", "digits": 6, "unique_id": "9", "issuer": nil}
	with := func(more object) object {
		all := object{}
		for _, part := range []object{names, more} {
			for name, value := range part {
				all[name] = value
			}
		}
		return all
	}
	for what, list := range map[string][]object{
		"opened":    {with(object{"decrypted_seed": b32(k.Secret)})},
		"encrypted": {with(object{"encrypted_seed": base64.StdEncoding.EncodeToString(sealed), "salt": "zoutzoutzout"})},
		"program": {
			{"accountType": "authenticator", "decryptedSecret": b32(k.Secret), "digits": 6, "originalName": k.Issuer + ":" + k.Account, "name": k.Issuer + ": " + k.Account},
			{"accountType": "authy", "originalName": "", "secretSeed": hex.EncodeToString(k.Secret), "name": "Eigen", "digits": 7},
		},
	} {
		content := mustJSON(t, list)
		recognised(t, content, "authy")
		want := []enroll.Key{k}
		if what == "program" {
			want = append(want, own)
		}
		passphrase := ""
		if what == "encrypted" {
			passphrase = "wachtwoord é"
			crafted(t, "a wrong password", content, ErrPassphrase)
		}
		sameKeys(t, keysOf(read(t, content, passphrase)), want)
	}
}

func stratumPlain(t testing.TB) []byte {
	var entries []object
	kinds := map[enroll.Kind]int{enroll.HOTP: 1, enroll.TOTP: 2, enroll.Steam: 4}
	hashes := map[enroll.Algorithm]int{enroll.SHA1: 0, enroll.SHA256: 1, enroll.SHA512: 2}
	for _, k := range fixtureKeys() {
		entries = append(entries, object{"Type": kinds[k.Kind], "Icon": nil, "Issuer": k.Issuer, "Username": k.Account, "Secret": b32(k.Secret), "Pin": nil, "Algorithm": hashes[k.Algorithm], "Digits": k.Digits, "Period": k.Period, "Counter": k.Counter})
	}
	entries = append(entries, object{"Type": 3, "Issuer": "M", "Username": "mobiel", "Secret": "abcd"}, object{"Type": 5, "Issuer": "Y", "Username": "ivan", "Secret": "AAAAAAAA"})
	return mustJSON(t, object{
		"Authenticators": entries, "Categories": []object{{"Id": "c", "Name": "Werk"}},
		"AuthenticatorCategories": []object{{"CategoryId": "c", "AuthenticatorSecret": b32(fixtureKeys()[0].Secret)}},
	})
}

func TestStratum(t *testing.T) {
	plain := stratumPlain(t)
	salt, nonce := bytesOf(1, 16), bytesOf(2, 12)
	strong := append([]byte("AUTHENTICATORPRO"), append(append(salt, nonce...), gcm(t, argon2.IDKey([]byte("x"), salt, 3, 65536, 4, 32), nonce, plain)...)...)
	legacySalt, iv := bytesOf(3, 20), bytesOf(4, 16)
	legacy := append([]byte("AuthenticatorPro"), append(append(legacySalt, iv...), cbc(t, sha1Key(t, "x", legacySalt, 64000), iv, plain)...)...)
	for _, content := range [][]byte{plain, strong, legacy} {
		recognised(t, content, "stratum")
		r := read(t, content, "x")
		sameKeys(t, keysOf(r), fixtureKeys())
		sameKept(t, r, map[string]string{"mobiel": "import.kept.motp", "ivan": "import.kept.yandex"})
		if !cmp.Equal(r.Entries[0].Groups, []string{"Werk"}) {
			t.Errorf("groups: %v", r.Entries[0].Groups)
		}
	}
	for _, content := range [][]byte{strong, legacy} {
		if _, err := tryRead(content, "y"); err == nil {
			t.Error("opened with a wrong password")
		}
	}
}

func TestDuo(t *testing.T) {
	k := fixtureKeys()[0]
	content := mustJSON(t, []object{
		{"accountType": "DuoAccount", "name": "duw", "pkey": "p"},
		{"accountType": "OtpAccount", "name": k.Account, "pkey": "q", "otpGenerator": object{"otpSecret": b32(k.Secret)}},
		{"accountType": "OtpAccount", "name": "teller", "pkey": "r", "otpGenerator": object{"otpSecret": b32(k.Secret), "counter": 3}},
	})
	recognised(t, content, "duo")
	r := read(t, content, "")
	k.Issuer = ""
	counter := k
	counter.Kind, counter.Account, counter.Period, counter.Counter = enroll.HOTP, "teller", 0, 3
	sameKeys(t, keysOf(r), []enroll.Key{k, counter})
	sameKept(t, r, map[string]string{"duw": "import.kept.push"})
}

func TestSteam(t *testing.T) {
	k := fixtureKeys()[3]
	account := object{"shared_secret": base64.StdEncoding.EncodeToString(k.Secret), "account_name": k.Account, "uri": "otpauth://totp/Steam:x?secret=AAAAAAAA"}
	for _, content := range [][]byte{mustJSON(t, account), mustJSON(t, object{"accounts": object{"1": account}})} {
		recognised(t, content, "steam")
		sameKeys(t, keysOf(read(t, content, "")), []enroll.Key{k})
	}
}

func microsoftDatabase(t testing.TB, schema string) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "PhoneFactor")
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	k := fixtureKeys()[0]
	for _, q := range []string{
		schema,
		`INSERT INTO accounts (name, username, oath_secret_key, account_type) VALUES ('` + k.Issuer + `', '` + k.Account + `', '` + b32(k.Secret) + `', 0),
			('Microsoft', 'jan', '` + base64.StdEncoding.EncodeToString(k.Secret) + `', 1), ('Werk', 'duw', '', 2)`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

const microsoftTable = `CREATE TABLE accounts (_id INTEGER PRIMARY KEY, name TEXT, username TEXT, oath_secret_key TEXT, account_type INTEGER`

func TestMicrosoft(t *testing.T) {
	content := microsoftDatabase(t, microsoftTable+`)`)
	recognised(t, content, "microsoft")
	r := read(t, content, "")
	k := fixtureKeys()[0]
	personal := k
	personal.Issuer, personal.Account, personal.Digits = "Microsoft", "jan", 8
	sameKeys(t, keysOf(r), []enroll.Key{k, personal})
	sameKept(t, r, map[string]string{"duw": "import.kept.push"})
	content[18], content[19] = 2, 2 // as it is left when written ahead
	sameKeys(t, keysOf(read(t, content, "")), []enroll.Key{k, personal})
	crafted(t, "a computed column", microsoftDatabase(t, microsoftTable+`, big AS (zeroblob(1000000000)))`), ErrDamaged)
	crafted(t, "half a database", content[:len(content)/2], ErrDamaged)
}

func FuzzAuthy(f *testing.F) {
	fuzzFormat(f, "authy", "x", authySealed(f, 100, bytesOf(5, 16)), authyPreferences([]byte(`[{"name":"a","secretSeed":"00"}]`)))
}

func FuzzStratum(f *testing.F) {
	fuzzFormat(f, "stratum", "x", stratumPlain(f), []byte("AuthenticatorPro0123456789"))
}

func FuzzDuo(f *testing.F) {
	fuzzFormat(f, "duo", "x", []byte(`[{"name":"a","otpGenerator":{"otpSecret":"AAAAAAAA","counter":3}}]`))
}

func FuzzSteam(f *testing.F) {
	fuzzFormat(f, "steam", "x", []byte(`{"accounts":{"a":{"shared_secret":"AAAA"}}}`))
}

func FuzzMicrosoft(f *testing.F) {
	fuzzFormat(f, "microsoft", "x", microsoftDatabase(f, microsoftTable+`)`))
}
