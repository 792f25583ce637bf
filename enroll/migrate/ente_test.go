package migrate

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sleutelbos/enroll"
)

func enteLine(k enroll.Key, display string) string {
	query := url.Values{"codeDisplay": {display}}
	return k.Address() + "&" + query.Encode()
}

func TestEntePlain(t *testing.T) {
	keys := fixtureKeys()
	steam := strings.Replace(strings.Replace(keys[3].Address(), "otpauth://totp/", "otpauth://steam/", 1), "&encoder=steam", "", 1)
	content := enteLine(keys[0], `{"pinned":true,"trashed":false,"note":"bij de balie","tags":["Werk","Balie"],"iconID":"gemeente"}`) + "\n" +
		enteLine(keys[1], `{"pinned":false,"tags":[]}`) + "\r\n" +
		string(mustJSON(t, enteLine(keys[2], `{}`))) + "\n" +
		steam + "&codeDisplay=%7B%7D\n" +
		enteLine(keys[4], `broken{`) + "\n" +
		enteLine(keys[4], `{"trashed":true}`) + "\n" +
		"otpauth://totp/Zaak #1:100% jan?algorithm=Algorithm.sha256&digits=6&issuer=Zaak+%231&period=30&secret=AAAAAAAA&codeDisplay=%7B%22note%22%3A%22n%22%7D\n" +
		"otpauth://totp/A:geen?issuer=A&codeDisplay=%7B%7D\n"
	recognised(t, []byte(content), "ente")
	r := read(t, []byte(content), "")
	odd := enroll.Key{Kind: enroll.TOTP, Issuer: "Zaak #1", Account: "100% jan", Secret: make(enroll.Secret, 5), Algorithm: enroll.SHA256, Digits: 6, Period: 30}
	sameKeys(t, keysOf(r), append(keys, odd))
	sameKept(t, r, map[string]string{"geen": "import.kept.no-secret"})
	if e := r.Entries[0]; !e.Favourite || e.Note != "bij de balie" || e.Icon != "gemeente" || !cmp.Equal(e.Groups, []string{"Werk", "Balie"}) {
		t.Errorf("with the first comes %+v", e)
	}
	if r.Entries[5].Note != "n" {
		t.Errorf("the note after a number sign is %q", r.Entries[5].Note)
	}
	if want := []Note{{"import.note.trash", []any{"n", 1}}}; !cmp.Equal(r.Notes, want) {
		t.Errorf("told %+v", r.Notes)
	}
}

// What libsodium 1.0.18 sealed: Argon2id with 64 MiB and two passes of
// "geheim é", and one message of a secretstream.
const enteSealed = `{"version": 1, "kdfParams": {"memLimit": 67108864, "opsLimit": 2, "salt": "AAECAwQFBgcICQoLDA0ODw=="},
"encryptedData": "YCv+yMuui1nN10xeTFPzTGu1rhOUhEBEoxlabtE+BVDyqf/HVHNq6GRVbdpE14u1p1eyNCPCxNah6DkLs4ng/hsaPxuznuhSvj0DSWwia7sP3WCB0gGdOTXEKEdWGSHyJrnhSHXdxsbYGzD5zOdlN4KH2GM0FLE1X1wL",
"encryptionNonce": "FSb1LXQJH1PI3OdtPc7TNuxtJrkYIzFK"}`

func TestEnteEncrypted(t *testing.T) {
	recognised(t, []byte(enteSealed), "ente")
	r := read(t, []byte(enteSealed), "geheim é")
	sameKeys(t, keysOf(r), []enroll.Key{{Kind: enroll.TOTP, Issuer: "Gemeente", Account: "jan", Secret: enroll.Secret("1234567890"), Algorithm: enroll.SHA1, Digits: 6, Period: 30}})
	if !r.Entries[0].Favourite {
		t.Error("it was pinned")
	}
	crafted(t, "wrong password", []byte(enteSealed), ErrPassphrase)
}

// The texts that libsodium pushed under the key 00 01 … 1f.
func TestStreamsOfLibsodium(t *testing.T) {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	for _, c := range []struct{ header, sealed, want string }{
		{"cUOwl7h3Jc3Lk4fok3KTsAY3I8voFC8O", "sUj5SfImgvm2Kbta5TaVoG7jVMFQf7Egcl2RPcL5GsbIFZ7qkb0yQwco8xeEWS6jEZTNiFxE407Few9Cj5rXTq0y7V7ay9yyo1BZqT7KuOuAoK6B", "otpauth://totp/Gemeente:jan?secret=GEZDGNBVGY3TQOJQ&issuer=Gemeente"},
		{"2WhTJADqwT64KadlNub4v50v1TD4lC1Z", "e753qFnUyWdyc+DdOrtNgTc=", ""},
		{"Ml0WwyarN5+JI/1czmLz6mSoeoirHVcK", "LOWq0UTy3S4OfYEO3k8viZdt3RfQpRuX+5VPkciD/ukl", "0123456789abcdef"},
		// Not marked as the last, which is how ente leaves it.
		{"AUulTAQOBSzAVtCDmqkW3it76lcNYVQE", "6JTo0Jfjzc04un9ByUI47F2i6xTTcjCWKe6Pow==", "half a text"},
	} {
		header, _ := base64.StdEncoding.DecodeString(c.header)
		sealed, _ := base64.StdEncoding.DecodeString(c.sealed)
		if got, err := openStream(key, header, sealed); err != nil || string(got) != c.want {
			t.Errorf("%q, %v; want %q", got, err, c.want)
		}
		for i := range sealed {
			changed := append([]byte(nil), sealed...)
			changed[i] ^= 1
			if _, err := openStream(key, header, changed); !errors.Is(err, ErrPassphrase) {
				t.Fatalf("byte %d changed: %v", i, err)
			}
		}
	}
}

func TestEnteRefused(t *testing.T) {
	crafted(t, "4 GiB", []byte(strings.Replace(enteSealed, "67108864", "4294967296", 1)), ErrCostly)
	crafted(t, "passes without end", []byte(strings.Replace(enteSealed, `"opsLimit": 2`, `"opsLimit": 4294967296`, 1)), ErrCostly)
	crafted(t, "no memory", []byte(strings.Replace(enteSealed, "67108864", "12", 1)), ErrDamaged)
	crafted(t, "a short nonce", []byte(strings.Replace(enteSealed, "FSb1LXQJH1PI3OdtPc7TNuxtJrkYIzFK", "FSb1", 1)), ErrDamaged)
	var version *VersionError
	if _, err := tryRead([]byte(strings.Replace(enteSealed, `"version": 1`, `"version": 2`, 1)), "x"); !errors.As(err, &version) {
		t.Errorf("a newer version: %v", err)
	}
}

func FuzzEnte(f *testing.F) {
	fuzzFormat(f, "ente", "x",
		[]byte(enteLine(fixtureKeys()[0], `{"pinned":true,"tags":["a"]}`)+"\n\"otpauth://totp/a?secret=AAAAAAAA\"\n"),
		[]byte(`{"version":1,"kdfParams":{"memLimit":1048576,"opsLimit":1,"salt":"AAECAwQFBgcICQoLDA0ODw=="},"encryptedData":"7653qFnUyWdyc+DdOrtNgTc=","encryptionNonce":"FSb1LXQJH1PI3OdtPc7TNuxtJrkYIzFK"}`))
}
