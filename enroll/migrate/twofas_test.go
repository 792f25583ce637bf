package migrate

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sleutelbos/enroll"
)

// twofasServices writes what a schema can say: 1 knows time-based keys with the
// usual settings only, 2 adds algorithm, digits and period, 3 the kind and a
// group, 4 Steam.
func twofasServices(t testing.TB, schema int) (services []byte, keys []enroll.Key) {
	var all []object
	for i, k := range fixtureKeys() {
		otp := object{"account": k.Account, "issuer": "as in the address", "label": k.Account}
		service := object{"name": k.Issuer, "secret": strings.TrimRight(b32(k.Secret), "="), "updatedAt": 1, "otp": otp, "order": object{"position": i}}
		switch {
		case schema == 1 && (k.Kind != enroll.TOTP || k.Digits != 6), schema == 2 && k.Kind != enroll.TOTP, schema == 3 && k.Kind == enroll.Steam:
			continue
		case schema == 1:
			service["type"] = "Unknown"
		default:
			otp["algorithm"], otp["digits"] = k.Algorithm, k.Digits
		}
		if schema > 1 && k.Kind != enroll.HOTP {
			otp["period"] = k.Period
		}
		if schema > 2 {
			otp["tokenType"], service["groupId"] = strings.ToUpper(string(k.Kind)), "group-1"
		}
		if k.Kind == enroll.HOTP {
			otp["counter"] = k.Counter
		}
		if k.Issuer == "" {
			service["name"], otp["issuer"] = nil, nil
		}
		all, keys = append(all, service), append(keys, k)
	}
	if schema > 1 {
		all = append(all, object{"name": "Oud", "secret": "AAAAAAAA", "otp": object{"account": "md5", "algorithm": "MD5", "tokenType": "TOTP"}})
	}
	return mustJSON(t, all), keys
}

func twofasFile(t testing.TB, schema int, services []byte, passphrase string) []byte {
	file := object{"schemaVersion": schema, "appVersionName": "5.1.0", "appOrigin": "ios", "services": json.RawMessage(services), "groups": []object{{"id": "group-1", "name": "Werk", "isExpanded": true}}}
	if passphrase != "" {
		salt, nonce := bytesOf(1, 256), bytesOf(2, 12)
		key, err := pbkdf2.Key(sha256.New, passphrase, salt, 10_000, 32)
		if err != nil {
			t.Fatal(err)
		}
		join := func(plain []byte) string {
			var parts []string
			for _, part := range [][]byte{gcm(t, key, nonce, plain), salt, nonce} {
				parts = append(parts, base64.StdEncoding.EncodeToString(part))
			}
			return strings.Join(parts, ":")
		}
		file["services"], file["servicesEncrypted"], file["reference"] = []object{}, join(services), join([]byte("reference"))
	}
	return mustJSON(t, file)
}

func TestTwofas(t *testing.T) {
	for schema := 1; schema <= 4; schema++ {
		for _, passphrase := range []string{"", "geheim é"} {
			services, keys := twofasServices(t, schema)
			content := twofasFile(t, schema, services, passphrase)
			recognised(t, content, "2fas")
			r := read(t, content, passphrase)
			sameKeys(t, keysOf(r), keys)
			if schema > 1 {
				sameKept(t, r, map[string]string{"md5": "import.kept.algorithm"})
			}
			if schema > 2 && !cmp.Equal(r.Entries[0].Groups, []string{"Werk"}) {
				t.Errorf("schema %d: groups %v", schema, r.Entries[0].Groups)
			}
			if passphrase != "" {
				crafted(t, fmt.Sprint("wrong password, schema ", schema), content, ErrPassphrase)
			}
		}
	}
}

func TestTwofasRefused(t *testing.T) {
	var version *VersionError
	if _, err := tryRead([]byte(`{"schemaVersion":5,"services":[]}`), ""); !errors.As(err, &version) || version.Version != "5" {
		t.Errorf("a newer schema: %v", err)
	}
	crafted(t, "two parts", []byte(`{"schemaVersion":4,"services":[],"servicesEncrypted":"AAAA:AAAA"}`), ErrDamaged)
	crafted(t, "no base64", []byte(`{"schemaVersion":4,"services":[],"servicesEncrypted":"AAAA:AAAA:!"}`), ErrDamaged)
	crafted(t, "services that are none", []byte(`{"schemaVersion":4,"services":{}}`), ErrDamaged)
	deep := []byte(strings.Repeat(`[`, 100_000))
	crafted(t, "deep inside", twofasFile(t, 4, append(append([]byte(`[{"secret":`), deep...), []byte(strings.Repeat("]", 100_000)+"}]")...), "x"), ErrTooLarge)
}

func FuzzTwofas(f *testing.F) {
	services, _ := twofasServices(f, 4)
	fuzzFormat(f, "2fas", "x", twofasFile(f, 4, services, ""), twofasFile(f, 3, services, "x"))
}
