package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"sleutelbos/server/store"
)

// place is where a sealed value lies. It is the associated data of the seal, so
// a value that was moved to another row or person does not open there.
type place struct {
	table, column, row, person string
}

// The places of sealed values. Each has its line in sealedColumns.
func placeOfSetting(name string) place    { return place{"settings", "value", name, ""} }
func placeOfCanary() place                { return placeOfSetting(store.SettingCanary) }
func placeOfLink(id, person string) place { return place{"links", "secret", id, person} }
func placeOfToken(id string) place        { return place{"tokens", "secret", id, ""} }
func placeOfPending(id, who string) place { return place{"pending_links", "secret", id, who} }
func placeOfMessage(id, who string) place { return place{"outbox", "sealed", id, who} }
func placeOfPassword(id, who string) place {
	return place{"passwords", "hash", id, who}
}
func placeOfKept(id string) place { return place{"server_keys", "secret", id, ""} }

// sealedColumns are all columns that hold sealed values: what another server
// key takes over is found by them. row and person are the columns that make the
// place.
func sealedColumns() []store.Sealed {
	return []store.Sealed{
		{Table: "settings", Column: "value", Row: "name"},
		{Table: "server_keys", Column: "secret", Row: "id"},
		{Table: "pending_links", Column: "secret", Row: "id", Person: "person"},
		{Table: "outbox", Column: "sealed", Row: "id", Person: "person"},
		{Table: "tokens", Column: "secret", Row: "id"},
		{Table: "passwords", Column: "hash", Row: "id", Person: "person"},
		{Table: "links", Column: "secret", Row: "id", Person: "person"},
	}
}

// hashedTables have key_id beside a keyed hash, or a chain of them. They stay
// as they are when another key seals; see kept.go.
func hashedTables() []string {
	return []string{
		"activations", "applications", "audit_chains", "sign_in_tries", "sessions", "devices", "password_links", "day_codes",
	}
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

func (k *oneKey) bound(p place) []byte {
	return appendParts(make([]byte, 0, 160), p.table, p.column, p.row, p.person, k.id)
}

// seal encrypts with XChaCha20-Poly1305 under a random nonce, which stands
// before the rest.
func (k *oneKey) seal(random io.Reader, plain []byte, at place) ([]byte, error) {
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("seal a secret: %w", err)
	}
	return k.aead.Seal(nonce, nonce, plain, k.bound(at)), nil
}

// open decrypts what seal made for the same place. keyID is what stands beside
// the sealed value; a key that is not here is ErrKeyMissing.
func (k *ServerKey) open(sealed []byte, keyID string, at place) ([]byte, error) {
	key := k.byID(keyID)
	if key == nil {
		return nil, missing(keyID)
	}
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, fmt.Errorf("open the secret of %s %s: it is damaged", at.table, at.row)
	}
	nonce, rest := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	plain, err := key.aead.Open(nil, nonce, rest, key.bound(at))
	if err != nil {
		return nil, fmt.Errorf("open the secret of %s %s: it was changed or moved there: %w", at.table, at.row, err)
	}
	return plain, nil
}

// subkeys are what is derived from one key for hashes.
type subkeys map[purpose][]byte

// Format shows nothing, under every verb of package fmt.
func (s subkeys) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("***")) }

// grow derives what came later from the root.
func (s subkeys) grow() (err error) {
	for _, p := range laterPurposes() {
		if s[p], err = derive(s[forRoot], string(p), keySize); err != nil {
			return err
		}
	}
	return nil
}

// hash is HMAC-SHA256 of the parts under the purpose's subkey.
func (s subkeys) hash(use purpose, parts ...string) []byte {
	mac := hmac.New(sha256.New, s[use])
	mac.Write(appendParts(make([]byte, 0, 128), parts...))
	return mac.Sum(nil)
}
