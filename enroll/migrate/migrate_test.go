package migrate

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sleutelbos/enroll"
)

func TestUnknownContent(t *testing.T) {
	for _, content := range []string{"", "hello", "{}", "[]", "https://example.org", "\x89PNG\r\n\x1a\n0000000000000000000000000000000000", `{"a":{"b":1}}`, "a,b\n1,2\n"} {
		if got := Detect([]byte(content), "aegis.json"); len(got) > 0 {
			t.Errorf("%q is taken for %v", content, got)
		}
		if _, err := Read(context.Background(), []byte(content), Options{}); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v", content, err)
		}
	}
	if _, err := Read(context.Background(), nil, Options{Format: "no such"}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a format that does not exist: %v", err)
	}
}

func TestEveryFormatHasAName(t *testing.T) {
	seen := map[Format]bool{}
	for _, f := range Formats() {
		if seen[f] || f == "" || f.Text() == "" {
			t.Errorf("%q is there twice or has no text", f)
		}
		seen[f] = true
	}
}

func TestBoundsOfAFile(t *testing.T) {
	line := "otpauth://totp/a?secret=AAAAAAAA\n"
	for name, c := range map[string]struct {
		content string
		limits  Limits
	}{
		"bytes":   {strings.Repeat(line, 10), Limits{File: 100}},
		"entries": {strings.Repeat(line, 10), Limits{Entries: 9}},
	} {
		if _, err := Read(context.Background(), []byte(c.content), Options{Limits: c.limits}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	crafted(t, "deep JSON", []byte(`{"version":1,"header":{},"db":`+strings.Repeat("[", 100)), ErrTooLarge)
	r := read(t, []byte("otpauth://totp/"+strings.Repeat("é", 700)+"?secret=AAAAAAAA&digits=9&x="+strings.Repeat("y", 30_000)), "")
	if e := r.Entries[0]; e.Reason != "import.kept.long" || len(e.Raw) != 16<<10 || !e.Cut {
		t.Errorf("a long entry is kept as %d bytes, cut %v: %s", len(e.Raw), e.Cut, e.Reason)
	}
}

// Key derivations that a file asks for are refused before they take anything.
func TestBoundsOfDerivations(t *testing.T) {
	j := &job{ctx: context.Background(), limits: DefaultLimits()}
	begin := time.Now()
	for name, err := range map[string]error{
		"scrypt N":       second(j.scrypt(nil, nil, 1<<31, 8, 1, 32)),
		"scrypt huge N":  second(j.scrypt(nil, nil, 1<<62, 8, 1, 32)),
		"scrypt r":       second(j.scrypt(nil, nil, 1<<15, 1<<40, 1, 32)),
		"scrypt p":       second(j.scrypt(nil, nil, 1<<15, 8, 1<<20, 32)),
		"PBKDF2":         second(j.pbkdf2(sha256.New, nil, nil, 1<<31, 32)),
		"PBKDF2 length":  second(j.pbkdf2(sha256.New, nil, nil, 9_000_000, 64)),
		"Argon2 memory":  second(j.argon2id(nil, make([]byte, 16), 3, 4<<20, 1, 32)),
		"Argon2 passes":  second(j.argon2id(nil, make([]byte, 16), 1<<31, 64<<10, 1, 32)),
		"Argon2 lanes":   second(j.argon2id(nil, make([]byte, 16), 1, 64<<10, 200, 32)),
		"Argon2 by both": second(j.argon2id(nil, make([]byte, 16), 100, 1<<20, 1, 32)),
	} {
		if !errors.Is(err, ErrCostly) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"scrypt N 0":  second(j.scrypt(nil, nil, 0, 8, 1, 32)),
		"scrypt odd":  second(j.scrypt(nil, nil, 3, 8, 1, 32)),
		"scrypt r -1": second(j.scrypt(nil, nil, 2, -1, 1, 32)),
		"PBKDF2 0":    second(j.pbkdf2(sha256.New, nil, nil, 0, 32)),
		"PBKDF2 -1":   second(j.pbkdf2(sha256.New, nil, nil, -1, 32)),
		"Argon2 0":    second(j.argon2id(nil, nil, 0, 64, 1, 32)),
	} {
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("refusing took %v", took)
	}
}

func second(_ []byte, err error) error { return err }

func TestBoundsOfJSON(t *testing.T) {
	limits := DefaultLimits()
	for name, text := range map[string]string{
		"deep":   strings.Repeat("[", 1000) + strings.Repeat("]", 1000),
		"deeper": strings.Repeat(`{"a":`, 10_000_000),
		"wide":   "[" + strings.Repeat("0,", 5_000_000) + "0]",
	} {
		if err := checkJSON([]byte(text), limits); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := checkJSON([]byte(`{"a":"[[[[\"{{,,,","b":[1,2]}`), Limits{Depth: 2, Values: 5}); err != nil {
		t.Errorf("what stands in quotes counts: %v", err)
	}
}

func TestCancelling(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	content := []byte(strings.Repeat("otpauth://totp/a?secret=AAAAAAAA\n", 5000))
	told := 0
	_, err := Read(ctx, content, Options{Progress: func(text string, done, _ int) {
		if told++; text == Reading && done > 1000 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || told < 2 || told > 5 {
		t.Errorf("told %d times, then %v", told, err)
	}
	// A derivation is not waited for.
	j := &job{ctx: ctx, limits: DefaultLimits()}
	if _, err := j.argon2id([]byte("x"), make([]byte, 16), 10, 1<<20, 1, 32); !errors.Is(err, context.Canceled) {
		t.Errorf("deriving: %v", err)
	}
}

func TestCompare(t *testing.T) {
	keys := fixtureKeys()
	renamed, older := keys[0], keys[2]
	renamed.Issuer, renamed.Account = "Anders", "x"
	older.Counter--
	raw := Raw("motp://a")
	got := Compare(
		[]Entry{{Key: keys[1]}, {Key: keys[0]}, {Key: keys[2]}, {Key: keys[3]}, {Key: keys[3]}, {Reason: "r", Raw: raw}, {Reason: "r", Raw: Raw("other")}},
		[]Existing{{Key: renamed}, {Key: older}, {Raw: raw}, {Key: keys[3]}},
	)
	want := []Verdict{
		{What: New, Of: -1},
		{What: Changed, Of: 0, Differs: []string{"issuer", "account"}},
		{What: Changed, Of: 1, Differs: []string{"counter"}},
		{What: Here, Of: 3},
		{What: Again, Of: 3},
		{What: Here, Of: 2},
		{What: Kept, Of: -1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// A counter that is lower in the file changes nothing.
	if got := Compare([]Entry{{Key: older}}, []Existing{{Key: keys[2]}}); got[0].What != Here {
		t.Errorf("a lower counter: %+v", got)
	}
}

func TestEntriesHideWhatTheyHold(t *testing.T) {
	e := Entry{Key: enroll.Key{Secret: enroll.Secret("very secret")}, Reason: "x", Raw: Raw("very secret")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if text := fmt.Sprintf(verb, e); strings.Contains(text, "very secret") || strings.Contains(text, fmt.Sprintf("%x", "very secret")) {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

func TestCutAtAWholeCharacter(t *testing.T) {
	for _, c := range []struct {
		text, want string
		most       int
	}{
		{"abc", "abc", 3}, {"abcd", "abc", 3}, {"aé", "a", 2}, {"aé", "aé", 3}, {"a€b", "a", 3}, {"\xff\xfe", "", 9}, {"a\x00b", "ab", 9},
	} {
		if got := cut(c.text, c.most); got != c.want {
			t.Errorf("%q cut at %d: %q, want %q", c.text, c.most, got, c.want)
		}
	}
}

// Beyond the key derivation, 5,000 entries take less than a second: reading them,
// and comparing them with as many that are here.
func BenchmarkFiveThousandEntries(b *testing.B) {
	keys := make([]enroll.Key, 5000)
	here := make([]Existing, len(keys))
	var addresses strings.Builder
	for i := range keys {
		keys[i] = fixtureKeys()[0]
		keys[i].Account = fmt.Sprint("account ", i)
		keys[i].Secret = enroll.Secret(fmt.Sprintf("secret of number %05d", i))
		here[i].Key = keys[i]
		addresses.WriteString(keys[i].Address() + "\n")
	}
	for name, content := range map[string][]byte{"Aegis": aegisPlain(b, keys), "addresses": []byte(addresses.String())} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r, err := Read(b.Context(), content, Options{})
				if err != nil || len(Compare(r.Entries, here)) < len(keys) {
					b.Fatal(err)
				}
			}
		})
	}
}
