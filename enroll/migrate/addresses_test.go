package migrate

import (
	"strings"
	"testing"

	"sleutelbos/enroll"
)

func TestAddresses(t *testing.T) {
	content := []byte("\xef\xbb\xbf# my codes\r\n" +
		"otpauth://totp/Gemeente%20Voorbeeld:jan@example.nl?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Gemeente%20Voorbeeld\r\n" +
		"\r\n" +
		"OTPAUTH://hotp/Bank:1?secret=gezdgnbvgy3tqojq&counter=5\n" +
		"steam://GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n" +
		"otpauth://totp/Steam:gabe?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=5&period=30\n" +
		"otpauth://totp/A:vijf?secret=AAAAAAAA&digits=5\n" +
		"otpauth://totp/kort?secret=GEZDGNBVGY3TQOJQGEZDGN\n" + // 22 letters: half a byte too many
		"motp://Ministerie:eva?secret=0123456789abcdef\n" +
		"otpauth://yaotp/Yandex:ivan?secret=AAAAAAAA&name=ivan\n" +
		"otpauth://totp/A:geen?issuer=A\n" +
		"otpauth://totp/A:raar?secret=01890\n" +
		"otpauth://totp/A:md5?secret=AAAAAAAA&algorithm=MD5\n" +
		"otpauth://totp/A:cijfers?secret=AAAAAAAA&digits=six\n" +
		"phonefactor://activate_account?code=1&url=https%3A%2F%2Fexample.org\n" +
		"just a line\n")
	recognised(t, content, "addresses")
	r := read(t, content, "")
	secret := enroll.Secret("12345678901234567890")
	sameKeys(t, keysOf(r), []enroll.Key{
		{Kind: enroll.TOTP, Issuer: "Gemeente Voorbeeld", Account: "jan@example.nl", Secret: secret, Algorithm: enroll.SHA1, Digits: 6, Period: 30},
		{Kind: enroll.HOTP, Issuer: "Bank", Account: "1", Secret: secret[:10], Algorithm: enroll.SHA1, Digits: 6, Counter: 5},
		{Kind: enroll.Steam, Issuer: "Steam", Secret: secret, Algorithm: enroll.SHA1, Digits: 5, Period: 30},
		{Kind: enroll.Steam, Issuer: "Steam", Account: "gabe", Secret: secret, Algorithm: enroll.SHA1, Digits: 5, Period: 30},
		{Kind: enroll.TOTP, Account: "kort", Secret: secret[:13], Algorithm: enroll.SHA1, Digits: 6, Period: 30},
	})
	sameKept(t, r, map[string]string{
		"eva": "import.kept.motp", "ivan": "import.kept.yandex", "geen": "import.kept.no-secret",
		"raar": "import.kept.secret", "md5": "import.kept.algorithm", "cijfers": "import.kept.address", "vijf": "import.kept.digits", "": "import.kept.push",
	})
	if len(r.Notes) != 1 || r.Notes[0].Text != "import.note.lines" || r.Notes[0].Values[1] != 1 {
		t.Errorf("told %+v", r.Notes)
	}
	for _, e := range r.Entries {
		if e.Key.Account == "eva" && (e.Key.Issuer != "Ministerie" || e.Kind != "motp" || !strings.HasPrefix(string(e.Raw), "motp://")) {
			t.Errorf("mOTP is kept as %+v", e)
		}
	}
}

func FuzzAddresses(f *testing.F) {
	fuzzFormat(f, "addresses", "",
		[]byte("otpauth://totp/A:b?secret=AAAAAAAA\nsteam://AAAA\nmotp://a:b?secret=01\n"),
		[]byte("otpauth://totp/kort?secret=AAA&algorithm=x&digits=9\n#\notpauth://yaotp/x"))
}
