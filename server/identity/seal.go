package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

// place is where a sealed value lies. It is the associated data of the seal, so
// a value that was moved to another row or person does not open there.
type place struct {
	table, column, row, person string
}

// The places of sealed values.
func placeOfCanary() place                { return place{"settings", "value", "canary", ""} }
func placeOfLink(id, person string) place { return place{"links", "secret", id, person} }
func placeOfToken(id string) place        { return place{"tokens", "secret", id, ""} }
func placeOfPending(id, who string) place { return place{"pending_links", "secret", id, who} }
func placeOfMessage(id, who string) place { return place{"outbox", "sealed", id, who} }
func (k *ServerKey) bound(p place) []byte {
	return appendParts(nil, p.table, p.column, p.row, p.person, k.id)
}

// appendParts writes every part with its length before it, so that no two lists
// of parts look alike.
func appendParts(to []byte, parts ...string) []byte {
	for _, part := range parts {
		to = binary.BigEndian.AppendUint32(to, uint32(len(part)))
		to = append(to, part...)
	}
	return to
}

// seal encrypts with XChaCha20-Poly1305 under a random nonce, which stands
// before the rest.
func (k *ServerKey) seal(random io.Reader, plain []byte, at place) ([]byte, error) {
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("seal a secret: %w", err)
	}
	return k.aead.Seal(nonce, nonce, plain, k.bound(at)), nil
}

// open decrypts what seal made for the same place. keyID is what stands beside
// the sealed value; another key than this one is ErrWrongServerKey.
func (k *ServerKey) open(sealed []byte, keyID string, at place) ([]byte, error) {
	if keyID != k.id {
		return nil, ErrWrongServerKey
	}
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, fmt.Errorf("open the secret of %s %s: it is damaged", at.table, at.row)
	}
	nonce, rest := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	plain, err := k.aead.Open(nil, nonce, rest, k.bound(at))
	if err != nil {
		return nil, fmt.Errorf("open the secret of %s %s: it was changed or moved there: %w", at.table, at.row, err)
	}
	return plain, nil
}

// hash is HMAC-SHA256 of the parts under the purpose's subkey.
func (k *ServerKey) hash(use purpose, parts ...string) []byte {
	mac := hmac.New(sha256.New, k.subkeys[use])
	mac.Write(appendParts(make([]byte, 0, 128), parts...))
	return mac.Sum(nil)
}
