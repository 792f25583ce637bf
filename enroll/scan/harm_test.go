package scan

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

const (
	address = "otpauth://totp/Gemeente%20Vught:j.de.vries?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Gemeente%20Vught&algorithm=SHA256&digits=6&period=30"
	short   = "sleutelbos://link?server=https%3A%2F%2Fcodes.example.nl&user=067wtvpm"
)

// qr is a code drawn with so many pixels for each module, as an RGBA picture.
func qr(t testing.TB, text string, module int) *image.RGBA {
	t.Helper()
	drawn, err := encode(text)
	if err != nil {
		t.Fatal(err)
	}
	return rgba(drawn.Image(-module))
}

func rgba(src image.Image) *image.RGBA {
	dst := image.NewRGBA(image.Rect(0, 0, src.Bounds().Dx(), src.Bounds().Dy()))
	draw.Draw(dst, dst.Rect, src, src.Bounds().Min, draw.Src)
	return dst
}

// each gives every pixel anew.
func each(src *image.RGBA, change func(x, y int, c color.RGBA) color.RGBA) *image.RGBA {
	dst := image.NewRGBA(src.Rect)
	for y := src.Rect.Min.Y; y < src.Rect.Max.Y; y++ {
		for x := src.Rect.Min.X; x < src.Rect.Max.X; x++ {
			dst.SetRGBA(x, y, change(x, y, src.RGBAAt(x, y)))
		}
	}
	return dst
}

func inverted(src *image.RGBA) *image.RGBA {
	return each(src, func(_, _ int, c color.RGBA) color.RGBA { return color.RGBA{255 - c.R, 255 - c.G, 255 - c.B, 255} })
}

// coloured puts dark and light in the place of black and white.
func coloured(src *image.RGBA, dark, light color.RGBA) *image.RGBA {
	return each(src, func(_, _ int, c color.RGBA) color.RGBA {
		if c.R < 128 {
			return dark
		}
		return light
	})
}

// lit adds the light of a lamp at the left: there nothing is quite dark, at
// the right nothing quite light.
func lit(src *image.RGBA) *image.RGBA {
	return each(src, func(x, _ int, c color.RGBA) color.RGBA {
		part := float64(x) / float64(src.Rect.Dx())
		v := uint8(float64(c.R)*(0.75-0.5*part) + 60*(1-part))
		return color.RGBA{v, v, v, 255}
	})
}

func noisy(src *image.RGBA, amount float64) *image.RGBA {
	random := rand.New(rand.NewPCG(1, 2))
	return each(src, func(_, _ int, c color.RGBA) color.RGBA {
		v := clamp(int(float64(c.R) + random.NormFloat64()*amount))
		return color.RGBA{v, v, v, 255}
	})
}

// blurry is a Gauss filter with a spread in pixels.
func blurry(src *image.RGBA, spread float64) *image.RGBA {
	reach := int(math.Ceil(3 * spread))
	weights := make([]float64, 2*reach+1)
	sum := 0.0
	for i := range weights {
		d := float64(i-reach) / spread
		weights[i] = math.Exp(-d * d / 2)
		sum += weights[i]
	}
	pass := func(from *image.RGBA, dx, dy int) *image.RGBA {
		return each(from, func(x, y int, _ color.RGBA) color.RGBA {
			v := 0.0
			for i, w := range weights {
				xx := min(max(x+dx*(i-reach), 0), from.Rect.Max.X-1)
				yy := min(max(y+dy*(i-reach), 0), from.Rect.Max.Y-1)
				v += w / sum * float64(from.RGBAAt(xx, yy).R)
			}
			b := clamp(int(v + 0.5))
			return color.RGBA{b, b, b, 255}
		})
	}
	return pass(pass(src, 1, 0), 0, 1)
}

// turned rotates by degrees about the middle and slants by a part of the
// height, on a light ground large enough for all of it.
func turned(src *image.RGBA, degrees, slant float64) *image.RGBA {
	w, h := float64(src.Rect.Dx()), float64(src.Rect.Dy())
	side := int(1.6 * math.Max(w, h))
	dst := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(dst, dst.Rect, image.White, image.Point{}, draw.Src)
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	a, b, c, d := cos, -sin+slant*cos, sin, cos+slant*sin
	m := f64.Aff3{
		a, b, float64(side)/2 - a*w/2 - b*h/2,
		c, d, float64(side)/2 - c*w/2 - d*h/2,
	}
	draw.BiLinear.Transform(dst, m, src, src.Rect, draw.Over, nil)
	return dst
}

// scaled changes the size by a factor, as a browser or a viewer would.
func scaled(src *image.RGBA, factor float64) *image.RGBA {
	dst := image.NewRGBA(image.Rect(0, 0, int(float64(src.Rect.Dx())*factor), int(float64(src.Rect.Dy())*factor)))
	draw.BiLinear.Scale(dst, dst.Rect, src, src.Rect, draw.Src, nil)
	return dst
}

func compressed(t testing.TB, src image.Image, quality int) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, src, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	out, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// desktop is a screen full of windows with lines of what looks like text,
// always the same for a seed.
func desktop(width, height int, seed uint64) *image.RGBA {
	random := rand.New(rand.NewPCG(seed, 7))
	screen := image.NewRGBA(image.Rect(0, 0, width, height))
	fill := func(r image.Rectangle, c color.RGBA) {
		draw.Draw(screen, r.Intersect(screen.Rect), image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(screen.Rect, color.RGBA{40, 70, 90, 255})
	for range 6 {
		corner := image.Pt(random.IntN(width*2/3), random.IntN(height*2/3))
		window := image.Rectangle{corner, corner.Add(image.Pt(width/3, height/3))}
		fill(window, color.RGBA{245, 245, 245, 255})
		fill(image.Rectangle{corner, image.Pt(window.Max.X, corner.Y+24)}, color.RGBA{60, 60, 70, 255})
		for y := corner.Y + 36; y < window.Max.Y-10; y += 14 {
			for x := corner.X + 10; x < window.Max.X-20; x += 2 + random.IntN(6) {
				w, h := 1+random.IntN(3), 3+random.IntN(6)
				fill(image.Rect(x, y, x+w, y+h), color.RGBA{30, 30, 30, 255})
			}
		}
	}
	return screen
}

// placed puts a picture on another at a point.
func placed(ground *image.RGBA, src image.Image, at image.Point) *image.RGBA {
	draw.Draw(ground, src.Bounds().Sub(src.Bounds().Min).Add(at), src, src.Bounds().Min, draw.Over)
	return ground
}
