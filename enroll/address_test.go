package enroll

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustSecret(t testing.TB, text string) Secret {
	t.Helper()
	secret, err := ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestParseAddressTolerantly(t *testing.T) {
	s := mustSecret(t, "JBSWY3DPEHPK3PXP")
	totp := func(issuer, account string) Key {
		return Key{Kind: TOTP, Issuer: issuer, Account: account, Secret: s, Algorithm: SHA1, Digits: 6, Period: 30}
	}
	hotp, steam := totp("A", "b"), totp("Steam", "gabe")
	hotp.Kind, hotp.Period, hotp.Counter = HOTP, 0, 7
	steam.Kind, steam.Digits = Steam, 5
	full := Key{Kind: TOTP, Issuer: "A", Account: "b", Secret: s, Algorithm: SHA512, Digits: 8, Period: 60}
	for address, want := range map[string]Key{
		"otpauth://totp/Example:alice@google.com?secret=JBSWY3DPEHPK3PXP&issuer=Example":     totp("Example", "alice@google.com"),
		"otpauth://totp/alice?secret=jbsw%20y3dp%20ehpk%203pxp":                              totp("", "alice"),
		"otpauth://totp/alice?secret=jbsw+y3dp+ehpk+3pxp%3D%3D":                              totp("", "alice"),
		"otpauth://totp/Gemeente+Voorbeeld:Jan+de+Vries?secret=JBSWY3DPEHPK3PXP":             totp("Gemeente Voorbeeld", "Jan de Vries"),
		"otpauth://totp/Gemeente%20Voorbeeld%3A%20jan?secret=JBSWY3DPEHPK3PXP":               totp("Gemeente Voorbeeld", "jan"),
		"otpauth://totp/Jan+werk@example.nl?secret=JBSWY3DPEHPK3PXP":                         totp("", "Jan+werk@example.nl"),
		"otpauth://totp/A:b?issuer=Other&secret=JBSWY3DPEHPK3PXP":                            totp("Other", "b"),
		"otpauth://totp/A:b?Secret=JBSWY3DPEHPK3PXP&algorithm=&digits=&unknown=1&image=x":    totp("A", "b"),
		" OTPAUTH://TOTP/A:b?secret=JBSWY3DPEHPK3PXP\n":                                      totp("A", "b"),
		"otpauth://totp/A%3Ab%3Ac:d%3Ae?secret=JBSWY3DPEHPK3PXP":                             totp("A:b:c", "d:e"),
		"otpauth://totp/A:b?secret=JBSWY3DPEHPK3PXP&algorithm=hmacsha512&digits=8&period=60": full,
		"otpauth://hotp/A:b?secret=JBSWY3DPEHPK3PXP&counter=7&period=30":                     hotp,
		"otpauth://totp/Steam:gabe?secret=JBSWY3DPEHPK3PXP&encoder=steam&digits=5&period=30": steam,
		"otpauth://steam/Steam:gabe?secret=JBSWY3DPEHPK3PXP":                                 steam,
	} {
		key, err := ParseAddress(address)
		if err != nil || !cmp.Equal(key, want) {
			t.Errorf("%s:\n got %+v (%v)\nwant %+v", address, key, err, want)
		}
		again, err := ParseAddress(key.Address())
		if err != nil || !cmp.Equal(again, key) {
			t.Errorf("%s: written and read again it is %+v, %v", address, again, err)
		}
	}
}

func TestAddressIsWrittenStrictly(t *testing.T) {
	key := Key{Kind: TOTP, Issuer: "Gemeente A: zuid", Account: "jan+1@b.nl", Secret: mustSecret(t, "JBSWY3DPEHPK3PXP"), Algorithm: SHA256, Digits: 8, Period: 60}
	want := "otpauth://totp/Gemeente%20A%3A%20zuid:jan%2B1@b.nl?secret=JBSWY3DPEHPK3PXP&issuer=Gemeente%20A%3A%20zuid&algorithm=SHA256&digits=8&period=60"
	if got := key.Address(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAddressesThatCannotBeRead(t *testing.T) {
	for address, want := range map[string]error{
		"":                           ErrNotAnAddress,
		"https://example.org":        ErrNotAnAddress,
		"otpauth://totp/a?secret=":   ErrNoSecret,
		"otpauth://totp/a":           ErrNoSecret,
		"otpauth://motp/a?secret=AA": ErrKind,
		"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&digits=six":    ErrNumber,
		"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&digits=99":     ErrDigits,
		"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&period=-1":     ErrPeriod,
		"otpauth://hotp/a?secret=JBSWY3DPEHPK3PXP&counter=-1":    ErrNumber,
		"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&algorithm=MD5": ErrAlgorithm,
		"otpauth://totp/" + strings.Repeat("a", 9000):            ErrTooLong,
	} {
		_, err := ParseAddress(address)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "JBSW") {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("otpauth://totp/Example:alice@google.com?secret=JBSWY3DPEHPK3PXP&issuer=Example")
	f.Add("otpauth://hotp/A:b?secret=JBSWY3DPEHPK3PXP&counter=7")
	f.Add("otpauth://totp/A%3Ab%3Ac:d+e?secret=jbsw+y3dp&encoder=steam")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseAddress(text)
		if err != nil {
			return
		}
		if _, err := key.CodeAt(1); err != nil {
			t.Fatalf("read, but makes no code: %v", err)
		}
		again, err := ParseAddress(key.Address())
		if errors.Is(err, ErrTooLong) {
			return // percent-coding made it longer than is read
		}
		if err != nil || !cmp.Equal(again, key) {
			t.Fatalf("written and read again: %+v, %v; was %+v", again, err, key)
		}
	})
}

func TestLinkAddress(t *testing.T) {
	print := "sha256:" + strings.Repeat("ab", 32)
	link := LinkAddress{Server: "https://codes.example.nl:8443", User: "jan de vries", Fingerprint: print}
	again, err := ParseLinkAddress(" " + link.String() + "\n")
	if err != nil || again != link {
		t.Fatalf("%+v, %v", again, err)
	}
	for text, want := range map[string]error{
		"https://example.nl":                        ErrLinkAddress,
		"sleutelbos://other?server=https://a":       ErrLinkAddress,
		"sleutelbos://link?user=jan":                ErrServer,
		"sleutelbos://link?server=http://a.nl":      ErrPlainServer,
		"sleutelbos://link?server=https://a&fp=abc": ErrFingerprint,
	} {
		if _, err := ParseLinkAddress(text); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}

func TestParseServer(t *testing.T) {
	for text, want := range map[string]string{
		"codes.example.nl":              "https://codes.example.nl",
		" https://Codes.Example.NL/x?y": "https://codes.example.nl",
		"http://127.0.0.1:8080":         "http://127.0.0.1:8080",
		"http://[::1]:80/":              "http://[::1]:80",
		"HTTP://localhost":              "http://localhost",
	} {
		if got, err := ParseServer(text); err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a b", "ftp://a", "https://", "https://u:p@a", "http://example.nl", "http://127.0.0.1.evil.nl"} {
		if got, err := ParseServer(text); err == nil {
			t.Errorf("%q was taken as %q", text, got)
		}
	}
}
