package enroll

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// ActivationCode is the code with which a person links an authenticator: 11
// random characters of Crockford's base32 (55 bits) and a check character by
// the ISO 7064 hybrid scheme MOD 33,32, in canonical form: 12 characters,
// upper case, without dashes. Printing it shows "***"; [ActivationCode.Reveal]
// shows it in groups.
type ActivationCode struct{ text string }

const (
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	// ActivationLength is the number of characters that count, the check
	// character included.
	ActivationLength = 12
	checkModulus     = 32
)

// Errors of [ParseActivationCode]; see also [CharError].
var (
	// ErrActivationLength says that characters are missing or left over.
	ErrActivationLength = fmt.Errorf("an activation code has %d characters", ActivationLength)
	// ErrActivationCheck says that one character at least is wrong, or two
	// changed places.
	ErrActivationCheck = errors.New("a character of the activation code is wrong; compare it with your message")
)

// CharError marks a character that no activation code holds.
type CharError struct {
	Char     rune
	Position int // counted from 0, in runes of what was typed
}

func (e *CharError) Error() string {
	return fmt.Sprintf("the character %q at place %d cannot be in an activation code", e.Char, e.Position+1)
}

// NewActivationCode makes a code from random, or from the system's source when
// random is nil.
func NewActivationCode(random io.Reader) (ActivationCode, error) {
	if random == nil {
		random = rand.Reader
	}
	raw := make([]byte, ActivationLength-1)
	if _, err := io.ReadFull(random, raw); err != nil {
		return ActivationCode{}, fmt.Errorf("make an activation code: %w", err)
	}
	text := make([]byte, 0, ActivationLength)
	for _, b := range raw {
		text = append(text, crockford[b&31]) // 256 is a multiple of 32: no bias
	}
	return ActivationCode{string(append(text, crockford[checkDigit(text)]))}, nil
}

// ParseActivationCode reads what a person typed or pasted: upper or lower case,
// blanks and dashes anywhere, O for 0, I and L for 1. An impossible character
// is a *[CharError]; then the length is looked at, then the check character.
func ParseActivationCode(typed string) (ActivationCode, error) {
	var clean strings.Builder
	for position, r := range []rune(typed) {
		if isSeparator(r) {
			continue
		}
		c, ok := crockfordChar(r)
		if !ok {
			return ActivationCode{}, &CharError{Char: r, Position: position}
		}
		clean.WriteByte(c)
		if clean.Len() > ActivationLength {
			return ActivationCode{}, ErrActivationLength
		}
	}
	text := clean.String()
	if len(text) != ActivationLength {
		return ActivationCode{}, ErrActivationLength
	}
	last := ActivationLength - 1
	if crockford[checkDigit([]byte(text[:last]))] != text[last] {
		return ActivationCode{}, ErrActivationCheck
	}
	return ActivationCode{text}, nil
}

// ActivationChars counts the characters of what was typed that an activation
// code would be made of; blanks and dashes do not count.
func ActivationChars(typed string) int {
	n := 0
	for _, r := range typed {
		if !isSeparator(r) {
			n++
		}
	}
	return n
}

// Reveal writes the code in groups of four, as it is mailed and typed.
func (c ActivationCode) Reveal() string {
	if c.text == "" {
		return ""
	}
	return c.text[0:4] + "-" + c.text[4:8] + "-" + c.text[8:12]
}

// Canonical is the form that is hashed: 12 characters, upper case, no dashes.
func (c ActivationCode) Canonical() string { return c.text }

// IsZero tells whether there is no code.
func (c ActivationCode) IsZero() bool { return c.text == "" }

// String hides the code.
func (c ActivationCode) String() string { return hidden }

// Format hides the code under every verb of package fmt.
func (c ActivationCode) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

func isSeparator(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '_' || r == '.'
}

// crockfordChar gives the canonical character for one that was typed, with the
// look-alikes of Crockford's base32.
func crockfordChar(r rune) (byte, bool) {
	if r > unicode.MaxASCII {
		return 0, false
	}
	c := byte(unicode.ToUpper(r))
	switch c {
	case 'O':
		c = '0'
	case 'I', 'L':
		c = '1'
	}
	if strings.IndexByte(crockford, c) < 0 {
		return 0, false
	}
	return c, true
}

// checkDigit is the hybrid scheme of ISO/IEC 7064 with moduli 33 and 32, which
// finds every single wrong character and nearly every swap of neighbours.
func checkDigit(text []byte) int {
	p := checkModulus
	for _, c := range text {
		s := (p + strings.IndexByte(crockford, c)) % checkModulus
		if s == 0 {
			s = checkModulus
		}
		p = s * 2 % (checkModulus + 1)
	}
	return (checkModulus + 1 - p) % checkModulus
}
