package migrate

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/argon2"

	"sleutelbos/enroll"
)

func otpclientList(t testing.TB) []byte {
	var entries []object
	for _, k := range fixtureKeys() {
		e := object{"type": strings.ToUpper(string(k.Kind)), "label": k.Account, "issuer": k.Issuer, "digits": k.Digits, "algo": k.Algorithm, "secret": b32(k.Secret), "group": "Werk"}
		switch k.Kind {
		case enroll.HOTP:
			e["counter"] = k.Counter
		case enroll.Steam:
			e["type"], e["period"] = "TOTP", 30
		default:
			e["period"] = k.Period
		}
		entries = append(entries, e)
	}
	return mustJSON(t, entries)
}

// otpclientFile writes a database of a version; cut takes as many bytes of the
// passphrase as it has characters, as early versions did.
func otpclientFile(t testing.TB, version int, passphrase string, cut bool) []byte {
	typed := []byte(passphrase)
	if cut {
		typed = typed[:len([]rune(passphrase))]
	}
	nonce, salt := bytesOf(1, 16), bytesOf(2, 32)
	const passes, memory, lanes = 2, 8192, 4
	key := argon2.IDKey(typed, salt, passes, memory, lanes, 32)
	var header bytes.Buffer
	switch version {
	case 1:
		derived, err := pbkdf2.Key(sha512.New, string(typed), salt, 100_000, 32)
		if err != nil {
			t.Fatal(err)
		}
		key = derived
		header.Write(nonce)
		header.Write(salt)
	case 2:
		header.WriteString("OTPClient\x00\x00\x00")
		_ = binary.Write(&header, binary.LittleEndian, int32(2))
		header.Write(nonce)
		header.Write(salt)
		_ = binary.Write(&header, binary.LittleEndian, []int32{passes, memory, lanes})
	default:
		header.WriteString("OTPClient")
		_ = binary.Write(&header, binary.BigEndian, int32(version))
		header.Write(nonce)
		header.Write(salt)
		_ = binary.Write(&header, binary.BigEndian, []int32{passes, memory, lanes})
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := cipher.NewGCMWithNonceSize(block, 16)
	if err != nil {
		t.Fatal(err)
	}
	return sealer.Seal(header.Bytes(), nonce, otpclientList(t), header.Bytes())
}

func TestOtpclient(t *testing.T) {
	for _, c := range []struct {
		version int
		cut     bool
	}{{3, false}, {2, false}, {2, true}, {1, true}} {
		content := otpclientFile(t, c.version, "geheim é", c.cut)
		if c.version > 1 {
			recognised(t, content, "otpclient")
		} else if got := Detect(content, "otpclient.enc"); got[0] != "otpclient" {
			t.Errorf("version 1 is taken for %v", got)
		}
		r, err := Read(t.Context(), content, Options{Name: "otpclient.enc", Passphrase: typed("geheim é")})
		if err != nil {
			t.Fatalf("version %d: %v", c.version, err)
		}
		sameKeys(t, keysOf(r), fixtureKeys())
		if !cmp.Equal(r.Entries[0].Groups, []string{"Werk"}) {
			t.Errorf("groups %v", r.Entries[0].Groups)
		}
		crafted(t, "wrong password", content, ErrPassphrase)
		content[20] ^= 1
		if _, err := Read(t.Context(), content, Options{Format: "otpclient", Passphrase: typed("geheim é")}); !errors.Is(err, ErrPassphrase) {
			t.Errorf("a changed header: %v", err)
		}
	}
}

func TestOtpclientRefused(t *testing.T) {
	content := otpclientFile(t, 3, "x", false)
	costs := func(at int) []byte {
		changed := bytes.Clone(content)
		binary.BigEndian.PutUint32(changed[61+at:], 4<<20)
		return changed
	}
	crafted(t, "4 GiB", costs(4), ErrCostly)
	crafted(t, "passes without end", costs(0), ErrCostly)
	crafted(t, "lanes without end", costs(8), ErrCostly)
	crafted(t, "cut off", content[:80], ErrDamaged)
	var version *VersionError
	if _, err := tryRead(otpclientFile(t, 4, "x", false), "x"); !errors.As(err, &version) || version.Version != "4" {
		t.Errorf("a newer version: %v", err)
	}
}

func FuzzOtpclient(f *testing.F) {
	content := otpclientFile(f, 3, "x", false)
	binary.BigEndian.PutUint32(content[65:], 8)
	fuzzFormat(f, "otpclient", "x", content, otpclientFile(f, 2, "x", false), otpclientFile(f, 1, "x", false))
}
