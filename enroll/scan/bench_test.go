package scan

import (
	"image"
	"testing"
)

// BenchmarkRead measures whole searches, from the picture to the answer.
func BenchmarkRead(b *testing.B) {
	for _, c := range []struct {
		name    string
		picture image.Image
		found   int
	}{
		{"1080p", placed(desktop(1920, 1080, 1), qr(b, address, 3), image.Pt(1210, 640)), 1},
		{"1080p-inverted", placed(desktop(1920, 1080, 1), inverted(qr(b, address, 3)), image.Pt(1210, 640)), 1},
		{"1080p-none", desktop(1920, 1080, 1), 0},
		{"2160p", placed(desktop(3840, 2160, 1), qr(b, address, 4), image.Pt(1210, 640)), 1},
		{"2160p-none", desktop(3840, 2160, 1), 0},
		{"corners-225", corners(135, 135), 0},
		{"corners-2500", corners(450, 450), 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if found, _ := Read(b.Context(), c.picture); len(found) != c.found {
					b.Fatalf("found %d codes, want %d", len(found), c.found)
				}
			}
		})
	}
}
