package vault

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"sleutelbos/enroll"
)

// The golden file was written once by the first version of format 1. It is
// never written anew: every later version must open it.
const (
	goldenFile       = "format1.sleutelbos"
	goldenPassphrase = "vier paarden in de wei"
	goldenBody       = "format1.jsonl"
	goldenRecovery   = "format1.recovery"
)

var writeGolden = flag.Bool("write-golden", false, "write the golden file where there is none")

func golden(t *testing.T, name string) []byte {
	t.Helper()
	return readRaw(t, filepath.Join("testdata", name))
}

func TestGoldenFileOpens(t *testing.T) {
	if *writeGolden {
		makeGolden(t)
	}
	o := options(t.TempDir())
	f := At(o)
	writeRaw(t, f.path(), golden(t, goldenFile))
	for _, by := range []Unlock{
		ByPassphrase([]byte(goldenPassphrase)),
		ByRecoveryKey(string(golden(t, goldenRecovery))),
	} {
		v, err := f.Open(ctx, by)
		if err != nil {
			t.Fatalf("by %s: %v", by.Kind(), err)
		}
		list := v.List()
		if v.ReadOnly() || len(list) != 5 {
			t.Fatalf("ReadOnly %v, %d entries", v.ReadOnly(), len(list))
		}
		if list[1].Kind != enroll.HOTP || list[1].Counter != 42 || list[2].Kind != enroll.Steam ||
			list[3].Readable || list[4].Link.Organisation != "Gemeente Voorbeeld" || !list[4].Link.LinkedAt.Equal(morning) {
			t.Errorf("the entries are %+v", list)
		}
		// RFC 6238, appendix B, at 59 seconds.
		code, err := v.Peek(list[0].ID, time.Unix(59, 0))
		if err != nil || code.Text != "94287082" {
			t.Errorf("the code is %q, %v", code.Text, err)
		}
		if body, err := v.now.content.encode(); err != nil || !bytes.Equal(body, golden(t, goldenBody)) {
			t.Errorf("the body is\n%s", body)
		}
	}
	v, err := f.Open(ctx, ByPassphrase([]byte(goldenPassphrase)))
	if err != nil {
		t.Fatal(err)
	}
	add(t, v, totp(1))
	if err := v.SetPassphrase(ctx, anybody()); err != nil {
		t.Fatal(err)
	}
	if got := opened(t, f).List(); len(got) != 6 {
		t.Errorf("after a save there are %d entries", len(got))
	}
}

// TestAnotherReader opens the golden file by FORMAT.md alone.
func TestAnotherReader(t *testing.T) {
	raw := golden(t, goldenFile)
	end := len(raw) - 32
	if sum := sha256.Sum256(raw[:end]); !bytes.Equal(sum[:], raw[end:]) {
		t.Fatal("the checksum is not right")
	}
	size := 16 + int(binary.BigEndian.Uint32(raw[12:]))
	var header struct {
		Vault string
		Slots []struct {
			Kind, ID string
			Argon2   *struct {
				Memory, Passes uint32
				Lanes          uint8
				Salt           []byte
			}
			Wrap []byte
		}
	}
	if err := json.Unmarshal(raw[16:size], &header); err != nil {
		t.Fatal(err)
	}
	for _, slot := range header.Slots {
		var key []byte
		info := `{"vault":"` + header.Vault + `","kind":"` + slot.Kind + `","id":"` + slot.ID + `"`
		switch slot.Kind {
		case "passphrase":
			a := slot.Argon2
			key = argon2.IDKey([]byte(goldenPassphrase), a.Salt, a.Passes, a.Memory, a.Lanes, 32)
			info += `,"argon2":` + string(mustJSON(t, struct {
				Memory uint32 `json:"memory"`
				Passes uint32 `json:"passes"`
				Lanes  uint8  `json:"lanes"`
				Salt   []byte `json:"salt"`
			}{a.Memory, a.Passes, a.Lanes, a.Salt}))
		case "recovery":
			typed := strings.NewReplacer("-", "", "\n", "").Replace(string(golden(t, goldenRecovery)))
			var err error
			if key, err = hkdf.Key(sha256.New, []byte(typed[:26]), []byte(slot.ID), "sleutelbos recovery key", 32); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("a slot of kind %q", slot.Kind)
		}
		private, err := hpke.DHKEM(ecdh.X25519()).DeriveKeyPair(key)
		if err != nil {
			t.Fatal(err)
		}
		master, err := hpke.Open(private, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(),
			[]byte("sleutelbos vault slot\n"+info+"}"), slot.Wrap)
		if err != nil {
			t.Fatalf("the %s slot does not open: %v", slot.Kind, err)
		}
		aead, err := chacha20poly1305.NewX(master)
		if err != nil {
			t.Fatal(err)
		}
		body, err := aead.Open(nil, raw[size:size+24], raw[size+24:end], raw[:size])
		if err != nil || !bytes.Equal(body, golden(t, goldenBody)) {
			t.Errorf("the body is %q, %v", body, err)
		}
	}
}

func makeGolden(t *testing.T) {
	path := filepath.Join("testdata", goldenFile)
	if _, err := os.Stat(path); err == nil {
		t.Fatal("the golden file is there already and is never written anew")
	}
	o := options(t.TempDir())
	o.Argon2 = Argon2{Memory: 1024, Passes: 2, Lanes: 2}
	f := At(o)
	v, recovery, err := f.Create(ctx, First{Passphrase: []byte(goldenPassphrase)})
	if err != nil {
		t.Fatal(err)
	}
	rfc := enroll.Key{
		Kind: enroll.TOTP, Issuer: "RFC 6238", Account: "appendix B <é>", Digits: 8, Period: 30,
		Algorithm: enroll.SHA1, Secret: enroll.Secret("12345678901234567890"),
	}
	counting, steam, linked := rfc, rfc, rfc
	counting.Kind, counting.Counter, counting.Period = enroll.HOTP, 42, 0
	steam.Kind, steam.Digits = enroll.Steam, enroll.SteamDigits
	linked.Algorithm, linked.Digits, linked.Account = enroll.SHA256, 6, "anna"
	update(t, v, func(d *Draft) error {
		for _, key := range []enroll.Key{rfc, counting, steam} {
			if _, err := d.Add(key, nil); err != nil {
				return err
			}
		}
		d.content.records = append(d.content.records, parseRecord([]byte(`{"id":"later","kind":"lattice", "x":[1]}`)))
		_, err := d.Add(linked, &Link{
			Server: "https://sleutelbos.voorbeeld.nl", User: "anna", Organisation: "Gemeente Voorbeeld",
			Environment: "production", ID: "l1", ExpiresAt: morning.Add(10 * time.Minute), LinkedAt: morning,
		})
		return err
	})
	forged(t, v, func(body []byte) []byte {
		body = bytes.Replace(body, []byte(`{`), []byte(`{"later":true,`), 1)
		return bytes.Replace(body, []byte(`"issuer":`), []byte(`"tags":["work"],"issuer":`), 1)
	})
	w, err := f.Open(ctx, ByPassphrase([]byte(goldenPassphrase)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := w.now.content.encode()
	if err != nil {
		t.Fatal(err)
	}
	writeRaw(t, path, readRaw(t, f.path()))
	writeRaw(t, filepath.Join("testdata", goldenBody), body)
	writeRaw(t, filepath.Join("testdata", goldenRecovery), []byte(recovery.Reveal()+"\n"))
}
