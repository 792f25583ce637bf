package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

func resealed(t testing.TB, raw []byte, prefix int, master, body []byte) []byte {
	t.Helper()
	aead, err := chacha20poly1305.NewX(master)
	if err != nil {
		t.Fatal(err)
	}
	nonce := make([]byte, nonceSize)
	if _, err := rand.Read(nonce); err != nil {
		t.Fatal(err)
	}
	out := append(bytes.Clone(raw[:prefix]), nonce...)
	out = aead.Seal(out, nonce, body, raw[:prefix])
	return summed(append(out, make([]byte, checksumSize)...))
}

func TestDamageIsNotAWrongPassphrase(t *testing.T) {
	f, v, _ := made(t)
	add(t, v, totp(1))
	raw := readRaw(t, f.path())
	for i := 0; i < len(raw); i += 7 {
		flipped := bytes.Clone(raw)
		flipped[i] ^= 0x20
		writeRaw(t, f.path(), flipped)
		_, err := f.Open(ctx, ByPassphrase([]byte("wrong")))
		wantError(t, err, ErrDamaged)
	}
	for _, size := range []int{0, 1, 8, 16, 90, len(raw) - 1} {
		writeRaw(t, f.path(), raw[:size])
		_, err := f.Open(ctx, ByPassphrase(anybody()))
		wantError(t, err, ErrDamaged)
		_, err = f.Slots()
		wantError(t, err, ErrDamaged)
	}
	wantError(t, v.Update(ctx, func(*Draft) error { return nil }), ErrDamaged)
	_, err := v.Refresh(ctx)
	wantError(t, err, ErrDamaged)
	if len(v.List()) != 1 {
		t.Error("what is in memory went")
	}
	// A body that somebody changed and summed: the seal tells.
	broken := bytes.Clone(raw)
	broken[len(broken)-checksumSize-1] ^= 1
	writeRaw(t, f.path(), summed(broken))
	_, err = f.Open(ctx, ByPassphrase(anybody()))
	wantError(t, err, ErrDamaged)
	_, err = f.Open(ctx, ByPassphrase([]byte("wrong")))
	wantError(t, err, ErrWrongPassphrase)
}

func TestCraftedHeaders(t *testing.T) {
	f, v, _ := made(t)
	raw := readRaw(t, f.path())
	text := func(old, now string) []byte {
		return withHeader(raw, func(h []byte) []byte {
			if !bytes.Contains(h, []byte(old)) {
				t.Fatalf("the header has no %s", old)
			}
			return bytes.Replace(h, []byte(old), []byte(now), 1)
		})
	}
	number := func(at int, value uint64, size int) []byte {
		forged := bytes.Clone(raw)
		switch size {
		case 2:
			binary.BigEndian.PutUint16(forged[at:], uint16(value))
		case 4:
			binary.BigEndian.PutUint32(forged[at:], uint32(value))
		}
		return summed(forged)
	}
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"memory beyond bounds":     {text(`"memory":8`, `"memory":4194304`), ErrArgon2},
		"passes beyond bounds":     {text(`"passes":1`, `"passes":21`), ErrArgon2},
		"no passes":                {text(`"passes":1`, `"passes":0`), ErrArgon2},
		"no lanes":                 {text(`"lanes":1`, `"lanes":0`), ErrArgon2},
		"too many lanes":           {text(`"lanes":1`, `"lanes":255`), ErrArgon2},
		"work beyond bounds":       {text(`"memory":8,"passes":1`, `"memory":1048576,"passes":20`), ErrArgon2},
		"other costs":              {text(`"memory":8`, `"memory":16`), ErrWrongPassphrase},
		"other vault":              {text(v.ID(), strings.Repeat("ab", 16)), ErrWrongPassphrase},
		"no vault":                 {text(v.ID(), "ab"), ErrDamaged},
		"other serial":             {text(`"serial":1`, `"serial":2`), ErrDamaged},
		"negative serial":          {text(`"serial":1`, `"serial":-1`), ErrDamaged},
		"blank in the header":      {text(`,"serial"`, `, "serial"`), ErrDamaged},
		"field twice":              {text(`"serial":1`, `"serial":1,"serial":1`), ErrDamaged},
		"unknown field":            {text(`"serial":1`, `"serial":1,"x":1`), ErrDamaged},
		"slot of another kind":     {text(`"kind":"passphrase"`, `"kind":"password"`), ErrDamaged},
		"recovery slot with costs": {text(`"kind":"passphrase"`, `"kind":"keyring"`), ErrDamaged},
		"two slots of a kind":      {text(`"kind":"recovery"`, `"kind":"passphrase"`), ErrDamaged},
		"no JSON":                  {text(`{`, `[`), ErrDamaged},
		"endless header":           {number(12, 1<<32-1, 4), ErrDamaged},
		"header beyond the file":   {number(12, uint64(len(raw)), 4), ErrDamaged},
		"no header":                {number(12, 0, 4), ErrDamaged},
		"format 0":                 {number(8, 0, 2), ErrDamaged},
		"oldest reader 0":          {number(10, 0, 2), ErrDamaged},
		"oldest above format":      {number(10, 9, 2), ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			writeRaw(t, f.path(), c.raw)
			_, err := f.Open(ctx, ByPassphrase(anybody()))
			wantError(t, err, c.want)
		})
	}
}

