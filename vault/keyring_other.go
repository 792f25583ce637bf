//go:build !linux && !darwin

package vault

import (
	"errors"
	"syscall"
)

// ready has nothing to ask: Credential Manager is unlocked with the session.
func (osKeyring) ready() error { return nil }

// noLogonSession is ERROR_NO_SUCH_LOGON_SESSION of Windows: the session, as of
// a service or over SSH, has no Credential Manager.
const noLogonSession = syscall.Errno(1312)

// platformError finds the sentinel for an error of Credential Manager.
func platformError(err error) error {
	if errors.Is(err, noLogonSession) {
		return ErrKeyringMissing
	}
	return nil
}
