package scan

import (
	"encoding/binary"
	"image"
	"testing"
)

// noted puts the note of a phone into a JPEG file.
func noted(content []byte, orientation uint16) []byte {
	tiff := append([]byte("Exif\x00\x00MM\x00*"), 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1)
	tiff = binary.BigEndian.AppendUint16(tiff, orientation)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(tiff)+2))...)
	return append(append(out, tiff...), content[2:]...)
}

// TestReadTurnedPhotograph wants the place in the picture as it is shown.
func TestReadTurnedPhotograph(t *testing.T) {
	page := image.NewRGBA(image.Rect(0, 0, 600, 400))
	for i := range page.Pix {
		page.Pix[i] = 255
	}
	code := qr(t, short, 4)
	placed(page, code, image.Pt(20, 30))
	r := code.Rect.Inset(16).Add(image.Pt(20, 30))
	for way, want := range map[uint16]image.Rectangle{
		1: r,
		2: image.Rect(600-r.Max.X, r.Min.Y, 600-r.Min.X, r.Max.Y),
		3: image.Rect(600-r.Max.X, 400-r.Max.Y, 600-r.Min.X, 400-r.Min.Y),
		4: image.Rect(r.Min.X, 400-r.Max.Y, r.Max.X, 400-r.Min.Y),
		5: image.Rect(r.Min.Y, r.Min.X, r.Max.Y, r.Max.X),
		6: image.Rect(400-r.Max.Y, r.Min.X, 400-r.Min.Y, r.Max.X),
		7: image.Rect(400-r.Max.Y, 600-r.Max.X, 400-r.Min.Y, 600-r.Min.X),
		8: image.Rect(r.Min.Y, 600-r.Max.X, r.Max.Y, 600-r.Min.X),
		9: r,
	} {
		found, err := ReadContent(t.Context(), noted(written(t, asJPEG, page), way))
		if err != nil || len(found) != 1 {
			t.Fatalf("noted %d: %v, %v", way, found, err)
		}
		if got := found[0].Bounds; !want.In(got.Inset(-8)) || !got.In(want.Inset(-8)) {
			t.Errorf("noted %d: at %v, want %v", way, got, want)
		}
	}
}
