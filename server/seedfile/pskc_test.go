package seedfile

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sleutelbos/enroll"
)

const (
	presharedKey = "12345678901234567890123456789012" // of figure 6, hexadecimal
	passphrase   = "qwerty"                           // of figure 7
	seed         = "12345678901234567890"
)

func figure(t testing.TB, number int) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "rfc6030", fmt.Sprintf("figure%d.xml", number)))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// The figures of RFC 6030. What they lack is a key of a decent length (2), the
// key (4), and the private key (8), which TestAFileForACertificate has.
func TestTheExamplesOfTheRFC(t *testing.T) {
	hotp := enroll.Key{Kind: enroll.HOTP, Secret: []byte(seed), Algorithm: enroll.SHA1, Digits: 8}
	six, four := hotp, hotp
	six.Digits, four.Digits, four.Secret = 6, 6, []byte("1234")
	for number, test := range map[int]struct {
		options Options
		serials []string
		keys    []enroll.Key // without a secret: a problem
		user    string
	}{
		2:  {serials: []string{"12345678"}, keys: []enroll.Key{four}},
		3:  {serials: []string{"987654321"}, keys: []enroll.Key{hotp}, user: "UID=jsmith,DC=example-bank,DC=net"},
		4:  {serials: []string{"987654321"}, keys: []enroll.Key{{}}},
		5:  {serials: []string{"987654321", "987654321"}, keys: []enroll.Key{hotp, {}}},
		6:  {options: Options{Key: []byte(presharedKey)}, serials: []string{"987654321"}, keys: []enroll.Key{hotp}},
		7:  {options: Options{Passphrase: passphrase}, serials: []string{"987654321"}, keys: []enroll.Key{hotp}},
		8:  {options: Options{Key: []byte(presharedKey)}, serials: []string{"987654321"}, keys: []enroll.Key{{}}},
		9:  {serials: []string{"0755225266"}, keys: []enroll.Key{six}},
		10: {serials: []string{"654321", "123456", "9999999", "9999999"}, keys: []enroll.Key{hotp, hotp, hotp, hotp}},
	} {
		file, err := Read(figure(t, number), test.options)
		if err != nil || len(file.Tokens) != len(test.serials) || file.Signed != (number == 9) {
			t.Errorf("figure %d: %d tokens, signed %v, %v", number, len(file.Tokens), file.Signed, err)
			continue
		}
		for i, got := range file.Tokens {
			want := test.keys[i]
			if got.Serial != test.serials[i] || got.User != test.user || (got.Problem == "") != (want.Secret != nil) ||
				got.Key.Fingerprint() != want.Fingerprint() || got.Key.Counter != 0 {
				t.Errorf("figure %d, token %d: %+v", number, i, got)
			}
		}
	}
}

func TestAWrongKeyIsSaid(t *testing.T) {
	other := strings.Repeat("ab", 16)
	for _, test := range []struct {
		figure  int
		options Options
		want    error
	}{
		{6, Options{}, ErrNeedsKey},
		{6, Options{Key: []byte(other)}, ErrWrongKey},
		{6, Options{Key: []byte("too short")}, ErrKeyFile},
		{6, Options{Key: []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}, ErrKeyFile},
		{7, Options{}, ErrNeedsPass},
		{7, Options{Key: []byte(other)}, ErrNeedsPass},
		{7, Options{Passphrase: "azerty"}, ErrWrongKey},
		{8, Options{}, ErrNeedsKey},
	} {
		if _, err := Read(figure(t, test.figure), test.options); !errors.Is(err, test.want) {
			t.Errorf("figure %d: %v, want %v", test.figure, err, test.want)
		}
	}
}

