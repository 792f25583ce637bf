package identity

import (
	"testing"
	"unicode"
)

// The canonical spelling of a canonical spelling is itself, and capitals and
// small letters have the same one: no name can be registered that a person
// would type in vain.
func TestCanonicalIsStable(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		once := canonical(string(r))
		if twice := canonical(once); once != twice {
			t.Errorf("%+q becomes %+q, then %+q", r, once, twice)
		}
		if other := unicode.SimpleFold(r); other != r && canonical(string(other)) != once {
			t.Errorf("%+q and %+q are one letter and become %+q and %+q", r, other, once, canonical(string(other)))
		}
	}
}
