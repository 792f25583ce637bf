package migrate

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"hash"
	"slices"
	"strings"
	"testing"

	"sleutelbos/enroll"
)

// signed writes bytes as Java's programs do.
func signed(raw []byte) []int8 {
	numbers := make([]int8, len(raw))
	for i, b := range raw {
		numbers[i] = int8(b)
	}
	return numbers
}

// freeotpFields is one entry; ahead is how much lower the counter is kept.
func freeotpFields(k enroll.Key, ahead uint64) object {
	fields := object{"algo": k.Algorithm, "digits": k.Digits, "issuerExt": k.Issuer, "issuerInt": k.Issuer, "label": k.Account, "type": strings.ToUpper(string(k.Kind))}
	switch k.Kind {
	case enroll.HOTP:
		fields["counter"], fields["period"] = int64(k.Counter-ahead), 30
	case enroll.Steam:
		fields["type"] = "TOTP"
		fallthrough
	default:
		fields["period"] = k.Period
	}
	return fields
}

func freeotpXML(t testing.TB) []byte {
	var b bytes.Buffer
	b.WriteString("<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<map>\n")
	add := func(name, value string) {
		b.WriteString(`    <string name="`)
		_ = xml.EscapeText(&b, []byte(name))
		b.WriteString(`">`)
		_ = xml.EscapeText(&b, []byte(value))
		b.WriteString("</string>\n")
	}
	keys := fixtureKeys()
	var order []string
	for _, k := range keys {
		order = append(order, k.Issuer+":"+k.Account)
	}
	for _, i := range []int{2, 0, 4, 1, 3} { // in no order, as Android does
		fields := freeotpFields(keys[i], 1)
		fields["secret"] = signed(keys[i].Secret)
		add(order[i], string(mustJSON(t, fields)))
	}
	b.WriteString(`    <int name="version" value="1" />` + "\n")
	add("tokenOrder", string(mustJSON(t, append(order, "oud", "kapot"))))
	add("kapot", "{")
	add("oud", "otpauth://totp/A:oud?secret=AAAAAAAA")
	b.WriteString("</map>\n")
	return b.Bytes()
}

func TestFreeotp1(t *testing.T) {
	content := freeotpXML(t)
	recognised(t, content, "freeotp")
	r := read(t, content, "")
	old := enroll.Key{Kind: enroll.TOTP, Issuer: "A", Account: "oud", Secret: make(enroll.Secret, 5), Algorithm: enroll.SHA1, Digits: 6, Period: 30}
	sameKeys(t, keysOf(r), append(fixtureKeys(), old))
	sameKept(t, r, map[string]string{"": "import.kept.unreadable"})
}

func TestFreeotpPlus(t *testing.T) {
	var tokens []object
	for _, k := range fixtureKeys() {
		fields := freeotpFields(k, 1)
		fields["secret"] = signed(k.Secret)
		tokens = append(tokens, fields)
	}
	renamed := freeotpFields(fixtureKeys()[0], 1)
	renamed["issuerAlt"], renamed["labelAlt"], renamed["secret"] = "Anders", "nieuw", signed([]byte("1234567890"))
	fresh := object{"algo": "SHA1", "digits": 6, "issuerExt": "B", "label": "vers", "type": "HOTP", "counter": -1, "secret": signed([]byte("1234567890"))}
	content := mustJSON(t, object{"tokenOrder": []string{}, "tokens": append(tokens, renamed, fresh)})
	recognised(t, content, "freeotp-plus")
	want := append(fixtureKeys(),
		enroll.Key{Kind: enroll.TOTP, Issuer: "Anders", Account: "nieuw", Secret: enroll.Secret("1234567890"), Algorithm: enroll.SHA1, Digits: 6, Period: 30},
		enroll.Key{Kind: enroll.HOTP, Issuer: "B", Account: "vers", Secret: enroll.Secret("1234567890"), Algorithm: enroll.SHA1, Digits: 6})
	sameKeys(t, keysOf(read(t, content, "")), want)
}

// javaWriter writes a HashMap as Java's object serialisation protocol does.
type javaWriter struct{ bytes.Buffer }

func (w *javaWriter) short(text string) {
	_ = binary.Write(w, binary.BigEndian, uint16(len(text)))
	w.WriteString(text)
}

func (w *javaWriter) text(text string) {
	if len(text) > 65535 {
		w.WriteByte(0x7c)
		_ = binary.Write(w, binary.BigEndian, uint64(len(text)))
		w.WriteString(text)
		return
	}
	w.WriteByte(0x74)
	w.short(text)
}

// javaHashMap writes pairs; of the two fields, Android's early versions have one.
func javaHashMap(early bool, texts ...string) []byte {
	w := &javaWriter{}
	w.WriteString("\xac\xed\x00\x05sr")
	w.short("java.util.HashMap")
	w.WriteString("\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\x00")
	if early {
		w.WriteString("\x01F")
		w.short("loadFactor")
		w.WriteString("xp\x3f\x40\x00\x00")
	} else {
		w.WriteString("\x02F")
		w.short("loadFactor")
		w.WriteByte('I')
		w.short("threshold")
		w.WriteString("xp\x3f\x40\x00\x00\x00\x00\x00\x18")
	}
	w.WriteString("w\x08\x00\x00\x00\x20")
	_ = binary.Write(w, binary.BigEndian, uint32(len(texts)/2))
	for _, text := range texts {
		w.text(text)
	}
	w.WriteByte('x')
	return w.Bytes()
}

