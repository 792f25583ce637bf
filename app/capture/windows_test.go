//go:build windows

package capture

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"golang.design/x/clipboard"

	"sleutelbos/enroll/scan"
)

// What Windows shows and what was copied there is fetched as it is.
func TestWindows(t *testing.T) {
	aside := 0
	pictures, err := System().Screen(t.Context(), func() { aside++ })
	if err != nil || len(pictures) == 0 || pictures[0].Bounds().Empty() || aside != 1 {
		t.Errorf("read %d pictures, stepped aside %d times, %v", len(pictures), aside, err)
	}
	code, err := scan.Draw("https://example.org", 200)
	if err != nil {
		t.Fatal(err)
	}
	var content bytes.Buffer
	if err := png.Encode(&content, code); err != nil {
		t.Fatal(err)
	}
	fetch := System().Clipboard
	if fetch == nil {
		t.Fatal("the clipboard is not offered")
	}
	clipboard.Write(clipboard.FmtImage, content.Bytes())
	clip, err := fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	picture, _, err := image.Decode(bytes.NewReader(clip.Picture))
	if err != nil || picture.Bounds().Size() != code.Bounds().Size() {
		t.Fatalf("the picture came as %d bytes, %v", len(clip.Picture), err)
	}
	found, err := scan.Read(t.Context(), picture)
	if err != nil || len(found) != 1 || found[0].Text != "https://example.org" {
		t.Errorf("it says %v, %v", found, err)
	}
	for _, camera := range System().Cameras() {
		t.Log("a camera: ", camera.Name())
	}
}
