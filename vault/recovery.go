package vault

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// RecoveryKey opens a vault when keyring and passphrase are gone: 26 random
// characters of Crockford's base32 (130 bits) and two check characters that
// find every slip in one or two places and every swap. Printing it shows
// "***"; [RecoveryKey.Reveal] shows it.
type RecoveryKey struct{ text string } // canonical: 28 characters, upper case

const (
	crockford      = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	recoveryRandom = 26
	recoveryLength = recoveryRandom + 2
	recoveryGroup  = 4
)

func newRecoveryKey(random io.Reader) (RecoveryKey, error) {
	raw := make([]byte, recoveryRandom)
	if _, err := io.ReadFull(random, raw); err != nil {
		return RecoveryKey{}, fmt.Errorf("make a recovery key: %w", err)
	}
	text := make([]byte, 0, recoveryLength)
	for _, b := range raw {
		text = append(text, crockford[b&31]) // 256 is a multiple of 32: no bias
	}
	return RecoveryKey{string(appendCheck(text))}, nil
}

// ParseRecoveryKey reads what a person typed: upper or lower case, blanks and
// dashes anywhere, O for 0, I and L for 1. Everything that no recovery key is
// like is an error that is [ErrRecoverySlip] and says what to look at, never
// what was typed.
func ParseRecoveryKey(typed string) (RecoveryKey, error) {
	text := make([]byte, 0, recoveryLength)
	for position, r := range []rune(typed) {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '_' || r == '.' {
			continue
		}
		c, ok := recoveryChar(r)
		if !ok {
			return RecoveryKey{}, fmt.Errorf("%w: the character at place %d is in no recovery key", ErrRecoverySlip, position+1)
		}
		if len(text) == recoveryLength {
			return RecoveryKey{}, fmt.Errorf("%w: there are more than %d characters", ErrRecoverySlip, recoveryLength)
		}
		text = append(text, c)
	}
	if len(text) != recoveryLength {
		return RecoveryKey{}, fmt.Errorf("%w: it has %d characters and needs %d", ErrRecoverySlip, len(text), recoveryLength)
	}
	if !checks(text) {
		return RecoveryKey{}, ErrRecoverySlip
	}
	return RecoveryKey{string(text)}, nil
}

func recoveryChar(r rune) (byte, bool) {
	switch r = unicode.ToUpper(r); r {
	case 'O':
		r = '0'
	case 'I', 'L':
		r = '1'
	}
	if r > unicode.MaxASCII || strings.IndexByte(crockford, byte(r)) < 0 {
		return 0, false
	}
	return byte(r), true
}

// Reveal writes the key in seven groups of four, as it is printed and typed.
func (k RecoveryKey) Reveal() string {
	groups := make([]string, 0, recoveryLength/recoveryGroup)
	for text := k.text; len(text) >= recoveryGroup; text = text[recoveryGroup:] {
		groups = append(groups, text[:recoveryGroup])
	}
	return strings.Join(groups, "-")
}

// IsZero tells whether there is no key.
func (k RecoveryKey) IsZero() bool { return k.text == "" }

// String hides the key.
func (k RecoveryKey) String() string { return hidden }

// Format hides the key under every verb of package fmt.
func (k RecoveryKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// wrapKey derives the slot's key (RFC 5869). The random characters hold enough
// entropy by themselves, so nothing slow is needed.
func (k RecoveryKey) wrapKey(slotID string) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(k.text[:recoveryRandom]), []byte(slotID), "sleutelbos recovery key", wrapKeySize)
}

// The check is a Reed-Solomon code over GF(32), the field of polynomials modulo
// x^5+x^2+1: the text as a polynomial, its last character the constant term, is
// zero at the field's generator and at its square. That gives distance three.

// appendCheck adds the two characters that make the text check.
func appendCheck(text []byte) []byte {
	for a := range crockford {
		for b := range crockford {
			if tried := append(text, crockford[a], crockford[b]); checks(tried) {
				return tried
			}
		}
	}
	panic("vault: two equations over a field always have a solution")
}

func checks(text []byte) bool {
	var first, second byte
	for _, c := range text {
		v := byte(strings.IndexByte(crockford, c))
		first = double(first) ^ v
		second = double(double(second)) ^ v
	}
	return first == 0 && second == 0
}

// double multiplies by the generator x.
func double(v byte) byte {
	v <<= 1
	if v&32 != 0 {
		v ^= 0b100101
	}
	return v
}
