package migrate

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sleutelbos/enroll"
)

// The keys that the fixtures hold: every kind, algorithm, length and period, and
// names that are hard to write.
func fixtureKeys() []enroll.Key {
	return []enroll.Key{
		{Kind: enroll.TOTP, Issuer: "Gemeente Voorbeeld", Account: "jan@example.nl", Secret: enroll.Secret("12345678901234567890"), Algorithm: enroll.SHA1, Digits: 6, Period: 30},
		{Kind: enroll.TOTP, Issuer: "Zorg & Co: «noord»", Account: "Ingeborg \"Inge\" Müller", Secret: enroll.Secret("\x00\xff0123456789abcdefghi-jklmnopqr"), Algorithm: enroll.SHA256, Digits: 8, Period: 60},
		{Kind: enroll.HOTP, Issuer: "Bank", Account: "0123,45;67", Secret: enroll.Secret("abcdefghijklmnopqrst"), Algorithm: enroll.SHA512, Digits: 7, Counter: 41},
		{Kind: enroll.Steam, Issuer: "Steam", Account: "gabe", Secret: enroll.Secret("steam-steam-steam-20"), Algorithm: enroll.SHA1, Digits: 5, Period: 30},
		{Kind: enroll.TOTP, Issuer: "", Account: "alleen een naam", Secret: enroll.Secret("kort123456"), Algorithm: enroll.SHA1, Digits: 6, Period: 30},
	}
}

// read reads a fixture with a passphrase; "" means that none may be asked for.
// The format must be recognised by the content alone.
func read(t testing.TB, content []byte, passphrase string) *Result {
	t.Helper()
	r, err := tryRead(content, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tryRead(content []byte, passphrase string) (*Result, error) {
	o := Options{}
	if passphrase != "" {
		o.Passphrase = typed(passphrase)
	}
	return Read(context.Background(), content, o)
}

func typed(passphrase string) func(context.Context, Ask) ([]byte, error) {
	return func(context.Context, Ask) ([]byte, error) { return []byte(passphrase), nil }
}

// recognised fails unless the content is of this format and no other.
func recognised(t testing.TB, content []byte, want Format) {
	t.Helper()
	if got := Detect(content, ""); !cmp.Equal(got, []Format{want}) {
		t.Errorf("recognised as %v, want %s alone", got, want)
	}
}

// keysOf gives the keys of the entries that are understood.
func keysOf(r *Result) []enroll.Key {
	var keys []enroll.Key
	for _, e := range r.Entries {
		if e.Understood() {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

// sameKeys compares, and shows names only, since secrets hide themselves.
func sameKeys(t testing.TB, got, want []enroll.Key) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d keys, want %d:\n got %+v\nwant %+v", len(got), len(want), got, want)
	}
	for i := range want {
		if !cmp.Equal(got[i], want[i]) {
			t.Errorf("key %d:\n got %+v (secret %x)\nwant %+v (secret %x)", i, got[i], string(got[i].Secret), want[i], string(want[i].Secret))
		}
	}
}

// kept gives reasons by account.
func kept(r *Result) map[string]string {
	reasons := map[string]string{}
	for _, e := range r.Entries {
		if !e.Understood() {
			reasons[e.Key.Account] = e.Reason
		}
	}
	return reasons
}

func sameKept(t testing.TB, r *Result, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, kept(r)); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	for _, e := range r.Entries {
		if !e.Understood() && len(e.Raw) == 0 {
			t.Errorf("%s is kept without what it was", e.Key.Account)
		}
	}
}

// fuzzFormat reads whatever comes as one format, within bounds so small that a
// run costs little. Whatever is said to be understood must make codes.
func fuzzFormat(f *testing.F, name Format, passphrase string, seeds ...[]byte) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	limits := Limits{File: 1 << 20, Unpacked: 1 << 20, Entries: 1000, Values: 10_000, Memory: 1 << 20, Work: 1 << 20, Iterations: 1000}
	f.Fuzz(func(t *testing.T, content []byte) {
		Detect(content, "file")
		r, err := Read(context.Background(), content, Options{Format: name, Passphrase: typed(passphrase), Limits: limits})
		if err != nil {
			if r != nil {
				t.Fatal("an error and a result")
			}
			return
		}
		for _, e := range r.Entries {
			if !e.Understood() {
				continue
			}
			if _, err := e.Key.CodeAt(1); err != nil {
				t.Fatalf("understood, but makes no code: %v", err)
			}
		}
		Compare(r.Entries, nil)
	})
}
