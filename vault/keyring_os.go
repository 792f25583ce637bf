package vault

import (
	"errors"
	"fmt"
	"os/exec"

	"github.com/zalando/go-keyring"
)

// osKeyring is the operating system's: Secret Service, Keychain, Credential
// Manager. Before each call [osKeyring.ready] looks whether the call would wait
// for a person, where the system can tell.
type osKeyring struct{}

// OSKeyring is the operating system's keyring.
func OSKeyring() Keyring { return osKeyring{} }

// Get gives a secret back.
func (k osKeyring) Get(service, account string) (string, error) {
	if err := k.ready(); err != nil {
		return "", err
	}
	secret, err := keyring.Get(service, account)
	return secret, translate(err)
}

// Set keeps a secret.
func (k osKeyring) Set(service, account, secret string) error {
	if err := k.ready(); err != nil {
		return err
	}
	return translate(keyring.Set(service, account, secret))
}

// Delete removes a secret.
func (k osKeyring) Delete(service, account string) error {
	if err := k.ready(); err != nil {
		return err
	}
	return translate(keyring.Delete(service, account))
}

// translate gives an error of the library the sentinel that fits.
func translate(err error) error {
	var missing *exec.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return ErrKeyringEmpty
	case errors.Is(err, keyring.ErrUnsupportedPlatform), errors.As(err, &missing):
		return fmt.Errorf("%w: %w", ErrKeyringMissing, err)
	}
	if sentinel := platformError(err); sentinel != nil {
		return fmt.Errorf("%w: %w", sentinel, err)
	}
	return fmt.Errorf("%w: %w", ErrKeyringFailed, err)
}
