package migrate

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tobischo/gokeepasslib/v3"
	"github.com/tobischo/gokeepasslib/v3/wrappers"

	"sleutelbos/enroll"
)

// kdbxPairs are the texts of an entry, in order; those of keys are hidden.
func kdbxPairs(pairs ...string) gokeepasslib.Entry {
	e := gokeepasslib.NewEntry()
	pairs = append(pairs, "Password", "geheim van "+pairs[1])
	for i := 0; i < len(pairs); i += 2 {
		hide := !strings.Contains("Title UserName Notes", pairs[i])
		e.Values = append(e.Values, gokeepasslib.ValueData{Key: pairs[i], Value: gokeepasslib.V{Content: pairs[i+1], Protected: wrappers.NewBoolWrapper(hide)}})
	}
	return e
}

// kdbxFixture is a database of both kinds of version, written by the library.
func kdbxFixture(t testing.TB, passphrase string, change func(*gokeepasslib.Database), options ...gokeepasslib.DatabaseOption) []byte {
	t.Helper()
	var entries []gokeepasslib.Entry
	for i, k := range fixtureKeys() {
		names := []string{"Title", k.Issuer, "UserName", k.Account, "Notes", fmt.Sprint("bij ", i)}
		switch i {
		case 0:
			names = append(names, "otp", "otpauth://totp/X:y?secret="+b32(k.Secret)+"&issuer=X")
		case 1:
			names = append(names, "TimeOtp-Secret-Hex", hex.EncodeToString(k.Secret), "TimeOtp-Length", "8", "TimeOtp-Period", "60", "TimeOtp-Algorithm", "HMAC-SHA-256")
		case 2:
			names = append(names, "otp", fmt.Sprintf("key=%s&type=hotp&size=7&counter=41&otpHashMode=Sha512", b32(k.Secret)))
		case 3:
			names = append(names, "TOTP Seed", b32(k.Secret), "TOTP Settings", "30;S")
		default:
			names = append(names, "TimeOtp-Secret-Base64", base64.StdEncoding.EncodeToString(k.Secret))
		}
		entry := kdbxPairs(names...)
		if i == 0 {
			entry.Histories = []gokeepasslib.History{{Entries: []gokeepasslib.Entry{kdbxPairs("Title", "vroeger", "otp", "otpauth://totp/a?secret=AAAAAAAA")}}}
		}
		entries = append(entries, entry)
	}
	root := gokeepasslib.NewGroup()
	root.Name, root.Entries = "Wortel", append(entries[:2:2], kdbxPairs("Title", "zonder"))
	under := gokeepasslib.NewGroup()
	under.Name, under.Entries = "Thuis", entries[2:]
	under.Entries = append(under.Entries, kdbxPairs("Title", "Teller", "UserName", "t", "HmacOtp-Secret", "12345678901234567890", "HmacOtp-Counter", "5"),
		kdbxPairs("Title", "Kapot", "UserName", "k", "TimeOtp-Secret-Hex", "zz"))
	work := gokeepasslib.NewGroup()
	work.Name, work.Groups = "Werk", []gokeepasslib.Group{under}
	bin := gokeepasslib.NewGroup()
	bin.Name, bin.Entries = "Prullenbak", []gokeepasslib.Entry{kdbxPairs("Title", "weg", "TOTP Seed", "AAAAAAAA")}
	root.Groups = []gokeepasslib.Group{work, bin}
	db := gokeepasslib.NewDatabase(options...)
	db.Content.Meta.RecycleBinUUID = bin.UUID
	db.Content.Root = &gokeepasslib.RootData{Groups: []gokeepasslib.Group{root}}
	db.Credentials = gokeepasslib.NewPasswordCredentials(passphrase)
	if db.Header.IsKdbx4() {
		db.Header.FileHeaders.KdfParameters.Memory, db.Header.FileHeaders.KdfParameters.Iterations = 64<<10, 2
	} else {
		db.Header.FileHeaders.TransformRounds = 100
	}
	if change != nil {
		change(db)
	}
	if err := db.LockProtectedEntries(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := gokeepasslib.NewEncoder(&out).Encode(db); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func checkKdbx(t *testing.T, content []byte) {
	t.Helper()
	recognised(t, content, "kdbx")
	r := read(t, content, "wachtwoord é")
	want := append(fixtureKeys(), enroll.Key{Kind: enroll.HOTP, Issuer: "Teller", Account: "t", Secret: enroll.Secret("12345678901234567890"), Algorithm: enroll.SHA1, Digits: 6, Counter: 5})
	sameKeys(t, keysOf(r), want)
	sameKept(t, r, map[string]string{"k": "import.kept.secret"})
	if e := r.Entries[2]; !cmp.Equal(e.Groups, []string{"Werk/Thuis"}) || e.Note != "bij 2" || e.Origin == "" || len(r.Entries[0].Groups) != 0 {
		t.Errorf("with the third comes %+v", e)
	}
	if want := []Note{{"import.note.without", []any{"n", 1}}, {"import.note.trash", []any{"n", 1}}}; !cmp.Equal(r.Notes, want) {
		t.Errorf("notes: %v", r.Notes)
	}
	crafted(t, "wrong password", content, ErrPassphrase)
}

func TestKdbx3(t *testing.T) {
	checkKdbx(t, kdbxFixture(t, "wachtwoord é", nil, gokeepasslib.WithDatabaseKDBXVersion3()))
	checkKdbx(t, kdbxFixture(t, "wachtwoord é", func(db *gokeepasslib.Database) {
		db.Header.FileHeaders.CipherID = gokeepasslib.CipherTwoFish
		db.Header.FileHeaders.CompressionFlags = gokeepasslib.NoCompressionFlag
	}, gokeepasslib.WithDatabaseKDBXVersion3()))
}

func TestKdbx4(t *testing.T) {
	checkKdbx(t, kdbxFixture(t, "wachtwoord é", nil, gokeepasslib.WithDatabaseKDBXVersion4()))
	checkKdbx(t, kdbxFixture(t, "wachtwoord é", func(db *gokeepasslib.Database) {
		db.Header.FileHeaders.CipherID = gokeepasslib.CipherAES
		db.Header.FileHeaders.EncryptionIV = bytesOf(3, 16)
	}, gokeepasslib.WithDatabaseKDBXVersion4()))
}

func TestKdbxRefused(t *testing.T) {
	content := kdbxFixture(t, "x", nil, gokeepasslib.WithDatabaseKDBXVersion4())
	number := func(name string, value uint64) []byte {
		at := bytes.Index(content, []byte("\x01\x00\x00\x00"+name+"\x08\x00\x00\x00"))
		if at < 0 {
			t.Fatalf("no %s in the header", name)
		}
		changed := bytes.Clone(content)
		for i := range 8 {
			changed[at+9+i] = byte(value >> (8 * i))
		}
		return changed
	}
	crafted(t, "2 TiB", number("M", 1<<41), ErrCostly)
	crafted(t, "all of memory", number("M", 1<<63), ErrDamaged)
	crafted(t, "many passes", number("I", 1<<40), ErrCostly)
	crafted(t, "other costs", number("I", 3), ErrDamaged) // the header has a sum
	old := kdbxFixture(t, "x", func(db *gokeepasslib.Database) { db.Header.FileHeaders.TransformRounds = 100 }, gokeepasslib.WithDatabaseKDBXVersion3())
	rounds := bytes.Replace(old, []byte("\x06\x08\x00\x64\x00\x00\x00\x00\x00\x00\x00"), []byte("\x06\x08\x00\xff\xff\xff\xff\xff\xff\xff\xff"), 1)
	crafted(t, "many rounds", rounds, ErrCostly)
	for n := range 40 {
		at := len(content) * n / 40
		for _, whole := range [][]byte{content, old} {
			if _, err := tryRead(whole[:min(at, len(whole)-1)], "x"); err == nil {
				t.Errorf("a file of %d bytes was read", at)
			}
		}
	}
	changed := bytes.Clone(content)
	changed[len(changed)-60] ^= 1
	crafted(t, "a changed byte", changed, ErrDamaged)
}

func FuzzKdbx(f *testing.F) {
	f.Add([]byte(kdbxMagic))
	fuzzFormat(f, "kdbx", "x",
		kdbxFixture(f, "x", nil, gokeepasslib.WithDatabaseKDBXVersion3()),
		kdbxFixture(f, "x", nil, gokeepasslib.WithDatabaseKDBXVersion4()))
}

// FuzzKdbxText reads what lies under the encryption.
func FuzzKdbxText(f *testing.F) {
	f.Add([]byte(`<KeePassFile><Root><Group><Name>a</Name><Entry><String><Key>otp</Key><Value Protected="True">AAAA</Value></String></Entry></Group></Root></KeePassFile>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		j := &job{ctx: t.Context(), limits: Limits{Entries: 1000}.orDefault(), result: &Result{}}
		stream, _ := newKdbxStream(3, text)
		_ = readKdbxEntries(j, text, stream)
	})
}
