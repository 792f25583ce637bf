package migrate

import (
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sleutelbos/enroll"
)

// The encoder of the tests: protocol buffers by hand, from the encoding's
// description and the field numbers that are known of Google's payload.

func pbNumber(field byte, n uint64) []byte {
	return binary.AppendUvarint([]byte{field << 3}, n)
}

func pbBytes(field byte, b []byte) []byte {
	return append(binary.AppendUvarint([]byte{field<<3 | 2}, uint64(len(b))), b...)
}

type googleKey struct {
	name, issuer                     string
	secret                           []byte
	algorithm, digits, kind, counter uint64
}

func (k googleKey) encode() []byte {
	out := pbBytes(1, k.secret)
	out = append(out, pbBytes(2, []byte(k.name))...)
	out = append(out, pbBytes(3, []byte(k.issuer))...)
	for i, n := range []uint64{k.algorithm, k.digits, k.kind, k.counter} {
		if n != 0 {
			out = append(out, pbNumber(byte(4+i), n)...)
		}
	}
	return append(out, pbBytes(8, []byte("unique"))...)
}

func googleText(size, index, id uint64, keys ...googleKey) string {
	var out []byte
	for _, k := range keys {
		out = append(out, pbBytes(1, k.encode())...)
	}
	out = append(out, pbNumber(2, 1)...)
	out = append(out, pbNumber(3, size)...)
	out = append(out, pbNumber(4, index)...)
	out = append(out, pbNumber(5, id)...)
	return "otpauth-migration://offline?data=" + url.QueryEscape(base64.StdEncoding.EncodeToString(out))
}

func TestGoogle(t *testing.T) {
	secret := []byte("12345678901234567890")
	content := []byte(googleText(1, 0, 7,
		googleKey{name: "Gemeente:jan@example.nl", issuer: "Gemeente", secret: secret, algorithm: 1, digits: 1, kind: 2},
		googleKey{name: "eva", issuer: "Zorg", secret: secret[:10], algorithm: 3, digits: 2, kind: 2},
		googleKey{name: "teller", issuer: "Bank", secret: secret, algorithm: 2, kind: 1, counter: 300},
		googleKey{name: "niets gezegd", secret: secret[:16]},
		googleKey{name: "oud", secret: secret, algorithm: 4, digits: 1, kind: 2},
		googleKey{name: "nieuw", secret: secret, algorithm: 9, digits: 1, kind: 2},
		googleKey{name: "leeg"},
		googleKey{name: "soort", secret: secret, kind: 5},
	))
	recognised(t, content, "google")
	r := read(t, content, "")
	key := func(issuer, account string, n int) enroll.Key {
		return enroll.Key{Kind: enroll.TOTP, Issuer: issuer, Account: account, Secret: secret[:n], Algorithm: enroll.SHA1, Digits: 6, Period: 30}
	}
	eva, counter := key("Zorg", "eva", 10), key("Bank", "teller", 20)
	eva.Algorithm, eva.Digits = enroll.SHA512, 8
	counter.Kind, counter.Algorithm, counter.Period, counter.Counter = enroll.HOTP, enroll.SHA256, 0, 300
	sameKeys(t, keysOf(r), []enroll.Key{key("Gemeente", "jan@example.nl", 20), eva, counter, key("", "niets gezegd", 16)})
	sameKept(t, r, map[string]string{
		"oud": "import.kept.algorithm", "nieuw": "import.kept.algorithm",
		"leeg": "import.kept.no-secret", "soort": "import.kept.kind",
	})
}

// The parts of a batch come in any order and more than once, and what is
// missing is told.
func TestGoogleBatches(t *testing.T) {
	part := func(i uint64, name string) string {
		return googleText(3, i, 99, googleKey{name: name, secret: []byte("12345678901234567890"), kind: 2})
	}
	r := read(t, []byte(part(2, "c")+"\n"+part(0, "a")+"\r\n\n"+part(2, "c")+"\n"), "")
	if len(r.Entries) != 2 || len(r.Batches) != 1 || r.Batches[0].Complete() || !cmp.Equal(r.Batches[0].Seen, []int{1, 3}) {
		t.Errorf("%d entries, %+v", len(r.Entries), r.Batches)
	}
	if want := []Note{{"import.note.batch", []any{"seen", 2, "size", 3}}}; !cmp.Equal(r.Notes, want) {
		t.Errorf("told %+v", r.Notes)
	}
	r = read(t, []byte(strings.Join([]string{part(0, "a"), part(1, "b"), part(2, "c"), "otpauth://totp/x?secret=AAAAAAAA"}, "\n")), "")
	if len(r.Entries) != 4 || !r.Batches[0].Complete() || len(r.Notes) != 0 {
		t.Errorf("%d entries, %+v, told %+v", len(r.Entries), r.Batches, r.Notes)
	}
}

// A text whose data was hurt on the way is kept, and the others are read.
func TestGoogleHurt(t *testing.T) {
	good := googleText(1, 0, 1, googleKey{name: "goed", secret: []byte("1234567890"), kind: 2})
	r := read(t, []byte(good[:len(good)-20]+"\n"+good), "")
	if len(keysOf(r)) != 1 || len(kept(r)) != 1 {
		t.Errorf("%+v", r.Entries)
	}
}

func FuzzGoogle(f *testing.F) {
	fuzzFormat(f, "google", "",
		[]byte(googleText(2, 1, 5, googleKey{name: "a:b", issuer: "a", secret: []byte("1234567890"), algorithm: 4, kind: 1, counter: 1<<63 + 1})),
		[]byte("otpauth-migration://offline?data=CgA%3D"))
}
