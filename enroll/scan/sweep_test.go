package scan

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"os"
	"testing"
)

// TestReadNeverWrong harms many pictures in several ways at once, the same ones
// at each run, more of them when LONG is set. Not each can be read, but what is
// read must be what was drawn.
func TestReadNeverWrong(t *testing.T) {
	pictures := 60
	if long := os.Getenv("LONG"); long != "" && long != "0" {
		pictures = 1000
	}
	read := 0
	for i := range pictures {
		random := rand.New(rand.NewPCG(uint64(i), 99))
		text := fmt.Sprintf("otpauth://totp/Gemeente:%d?secret=%016X&issuer=Gemeente", i, random.Uint64())
		found, err := Read(t.Context(), harmed(t, random, text))
		for _, f := range found {
			if f.Text != text {
				t.Errorf("picture %d says %q, read was %q", i, text, f.Text)
			}
		}
		if err == nil {
			read++
		}
	}
	t.Logf("read %d of %d", read, pictures)
	if read < pictures*85/100 {
		t.Errorf("read only %d of %d", read, pictures)
	}
}

// harmed draws a code and does to it what chance wants.
func harmed(t *testing.T, random *rand.Rand, text string) image.Image {
	picture := qr(t, text, 2+random.IntN(5))
	if random.IntN(3) == 0 {
		picture = turned(picture, random.Float64()*360, random.Float64()*0.15)
	}
	if random.IntN(4) == 0 {
		picture = scaled(picture, 0.7+random.Float64())
	}
	if random.IntN(3) == 0 {
		picture = blurry(picture, 0.4+random.Float64()*1.2)
	}
	if random.IntN(3) == 0 {
		low := uint8(random.IntN(110))
		high := low + 40 + uint8(random.IntN(100))
		picture = coloured(picture, color.RGBA{low, low, low, 255}, color.RGBA{high, high, high, 255})
	}
	if random.IntN(4) == 0 {
		picture = inverted(picture)
	}
	if random.IntN(4) == 0 {
		picture = noisy(picture, 5+random.Float64()*15)
	}
	if random.IntN(5) == 0 {
		stain(picture, random)
	}
	if random.IntN(3) == 0 {
		screen := desktop(800, 600, random.Uint64())
		return placed(screen, picture, image.Pt(random.IntN(300), random.IntN(200)))
	}
	if random.IntN(3) == 0 {
		return compressed(t, picture, 15+random.IntN(70))
	}
	return picture
}

// stain paints over a part of the code that error correction may make good or
// may not.
func stain(picture *image.RGBA, random *rand.Rand) {
	size := picture.Rect.Dx() / (6 + random.IntN(6))
	at := image.Pt(random.IntN(picture.Rect.Dx()), random.IntN(picture.Rect.Dy()))
	spot := image.Rectangle{at, at.Add(image.Pt(size, size))}
	draw.Draw(picture, spot.Intersect(picture.Rect), image.NewUniform(color.RGBA{90, 60, 30, 255}), image.Point{}, draw.Src)
}