// freeotpSeal seals as Android's Cipher does, with the parameters as ASN.1.
func freeotpSeal(t testing.TB, key, plain []byte, token string, seed byte) object {
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	nonce := bytesOf(seed, 12)
	parameters := slices.Concat([]byte{0x30, 17, 0x04, 12}, nonce, []byte{0x02, 1, 16})
	return object{
		"mCipher": "AES/GCM/NoPadding", "mToken": token, "mParameters": signed(parameters),
		"mCipherText": signed(sealer.Seal(nil, nonce, plain, []byte(token))),
	}
}

func freeotp2File(t testing.TB, passphrase string, early bool) []byte {
	name, h := "PBKDF2withHmacSHA512", func() hash.Hash { return sha512.New() }
	if early {
		name, h = "PBKDF2withHmacSHA1", sha1.New
	}
	const iterations = 10_000
	salt, master := bytesOf(8, 32), bytesOf(9, 32)
	key, err := pbkdf2.Key(h, passphrase, salt, iterations, 32)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"masterKey", string(mustJSON(t, object{
		"mAlgorithm": name, "mEncryptedKey": freeotpSeal(t, key, master, "AES", 10), "mIterations": iterations, "mSalt": signed(salt),
	}))}
	for i, k := range fixtureKeys() {
		id := "uuid-" + string(rune('a'+i))
		sealed := mustJSON(t, freeotpSeal(t, master, k.Secret, "Hmac"+string(k.Algorithm), byte(20+i)))
		texts = append(texts, id, string(mustJSON(t, object{"key": string(sealed)})), id+"-token", string(mustJSON(t, freeotpFields(k, 0))))
	}
	return javaHashMap(early, append(texts, "lonely-token", `{"type":"TOTP","label":"zonder"}`)...)
}

func TestFreeotp2(t *testing.T) {
	for _, early := range []bool{false, true} {
		content := freeotp2File(t, "geheim é", early)
		recognised(t, content, "freeotp")
		r := read(t, content, "geheim é")
		sameKeys(t, keysOf(r), fixtureKeys())
		sameKept(t, r, map[string]string{"zonder": "import.kept.unreadable"})
		if r.Entries[0].Origin != "uuid-a" {
			t.Errorf("the first was %q", r.Entries[0].Origin)
		}
		crafted(t, "wrong password", content, ErrPassphrase)
	}
}

func TestFreeotp2Refused(t *testing.T) {
	content := freeotp2File(t, "x", false)
	for n := range len(content) - 1 {
		if n%97 == 0 {
			if _, err := Read(t.Context(), content[:n], Options{Format: "freeotp", Passphrase: typed("x")}); err == nil {
				t.Errorf("cut off after %d bytes, it was read", n)
			}
		}
	}
	crafted(t, "2^31 iterations", bytes.Replace(content, []byte(`"mIterations":10000`), []byte(`"mIterations":2e+9 `), 1), ErrCostly)
	crafted(t, "two thousand million entries", bytes.Replace(content, []byte("w\x08\x00\x00\x00\x20\x00\x00\x00"), []byte("w\x08\x00\x00\x00\x20\x7f\xff\xff"), 1), ErrTooLarge)
	var version *VersionError
	if _, err := tryRead(bytes.Replace(content, []byte("HmacSHA512"), []byte("HmacSHA999"), 1), "x"); !errors.As(err, &version) {
		t.Errorf("another derivation: %v", err)
	}
	crafted(t, "deep XML", []byte("<map>"+strings.Repeat("<a>", 1000)+`"tokenOrder"`), ErrTooLarge)
	crafted(t, "XML of attributes", []byte("<map><!-- issuerExt --><string "+strings.Repeat(`a="" `, 1_100_000)), ErrTooLarge)
	crafted(t, "half an XML", freeotpXML(t)[:1000], ErrDamaged)
}

// Java writes a character beyond the first 65,536 as two halves.
func TestTextOfJava(t *testing.T) {
	raw := javaHashMap(false, "long", strings.Repeat("a", 70_000), "smile", "\xed\xa0\xbd\xed\xb8\x80!", "nul", "a\xc0\x80b")
	raw = append(raw[:len(raw)-1], 0x71, 0, 0x7e, 0, 4, 0x71, 0, 0x7e, 0, 5, 'x') // two references
	raw = bytes.Replace(raw, []byte("w\x08\x00\x00\x00\x20\x00\x00\x00\x03"), []byte("w\x08\x00\x00\x00\x20\x00\x00\x00\x04"), 1)
	pairs, err := parseJavaMap(raw, 10)
	if err != nil || len(pairs) != 4 {
		t.Fatalf("%d pairs, %v", len(pairs), err)
	}
	if len(pairs[0].value) != 70_000 || pairs[1].value != "😀!" || pairs[3] != (pair{"smile", "😀!"}) {
		t.Errorf("%q, %q", pairs[1:], pairs[0].name)
	}
}

func FuzzFreeotp(f *testing.F) {
	small := bytes.Replace(freeotp2File(f, "x", false), []byte(`"mIterations":10000`), []byte(`"mIterations":10   `), 1)
	fuzzFormat(f, "freeotp", "x", freeotpXML(f), small, freeotp2File(f, "x", true), javaHashMap(true, "masterKey", "{}"))
}

func FuzzFreeotpPlus(f *testing.F) {
	fuzzFormat(f, "freeotp-plus", "", []byte(`{"tokenOrder":[],"tokens":[{"algo":"SHA1","digits":6,"issuerExt":"B","label":"a","type":"HOTP","counter":-1,"secret":[1,-1,2]}]}`))
}
