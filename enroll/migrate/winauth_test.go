package migrate

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"strings"
	"testing"

	//lint:ignore SA1019 WinAuth encrypts with it
	"golang.org/x/crypto/blowfish"

	"sleutelbos/enroll"
)

func upperHex(raw []byte) string { return strings.ToUpper(hex.EncodeToString(raw)) }

// winauthSealed encrypts as WinAuth does with a password: block by block, and
// filled up with anything and the number of it.
func winauthSealed(t testing.TB, passphrase string, plain []byte) []byte {
	t.Helper()
	salt := bytesOf(7, 8)
	key, err := pbkdf2.Key(sha1.New, passphrase, salt, 2000, 256)
	if err != nil {
		t.Fatal(err)
	}
	block, err := blowfish.NewSaltedCipher(key, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	fill := 8 - len(plain)%8
	whole := append(bytes.Clone(plain), bytes.Repeat([]byte{0xa5}, fill-1)...)
	whole = append(whole, byte(fill))
	sealed := make([]byte, len(whole))
	for i := 0; i < len(whole); i += 8 {
		block.Encrypt(sealed[i:i+8], whole[i:i+8])
	}
	return append(salt, sealed...)
}

// winauthPart is a part of the file: a header, a salt, a sum and what is sealed.
func winauthPart(t testing.TB, passphrase string, plain []byte, old bool) string {
	salt := bytesOf(9, 8)
	sum := sha256.Sum256(append(bytes.Clone(salt), plain...))
	short := sha1.Sum(append(bytes.Clone(salt), plain...))
	part := append([]byte("WINAUTH3"), salt...)
	if old {
		part = append(part, short[:]...)
	} else {
		part = append(part, sum[:]...)
	}
	return upperHex(append(part, winauthSealed(t, passphrase, plain)...))
}

// winauthEntries are the authenticators, each sealed with a password of its own
// unless that is empty.
func winauthEntries(t testing.TB, passphrase string) (text string, keys []enroll.Key) {
	var b strings.Builder
	add := func(kind, name, secret string) {
		data := "<servertimediff>0</servertimediff><lastservertime>1</lastservertime><secretdata>" + secret + "</secretdata>"
		attr := ""
		if passphrase != "" {
			attr = ` encrypted="y"`
			data = winauthPart(t, passphrase, []byte("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<authenticatordata>"+data+"</authenticatordata>"), false)
		}
		fmt.Fprintf(&b, `<WinAuthAuthenticator id="id %s" type="WinAuth.%s"><name>%s</name><created>1</created><autorefresh>true</autorefresh><skin /><authenticatordata%s>%s</authenticatordata></WinAuthAuthenticator>`,
			html.EscapeString(name), kind, html.EscapeString(name), attr, data)
	}
	for _, k := range fixtureKeys() {
		name := k.Account
		if k.Issuer != "" {
			name = k.Issuer + " (" + k.Account + ")"
		}
		secret := fmt.Sprintf("%s\t%d\t%s\t%d", upperHex(k.Secret), k.Digits, k.Algorithm, max(k.Period, 30))
		switch k.Kind {
		case enroll.HOTP:
			add("HOTPAuthenticator", name, fmt.Sprintf("%s|%d", secret, k.Counter-1))
		case enroll.Steam:
			add("SteamAuthenticator", name, secret+"|"+upperHex([]byte("serial"))+"|616E64726F69643A|7B7D|")
		default:
			add("GoogleAuthenticator", name, secret)
		}
		keys = append(keys, k)
	}
	k := fixtureKeys()[0]
	add("BattleNetAuthenticator", "Battle.net", upperHex(k.Secret)+"\t8\tSHA1\t30|"+upperHex([]byte("EU-1234-5678-9012")))
	k.Issuer, k.Account, k.Digits = "Battle.net", "", 8
	add("TrionAuthenticator", "glyph", upperHex(k.Secret)+"\t6\tSHA1\t30|00|00")
	return b.String(), append(keys, k)
}

func winauthXML(inner string) []byte {
	return []byte("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<!--C:\\winauth.xml--><WinAuth version=\"3.5\">\n<alwaysontop>false</alwaysontop><name>not one</name>\n" + inner + "\n</WinAuth>")
}

func TestWinauthXML(t *testing.T) {
	plain, keys := winauthEntries(t, "")
	each, _ := winauthEntries(t, "wachtwoord é")
	whole := func(inner string, old bool) []byte {
		return winauthXML(`<data encrypted="y" sha1="00">` + winauthPart(t, "wachtwoord é", []byte("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><config>"+inner+"</config>"), old) + `</data>`)
	}
	for name, content := range map[string][]byte{
		"plain": winauthXML(plain), "each entry": winauthXML(each), "whole": whole(plain, false), "SHA-1": whole(plain, true), "both": whole(each, false),
	} {
		recognised(t, content, "winauth")
		passphrase := "wachtwoord é"
		if name == "plain" {
			passphrase = ""
		}
		r := read(t, content, passphrase)
		sameKeys(t, keysOf(r), keys)
		sameKept(t, r, map[string]string{"glyph": "import.kept.kind"})
		if name != "plain" {
			crafted(t, name+", a wrong password", content, ErrPassphrase)
			var needed *PassphraseError
			if _, err := tryRead(content, ""); !errors.As(err, &needed) || needed.Ask.Text != "import.password.winauth-file" {
				t.Errorf("%s without a password: %v", name, err)
			}
		}
	}
}

// What Windows or a YubiKey encrypted is told, and spoils nothing that can be
// read.
func TestWinauthLocked(t *testing.T) {
	plain, keys := winauthEntries(t, "")
	for _, how := range []string{"u", "m", "um", "yu", "a", "b", "ym"} {
		var locked *LockedError
		content := winauthXML(`<data encrypted="` + how + `">57494E415554483300</data>`)
		if _, err := tryRead(content, "x"); !errors.As(err, &locked) || !errors.Is(err, ErrLocked) || locked.Text != "import-bound" {
			t.Errorf("%s: %v", how, err)
		}
		one := `<WinAuthAuthenticator type="WinAuth.GoogleAuthenticator"><name>vast</name><authenticatordata encrypted="` + how + `">57494E4155544833</authenticatordata></WinAuthAuthenticator>`
		if _, err := tryRead(winauthXML(one), "x"); !errors.Is(err, ErrLocked) {
			t.Errorf("%s, one entry: %v", how, err)
		}
		r := read(t, winauthXML(plain+one), "")
		sameKeys(t, keysOf(r), keys)
		sameKept(t, r, map[string]string{"glyph": "import.kept.kind", "vast": "import.kept.locked"})
	}
}

// Version 2 has one authenticator with its key and its serial number in one, and
// no sum.
func TestWinauthVersion2(t *testing.T) {
	k := fixtureKeys()[0]
	secret := append(bytes.Clone(k.Secret), "EU-1234-5678-9012"...)
	k.Issuer, k.Account, k.Digits = "Battle.net", "", 8
	for _, data := range []string{
		"<secretdata>" + upperHex(secret) + "</secretdata>",
		`<secretdata encrypted="y">` + upperHex(winauthSealed(t, "x", secret)) + "</secretdata>",
	} {
		content := []byte(`<?xml version="1.0" encoding="utf-8"?><WinAuth version="2.0"><skin>x</skin><authenticator type="WindowsAuthenticator.BattleNetAuthenticator"><servertimediff>1</servertimediff>` + data + `</authenticator><autologin>x</autologin></WinAuth>`)
		recognised(t, content, "winauth")
		sameKeys(t, keysOf(read(t, content, "x")), []enroll.Key{k})
	}
}

func FuzzWinauth(f *testing.F) {
	plain, _ := winauthEntries(f, "")
	each, _ := winauthEntries(f, "x")
	fuzzFormat(f, "winauth", "x", protonpassArchive(f, "winauth.txt", []byte("otpauth://totp/a?secret=AAAAAAAA\n")), winauthXML(plain), winauthXML(each))
}

// FuzzWinauthText reads what lies under the encryption.
func FuzzWinauthText(f *testing.F) {
	plain, _ := winauthEntries(f, "")
	f.Add(winauthXML(plain))
	f.Fuzz(func(t *testing.T, text []byte) {
		j := &job{ctx: t.Context(), limits: Limits{Entries: 1000, Iterations: 1000}.orDefault(), result: &Result{}}
		j.ask = func(Ask) ([]byte, error) { return nil, ErrPassphrase }
		_ = readWinauth(j, text)
	})
}
