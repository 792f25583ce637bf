package identity

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	keySize   = 32
	keyIDSize = 16 // characters
	keyPrefix = "sleutelbos-server-key-1"
	keyNotice = "# Server key of Sleutelbos. Without it the database cannot be read; whoever has\n" +
		"# both can make every code. Keep a copy, never beside a copy of the database.\n"
	// maxKeyFile bounds what is read as a key, in bytes; maxKeys is how many
	// lines fit in it.
	maxKeyFile = 4096
	maxKeys    = 32
)

// purpose parts the uses of the server key: each has a subkey of its own.
type purpose string

const (
	forSealing      purpose = "seal"
	forActivation   purpose = "activation code"
	forApplication  purpose = "application key"
	forRequestKey   purpose = "idempotency key"
	forRequestBody  purpose = "idempotency body"
	forName         purpose = "name"
	forConfirmation purpose = "confirmation code"
	forAudit        purpose = "audit"
	forAuditHead    purpose = "audit head"
	forPruning      purpose = "audit pruned"

	forSession      purpose = "session"
	forDevice       purpose = "device"
	forPasswordLink purpose = "password link"
	forDayCode      purpose = "day code"

	forRoot purpose = "hash root" // of what came after these
)

// firstPurposes are derived from the key itself, as the first version of this
// program did. Whatever is added goes into laterPurposes, which are derived
// from the root: what is kept of a key makes them also when the key is gone.
func firstPurposes() []purpose {
	return []purpose{
		forActivation, forApplication, forRequestKey, forRequestBody, forName,
		forConfirmation, forAudit, forAuditHead, forRoot,
	}
}

func laterPurposes() []purpose {
	return []purpose{forPruning, forSession, forDevice, forPasswordLink, forDayCode}
}

// ServerKey seals and hashes what is secret in the database. It lives outside
// of it. It is one key, or several while one takes the place of another: which
// one seals then stands in the database. Printing it shows ids only.
type ServerKey struct{ keys []*oneKey }

// oneKey is one line of the key file.
type oneKey struct {
	id   string
	aead cipher.AEAD
	kept subkeys
}

// Format shows the id only, under every verb of package fmt.
func (k oneKey) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "server key %s", k.id) }

// NewServerKey makes a key from random, or from the system's source when random
// is nil, and the content of the file that keeps it.
func NewServerKey(random io.Reader) (*ServerKey, []byte, error) {
	key, line, err := newKeyLine(random)
	if err != nil {
		return nil, nil, err
	}
	return &ServerKey{keys: []*oneKey{key}}, []byte(keyNotice + line), nil
}

func newKeyLine(random io.Reader) (*oneKey, string, error) {
	if random == nil {
		random = rand.Reader
	}
	raw := make([]byte, keySize)
	if _, err := io.ReadFull(random, raw); err != nil {
		return nil, "", fmt.Errorf("make a server key: %w", err)
	}
	key, err := deriveKey(raw)
	if err != nil {
		return nil, "", err
	}
	return key, fmt.Sprintf("%s %s %s\n", keyPrefix, key.id, base64.RawURLEncoding.EncodeToString(raw)), nil
}

// LoadServerKey reads what [NewServerKey] wrote: lines that begin with # are
// passed over, every other holds a key and its id, which is derived from the
// key, so that a slip shows. Else the error is [ErrServerKey].
func LoadServerKey(content []byte) (*ServerKey, error) {
	ring := &ServerKey{}
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != keyPrefix || len(ring.keys) == maxKeys {
			return nil, ErrServerKey
		}
		raw, err := base64.RawURLEncoding.DecodeString(fields[2])
		if err != nil || len(raw) != keySize {
			return nil, ErrServerKey // the cause would quote a part of the key
		}
		found, err := deriveKey(raw)
		if err != nil {
			return nil, err
		}
		if found.id != fields[1] || ring.byID(found.id) != nil {
			return nil, ErrServerKey
		}
		ring.keys = append(ring.keys, found)
	}
	if len(ring.keys) == 0 {
		return nil, ErrServerKey
	}
	return ring, nil
}

// deriveKey makes everything that is made of a key. The key itself is not kept.
func deriveKey(raw []byte) (*oneKey, error) {
	id, err := derive(raw, "id", keyIDSize/2)
	if err != nil {
		return nil, err
	}
	key := &oneKey{id: hex.EncodeToString(id), kept: subkeys{}}
	for _, p := range firstPurposes() {
		if key.kept[p], err = derive(raw, string(p), keySize); err != nil {
			return nil, err
		}
	}
	if err := key.kept.grow(); err != nil {
		return nil, err
	}
	sealing, err := derive(raw, string(forSealing), keySize)
	if err != nil {
		return nil, err
	}
	key.aead, err = chacha20poly1305.NewX(sealing)
	return key, err
}

func derive(secret []byte, label string, size int) ([]byte, error) {
	made, err := hkdf.Key(sha256.New, secret, nil, "sleutelbos server key: "+label, size)
	if err != nil {
		return nil, fmt.Errorf("derive the server key: %w", err)
	}
	return made, nil
}

// IDs name the keys, in the order of the file. An id stands beside everything
// sealed with its key.
func (k *ServerKey) IDs() []string {
	ids := make([]string, len(k.keys))
	for i, key := range k.keys {
		ids[i] = key.id
	}
	return ids
}

// ID names the key, or all of them.
func (k *ServerKey) ID() string { return strings.Join(k.IDs(), ", ") }

func (k *ServerKey) byID(id string) *oneKey {
	for _, key := range k.keys {
		if key.id == id {
			return key
		}
	}
	return nil
}

// newest is the one that was added last.
func (k *ServerKey) newest() *oneKey { return k.keys[len(k.keys)-1] }

func (k *ServerKey) holds(ids ...string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return k.byID(id) == nil })
}

// Format shows ids only, under every verb of package fmt.
func (k ServerKey) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "server key %s", k.ID()) }
