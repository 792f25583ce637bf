package enroll

import (
	"errors"
	"strings"
	"testing"
)

func newCode(t testing.TB) ActivationCode {
	t.Helper()
	code, err := NewActivationCode(nil)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestActivationCodeAsPeopleTypeIt(t *testing.T) {
	code := newCode(t)
	shown := code.Reveal()
	if len(shown) != 14 || shown[4] != '-' || shown[9] != '-' {
		t.Fatalf("shown as %q", shown)
	}
	lookAlike := strings.NewReplacer("0", "o", "1", "l").Replace(strings.ToLower(shown))
	for _, typed := range []string{shown, strings.ToLower(shown), strings.ReplaceAll(shown, "-", ""), strings.ReplaceAll(shown, "-", " – "), "\t" + lookAlike + "\r\n", strings.ReplaceAll(shown, "1", "I")} {
		again, err := ParseActivationCode(typed)
		if err != nil || again != code {
			t.Errorf("%q is not read as %q: %v", typed, shown, err)
		}
	}
}

func TestActivationCodeMarksTheImpossibleCharacter(t *testing.T) {
	var wrong *CharError
	if _, err := ParseActivationCode("K7QF-2U"); !errors.As(err, &wrong) || wrong.Char != 'U' || wrong.Position != 6 {
		t.Errorf("got %v", err)
	}
	if _, err := ParseActivationCode("é"); !errors.As(err, &wrong) || wrong.Position != 0 {
		t.Errorf("got %v", err)
	}
	for _, typed := range []string{"", "K7QF", "K7QF-2M8X-9R4T-0"} {
		if _, err := ParseActivationCode(typed); !errors.Is(err, ErrActivationLength) {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

// Every single slip is found, and nearly every swap of neighbours (ISO 7064
// promises all single ones for the hybrid schemes).
func TestActivationCodeFindsSlips(t *testing.T) {
	swaps, missed := 0, 0
	for range 200 {
		text := newCode(t).Canonical()
		for i := range text {
			for _, c := range crockford {
				if byte(c) == text[i] {
					continue
				}
				if _, err := ParseActivationCode(text[:i] + string(c) + text[i+1:]); !errors.Is(err, ErrActivationCheck) {
					t.Fatalf("one wrong character at %d went unseen: %v", i, err)
				}
			}
			if i > 0 && text[i] != text[i-1] {
				swaps++
				swapped := text[:i-1] + string(text[i]) + string(text[i-1]) + text[i+1:]
				if _, err := ParseActivationCode(swapped); err == nil {
					missed++
				}
			}
		}
	}
	if missed*10 > swaps {
		t.Errorf("%d of %d swaps went unseen", missed, swaps)
	}
}

func TestActivationCodesUseEveryCharacter(t *testing.T) {
	seen := map[rune]int{}
	for range 2000 {
		for _, c := range newCode(t).Canonical()[:ActivationLength-1] {
			seen[c]++
		}
	}
	if len(seen) != len(crockford) {
		t.Errorf("only %d characters are used", len(seen))
	}
}

func FuzzParseActivationCode(f *testing.F) {
	f.Add("K7QF-2M8X-9R4T")
	f.Add("oooo ooo0 0il1")
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := ParseActivationCode(typed)
		if err != nil {
			return
		}
		again, err := ParseActivationCode(code.Reveal())
		if err != nil || again != code {
			t.Fatalf("shown and typed again: %v", err)
		}
	})
}
