package seedfile

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"sleutelbos/enroll"
)

const (
	seedHex    = "3132333435363738393031323334353637383930"
	seedBase32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
)

func TestTables(t *testing.T) {
	totp := func(digits, period int) enroll.Key {
		return enroll.Key{Kind: enroll.TOTP, Secret: []byte(seed), Algorithm: enroll.SHA1, Digits: digits, Period: period}
	}
	hotp := func(digits int, counter uint64) enroll.Key {
		return enroll.Key{Kind: enroll.HOTP, Secret: []byte(seed), Algorithm: enroll.SHA1, Digits: digits, Counter: counter}
	}
	sha256 := totp(8, 60)
	sha256.Algorithm = enroll.SHA256
	for what, test := range map[string]struct {
		content string
		options Options
		want    []enroll.Key
		serials string
	}{
		"OATH": {
			"# version: 1\nA1, " + seedHex + "\nA2, " + seedHex + ", totp, 6\nA3, " + seedHex + ", hotp, 8, 17\nA4, " + seedHex + ", totp, 8, 60\n",
			Options{Kind: enroll.HOTP},
			[]enroll.Key{hotp(6, 0), totp(6, 30), hotp(8, 17), totp(8, 60)},
			"A1 A2 A3 A4",
		},
		"algorithm anywhere": {"A1;" + seedHex + ";TOTP;8;60;HMAC-SHA256\n", Options{}, []enroll.Key{sha256}, "A1"},
		"Feitian, blanks": {
			"2600215704919 " + seedHex + "\r\n2600215704920\t" + seedHex + "\r\n",
			Options{Kind: enroll.TOTP, Period: 60},
			[]enroll.Key{totp(6, 60), totp(6, 60)},
			"2600215704919 2600215704920",
		},
		"Token2 and Microsoft": {
			"\ufeffupn,serial number,secret key,time interval,manufacturer,model\nanna@example.org,00012,\"" + seedBase32 + "\",60,Token2,c202\n",
			Options{},
			[]enroll.Key{totp(6, 60)},
			"00012",
		},
		"Deepnet": {
			"serial number,secret key,time interval,manufacturer,model\n10001001," + strings.ToLower(seedBase32) + ",30,Deepnet Security,SafeID/Classic\n",
			Options{},
			[]enroll.Key{totp(6, 30)},
			"10001001",
		},
		"own names": {
			"Type;Serial;Digits;Seed;Algorithm;TimeStep\ntotp;A1;8;" + seedHex + ";sha256;60\n", Options{}, []enroll.Key{sha256}, "A1",
		},
		"Yubico's log": {
			"LOGGING START,11.12.13 18:50\nOATH-HOTP,11.12.13 18:55,1,cccccccccccc,," + seedHex + ",,,0,0,0,8,0,0,0,0,0,0\n",
			Options{},
			[]enroll.Key{hotp(8, 0)},
			"cccccccccccc",
		},
		"Yubico's list": {"508326,,0," + seedHex + ",,2013-12-12T08:41:07,\n", Options{}, []enroll.Key{hotp(6, 0)}, "508326"},
		"UTF-16":        {utf16Text("A1\t" + seedHex + "\ttotp\n"), Options{}, []enroll.Key{totp(6, 30)}, "A1"},
	} {
		file, err := Read([]byte(test.content), test.options)
		if err != nil || len(file.Tokens) != len(test.want) {
			t.Errorf("%s: %+v, %v", what, file, err)
			continue
		}
		var serials []string
		for i, got := range file.Tokens {
			serials = append(serials, got.Serial)
			if got.Problem != "" || got.Key.Fingerprint() != test.want[i].Fingerprint() || got.Key.Counter != test.want[i].Counter {
				t.Errorf("%s, token %d: %+v", what, i, got)
			}
		}
		if strings.Join(serials, " ") != test.serials {
			t.Errorf("%s: %v", what, serials)
		}
	}
	file, err := Read([]byte("upn,serial number,secret key,time interval,manufacturer,model\nanna@example.org,00012,"+seedBase32+",60,Token2,c202\n"), Options{})
	if err != nil || file.Tokens[0].User != "anna@example.org" || file.Tokens[0].Maker != "Token2" || file.Tokens[0].Model != "c202" {
		t.Errorf("%+v, %v", file, err)
	}
}

func utf16Text(text string) string {
	all := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		all = append(all, byte(unit), byte(unit>>8))
	}
	return string(all)
}

