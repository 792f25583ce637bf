package enroll

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The secrets of RFC 6238 appendix B: the digits 1 to 0 over and over.
func rfcSecret(n int) Secret { return Secret(strings.Repeat("1234567890", 7)[:n]) }

func TestCodesOfRFC6238(t *testing.T) {
	for _, v := range []struct {
		at        int64
		algorithm Algorithm
		size      int
		want      string
	}{
		{59, SHA1, 20, "94287082"},
		{59, SHA256, 32, "46119246"},
		{59, SHA512, 64, "90693936"},
		{1111111109, SHA1, 20, "07081804"},
		{1111111109, SHA256, 32, "68084774"},
		{1111111109, SHA512, 64, "25091201"},
		{2000000000, SHA1, 20, "69279037"},
		{20000000000, SHA256, 32, "77737706"},
		{20000000000, SHA512, 64, "47863826"},
	} {
		key := Key{Kind: TOTP, Secret: rfcSecret(v.size), Algorithm: v.algorithm, Digits: 8, Period: 30}
		code, err := key.CodeNow(time.Unix(v.at, 0))
		if err != nil || code.Text != v.want {
			t.Errorf("%s at %d: %q, %v; want %s", v.algorithm, v.at, code.Text, err, v.want)
		}
		if code.From.Unix() > v.at || code.Until.Unix() <= v.at || code.Until.Sub(code.From) != 30*time.Second {
			t.Errorf("at %d the code is said to live from %v to %v", v.at, code.From, code.Until)
		}
	}
}

func TestCodesOfRFC4226(t *testing.T) {
	for counter, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		key := Key{Kind: HOTP, Secret: rfcSecret(20), Algorithm: SHA1, Digits: 6, Counter: uint64(counter)}
		if code, err := key.CodeNow(time.Time{}); err != nil || code.Text != want || !code.Counter {
			t.Errorf("counter %d: %+v, %v; want %s", counter, code, err, want)
		}
	}
}

func TestSteamCodesAreFiveOfItsLetters(t *testing.T) {
	key := Key{Kind: Steam, Secret: rfcSecret(20), Algorithm: SHA1, Digits: 5, Period: 30}
	code, err := key.CodeAt(1)
	if err != nil || len(code) != 5 || strings.Trim(code, "23456789BCDFGHJKMNPQRTVWXY") != "" {
		t.Fatalf("got %q, %v", code, err)
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	code, err := ParseActivationCode("0000-0000-000" + string(crockford[checkDigit([]byte("00000000000"))]))
	if err != nil {
		t.Fatal(err)
	}
	key := Key{Kind: TOTP, Secret: Secret("very secret bytes"), Algorithm: SHA1, Digits: 6, Period: 30}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		text := fmt.Sprintf(verb+verb+verb, key, key.Secret, code)
		for _, leak := range []string{"very secret", key.Secret.Base32(), fmt.Sprintf("%x", []byte(key.Secret)), "0000"} {
			if strings.Contains(text, leak) {
				t.Errorf("%s prints %q", verb, leak)
			}
		}
	}
	if _, err := key.Secret.MarshalText(); err == nil {
		t.Error("a secret was written as text by accident")
	}
}

func TestKeysThatCannotMakeCodes(t *testing.T) {
	good := Key{Kind: TOTP, Secret: rfcSecret(20), Algorithm: SHA1, Digits: 6, Period: 30}
	for _, c := range []struct {
		name   string
		change func(*Key)
		want   error
	}{
		{"no secret", func(k *Key) { k.Secret = nil }, ErrNoSecret},
		{"kind", func(k *Key) { k.Kind = "motp" }, ErrKind},
		{"algorithm", func(k *Key) { k.Algorithm = "MD5" }, ErrAlgorithm},
		{"five digits", func(k *Key) { k.Digits = 5 }, ErrDigits},
		{"nine digits", func(k *Key) { k.Digits = 9 }, ErrDigits},
		{"no period", func(k *Key) { k.Period = 0 }, ErrPeriod},
		{"long period", func(k *Key) { k.Period = MaxPeriod + 1 }, ErrPeriod},
		{"long name", func(k *Key) { k.Account = strings.Repeat("x", 600) }, ErrTooLong},
	} {
		key := good
		c.change(&key)
		if _, err := key.CodeAt(1); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestParseSecretAsPeopleTypeIt(t *testing.T) {
	want := "JBSWY3DPEHPK3PXP"
	for _, typed := range []string{want, "jbsw y3dp ehpk 3pxp", "JBSW-Y3DP-EHPK-3PXP==", " jbswy3dpehpk3pxp\n"} {
		secret, err := ParseSecret(typed)
		if err != nil || secret.Base32() != want {
			t.Errorf("%q: %v, %v", typed, err, secret.Base32() == want)
		}
	}
	var wrong *SecretError
	if _, err := ParseSecret("JBSW 1"); !errors.As(err, &wrong) || wrong.Position != 6 || wrong.Char != '1' {
		t.Errorf("a wrong character: %v", err)
	}
	if _, err := ParseSecret(" - "); !errors.Is(err, ErrNoSecret) {
		t.Errorf("nothing typed: %v", err)
	}
	for _, short := range []string{"A", "AAA", "AAAAAA", "JBSWY3DPEHP", "JBSWY3DPEHPK3P"} {
		if _, err := ParseSecret(short); !errors.Is(err, ErrShortSecret) {
			t.Errorf("%s, which ends in half a byte: %v", short, err)
		}
	}
}

func TestMatchReturnsTheStep(t *testing.T) {
	key := Key{Kind: TOTP, Secret: rfcSecret(20), Algorithm: SHA1, Digits: 6, Period: 30}
	now := time.Unix(1_800_000_000, 0)
	step := key.Step(now)
	for _, offset := range []int{-2, -1, 0, 1, 2} {
		code, _ := key.CodeAt(step + uint64(offset))
		got, ok := Match(key, code, key.WindowAt(now, 1, 0))
		if inside := offset >= -1 && offset <= 1; ok != inside || ok && got != step+uint64(offset) {
			t.Errorf("offset %d: step %d, %v", offset, got, ok)
		}
	}
	code, _ := key.CodeAt(step)
	if _, ok := Match(key, code, key.WindowAt(now, 1, step)); ok {
		t.Error("a used step matched again")
	}
	older, _ := key.CodeAt(step - 1)
	if _, ok := Match(key, older, key.WindowAt(now, 1, step)); ok {
		t.Error("an older unused code matched after a newer one")
	}
	if w := key.WindowAt(time.Unix(10, 0), 1, 0); w.First != 0 || w.Last != 1 {
		t.Errorf("window at the epoch: %+v", w)
	}
}

func TestNormalizeCode(t *testing.T) {
	for typed, want := range map[string]string{"123456": "123456", " 123 456 ": "123456", "123-456\n": "123456", "123\u00a0456": "123456"} {
		if got, err := NormalizeCode(typed, 6); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "12345", "1234567", "12345a", "１２３４５６", strings.Repeat(" ", 70) + "123456", "+123456"} {
		if got, err := NormalizeCode(typed, 6); !errors.Is(err, ErrNotACode) {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
}
