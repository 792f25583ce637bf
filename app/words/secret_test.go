package words_test

import (
	"path/filepath"
	"strings"
	"testing"

	"sleutelbos/app/words"
	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// No explanation shows a secret, whatever was done wrong with it. Each case is
// the real mistake, made with the real function.
func TestNoExplanationShowsASecret(t *testing.T) {
	const (
		key        = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
		passphrase = "paard batterij nietje"
	)
	activation, err := enroll.NewActivationCode(nil)
	if err != nil {
		t.Fatal(err)
	}
	folder := vault.At(vault.Options{Dir: filepath.Join(t.TempDir(), "vault"), Argon2: vault.Argon2{Memory: 8, Passes: 1, Lanes: 1}})
	v, recovery, err := folder.Create(t.Context(), vault.First{Passphrase: []byte(passphrase)})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Lock()
	add := func(address string) error {
		parsed, err := enroll.ParseAddress(address)
		if err != nil {
			return err
		}
		return v.Update(t.Context(), func(d *vault.Draft) error {
			_, err := d.Add(parsed, nil)
			return err
		})
	}
	parse := func(typed string) error {
		_, err := enroll.ParseActivationCode(typed)
		return err
	}
	open := func(by vault.Unlock) error {
		_, err := folder.Open(t.Context(), by)
		return err
	}
	if err := add("otpauth://totp/Ons:anna?secret=" + key); err != nil {
		t.Fatal(err)
	}
	secrets := []string{key, passphrase, activation.Canonical(), activation.Reveal(), recovery.Reveal()}
	for name, err := range map[string]error{
		"the key twice":                       add("otpauth://totp/Again:anna?secret=" + key),
		"a key with a wrong character":        add("otpauth://totp/Ons:anna?secret=" + key + "1"),
		"a key that is cut off":               add("otpauth://totp/Ons:anna?secret=" + key + "A"),
		"a key with too many digits":          add("otpauth://totp/Ons:anna?digits=12&secret=" + key),
		"a key with a period of none":         add("otpauth://totp/Ons:anna?period=0&secret=" + key),
		"a key of an unknown kind":            add("otpauth://yotp/Ons:anna?secret=" + key),
		"a key with an unknown algorithm":     add("otpauth://totp/Ons:anna?algorithm=MD5&secret=" + key),
		"a key with digits that are no digit": add("otpauth://totp/Ons:anna?digits=" + key + "&secret=" + key),
		"a key with another scheme":           add("https://totp/Ons:anna?secret=" + key),
		"a key with broken coding":            add("otpauth://totp/%zz?secret=" + key),
		"a key with a control character":      add("otpauth://totp/Ons\x7f?secret=" + key),
		"a bare key":                          add(key),
		"an activation code with a slip":      parse(slip(activation)),
		"an activation code that is short":    parse(activation.Reveal()[:11]),
		"an activation code that is long":     parse(activation.Reveal() + "77"),
		"an impossible character":             parse(activation.Reveal() + "U"),
		"a wrong passphrase":                  open(vault.ByPassphrase([]byte(passphrase + "!"))),
		"a recovery key with a slip":          open(vault.ByRecoveryKey(recovery.Reveal() + "2")),
		"a recovery key with an odd sign":     open(vault.ByRecoveryKey(recovery.Reveal() + "!")),
		"a passphrase as recovery key":        open(vault.ByRecoveryKey(passphrase)),
	} {
		if err == nil {
			t.Errorf("%s is no error", name)
			continue
		}
		for language, w := range both(t) {
			m := words.Explain(w, err, "https://codes.example.org")
			check(t, w, language+" "+name, m)
			for _, secret := range secrets {
				if shows(m.String(), secret) || shows(err.Error(), secret) {
					t.Errorf("%s, %s: a secret is shown: %s (%v)", language, name, m, err)
				}
			}
		}
	}
}

// shows tells whether a text holds a telling part of a secret.
func shows(text, secret string) bool {
	const telling = 6
	for i := 0; i+telling <= len(secret); i++ {
		if strings.Contains(strings.ToLower(text), strings.ToLower(secret[i:i+telling])) {
			return true
		}
	}
	return false
}

// slip is a code with one character changed into another possible one.
func slip(code enroll.ActivationCode) string {
	other := "7"
	if strings.HasPrefix(code.Reveal(), other) {
		other = "8"
	}
	return other + code.Reveal()[1:]
}
