package migrate

import (
	"errors"
	"fmt"
)

// Errors of [Read].
var (
	// ErrUnknown says that the content is of no known format.
	ErrUnknown = errors.New("this is not a file of an authenticator that is known here; export again from the other program, without a password if it offers that")
	// ErrPassphrase says that the passphrase does not open the file.
	ErrPassphrase = errors.New("the password does not open this file; type the one that was chosen when it was made")
	// ErrDamaged says that the format was recognised and cannot be read on.
	ErrDamaged = errors.New("the file is damaged or not complete; export it again from the other program")
	// ErrTooLarge says that the file, or what it unfolds to, is beyond [Limits].
	ErrTooLarge = errors.New("the file is larger than anything that is read; export fewer entries at a time")
	// ErrCostly says that the file asks for a key derivation beyond [Limits];
	// it was not started.
	ErrCostly = errors.New("opening the file would take more memory or time than is given to a file; lower the settings of its password in the other program and export again")
	// ErrRestricted says that only the account which wrote the file can open it.
	ErrRestricted = errors.New("only the account that made this file can open it; export again and choose a password for the file")
	// ErrLocked says that the file is encrypted in a way that is not opened here.
	ErrLocked = errors.New("the file is encrypted in a way that cannot be opened here; export again from the other program without encryption")
)

// PassphraseError says that the file needs a passphrase and that nobody was
// there to ask. Ask says which one.
type PassphraseError struct{ Ask Ask }

func (e *PassphraseError) Error() string {
	return "the file is encrypted and needs a password (" + string(e.Ask.Format) + ")"
}

// LockedError is [ErrLocked] where more can be said. Text is the key of the words,
// behind "why." and "next.".
type LockedError struct{ Text string }

func (e *LockedError) Error() string { return ErrLocked.Error() }

// Is makes it [ErrLocked] too.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

// VersionError says that the file is of a version that is not known here.
type VersionError struct {
	Format  Format
	Version string
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("the file is of version %s of the format %s, which is not known here; update this program", e.Version, e.Format)
}

// damaged wraps [ErrDamaged] with what was found; never with what the file says,
// since that can be a key.
func damaged(what string) error { return fmt.Errorf("%w (%s)", ErrDamaged, what) }
