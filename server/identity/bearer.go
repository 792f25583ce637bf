package identity

import (
	"encoding/base64"
	"fmt"
	"io"
)

// Token is a random secret of which only a keyed hash is kept: of a session, a
// device or a link to choose a password. Printing it shows nothing of it.
type Token string

// Reveal is the token itself, to hand over.
func (t Token) Reveal() string { return string(t) }

// Format hides the token under every verb of package fmt.
func (t Token) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("***")) }

// Format hides the password under every verb of package fmt.
func (p Password) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("***")) }

const (
	tokenSize = 32 // bytes
	// maxToken is how long a text can be that may be a token.
	maxToken = 64
)

// newToken makes 256 random bits.
func (d *Desk) newToken() (Token, error) {
	raw := make([]byte, tokenSize)
	if _, err := io.ReadFull(d.random, raw); err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	return Token(base64.RawURLEncoding.EncodeToString(raw)), nil
}

// tokenHash is what is kept of a token. What cannot be one has the hash of none.
func (d *Desk) tokenHash(use purpose, token Token) []byte {
	if len(token) > maxToken {
		token = ""
	}
	return d.key.hash(use, string(token))
}
