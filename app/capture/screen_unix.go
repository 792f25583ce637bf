//go:build !windows && !darwin

package capture

import (
	"context"
	"errors"
	"image"
	"os"
)

// session is what tells which desktop this is.
type session struct {
	x11, wayland, sandbox bool
}

// currentSession asks the environment.
func currentSession() session {
	_, err := os.Stat("/.flatpak-info")
	return session{
		x11:     os.Getenv("DISPLAY") != "",
		wayland: os.Getenv("WAYLAND_DISPLAY") != "" || os.Getenv("XDG_SESSION_TYPE") == "wayland",
		sandbox: err == nil || os.Getenv("SNAP") != "",
	}
}

type screenWay func(ctx context.Context, aside func()) ([]image.Image, error)

// screens are the ways to read the screen, in the order to try them. What X11
// shows of a Wayland desktop is black.
func (s session) screens() []screenWay {
	switch {
	case s.wayland:
		return []screenWay{portalScreen}
	case s.sandbox && s.x11:
		return []screenWay{portalScreen, x11Screen}
	case s.x11:
		return []screenWay{x11Screen, portalScreen}
	}
	return nil
}

func systemScreen() func(context.Context, func()) ([]image.Image, error) {
	ways := currentSession().screens()
	if len(ways) == 0 {
		return nil
	}
	return func(ctx context.Context, aside func()) ([]image.Image, error) { return firstOf(ctx, ways, aside) }
}

// firstOf goes on to the next way where one is not available.
func firstOf(ctx context.Context, ways []screenWay, aside func()) ([]image.Image, error) {
	err := ErrUnavailable
	for _, way := range ways {
		var pictures []image.Image
		pictures, err = way(ctx, aside)
		if err == nil {
			return pictures, nil
		}
		if !errors.Is(err, ErrUnavailable) {
			break
		}
	}
	return nil, err
}
