package vault

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
)

// Names of the Secret Service API draft 0.2, as GNOME Keyring, KWallet and
// KeePassXC offer it.
const (
	secretsName       = "org.freedesktop.secrets"
	secretsPath       = dbus.ObjectPath("/org/freedesktop/secrets")
	secretsService    = "org.freedesktop.Secret.Service"
	secretsCollection = "org.freedesktop.Secret.Collection"
	secretsPrompt     = "org.freedesktop.Secret.Prompt"
	loginCollection   = secretsPath + "/collection/login"
)

const dismissal = time.Second

// ready looks at the collection that go-keyring will use, which is the login
// collection or else the default one. go-keyring would make the service put its
// question on the screen and wait for ever; this asks for a property only.
func (osKeyring) ready() error {
	bus, collection, err := findCollection(context.Background())
	if err != nil {
		return err
	}
	defer bus.Close() // nothing was sent that matters
	locked, err := isLocked(bus, collection)
	if err == nil && locked {
		err = ErrKeyringLocked
	}
	return err
}

// findCollection connects to the session bus, without ever starting one, and
// finds the collection.
func findCollection(ctx context.Context) (*dbus.Conn, dbus.ObjectPath, error) {
	bus, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return nil, "", fmt.Errorf("%w: no session bus: %w", ErrKeyringMissing, err)
	}
	collection, err := greet(bus)
	if err != nil {
		_ = bus.Close() // the first error counts
		return nil, "", err
	}
	return bus, collection, nil
}

func greet(bus *dbus.Conn) (dbus.ObjectPath, error) {
	if err := bus.Auth(nil); err != nil {
		return "", fmt.Errorf("%w: the session bus refuses: %w", ErrKeyringMissing, err)
	}
	if err := bus.Hello(); err != nil {
		return "", fmt.Errorf("%w: the session bus does not answer: %w", ErrKeyringMissing, err)
	}
	service := bus.Object(secretsName, secretsPath)
	all, err := service.GetProperty(secretsService + ".Collections")
	if err != nil {
		return "", fmt.Errorf("%w: no Secret Service: %w", ErrKeyringMissing, err)
	}
	if paths, ok := all.Value().([]dbus.ObjectPath); ok && slices.Contains(paths, loginCollection) {
		return loginCollection, nil
	}
	var collection dbus.ObjectPath
	if err := service.Call(secretsService+".ReadAlias", 0, "default").Store(&collection); err != nil {
		return "", fmt.Errorf("%w: no default keyring: %w", ErrKeyringMissing, err)
	}
	if collection == "/" || !collection.IsValid() {
		return "", fmt.Errorf("%w: the Secret Service has no default keyring", ErrKeyringMissing)
	}
	return collection, nil
}

func isLocked(bus *dbus.Conn, collection dbus.ObjectPath) (bool, error) {
	property, err := bus.Object(secretsName, collection).GetProperty(secretsCollection + ".Locked")
	if err != nil {
		return false, fmt.Errorf("%w: the keyring does not say whether it is locked: %w", ErrKeyringFailed, err)
	}
	locked, ok := property.Value().(bool)
	if !ok {
		return false, fmt.Errorf("%w: the keyring does not say whether it is locked", ErrKeyringFailed)
	}
	return locked, nil
}

// Unlock has the service ask the person, and waits for the answer or the end of
// the context, at which the question is taken off the screen.
func (osKeyring) Unlock(ctx context.Context) error {
	// The connection outlives the context a little, so that the question can
	// be taken back over it.
	connection, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(dismissal, stop) })()
	bus, collection, err := findCollection(connection)
	if err != nil {
		return err
	}
	defer bus.Close() // nothing was sent that matters
	service := bus.Object(secretsName, secretsPath)
	var unlocked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	call := service.CallWithContext(ctx, secretsService+".Unlock", 0, []dbus.ObjectPath{collection})
	if err := call.Store(&unlocked, &prompt); err != nil {
		return fmt.Errorf("%w: %w", ErrKeyringFailed, err)
	}
	if prompt != "/" {
		if err := waitForPrompt(ctx, bus, prompt); err != nil {
			return err
		}
	}
	locked, err := isLocked(bus, collection)
	if err == nil && locked {
		err = ErrKeyringLocked
	}
	return err
}

func waitForPrompt(ctx context.Context, bus *dbus.Conn, prompt dbus.ObjectPath) error {
	signals := make(chan *dbus.Signal, 4)
	bus.Signal(signals)
	err := bus.AddMatchSignalContext(ctx, dbus.WithMatchObjectPath(prompt), dbus.WithMatchInterface(secretsPrompt))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKeyringFailed, err)
	}
	object := bus.Object(secretsName, prompt)
	if err := object.CallWithContext(ctx, secretsPrompt+".Prompt", 0, "").Err; err != nil {
		return fmt.Errorf("%w: %w", ErrKeyringFailed, err)
	}
	for {
		select {
		case signal, open := <-signals:
			if !open {
				return fmt.Errorf("%w: the session bus went away", ErrKeyringFailed)
			}
			if signal.Path == prompt && signal.Name == secretsPrompt+".Completed" {
				return nil
			}
		case <-ctx.Done():
			object.Go(secretsPrompt+".Dismiss", dbus.FlagNoReplyExpected, nil)
			return fmt.Errorf("%w: %w", ErrKeyringSilent, ctx.Err())
		}
	}
}

// platformError finds the sentinel for an error of the bus.
func platformError(err error) error {
	var network *net.OpError
	var fromBus dbus.Error
	switch {
	case errors.As(err, &network):
		return ErrKeyringMissing
	case errors.As(err, &fromBus) && fromBus.Name == "org.freedesktop.DBus.Error.ServiceUnknown":
		return ErrKeyringMissing
	}
	return nil
}
