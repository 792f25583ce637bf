package migrate

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sleutelbos/enroll"
)

func andotpPlain(t testing.TB) []byte {
	var entries []object
	for _, k := range fixtureKeys() {
		e := object{
			"secret": b32(k.Secret), "issuer": k.Issuer, "label": k.Account, "digits": k.Digits, "type": strings.ToUpper(string(k.Kind)),
			"algorithm": k.Algorithm, "thumbnail": "GitHub", "last_used": 0, "used_frequency": 0, "tags": []string{"Werk", "Thuis"},
		}
		if k.Kind == enroll.HOTP {
			e["counter"] = k.Counter
		} else if k.Kind == enroll.TOTP {
			e["period"] = k.Period // andOTP writes none for Steam
		}
		entries = append(entries, e)
	}
	entries = append(entries, object{"secret": "AAAAAAAA", "label": "mobiel", "type": "MOTP", "tags": nil})
	return mustJSON(t, entries)
}

func andotpSealed(t testing.TB, plain []byte, passphrase string) []byte {
	salt, nonce := bytesOf(1, 12), bytesOf(2, 12)
	key, err := pbkdf2.Key(sha1.New, passphrase, salt, 140_000, 32)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(binary.BigEndian.AppendUint32(nil, 140_000), salt, nonce, gcm(t, key, nonce, plain))
}

func andotpSealedOld(t testing.TB, plain []byte, passphrase string) []byte {
	key, nonce := sha256.Sum256([]byte(passphrase)), bytesOf(0xf2, 12)
	return slices.Concat(nonce, gcm(t, key[:], nonce, plain))
}

func checkAndotp(t *testing.T, r *Result) {
	t.Helper()
	sameKeys(t, keysOf(r), fixtureKeys())
	sameKept(t, r, map[string]string{"mobiel": "import.kept.motp"})
	if e := r.Entries[0]; !cmp.Equal(e.Groups, []string{"Werk", "Thuis"}) || e.Icon != "GitHub" {
		t.Errorf("with the first comes %+v", e)
	}
}

func TestAndotp(t *testing.T) {
	plain := andotpPlain(t)
	recognised(t, plain, "andotp")
	checkAndotp(t, read(t, plain, ""))
	for name, sealed := range map[string][]byte{"new": andotpSealed(t, plain, "geheim é"), "old": andotpSealedOld(t, plain, "geheim é")} {
		if got := Detect(sealed, "otp_accounts.json.aes"); len(got) == 0 || got[0] != "andotp" {
			t.Errorf("%s: taken for %v", name, got)
		}
		if got := Detect(sealed, ""); !slices.Contains(got, "andotp") {
			t.Errorf("%s: without a name taken for %v", name, got)
		}
		checkAndotp(t, read(t, sealed, "geheim é"))
		crafted(t, name+", wrong password", sealed, ErrPassphrase)
	}
}

// What speaks for nothing is asked for in words that fit all, and once.
func TestAskingForWhatLooksLikeNothing(t *testing.T) {
	old := andotpSealedOld(t, andotpPlain(t), "x")
	var needed *PassphraseError
	if _, err := tryRead(old, ""); !errors.As(err, &needed) || needed.Ask.Text != "import.password.unknown" {
		t.Errorf("asked %+v, %v", needed, err)
	}
	if _, err := Read(t.Context(), old, Options{Name: "otp_accounts_old.json.aes"}); !errors.As(err, &needed) || needed.Ask.Text != "import.password.andotp" {
		t.Errorf("asked %+v, %v", needed, err)
	}
}

func TestAndotpEarlyNames(t *testing.T) {
	r := read(t, []byte(`[{"secret":"AAAAAAAA","label":"Gemeente - jan","digits":6,"type":"TOTP","algorithm":"SHA1","period":30,"tags":[]},
		{"secret":"AAAAAAAB","issuer":"Zorg","label":"Zorg:eva","digits":6,"type":"TOTP","algorithm":"SHA1","period":30}]`), "")
	for i, want := range [][2]string{{"Gemeente", "jan"}, {"Zorg", "eva"}} {
		if k := r.Entries[i].Key; k.Issuer != want[0] || k.Account != want[1] {
			t.Errorf("%q and %q", k.Issuer, k.Account)
		}
	}
}

// OTPClient writes andOTP's form with less in it, and what it encrypts may end
// too early: that is told, and not that the password is wrong.
func TestAndotpOfOTPClient(t *testing.T) {
	plain := []byte(`[{"type":"TOTP","issuer":"GitHub","label":"jan","secret":"AAAAAAAA","digits":6,"algorithm":"SHA1","period":30}]`)
	recognised(t, plain, "andotp")
	if r := read(t, plain, ""); len(keysOf(r)) != 1 {
		t.Errorf("%+v", r)
	}
	sealed := andotpSealed(t, plain[:len(plain)-2], "x")
	for _, name := range []string{"andotp_exports.json.aes", "x"} {
		if _, err := Read(t.Context(), sealed, Options{Name: name, Passphrase: typed("x")}); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut off, as %s: %v", name, err)
		}
	}
}

func FuzzAndotp(f *testing.F) {
	sealed := andotpSealedOld(f, andotpPlain(f), "x")
	fuzzFormat(f, "andotp", "x", andotpPlain(f), sealed, slices.Concat([]byte{0, 0, 0x10, 0}, sealed))
}
