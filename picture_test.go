//go:build linux

package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/jezek/xgb/xproto"
)

// picture is what the display shows.
func (s *session) picture() *image.RGBA {
	screen := xproto.Setup(s.x).DefaultScreen(s.x)
	return s.part(image.Rect(0, 0, int(screen.WidthInPixels), int(screen.HeightInPixels)))
}

// part is what the display shows in a rectangle; the picture begins at 0, 0.
func (s *session) part(r image.Rectangle) *image.RGBA {
	s.t.Helper()
	root := xproto.Setup(s.x).DefaultScreen(s.x).Root
	got, err := xproto.GetImage(s.x, xproto.ImageFormatZPixmap, xproto.Drawable(root),
		int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), 0xffffffff).Reply()
	if err != nil {
		s.t.Fatal(err)
	}
	picture := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	for i := 0; i+3 < len(got.Data); i += 4 {
		picture.Pix[i], picture.Pix[i+1], picture.Pix[i+2], picture.Pix[i+3] = got.Data[i+2], got.Data[i+1], got.Data[i], 0xff
	}
	return picture
}

// shoot keeps a picture in the artefacts, numbered in the order of the test.
func (s *session) shoot() {
	s.t.Helper()
	s.shots++
	folder := os.Getenv("SLEUTELBOS_TEST_ARTEFACTS")
	if folder == "" {
		folder = "artefacts"
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		s.t.Fatal(err)
	}
	var encoded bytes.Buffer
	if err := png.Encode(&encoded, s.picture().SubImage(image.Rect(0, 0, 480, 700))); err != nil {
		s.t.Fatal(err)
	}
	path := filepath.Join(folder, fmt.Sprintf("%s-%02d.png", s.name, s.shots))
	if err := os.WriteFile(path, encoded.Bytes(), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// cursorPixels is more than a blinking cursor changes, and less than a letter
// and its surroundings do.
const cursorPixels = 60

func alike(a, b *image.RGBA) bool {
	differ := 0
	for i := 0; i < len(a.Pix) && differ <= cursorPixels; i += 4 {
		if a.Pix[i] != b.Pix[i] || a.Pix[i+1] != b.Pix[i+1] || a.Pix[i+2] != b.Pix[i+2] {
			differ++
		}
	}
	return differ <= cursorPixels
}