// One bit of a cipher text, a MAC left out, a MAC for another file: none is
// believed.
func TestTheMACIsVerified(t *testing.T) {
	good := string(figure(t, 6))
	for what, changed := range map[string]string{
		"a changed cipher text": strings.Replace(good, "AAECAwQFBgcICQoLDA0OD+cI", "AAECAwQFBgcICQoLDA0OD+cJ", 1),
		"a changed vector":      strings.Replace(good, "AAECAwQFBgcI", "AQECAwQFBgcI", 1),
		"another MAC":           strings.Replace(good, "Su+NvtQfmvfJzF6bmQiJqoLRExc=", "LP6xMvjtypbfT9PdkJhBZ+D6O4w=", 1),
		"no MAC":                strings.Replace(good, "Su+NvtQfmvfJzF6bmQiJqoLRExc=", "", 1),
		"another MAC key":       strings.Replace(good, "ESIzRFVmd4iZABEiM0RVZgKn6WjL", "ESIzRFVmd4iZABEiM0RVZgKn6WjM", 1),
	} {
		if changed == good {
			t.Fatalf("%s: nothing was changed", what)
		}
		file, err := Read([]byte(changed), Options{Key: []byte(presharedKey)})
		if err == nil && (file.Tokens[0].Problem == "" || file.Tokens[0].Key.Secret != nil) {
			t.Errorf("%s is believed: %+v", what, file.Tokens[0])
		}
	}
}

// keyContainer is a file around one package; the rest is in its head.
func keyContainer(head, algorithm, parameters, data string) []byte {
	return []byte(`<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">` + head +
		`<KeyPackage><DeviceInfo><Manufacturer>Acme</Manufacturer><SerialNo>A1</SerialNo></DeviceInfo><Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:` +
		algorithm + `"><AlgorithmParameters>` + parameters + `</AlgorithmParameters><Data>` + data + `</Data></Key></KeyPackage></KeyContainer>`)
}

func plainSecret() string {
	return "<Secret><PlainValue>" + base64.StdEncoding.EncodeToString([]byte(seed)) + "</PlainValue></Secret>"
}

