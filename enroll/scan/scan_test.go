package scan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/draw"
)

func texts(found []Found) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.Text)
	}
	return out
}

// TestReadHarmed takes pictures as people make them, each with one code, and
// wants its text and nothing else.
func TestReadHarmed(t *testing.T) {
	white := color.RGBA{255, 255, 255, 255}
	cases := []struct {
		name    string
		picture func(t *testing.T) image.Image
	}{
		{"clean", func(t *testing.T) image.Image { return qr(t, address, 6) }},
		{"one pixel for a module", func(t *testing.T) image.Image { return qr(t, address, 1) }},
		{"two pixels for a module", func(t *testing.T) image.Image { return qr(t, address, 2) }},
		{"inverted", func(t *testing.T) image.Image { return inverted(qr(t, address, 4)) }},
		{"inverted and small", func(t *testing.T) image.Image { return inverted(qr(t, address, 2)) }},
		{"turned by 7 degrees", func(t *testing.T) image.Image { return turned(qr(t, address, 5), 7, 0) }},
		{"turned by 45 degrees", func(t *testing.T) image.Image { return turned(qr(t, address, 5), 45, 0) }},
		{"upside down", func(t *testing.T) image.Image { return turned(qr(t, address, 5), 180, 0) }},
		{"on its side and slanted", func(t *testing.T) image.Image { return turned(qr(t, address, 6), 97, 0.15) }},
		{"blurry", func(t *testing.T) image.Image { return blurry(qr(t, address, 5), 2.2) }},
		{"blurry and inverted", func(t *testing.T) image.Image { return inverted(blurry(qr(t, address, 5), 1.8)) }},
		{"noisy", func(t *testing.T) image.Image { return noisy(qr(t, address, 5), 70) }},
		{"blurry and noisy", func(t *testing.T) image.Image { return noisy(blurry(qr(t, address, 6), 2), 20) }},
		{"little contrast", func(t *testing.T) image.Image {
			return coloured(qr(t, address, 5), color.RGBA{120, 120, 124, 255}, color.RGBA{140, 140, 144, 255})
		}},
		{"dark theme", func(t *testing.T) image.Image {
			return coloured(qr(t, address, 4), color.RGBA{230, 230, 235, 255}, color.RGBA{30, 30, 36, 255})
		}},
		{"in colour", func(t *testing.T) image.Image {
			return coloured(qr(t, address, 4), color.RGBA{15, 76, 92, 255}, color.RGBA{242, 166, 90, 255})
		}},
		{"light from one side", func(t *testing.T) image.Image { return lit(qr(t, address, 6)) }},
		{"strong JPEG", func(t *testing.T) image.Image { return compressed(t, qr(t, address, 4), 8) }},
		{"scaled by a crooked factor", func(t *testing.T) image.Image { return scaled(qr(t, address, 4), 0.61) }},
		{"enlarged far", func(t *testing.T) image.Image { return scaled(qr(t, address, 4), 9.3) }},
		{"without a quiet zone", func(t *testing.T) image.Image {
			p := qr(t, address, 5)
			return p.SubImage(p.Rect.Inset(4 * 5))
		}},
		{"dark on nothing", func(t *testing.T) image.Image {
			return coloured(qr(t, address, 4), color.RGBA{A: 255}, color.RGBA{})
		}},
		{"light on nothing", func(t *testing.T) image.Image { return coloured(qr(t, address, 4), white, color.RGBA{}) }},
		{"small in a busy screen", func(t *testing.T) image.Image {
			return placed(desktop(1920, 1080, 1), qr(t, address, 2), image.Pt(1210, 640))
		}},
		{"inverted in a busy screen", func(t *testing.T) image.Image {
			return placed(desktop(1920, 1080, 2), inverted(qr(t, address, 3)), image.Pt(310, 540))
		}},
		{"busy screen as JPEG", func(t *testing.T) image.Image {
			return compressed(t, placed(desktop(1280, 800, 3), qr(t, address, 3), image.Pt(700, 300)), 40)
		}},
		{"grey", func(t *testing.T) image.Image {
			src := qr(t, address, 3)
			dst := image.NewGray(src.Rect)
			draw.Draw(dst, dst.Rect, src, image.Point{}, draw.Src)
			return dst
		}},
		{"16 bits, away from the origin", func(t *testing.T) image.Image {
			src := qr(t, address, 3)
			dst := image.NewNRGBA64(src.Rect.Add(image.Pt(-500, 900)))
			draw.Draw(dst, dst.Rect, src, image.Point{}, draw.Src)
			return dst
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found, err := Read(t.Context(), c.picture(t))
			if err != nil {
				t.Fatal(err)
			}
			if got := texts(found); !slices.Equal(got, []string{address}) {
				t.Fatalf("got %q", got)
			}
		})
	}
}

