package vault

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/json"
	"fmt"
)

// slot is one way to open the vault. Its secret gives 32 bytes, the wrap key;
// from these a key pair of HPKE is derived (RFC 9180, base mode,
// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305), and the master
// key is sealed to its public half.
//
// A public half is needed because a new master key must be wrapped for slots
// whose secret nobody types at that moment, and keeping their wrap keys instead
// would let whoever has an old copy and an old secret open every later one. The
// public halves lie in the sealed body, so the file by itself offers nothing to
// a computer that breaks X25519.
type slot struct {
	Kind   SlotKind    `json:"kind"`
	ID     string      `json:"id"` // 16 bytes, hexadecimal, new with each secret
	Argon2 *slotArgon2 `json:"argon2,omitempty"`
	Wrap   []byte      `json:"wrap"` // encapsulated key, sealed master key, tag
}

type slotArgon2 struct {
	Memory uint32 `json:"memory"` // KiB
	Passes uint32 `json:"passes"`
	Lanes  uint8  `json:"lanes"`
	Salt   []byte `json:"salt"`
}

const (
	encapsulated = 32
	wrapSize     = encapsulated + masterLen + sealSize
	publicSize   = 32
)

// check looks at everything that must be right before a secret is tried.
func (s *slot) check() error {
	if len(s.ID) != 2*idSize || len(s.Wrap) != wrapSize || (s.Kind == PassphraseSlot) != (s.Argon2 != nil) {
		return fmt.Errorf("%w: its header has a slot that makes no sense", ErrDamaged)
	}
	if s.Argon2 == nil {
		return nil
	}
	if len(s.Argon2.Salt) != saltSize {
		return fmt.Errorf("%w: its header has a slot that makes no sense", ErrDamaged)
	}
	if err := s.Argon2.costs().check(); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

func (a *slotArgon2) costs() Argon2 {
	return Argon2{Memory: a.Memory, Passes: a.Passes, Lanes: a.Lanes}
}

// opener is a slot that was opened: with it a master key that another process
// made can be unwrapped.
type opener struct {
	kind    SlotKind
	id      string
	private hpke.PrivateKey
}

func newOpener(s slot, wrapKey []byte) (*opener, error) {
	private, err := hpke.DHKEM(ecdh.X25519()).DeriveKeyPair(wrapKey)
	clear(wrapKey)
	if err != nil {
		return nil, fmt.Errorf("make the key of a slot: %w", err)
	}
	return &opener{kind: s.Kind, id: s.ID, private: private}, nil
}

func (o *opener) public() []byte { return o.private.PublicKey().Bytes() }

// unwrap gives the master key, or ok false when the secret was not the right
// one for this slot as it stands in this header.
func (o *opener) unwrap(vault string, s slot) (master []byte, ok bool) {
	if s.Kind != o.kind || s.ID != o.id {
		return nil, false
	}
	master, err := hpke.Open(o.private, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), s.binding(vault), s.Wrap)
	return master, err == nil && len(master) == masterLen
}

// wrap seals a master key to a slot's public half.
func (s *slot) wrap(vault string, public, master []byte) error {
	key, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(public)
	if err != nil {
		return fmt.Errorf("read the public key of a slot: %w", err)
	}
	s.Wrap, err = hpke.Seal(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), s.binding(vault), master)
	if err != nil {
		return fmt.Errorf("wrap the master key: %w", err)
	}
	return nil
}

// binding is HPKE's info: a wrap moved to another vault, slot, kind or set of
// costs does not open.
func (s *slot) binding(vault string) []byte {
	bound := struct {
		Vault  string      `json:"vault"`
		Kind   SlotKind    `json:"kind"`
		ID     string      `json:"id"`
		Argon2 *slotArgon2 `json:"argon2,omitempty"`
	}{vault, s.Kind, s.ID, s.Argon2}
	raw, err := json.Marshal(bound)
	if err != nil {
		panic("vault: strings and numbers always encode") // no field can fail
	}
	return append([]byte("sleutelbos vault slot\n"), raw...)
}