// Keys of which one alone could be either are read as the rest of the table.
func TestHexOrBase32IsOneForTheTable(t *testing.T) {
	either := "AAAABBBBCCCCDDDDEEEEFFFF22334455"
	file, err := Read([]byte("A1,"+either+",totp\nA2,"+seedHex+",totp\n"), Options{})
	if err != nil || len(file.Tokens[0].Key.Secret) != 16 {
		t.Errorf("%+v, %v", file, err)
	}
	file, err = Read([]byte("A1,"+either+",totp\nA2,"+seedBase32+",totp\n"), Options{})
	if err != nil || len(file.Tokens[0].Key.Secret) != 20 {
		t.Errorf("%+v, %v", file, err)
	}
}

func TestABadLineCostsNoOther(t *testing.T) {
	for _, bad := range []string{
		"A2", "A2,", "A2,not a key!,totp", "A2," + seedHex + ",ocra", "A2," + seedHex + ",totp,99999999999999999999",
		"A2," + seedHex, "2.6E+12," + seedHex + ",totp", "," + seedHex + ",totp", "A2," + seedHex + ",totp,6,30,Acme",
		"Yubico OTP,12/11/2013 11:10,1,vvgutbiedkvi,ab86c04de6a3," + seedHex + ",,,0,0,0,0,0,0,0,0,0,0",
	} {
		file, err := Read([]byte("A1,"+seedHex+",totp\n"+bad+"\nA3,"+seedHex+",totp\n"), Options{})
		if err != nil || len(file.Tokens) != 3 {
			t.Errorf("%q: %+v, %v", bad, file, err)
			continue
		}
		if file.Tokens[0].Problem != "" || file.Tokens[1].Problem == "" || file.Tokens[2].Problem != "" {
			t.Errorf("%q: %+v", bad, file.Tokens)
		}
	}
	if _, err := Read([]byte("\n# nothing\n\n"), Options{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty file: %v", err)
	}
}

// Wherever columns are mixed up, no key is shown.
func TestNoKeyIsShown(t *testing.T) {
	for _, content := range []string{
		seedHex + ",A1,totp\n", "A1," + "totp," + seedHex + "\n", "A1 x," + seedHex + "\nA2;" + seedHex + "\nA3;" + seedHex + "\n",
		"serial,secret,type\nA1,totp," + seedHex + "\n", "serial,secret,algorithm,model\nA1,sha1," + seedHex + "," + seedBase32 + "\n",
		"Yubico OTP,1,1," + seedHex + ",," + seedHex + "\n", seedBase32 + "\n", "serial,secret,user\nA1,x," + seedHex + "\n",
	} {
		file, err := Read([]byte(content), Options{})
		if shown := fmt.Sprintf("%+v %v", file, err); strings.Contains(shown, seedHex) || strings.Contains(shown, seedBase32) {
			t.Errorf("%q: %s", content, shown)
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("A1, " + seedHex + ", totp, 6, 30, sha1\n"))
	f.Add([]byte("upn,serial number,secret key,time interval,manufacturer,model\nanna@example.org,00012," + seedBase32 + ",60,Token2,c202\n"))
	f.Add([]byte("LOGGING START\nOATH-HOTP,11.12.13 18:55,1,cccccccccccc,," + seedHex + ",,,0,0,0,8,0\n"))
	f.Add([]byte(utf16Text("A1\t" + seedHex + "\ttotp\n")))
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := ReadTable(content, Options{Kind: enroll.TOTP})
		checkTokens(t, file, err)
	})
}

// A picture, or whatever else is no text, is no list of broken tokens.
func TestWhatIsNoTextIsNoTable(t *testing.T) {
	for _, content := range []string{"GIF89a,\x01\x00", "\x89PNG\r\n\x1a\n,,,", "PK\x03\x04\n", "A1,3132333435363738393031323334353637383930,totp\x00"} {
		if file, err := Read([]byte(content), Options{}); !errors.Is(err, ErrNotText) {
			t.Errorf("%q: %+v, %v", content, file, err)
		}
	}
	file, err := Read([]byte("A1,3132333435363738393031323334353637383930,totp\r\n\x1a"), Options{}) // as DOS ended files
	if err != nil || len(file.Tokens) != 1 || file.Tokens[0].Problem != "" {
		t.Errorf("%+v, %v", file, err)
	}
}
