package vault

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestRecoveryKeyIsReadAsPeopleTypeIt(t *testing.T) {
	key, err := newRecoveryKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	shown := key.Reveal()
	if len(shown) != 34 || strings.Count(shown, "-") != 6 {
		t.Fatalf("Reveal gives %d characters with %d dashes", len(shown), strings.Count(shown, "-"))
	}
	likes := strings.NewReplacer("0", "o", "1", "l")
	for _, typed := range []string{
		shown,
		strings.ToLower(shown),
		strings.ReplaceAll(shown, "-", ""),
		strings.ReplaceAll(shown, "-", " \n"),
		strings.ReplaceAll(shown, "-", "\u2013"),
		likes.Replace(shown),
		strings.ReplaceAll(strings.ReplaceAll(shown, "1", "I"), "0", "O"),
	} {
		back, err := ParseRecoveryKey(typed)
		if err != nil || back != key {
			t.Errorf("one spelling is not read: %v", err)
		}
	}
}

func TestRecoveryKeyFindsSlips(t *testing.T) {
	key, err := newRecoveryKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	slip := func(text []byte) {
		t.Helper()
		_, err := ParseRecoveryKey(string(text))
		wantError(t, err, ErrRecoverySlip)
	}
	for i := range key.text {
		for a := range crockford {
			text := []byte(key.text)
			if text[i] == crockford[a] {
				continue
			}
			text[i] = crockford[a]
			slip(text)
			for j := range i {
				for b := range crockford {
					two := []byte(string(text))
					if two[j] != crockford[b] {
						two[j] = crockford[b]
						if checks(two) {
							t.Fatalf("slips at %d and %d pass", j, i)
						}
					}
				}
			}
		}
		for j := range i {
			text := []byte(key.text)
			if text[i] != text[j] {
				text[i], text[j] = text[j], text[i]
				slip(text)
			}
		}
	}
	slip([]byte(key.text[1:]))
	slip([]byte(key.text + "A"))
	slip([]byte("U" + key.text[1:]))
	slip(nil)
}

func TestRecoveryKeyIsNotPrinted(t *testing.T) {
	_, _, key := made(t)
	first := First{Passphrase: anybody()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, secret := range []any{key, &key, ByRecoveryKey(key.Reveal()), ByPassphrase(anybody()), first} {
			if text := fmt.Sprintf(verb, secret); !strings.Contains(text, hidden) || strings.Contains(text, key.text[:4]) || strings.Contains(text, "horse") {
				t.Errorf("%s prints %T openly", verb, secret)
			}
		}
	}
	_, err := ParseRecoveryKey(key.text[:20] + "UUUU" + key.text[24:])
	if err == nil || strings.Contains(err.Error(), key.text[:6]) {
		t.Errorf("the error quotes the key")
	}
}

func FuzzRecoveryKey(f *testing.F) {
	f.Add("")
	f.Add("0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV")
	f.Add(string(appendCheck([]byte("0123456789ABCDEFGHJKMNPQRS"))))
	f.Add("OIL\u00a0\u2013_.oil")
	f.Fuzz(func(t *testing.T, typed string) {
		key, err := ParseRecoveryKey(typed)
		if err != nil {
			if !errors.Is(err, ErrRecoverySlip) {
				t.Fatalf("a slip is called %v", err)
			}
			return
		}
		if again, err := ParseRecoveryKey(key.Reveal()); err != nil || again != key {
			t.Fatal("what is shown is not read back")
		}
	})
}
