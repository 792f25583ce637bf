package vault

import "errors"

// Errors about the file and the ways to open it.
var (
	// ErrNoVault says that the folder holds no vault file.
	ErrNoVault = errors.New("there is no vault here yet; make one, or restore a kept generation")
	// ErrExists says that a vault file is there, whether it opens or not.
	ErrExists = errors.New("there is a vault here already; open it, or choose another folder")
	// ErrLocked says that the vault is locked, or that the ways to open it were
	// changed by another process so that the key in memory is no longer right.
	ErrLocked = errors.New("the vault is locked; unlock it first")
	// ErrBusy says that another process held the vault for too long.
	ErrBusy = errors.New("another program is saving the vault; try again in a moment")
	// ErrDamaged says that the file does not open whatever the secret: it is
	// no vault, it is cut off, or its checksum or its seal is broken.
	ErrDamaged = errors.New("the vault file is damaged; restore a kept generation")
	// ErrNewer says that a newer version wrote the file and that this one may
	// not even read it.
	ErrNewer = errors.New("the vault was saved by a newer version; update this program")
	// ErrReadOnly says that a newer version wrote the file: it can be read here
	// and not changed.
	ErrReadOnly = errors.New("the vault was saved by a newer version and can only be read here; update this program to change it")
	// ErrNoGeneration says that a generation is not kept any more.
	ErrNoGeneration = errors.New("this generation is not kept any more; look at the list again")
	// ErrTooBig says that the vault would grow beyond what is read again.
	ErrTooBig = errors.New("the vault would become too big; remove what is no longer needed")
)

// Errors about the ways to open a vault.
var (
	ErrNoSlot           = errors.New("the vault does not open this way; choose another")
	ErrNeedSlot         = errors.New("choose the keyring or a passphrase to open the vault with")
	ErrLastSlot         = errors.New("this way is needed: it is the last, or the keyring alone would be left; make another way first")
	ErrWrongPassphrase  = errors.New("the passphrase is not right; try again")
	ErrWrongRecoveryKey = errors.New("this recovery key belongs to another vault, or was replaced; look for the newest one")
	// ErrNoPassphrase says that a passphrase has no characters.
	ErrNoPassphrase = errors.New("a passphrase needs at least one character")
	// ErrRecoverySlip says that a recovery key was mistyped: no vault was asked.
	ErrRecoverySlip = errors.New("the recovery key holds a slip of the pen; compare it with the paper")
	// ErrArgon2 says that the costs of the passphrase are out of bounds.
	ErrArgon2 = errors.New("the costs of the passphrase are out of bounds")
)

// Errors about entries.
var (
	ErrNotFound = errors.New("there is no such entry; look at the list again")
	// ErrDuplicate is what a *[DuplicateError] is.
	ErrDuplicate = errors.New("this key is in the vault already")
	// ErrUnreadable says that the entry is kept as it was found because it
	// could not be understood: it can be moved and removed, no more.
	ErrUnreadable = errors.New("this entry cannot be read by this version; it is kept as it is")
	// ErrCounter says that a code needs the next counter saved first.
	ErrCounter = errors.New("this key is counter-based; ask for its next code instead")
	// ErrCounterLower says that a counter would go back.
	ErrCounterLower = errors.New("a counter only goes up; choose a higher one")
	// ErrNoCounter says that a time-based key was given a counter.
	ErrNoCounter = errors.New("this key is time-based and has no counter")
)

// Errors about the system's keyring.
var (
	// ErrKeyringMissing says that nothing here keeps secrets: no bus, no
	// service, no keyring.
	ErrKeyringMissing = errors.New("this computer offers no keyring; use a passphrase or the recovery key")
	// ErrKeyringLocked says that there is one, which is locked.
	ErrKeyringLocked = errors.New("the keyring of this computer is locked; unlock it and try again, or use a passphrase or the recovery key")
	// ErrKeyringSilent says that no answer came within the bound.
	ErrKeyringSilent = errors.New("the keyring of this computer does not answer; look for a question of it on the screen and try again, or use a passphrase or the recovery key")
	// ErrKeyringEmpty says that a working keyring does not hold this key.
	ErrKeyringEmpty = errors.New("the keyring of this computer does not hold the key of this vault; use a passphrase or the recovery key")
	// ErrKeyringFailed says that something else went wrong.
	ErrKeyringFailed = errors.New("the keyring of this computer failed; use a passphrase or the recovery key")
)

// MinPassphrase is the least length of a passphrase, in characters, that the
// programs above ask for. NIST SP 800-63B-4 §3.1.1 asks for 8 where the
// password is one of two factors; a guess here costs half a second.
const MinPassphrase = 10

// IsKeyring tells whether the keyring is what stands in the way, so that
// another way in may be offered.
func IsKeyring(err error) bool {
	for _, known := range []error{ErrKeyringMissing, ErrKeyringLocked, ErrKeyringSilent, ErrKeyringEmpty, ErrKeyringFailed} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// DuplicateError names the entry that holds a key already. It is [ErrDuplicate].
type DuplicateError struct{ Entry Entry }

func (e *DuplicateError) Error() string {
	name := e.Entry.Account
	if e.Entry.Issuer != "" {
		name = e.Entry.Issuer + " (" + e.Entry.Account + ")"
	}
	return "this key is in the vault already, as " + name
}

// Unwrap makes errors.Is find ErrDuplicate.
func (e *DuplicateError) Unwrap() error { return ErrDuplicate }