func TestWrapsDoNotMove(t *testing.T) {
	f, v, _ := made(t)
	g, w, _ := made(t)
	raw := withHeader(readRaw(t, f.path()), func(h []byte) []byte {
		mine, _ := v.now.header.slot(PassphraseSlot)
		other, _ := w.now.header.slot(PassphraseSlot)
		h = bytes.Replace(h, mustJSON(t, mine.Wrap), mustJSON(t, other.Wrap), 1)
		h = bytes.Replace(h, []byte(mine.ID), []byte(other.ID), 1)
		return bytes.Replace(h, mustJSON(t, mine.Argon2.Salt), mustJSON(t, other.Argon2.Salt), 1)
	})
	writeRaw(t, g.path(), raw)
	_, err := g.Open(ctx, ByPassphrase(anybody()))
	wantError(t, err, ErrWrongPassphrase)
}

func mustJSON(t testing.TB, value any) []byte {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestNotAPlainFile(t *testing.T) {
	f, _, _ := made(t)
	if err := os.Remove(f.path()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(f.path(), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := f.Open(ctx, ByPassphrase(anybody()))
	wantError(t, err, ErrDamaged)
	if exists, err := f.Exists(); !exists || err != nil {
		t.Errorf("Exists: %v, %v", exists, err)
	}
	if err := os.Remove(f.path()); err != nil {
		t.Fatal(err)
	}
	huge, err := os.Create(f.path())
	if err != nil {
		t.Fatal(err)
	}
	if err := huge.Truncate(1 << 40); err != nil {
		t.Skip("this file system has no sparse files")
	}
	if err := huge.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = f.Open(ctx, ByPassphrase(anybody()))
	wantError(t, err, ErrDamaged)
}

func TestNewerVersions(t *testing.T) {
	f, v, _ := made(t)
	e := add(t, v, hotp(1))
	steady := add(t, v, totp(2))
	writeRaw(t, f.path(), newer(t, v, 2))
	_, err := f.Open(ctx, ByPassphrase(anybody()))
	wantError(t, err, ErrNewer)

	raw := newer(t, v, 1)
	writeRaw(t, f.path(), raw)
	w := opened(t, f)
	if !w.ReadOnly() || len(w.List()) != 2 {
		t.Fatalf("ReadOnly %v, list %v", w.ReadOnly(), w.List())
	}
	if _, err := w.Peek(steady.ID, morning); err != nil {
		t.Errorf("a time-based code: %v", err)
	}
	_, code := w.Code(ctx, e.ID, morning)
	_, recovery := w.NewRecoveryKey(ctx)
	for _, err := range []error{
		code, recovery, v.Update(ctx, func(*Draft) error { return nil }),
		w.Update(ctx, func(d *Draft) error { return d.Remove(e.ID) }),
		w.SetPassphrase(ctx, anybody()), w.UseKeyring(ctx), w.RemoveSlot(ctx, RecoverySlot),
	} {
		wantError(t, err, ErrReadOnly)
	}
	if !bytes.Equal(readRaw(t, f.path()), raw) {
		t.Error("the file was changed")
	}
}

func TestGarbageEntriesAreKept(t *testing.T) {
	f, v, _ := made(t)
	good := add(t, v, totp(1))
	garbage := []string{
		`null`, `17`, `"GEZDGNBVGY3TQOJQ"`, `{`, `{}`, "\xff\xfe not JSON \x00\r", `[[[[`,
		`{"id":"b","kind":"totp","secret":"!!!","issuer":"Half"}`,
		`{"id":"c","kind":"quantum", "secret":"GEZDGNBVGY3TQOJQ","algorithm":"SHA1","digits":6,"period":30}`,
		`{"id":"` + good.ID + `","kind":"totp","secret":"GEZDGNBVGY3TQOJQ","algorithm":"SHA1","digits":6,"period":30}`,
		`{"id":"d","id":"d"}`, `{"id":5,"digits":"six"}`, `{}`,
	}
	forged(t, v, func(body []byte) []byte {
		return append(body, strings.Join(garbage, "\n")+"\n"...)
	})
	w := opened(t, f)
	list := w.List()
	if len(list) != len(garbage)+1 || !list[0].Readable {
		t.Fatalf("the list is %+v", list)
	}
	seen := map[string]bool{}
	for _, e := range list[1:] {
		if e.Readable || e.Problem == "" || seen[e.ID] || strings.Contains(e.Problem, "GEZD") {
			t.Errorf("garbage is shown as %+v", e)
		}
		seen[e.ID] = true
		_, err := w.Peek(e.ID, morning)
		wantError(t, err, ErrUnreadable)
	}
	if list[8].Issuer != "Half" {
		t.Errorf("a half-readable entry has no name: %+v", list[8])
	}
	update(t, w, func(d *Draft) error {
		wantError(t, d.Rename(list[3].ID, "x", "y"), ErrUnreadable)
		_, err := d.Add(totp(2), nil)
		return err
	})
	again := opened(t, f)
	for i, line := range garbage {
		if r := again.now.content.records[i+1]; string(r.raw) != line || r.entry.ID != list[i+1].ID {
			t.Errorf("line %q was saved as %q", line, r.raw)
		}
	}
	update(t, again, func(d *Draft) error { return d.Remove(list[4].ID) })
	if got := opened(t, f).List(); len(got) != len(garbage)+1 || got[len(got)-1].Account != "user2" {
		t.Errorf("after removing one: %d entries", len(got))
	}
}

func TestUnknownFieldsSurvive(t *testing.T) {
	f, v, _ := made(t)
	var e Entry
	update(t, v, func(d *Draft) (err error) {
		e, err = d.Add(hotp(1), &Link{Server: "https://x.example", User: "anna"})
		return err
	})
	forged(t, v, func(body []byte) []byte {
		body = bytes.Replace(body, []byte(`{`), []byte(`{"theme":{"dark": true, "n":1.50},`), 1)
		body = bytes.Replace(body, []byte(`"issuer":`), []byte(`"tags":["<a>", "b"],"big":12345678901234567890,"issuer":`), 1)
		return bytes.Replace(body, []byte(`"link":{`), []byte(`"link":{"colour": "teal",`), 1)
	})
	w := opened(t, f)
	if _, err := w.Code(ctx, e.ID, morning); err != nil {
		t.Fatal(err)
	}
	update(t, w, func(d *Draft) error {
		linked := Link{Server: "https://x.example", User: "anna", LinkedAt: morning}
		if err := d.SetLink(e.ID, &linked); err != nil {
			return err
		}
		return d.Rename(e.ID, "New", "name")
	})
	if _, err := w.NewRecoveryKey(ctx); err != nil {
		t.Fatal(err)
	}
	body, err := opened(t, f).now.content.encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{
		`"theme":{"dark": true, "n":1.50}`, `"tags":["<a>", "b"],"big":12345678901234567890`,
		`"colour":"teal"`, `"issuer":"New"`, `"counter":8`,
	} {
		if !bytes.Contains(body, []byte(kept)) {
			t.Errorf("%s did not survive", kept)
		}
	}
}

func FuzzOpen(f *testing.F) {
	folder, v, recovery := made(f)
	add(f, v, totp(1))
	raw := readRaw(f, folder.path())
	f.Add(raw, true)
	f.Add(newer(f, v, 1), true)
	f.Add(newer(f, v, 2), false)
	f.Add(raw[:100], true)
	f.Add([]byte(magic), false)
	f.Add([]byte{}, false)
	golden, err := os.ReadFile(filepath.Join("testdata", goldenFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden, true)
	f.Fuzz(func(t *testing.T, raw []byte, sum bool) {
		if sum && len(raw) > checksumSize {
			raw = summed(raw)
		}
		file, err := parseFile(raw)
		if err != nil {
			return
		}
		for _, kind := range file.header.kinds() {
			if s, _ := file.header.slot(kind); s.Argon2 != nil && s.check() == nil && s.Argon2.costs() != cheap {
				return // right, and too slow to try often
			}
		}
		for _, by := range []Unlock{ByPassphrase(anybody()), ByRecoveryKey(recovery.Reveal()), ByKeyring()} {
			if _, master, err := folder.unlock(ctx, file, by); err == nil {
				if s, err := folder.load(file, nil, master); err == nil {
					_ = fmt.Sprint(s.content.entries())
				}
			}
		}
	})
}

// FuzzBody looks at what may stand inside the seal: whatever it is, it is read
// without a crash and written back without a loss.
func FuzzBody(f *testing.F) {
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"slots":{"a":"AAAA"},"former":["AAAA"],"x":1}` + "\n{}\nnull\n{\"id\":\"x\"}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		master := make([]byte, masterLen)
		c, err := parseContent(body, master)
		if err != nil {
			return
		}
		saved, err := c.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseContent(saved, master)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(c.records, again.records, func(a, b *record) bool {
			return bytes.Equal(a.raw, b.raw) && a.entry.ID == b.entry.ID && a.entry.Readable == b.entry.Readable
		}) {
			t.Fatal("the entries are not the same after a save")
		}
	})
}
