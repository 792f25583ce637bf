package vault

import (
	"fmt"
)

// SlotKind is a way to open a vault.
type SlotKind string

// The ways, as the header of the file names them.
const (
	KeyringSlot    SlotKind = "keyring"
	PassphraseSlot SlotKind = "passphrase"
	RecoverySlot   SlotKind = "recovery"
)

// Unlock is a secret to open a vault with, or where to find it.
type Unlock struct {
	kind SlotKind
	text []byte
}

// ByKeyring opens with the key in the system's keyring. It never makes the
// system ask a question: a locked keyring is ErrKeyringLocked at once, since a
// question that outlives the call would lie on the screen with nobody waiting
// for the answer. [Folder.UnlockKeyring] asks, when the person chooses so.
func ByKeyring() Unlock { return Unlock{kind: KeyringSlot} }

// ByPassphrase opens with the bytes as they are; the caller may wipe them after
// the call that this is given to.
func ByPassphrase(passphrase []byte) Unlock { return Unlock{kind: PassphraseSlot, text: passphrase} }

// ByRecoveryKey opens with a recovery key as it was typed.
func ByRecoveryKey(typed string) Unlock { return Unlock{kind: RecoverySlot, text: []byte(typed)} }

// Kind tells which way it is.
func (u Unlock) Kind() SlotKind { return u.kind }

// Format hides the secret under every verb of package fmt.
func (u Unlock) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

const hidden = "***"

// First says how a new vault opens besides the recovery key: by the keyring, a
// passphrase or both.
type First struct {
	Keyring    bool
	Passphrase []byte
}

// Format hides the secret under every verb of package fmt.
func (f First) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(hidden)) }