func TestReadSeveral(t *testing.T) {
	want := []string{"WIFI:S:gasten;T:WPA;P:welkom;;", address, short}
	screen := desktop(1920, 1080, 4)
	placed(screen, qr(t, want[0], 3), image.Pt(900, 40))
	placed(screen, qr(t, want[1], 3), image.Pt(200, 300))
	placed(screen, qr(t, want[2], 4), image.Pt(1300, 600))
	found, err := Read(t.Context(), screen)
	if err != nil {
		t.Fatal(err)
	}
	if got := texts(found); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

// TestReadSameTwice wants one finding for each place, also where two hold the
// same text.
func TestReadSameTwice(t *testing.T) {
	screen := desktop(1000, 600, 5)
	placed(screen, qr(t, short, 4), image.Pt(40, 200))
	placed(screen, qr(t, short, 4), image.Pt(600, 200))
	found, err := Read(t.Context(), screen)
	if err != nil {
		t.Fatal(err)
	}
	if got := texts(found); !slices.Equal(got, []string{short, short}) {
		t.Fatalf("got %q", got)
	}
}

func TestReadBounds(t *testing.T) {
	for _, module := range []int{1, 2, 4} {
		for _, dark := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d pixels, inverted %v", module, dark), func(t *testing.T) {
				src := qr(t, short, module)
				want := src.Rect.Inset(4 * module).Add(image.Pt(130, 70))
				if dark {
					src = inverted(src)
				}
				ground := image.NewRGBA(image.Rect(0, 0, 400, 320))
				draw.Draw(ground, ground.Rect, image.White, image.Point{}, draw.Src)
				placed(ground, src, image.Pt(130, 70))
				ground.Rect = ground.Rect.Add(image.Pt(-1000, 50))
				want = want.Add(image.Pt(-1000, 50))

				found, err := Read(t.Context(), ground)
				if err != nil {
					t.Fatal(err)
				}
				got, near := found[0].Bounds, 2*module
				if !want.In(got.Inset(-near)) || !got.In(want.Inset(-near)) {
					t.Fatalf("the code is at %v, found at %v", want, got)
				}
			})
		}
	}
}

func TestReadNothing(t *testing.T) {
	random := noisy(image.NewRGBA(image.Rect(0, 0, 300, 300)), 200)
	broken := qr(t, short, 4)
	middle := image.Rectangle{broken.Rect.Min.Add(image.Pt(50, 50)), broken.Rect.Max.Sub(image.Pt(50, 50))}
	draw.Draw(broken, middle, image.White, image.Point{}, draw.Src)
	for name, picture := range map[string]image.Image{
		"noise":            random,
		"screen":           desktop(640, 480, 6),
		"one pixel":        image.NewRGBA(image.Rect(0, 0, 1, 1)),
		"one row":          image.NewGray(image.Rect(0, 0, 5000, 1)),
		"no pixel":         image.NewRGBA(image.Rectangle{}),
		"middle painted":   broken,
		"corners only":     corners(300, 300),
		"corners, far off": corners(30, 30).SubImage(image.Rect(5, 5, 20, 20)),
	} {
		t.Run(name, func(t *testing.T) {
			found, err := Read(t.Context(), picture)
			if !errors.Is(err, ErrNone) {
				t.Fatalf("got %q, %v", texts(found), err)
			}
		})
	}
}

// corners is a picture full of corner patterns, the worst there is to search.
func corners(width, height int) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(p, p.Rect, image.White, image.Point{}, draw.Src)
	for y := 0; y < height; y += 9 {
		for x := 0; x < width; x += 9 {
			for i, c := range []color.Color{color.Black, color.White, color.Black} {
				r := image.Rect(x, y, x+7, y+7).Inset(i)
				draw.Draw(p, r.Intersect(p.Rect), image.NewUniform(c), image.Point{}, draw.Src)
			}
		}
	}
	return p
}

func TestReadTooLarge(t *testing.T) {
	if _, err := Read(t.Context(), image.NewUniform(color.White)); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("got %v", err)
	}
}

func TestReadStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, qr(t, short, 3)); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

func TestFoundHidesItsText(t *testing.T) {
	f := Found{Text: address, Bounds: image.Rect(1, 2, 3, 4)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, f) + fmt.Sprintf(verb, []Found{f}); strings.Contains(got, "JBSW") {
			t.Errorf("%s shows the text", verb)
		}
	}
	if got, err := json.Marshal(f); err == nil {
		t.Errorf("written as JSON: %s", got)
	}
}
