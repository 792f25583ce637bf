//go:build !windows && !darwin

package capture

import (
	"context"
	"fmt"
	"image"
	"io"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xinerama"
	"github.com/jezek/xgb/xproto"
)

func x11Screen(ctx context.Context, aside func()) ([]image.Image, error) {
	connection, err := connectX11()
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	monitors := x11Monitors(connection)
	return settled(ctx, func() ([]image.Image, error) {
		var pictures []image.Image
		for _, monitor := range monitors {
			picture, err := x11Picture(connection, monitor)
			if err != nil {
				return nil, err
			}
			pictures = append(pictures, picture)
		}
		return pictures, nil
	}, aside)
}

// connectX11 connects with the display, and keeps the library from telling
// everybody about each connection on standard error.
func connectX11() (*xgb.Conn, error) {
	xgb.Logger.SetOutput(io.Discard)
	connection, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return connection, nil
}

// x11Monitors are the monitors' places on the one large screen; the whole of it
// where the display does not know them.
func x11Monitors(connection *xgb.Conn) []image.Rectangle {
	screen := xproto.Setup(connection).DefaultScreen(connection)
	whole := image.Rect(0, 0, int(screen.WidthInPixels), int(screen.HeightInPixels))
	if xinerama.Init(connection) != nil {
		return []image.Rectangle{whole}
	}
	reply, err := xinerama.QueryScreens(connection).Reply()
	if err != nil {
		return []image.Rectangle{whole}
	}
	var monitors []image.Rectangle
	for _, m := range reply.ScreenInfo {
		at := image.Pt(int(m.XOrg), int(m.YOrg))
		r := image.Rectangle{at, at.Add(image.Pt(int(m.Width), int(m.Height)))}.Intersect(whole)
		if !r.Empty() {
			monitors = append(monitors, r)
		}
	}
	if len(monitors) == 0 {
		return []image.Rectangle{whole}
	}
	return monitors
}

// x11Picture reads a part of the screen, of the kind that every desktop of this
// century has: 32 bits for each pixel, blue first.
func x11Picture(connection *xgb.Conn, r image.Rectangle) (*image.RGBA, error) {
	root := xproto.Setup(connection).DefaultScreen(connection).Root
	got, err := xproto.GetImage(connection, xproto.ImageFormatZPixmap, xproto.Drawable(root),
		int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), 0xffffffff).Reply()
	if err != nil {
		return nil, fmt.Errorf("read the screen: %w", err)
	}
	picture := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	if got.Depth < 24 || len(got.Data) < len(picture.Pix) || xproto.Setup(connection).ImageByteOrder != xproto.ImageOrderLSBFirst {
		return nil, fmt.Errorf("%w: a screen of %d bits", ErrUnavailable, got.Depth)
	}
	from, to := got.Data, picture.Pix
	for i := 0; i+3 < len(to); i += 4 {
		to[i], to[i+1], to[i+2], to[i+3] = from[i+2], from[i+1], from[i], 0xff
	}
	return picture, nil
}
