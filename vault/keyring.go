package vault

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"
)

// Keyring keeps short secrets for a person: the operating system's, or a test's
// failing one. Get answers ErrKeyringEmpty for what a working keyring does not
// hold, and for nothing else; the other ErrKeyring errors where they fit. Any
// other error counts as ErrKeyringFailed. A call may take for ever; it is
// bounded here.
type Keyring interface {
	Get(service, account string) (string, error)
	Set(service, account, secret string) error
	Delete(service, account string) error
}

// asker is a Keyring that can be told to ask the person to unlock it.
type asker interface {
	Unlock(ctx context.Context) error
}

// keyringService is the name under which the keyring shows our secrets.
const keyringService = "Sleutelbos"

// bounded makes calls on goroutines of their own, so that a keyring which waits
// for an answer on the screen never makes the caller wait for ever.
type bounded struct {
	keyring  Keyring
	patience time.Duration
}

type answer struct {
	text string
	err  error
}

// call runs one call within the bound. A late answer is dropped, and given to
// late when that is set.
func (b bounded) call(ctx context.Context, work func() answer, late func(answer)) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, b.patience)
	defer cancel() // at the end: a goroutine that sees it knows that nobody listens
	answers := make(chan answer)
	go func() {
		a := work()
		select {
		case answers <- a:
		case <-ctx.Done():
			if late != nil {
				late(a)
			}
		}
	}()
	select {
	case a := <-answers:
		return a.text, keyringError(a.err)
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return "", ErrKeyringSilent
		}
		return "", ctx.Err()
	}
}

func (b bounded) get(ctx context.Context, account string) (string, error) {
	return b.call(ctx, func() answer {
		text, err := b.keyring.Get(keyringService, account)
		return answer{text, err}
	}, nil)
}

// set keeps a secret; one that is kept too late is removed again. Accounts are
// never used twice, so that cannot remove another one.
func (b bounded) set(ctx context.Context, account, secret string) error {
	_, err := b.call(ctx, func() answer {
		return answer{err: b.keyring.Set(keyringService, account, secret)}
	}, func(a answer) {
		if a.err == nil {
			_ = b.keyring.Delete(keyringService, account) // nobody is left to tell
		}
	})
	return err
}

func (b bounded) remove(ctx context.Context, account string) error {
	_, err := b.call(ctx, func() answer {
		return answer{err: b.keyring.Delete(keyringService, account)}
	}, nil)
	return err
}

// keep makes a key, keeps it under a new account and gets it back. Only a
// working keyring that answers "not found" is trusted with one.
func (b bounded) keep(ctx context.Context, account string, random io.Reader) (key []byte, err error) {
	if _, err := b.get(ctx, account); !errors.Is(err, ErrKeyringEmpty) {
		if err == nil {
			err = fmt.Errorf("%w: it holds a key that nobody gave it", ErrKeyringFailed)
		}
		return nil, err
	}
	key = make([]byte, wrapKeySize)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("make a key for the keyring: %w", err)
	}
	// One line: a secret of several lines destroys a GNOME keyring without a
	// password for every application.
	line := base64.RawURLEncoding.EncodeToString(key)
	if err := b.set(ctx, account, line); err != nil {
		return nil, err
	}
	back, err := b.get(ctx, account)
	if err == nil && subtle.ConstantTimeCompare([]byte(back), []byte(line)) != 1 {
		err = fmt.Errorf("%w: it gives back something else than it was given", ErrKeyringFailed)
	}
	switch {
	case errors.Is(err, ErrKeyringSilent):
		go b.forget(ctx, account) // it may be as silent again
		return nil, err
	case err != nil:
		b.forget(ctx, account)
		return nil, err
	}
	return key, nil
}

// forget removes a key that is of no use any more, as far as the keyring lets
// it; the caller's own end does not stop it.
func (b bounded) forget(ctx context.Context, account string) {
	_ = b.remove(context.WithoutCancel(ctx), account) // what stays opens nothing
}

// fetch gets a key back.
func (b bounded) fetch(ctx context.Context, account string) ([]byte, error) {
	line, err := b.get(ctx, account)
	if err != nil {
		return nil, err
	}
	key, err := base64.RawURLEncoding.DecodeString(line)
	if err != nil || len(key) != wrapKeySize {
		return nil, fmt.Errorf("%w: what it holds for this vault is no key", ErrKeyringFailed)
	}
	return key, nil
}

// keyringError keeps an error of the contract and makes another one of it.
func keyringError(err error) error {
	if err == nil {
		return nil
	}
	for _, known := range []error{ErrKeyringMissing, ErrKeyringLocked, ErrKeyringSilent, ErrKeyringEmpty, ErrKeyringFailed} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrKeyringFailed, err)
}

func keyringAccount(vault, slot string) string { return "vault-" + vault + "-" + slot }

// Probe tries the keyring out: a random value under a name of its own is kept,
// got back and removed. Nil means that it works. It takes one bound in all and
// asks the person nothing.
func (f *Folder) Probe(ctx context.Context) error {
	name, err := randomID(f.random)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, f.ring.patience)
	defer cancel()
	account := "probe-" + name
	key, err := f.ring.keep(ctx, account, f.random)
	if err != nil {
		return err
	}
	clear(key)
	return f.ring.remove(ctx, account)
}

// UnlockKeyring asks the person, through the system's own window, to unlock a
// keyring that is locked, and waits for the answer until the context ends. Nil
// means that it is unlocked, or that this system asks by itself when needed.
func (f *Folder) UnlockKeyring(ctx context.Context) error {
	ring, ok := f.ring.keyring.(asker)
	if !ok {
		return nil
	}
	return keyringError(ring.Unlock(ctx))
}