func TestTimeBasedPSKC(t *testing.T) {
	file, err := Read(keyContainer("", "totp", `<Suite>HMAC-SHA256</Suite><ResponseFormat Length="8" Encoding="DECIMAL"/>`,
		plainSecret()+`<Time><PlainValue>59810000</PlainValue></Time><TimeInterval><PlainValue>60</PlainValue></TimeInterval><TimeDrift><PlainValue>-4</PlainValue></TimeDrift>`), Options{})
	if err != nil || len(file.Tokens) != 1 {
		t.Fatalf("%+v, %v", file, err)
	}
	got := file.Tokens[0]
	want := enroll.Key{Kind: enroll.TOTP, Secret: []byte(seed), Algorithm: enroll.SHA256, Digits: 8, Period: 60}
	if got.Problem != "" || got.Key.Fingerprint() != want.Fingerprint() || got.Drift != -4 || got.Used != 59810000 || got.Maker != "Acme" {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsNotKnownIsSaidAndSkipped(t *testing.T) {
	for what, content := range map[string][]byte{
		"ocra":          keyContainer("", "ocra", "<Suite>OCRA-1:HOTP-SHA1-6:QN08</Suite>", plainSecret()),
		"hexadecimal":   keyContainer("", "totp", `<ResponseFormat Length="8" Encoding="HEXADECIMAL"/>`, plainSecret()),
		"check digits":  keyContainer("", "totp", `<ResponseFormat Length="8" Encoding="DECIMAL" CheckDigits="true"/>`, plainSecret()),
		"nine digits":   keyContainer("", "totp", `<ResponseFormat Length="9" Encoding="DECIMAL"/>`, plainSecret()),
		"md5":           keyContainer("", "totp", `<Suite>HMAC-MD5</Suite>`, plainSecret()),
		"not base64":    keyContainer("", "totp", ``, "<Secret><PlainValue>!!</PlainValue></Secret>"),
		"huge counter":  keyContainer("", "hotp", ``, plainSecret()+"<Counter><PlainValue>99999999999999999</PlainValue></Counter>"),
		"below zero":    keyContainer("", "hotp", ``, plainSecret()+"<Counter><PlainValue>-1</PlainValue></Counter>"),
		"words":         keyContainer("", "hotp", ``, plainSecret()+"<Counter><PlainValue>many</PlainValue></Counter>"),
		"no secret":     keyContainer("", "hotp", ``, ""),
		"an empty one":  keyContainer("", "hotp", ``, "<Secret/>"),
		"an empty key":  []byte(`<KeyContainer><KeyPackage/></KeyContainer>`),
		"other purpose": []byte(strings.Replace(string(keyContainer("", "hotp", "", plainSecret())), "</Data>", "</Data><Policy><KeyUsage>Encrypt</KeyUsage></Policy>", 1)),
	} {
		file, err := Read(content, Options{})
		if err != nil || len(file.Tokens) != 1 || file.Tokens[0].Problem == "" || file.Tokens[0].Key.Secret != nil {
			t.Errorf("%s: %+v, %v", what, file, err)
		}
	}
}

func TestHostileXML(t *testing.T) {
	deep := strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)
	for what, test := range map[string]struct {
		content string
		want    error
	}{
		"entities":      {`<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><KeyContainer>&b;</KeyContainer>`, ErrDTD},
		"outside":       {`<!DOCTYPE k SYSTEM "file:///etc/passwd"><KeyContainer/>`, ErrDTD},
		"an entity":     {`<KeyContainer>&a;</KeyContainer>`, ErrNotPSKC},
		"depth":         {"<KeyContainer>" + deep + "</KeyContainer>", ErrDeep},
		"no packages":   {"<KeyContainer/>", ErrEmpty},
		"another file":  {"<html><KeyPackage/></html>", ErrNotPSKC},
		"half a file":   {"<KeyContainer><KeyPackage>", ErrNotPSKC},
		"a lot of work": {strings.Replace(string(figure(t, 7)), ">1000<", ">99999999<", 1), ErrDerivation},
		"a long key":    {strings.Replace(string(figure(t, 7)), "<KeyLength>16<", "<KeyLength>99999999<", 1), ErrDerivation},
		"another way":   {strings.Replace(string(figure(t, 7)), "#pbkdf2", "#scrypt", 1), ErrDerivation},
	} {
		if _, err := Read([]byte(test.content), Options{Passphrase: passphrase}); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", what, err, test.want)
		}
	}
	if _, err := Read(append([]byte("<"), make([]byte, MaxFile)...), Options{}); !errors.Is(err, ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
}

func FuzzPSKC(f *testing.F) {
	for number := 2; number <= 10; number++ {
		f.Add(figure(f, number))
	}
	for _, name := range []string{xmlenc11 + "aes128-gcm", xmlenc + "kw-tripledes", xmlenc + "tripledes-cbc", xmlenc11 + "rsa-oaep"} {
		f.Add(encryptedFile(methodOf(name, ""), bytesOf(48), "", nil, nil))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if n := strings.Count(string(content), "IterationCount"); n > 0 && n != 2*strings.Count(string(content), "IterationCount>1000</IterationCount>") {
			t.Skip("deriving takes its time")
		}
		file, err := ReadPSKC(content, Options{Key: []byte(presharedKey), Passphrase: passphrase})
		checkTokens(t, file, err)
	})
}

// checkTokens insists that a token has either a problem or all it needs.
func checkTokens(t *testing.T, file File, err error) {
	t.Helper()
	if err != nil {
		return
	}
	for _, token := range file.Tokens {
		if (token.Problem == "") != (token.Key.Kind != "") || token.Problem == "" && token.Serial == "" {
			t.Errorf("%+v", token)
		}
		if strings.ContainsAny(token.Serial+token.Maker+token.Model+token.User+token.Problem, "\n\x00\x1b") {
			t.Errorf("%+v holds what a terminal acts on", token)
		}
	}
}
