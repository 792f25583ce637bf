//go:build !windows && !darwin

package capture

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	_ "image/png" // what portals write
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/godbus/dbus/v5"

	"sleutelbos/enroll/scan"
)

// The desktop portal, as it is documented for org.freedesktop.portal.Screenshot,
// FileChooser and Request.
const (
	portalName      = "org.freedesktop.portal.Desktop"
	portalPath      = "/org/freedesktop/portal/desktop"
	portalShoot     = "org.freedesktop.portal.Screenshot.Screenshot"
	portalFiles     = "org.freedesktop.portal.FileChooser.OpenFile"
	portalRequest   = "org.freedesktop.portal.Request"
	portalCancelled = 1
)

// portalScreen lets the desktop make the picture. It shows a dialog of its own,
// which takes as long as the person does.
func portalScreen(ctx context.Context, aside func()) ([]image.Image, error) {
	results, err := askPortal(ctx, aside, portalShoot, map[string]dbus.Variant{
		"interactive": dbus.MakeVariant(true),
		"modal":       dbus.MakeVariant(true),
	}, "")
	if err != nil {
		return nil, err
	}
	address, _ := results["uri"].Value().(string)
	if address == "" {
		return nil, ErrCancelled
	}
	picture, err := takePicture(address)
	if err != nil {
		return nil, err
	}
	return []image.Image{picture}, nil
}

// askPortal calls a method that takes these arguments and then the options, and
// waits for what the person decides. Before is called once there is somebody to
// ask.
func askPortal(ctx context.Context, before func(), method string, options map[string]dbus.Variant, args ...any) (map[string]dbus.Variant, error) {
	connection, err := sessionBus()
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }() // nothing is left to be sent
	answers := make(chan *dbus.Signal, 8)
	connection.Signal(answers)
	// Before the call: the answer may be there first.
	if err := connection.AddMatchSignal(dbus.WithMatchInterface(portalRequest), dbus.WithMatchMember("Response")); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	before()
	token := "sleutelbos" + rand.Text()
	options["handle_token"] = dbus.MakeVariant(token)
	var request dbus.ObjectPath
	err = connection.Object(portalName, portalPath).CallWithContext(ctx, method, 0, append(args, options)...).Store(&request)
	if err != nil {
		if ctx.Err() != nil {
			withdraw(connection, expected(connection, token))
		}
		return nil, portalError(ctx, err)
	}
	return portalAnswer(ctx, connection, answers, request)
}

// sessionBus connects with the bus that is there; godbus itself would start one
// that stays behind.
func sessionBus() (*dbus.Conn, error) {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address == "" {
		socket := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")
		if _, err := os.Stat(socket); err != nil {
			return nil, ErrUnavailable
		}
		address = "unix:path=" + dbus.EscapeBusAddressValue(socket)
	}
	connection, err := dbus.Connect(address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return connection, nil
}

// portalError tells a desktop that refuses from one that has no portal.
func portalError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var answer dbus.Error
	if errors.As(err, &answer) {
		switch answer.Name {
		case "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.portal.Error.NotAllowed":
			return ErrRefused
		case "org.freedesktop.portal.Error.Cancelled":
			return ErrCancelled
		}
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// portalAnswer waits for what the person decides, and gives what came of it.
func portalAnswer(ctx context.Context, connection *dbus.Conn, answers <-chan *dbus.Signal, request dbus.ObjectPath) (map[string]dbus.Variant, error) {
	for {
		select {
		case <-ctx.Done():
			withdraw(connection, request)
			return nil, ctx.Err()
		case s, ok := <-answers:
			if !ok {
				return nil, fmt.Errorf("%w: the bus is gone", ErrUnavailable)
			}
			if s.Path != request || s.Name != portalRequest+".Response" {
				continue
			}
			var status uint32
			var results map[string]dbus.Variant
			if err := dbus.Store(s.Body, &status, &results); err != nil {
				return nil, fmt.Errorf("read the portal's answer: %w", err)
			}
			switch status {
			case 0:
				return results, nil
			case portalCancelled:
				return nil, ErrCancelled
			}
			return nil, ErrRefused
		}
	}
}

// expected is where the request is by its documentation, before the portal says
// so.
func expected(connection *dbus.Conn, token string) dbus.ObjectPath {
	sender := strings.ReplaceAll(strings.TrimPrefix(connection.Names()[0], ":"), ".", "_")
	return dbus.ObjectPath(portalPath + "/request/" + sender + "/" + token)
}

// withdraw takes the portal's dialog away; if it is gone already, so much the
// better.
func withdraw(connection *dbus.Conn, request dbus.ObjectPath) {
	_ = connection.Object(portalName, request).Call(portalRequest+".Close", 0).Err
}

// takePicture reads the picture and removes its file, since nobody else knows of
// it and it may show a key.
func takePicture(address string) (image.Image, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "file" || u.Path == "" {
		return nil, fmt.Errorf("%w: the portal gave no file", ErrUnavailable)
	}
	defer func() { _ = os.Remove(u.Path) }() // where a sandbox may not, the person sees it among the pictures
	file, err := os.Open(u.Path)
	if err != nil {
		return nil, fmt.Errorf("open the portal's picture: %w", err)
	}
	defer func() { _ = file.Close() }() // only read from
	content, err := io.ReadAll(io.LimitReader(file, scan.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the portal's picture: %w", err)
	}
	return decode(content)
}

// decode looks at the size that the picture says it has before it takes the
// memory for it.
func decode(content []byte) (image.Image, error) {
	if len(content) > scan.MaxFile {
		return nil, ErrTooLarge
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("read the portal's picture: %w", err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > scan.MaxPixels/config.Height {
		return nil, ErrTooLarge
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("read the portal's picture: %w", err)
	}
	return picture, nil
}
