package vault

import (
	"errors"
	"os/exec"
)

// ready has nothing to ask: Keychain tells by itself.
func (osKeyring) ready() error { return nil }

// The security command ends with the low byte of an OSStatus.
const (
	exitInteraction = 36 // errSecInteractionNotAllowed, -25308
	exitCanceled    = 128
	exitNoKeychain  = 50 // errSecNoSuchKeychain, -25294
)

// platformError finds the sentinel for the end of the security command.
func platformError(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return nil
	}
	switch exit.ExitCode() {
	case exitInteraction, exitCanceled:
		return ErrKeyringLocked
	case exitNoKeychain:
		return ErrKeyringMissing
	}
	return nil
}
