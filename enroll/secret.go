package enroll

import (
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
)

// Secret is the shared key of one credential, as raw bytes (RFC 4226 §4, R6:
// at least 128 bits, 160 recommended). Printing it in any way shows "***";
// only [Secret.Base32] reveals it.
type Secret []byte

const hidden = "***"

// Format hides the secret under every verb of package fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// String hides the secret.
func (s Secret) String() string { return hidden }

// GoString hides the secret.
func (s Secret) GoString() string { return hidden }

// MarshalText refuses: a secret is written by those who mean to, through
// Base32, and never because a struct happened to hold one.
func (s Secret) MarshalText() ([]byte, error) {
	return nil, errors.New("a secret is not written as text by accident")
}

var unpadded = base32.StdEncoding.WithPadding(base32.NoPadding)

// Base32 reveals the secret in RFC 4648 base32, upper case, without padding.
func (s Secret) Base32() string { return unpadded.EncodeToString(s) }

// SecretError tells that a typed or pasted secret is not base32. It names the
// character and its place (counted from 1, blanks and dashes included), never
// the secret.
type SecretError struct {
	Char     rune
	Position int
}

func (e *SecretError) Error() string {
	return fmt.Sprintf("the key holds %q at position %d; a key has the letters A to Z and the digits 2 to 7 only", e.Char, e.Position)
}

// ErrNoSecret says that an address or a form holds no key at all.
var ErrNoSecret = errors.New("there is no key")

// ErrShortSecret says that base32 text stops in the middle of a byte.
var ErrShortSecret = errors.New("the key is not complete; copy all of it")

// ParseSecret reads base32 as people bring it: lower case, blanks, dashes, with
// or without padding.
func ParseSecret(text string) (Secret, error) {
	var clean strings.Builder
	position := 0
	for _, r := range text {
		position++
		switch {
		case r == ' ' || r == '-' || r == '\t' || r == '\n' || r == '\r' || r == '=' || r == '\u00a0':
		case r >= 'a' && r <= 'z':
			clean.WriteRune(r - 'a' + 'A')
		case r >= 'A' && r <= 'Z' || r >= '2' && r <= '7':
			clean.WriteRune(r)
		default:
			return nil, &SecretError{Char: r, Position: position}
		}
	}
	if clean.Len() == 0 {
		return nil, ErrNoSecret
	}
	// Eight letters are five bytes. Some remainders are no whole bytes, and the
	// decoder would leave such a remainder out in silence.
	switch clean.Len() % 8 {
	case 1, 3, 6:
		return nil, ErrShortSecret
	}
	raw, err := unpadded.DecodeString(clean.String())
	if err != nil || len(raw) == 0 {
		return nil, ErrShortSecret
	}
	return Secret(raw), nil
}
