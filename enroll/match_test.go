package enroll

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// Match makes its codes itself; CodeAt asks pquerna's generator. For every kind,
// algorithm, length of code and key they are the same.
func TestMatchAgreesWithTheGenerator(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, algorithm := range []Algorithm{SHA1, SHA256, SHA512} {
		for digits := MinDigits; digits <= MaxDigits; digits++ {
			for _, kind := range []Kind{TOTP, HOTP} {
				key := Key{Kind: kind, Algorithm: algorithm, Digits: digits, Period: 30}
				if kind == HOTP {
					key.Period = 0
				}
				for _, size := range []int{1, 10, 16, 20, 32, 64, 65, 128, 129, 1024} {
					key.Secret = make(Secret, size)
					for i := range key.Secret {
						key.Secret[i] = byte(random.Uint32())
					}
					agree(t, key, random.Uint64())
				}
			}
		}
	}
	agree(t, Key{Kind: Steam, Secret: rfcSecret(20), Algorithm: SHA1, Digits: SteamDigits, Period: 30}, 7)
}

func agree(t *testing.T, key Key, step uint64) {
	t.Helper()
	for _, step := range []uint64{0, 1, step, math.MaxUint64} {
		code, err := key.CodeAt(step)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := Match(key, code, Window{First: step, Last: step}); !ok || got != step {
			t.Fatalf("%s, %s, %d digits, %d bytes, step %d: the generator's code does not match", key.Kind, key.Algorithm, key.Digits, len(key.Secret), step)
		}
		if _, ok := Match(key, code[1:]+string(code[0]^1), Window{First: step, Last: step}); ok {
			t.Fatal("another code matches")
		}
	}
}

func TestMatchTakesNothingElse(t *testing.T) {
	key := Key{Kind: TOTP, Secret: rfcSecret(20), Algorithm: SHA1, Digits: 6, Period: 30}
	code, err := key.CodeAt(5)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Key)
		code   string
		window Window
	}{
		"empty window": {func(*Key) {}, code, Window{First: 6, Last: 5}},
		"no code":      {func(*Key) {}, "", Window{First: 5, Last: 5}},
		"short code":   {func(*Key) {}, code[:5], Window{First: 5, Last: 5}},
		"long code":    {func(*Key) {}, code + "0", Window{First: 5, Last: 5}},
		"no secret":    {func(k *Key) { k.Secret = nil }, code, Window{First: 5, Last: 5}},
		"other hash":   {func(k *Key) { k.Algorithm = "MD5" }, code, Window{First: 5, Last: 5}},
	} {
		changed := key
		c.change(&changed)
		if step, ok := Match(changed, c.code, c.window); ok || step != 0 {
			t.Errorf("%s: step %d, %v", name, step, ok)
		}
	}
}

// A last step that no clock reaches leaves nothing to match, and never a window
// that begins anew at zero.
func TestWindowAfterTheLastStep(t *testing.T) {
	key := Key{Kind: TOTP, Secret: rfcSecret(20), Algorithm: SHA1, Digits: 6, Period: 30}
	now := time.Unix(1_800_000_000, 0)
	step := key.Step(now)
	for _, used := range []uint64{step + 1, step + 2, math.MaxInt64, math.MaxUint64} {
		if w := key.WindowAt(now, 1, used); w.First <= w.Last {
			t.Errorf("after step %d the window is %+v", used, w)
		}
	}
	if w := key.WindowAt(now, 1, step); w != (Window{step + 1, step + 1}) {
		t.Errorf("%+v", w)
	}
	if w := key.WindowAt(now, 1, step-2); w != (Window{step - 1, step + 1}) {
		t.Errorf("%+v", w)
	}
}

func BenchmarkMatch(b *testing.B) {
	key := Key{Kind: TOTP, Secret: rfcSecret(20), Algorithm: SHA1, Digits: 6, Period: 30}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Match(key, "123456", Window{First: 5, Last: 7}); ok {
			b.Fatal("a wrong code matches")
		}
	}
}
