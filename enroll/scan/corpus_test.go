package scan

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"

	"github.com/skip2/go-qrcode"
	"golang.org/x/image/draw"
)

// The corpus is pictures of QR codes, harmed in one way for each kind as
// screens, cameras, printers and people do it. A seed makes the same pictures
// each time. The held-out pictures, which nothing was tuned by, come of another
// seed and of values that lie elsewhere, mostly further out.

// harm makes one picture of a kind, with the texts of its codes.
type harm struct {
	name string
	make func(c *chance) sample
}

// sample is one picture of the corpus and what its codes say.
type sample struct {
	picture image.Image
	texts   []string
}

// chance draws the values of one picture.
type chance struct {
	*rand.Rand
	shift float64 // how far the held-out values lie beyond the others
}

func newChance(kind string, number int, heldOut bool) *chance {
	seed := uint64(1469598103934665603)
	for _, b := range []byte(kind) {
		seed = (seed ^ uint64(b)) * 1099511628211
	}
	c := &chance{Rand: rand.New(rand.NewPCG(seed, uint64(number)))}
	if heldOut {
		c.Rand, c.shift = rand.New(rand.NewPCG(seed, uint64(number)+104729)), 0.12
	}
	return c
}

// between gives a value of a range from mild to grave.
func (c *chance) between(mild, grave float64) float64 {
	return mild + (grave-mild)*(c.Float64()+c.shift)
}

// text is an address as they come, or some other text, short to long.
func (c *chance) text() string {
	switch c.IntN(6) {
	case 0:
		return fmt.Sprintf("https://www.gemeente-%d.example.nl/balie?nummer=%d", c.IntN(900), c.IntN(1e6))
	case 1:
		return fmt.Sprintf("%d%d", c.Int64N(1e15), c.Int64N(1e12))
	case 2:
		return fmt.Sprintf("WIFI:S:gasten%d;T:WPA;P:welkom%d;;", c.IntN(900), c.IntN(1e6))
	case 3:
		return fmt.Sprintf("otpauth://totp/Ons:%d?secret=%016X&issuer=Ons", c.IntN(1e6), c.Uint64())
	}
	return fmt.Sprintf("otpauth://totp/Gemeente%%20Voorbeeld:j.de.vries%d?secret=JBSWY3DPEHPK3PXP%016X&issuer=Gemeente%%20Voorbeeld&algorithm=SHA256&digits=6&period=30", c.IntN(1e6), c.Uint64())
}

func (c *chance) level() qrcode.RecoveryLevel {
	return []qrcode.RecoveryLevel{qrcode.Low, qrcode.Medium, qrcode.Medium, qrcode.High}[c.IntN(4)]
}

// modules are the dark modules of a new code, without a quiet zone.
func (c *chance) modules() ([][]bool, string) {
	text := c.text()
	code, err := qrcode.New(text, c.level())
	if err != nil {
		panic(err)
	}
	code.DisableBorder = true
	return code.Bitmap(), text
}

// code is a new code drawn with so many pixels for each module and a quiet zone
// of four.
func (c *chance) code(module int) (*image.RGBA, string) {
	m, text := c.modules()
	return drawn(m, module, 4), text
}

func drawn(modules [][]bool, module, quiet int) *image.RGBA {
	n := len(modules) + 2*quiet
	p := image.NewRGBA(image.Rect(0, 0, n*module, n*module))
	draw.Draw(p, p.Rect, image.White, image.Point{}, draw.Src)
	for y, row := range modules {
		for x, dark := range row {
			if dark {
				r := image.Rect(x+quiet, y+quiet, x+quiet+1, y+quiet+1)
				fill(p, image.Rectangle{r.Min.Mul(module), r.Max.Mul(module)}, color.Black)
			}
		}
	}
	return p
}

func fill(p draw.Image, r image.Rectangle, c color.Color) {
	draw.Draw(p, r.Intersect(p.Bounds()), image.NewUniform(c), image.Point{}, draw.Src)
}

// one makes a kind of harm out of what is done to a code of some size.
func one(least, most int, do func(c *chance, p *image.RGBA) image.Image) func(*chance) sample {
	return func(c *chance) sample {
		p, text := c.code(least + c.IntN(most-least+1))
		return sample{do(c, p), []string{text}}
	}
}

// remapped draws each pixel from where the function says, four times finer than
// pixels; what lies outside is ground.
func remapped(src *image.RGBA, width, height int, ground color.RGBA, from func(x, y float64) (float64, float64)) *image.RGBA {
	dst := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			var r, g, b float64
			for i := range 4 {
				sx, sy := from(float64(x)+0.25+0.5*float64(i%2), float64(y)+0.25+0.5*float64(i/2))
				c := between(src, sx, sy, ground)
				r, g, b = r+c[0]/4, g+c[1]/4, b+c[2]/4
			}
			dst.SetRGBA(x, y, color.RGBA{clamp(int(r + 0.5)), clamp(int(g + 0.5)), clamp(int(b + 0.5)), 255})
		}
	}
	return dst
}

// between is the colour between pixels.
func between(src *image.RGBA, x, y float64, ground color.RGBA) [3]float64 {
	x, y = x-0.5, y-0.5
	fx, fy := math.Floor(x), math.Floor(y)
	var out [3]float64
	for i := range 4 {
		px, py := int(fx)+i%2, int(fy)+i/2
		w := (1 - math.Abs(x-float64(px))) * (1 - math.Abs(y-float64(py)))
		c := ground
		if (image.Point{px, py}).In(src.Rect) {
			c = src.RGBAAt(px, py)
		}
		out[0] += w * float64(c.R)
		out[1] += w * float64(c.G)
		out[2] += w * float64(c.B)
	}
	return out
}

// convolved weighs each pixel with its surroundings.
func convolved(src *image.RGBA, kernel map[image.Point]float64) *image.RGBA {
	sum := 0.0
	for _, w := range kernel {
		sum += w
	}
	type tap struct {
		at image.Point
		w  float64
	}
	var taps []tap
	for y := -40; y <= 40; y++ {
		for x := -40; x <= 40; x++ {
			if w := kernel[image.Pt(x, y)]; w != 0 {
				taps = append(taps, tap{image.Pt(x, y), w / sum})
			}
		}
	}
	return each(src, func(x, y int, _ color.RGBA) color.RGBA {
		var r, g, b float64
		for _, t := range taps {
			c := src.RGBAAt(min(max(x+t.at.X, 0), src.Rect.Max.X-1), min(max(y+t.at.Y, 0), src.Rect.Max.Y-1))
			r, g, b = r+t.w*float64(c.R), g+t.w*float64(c.G), b+t.w*float64(c.B)
		}
		return color.RGBA{clamp(int(r + 0.5)), clamp(int(g + 0.5)), clamp(int(b + 0.5)), 255}
	})
}

// shaded multiplies each pixel's light and adds to it.
func shaded(src *image.RGBA, light func(x, y float64) (times, plus float64)) *image.RGBA {
	w, h := float64(src.Rect.Dx()), float64(src.Rect.Dy())
	return each(src, func(x, y int, c color.RGBA) color.RGBA {
		t, p := light(float64(x)/w, float64(y)/h)
		f := func(v uint8) uint8 { return clamp(int(float64(v)*t + p + 0.5)) }
		return color.RGBA{f(c.R), f(c.G), f(c.B), 255}
	})
}

func (c *chance) noise(src *image.RGBA, amount float64) *image.RGBA {
	return each(src, func(_, _ int, q color.RGBA) color.RGBA {
		f := func(v uint8) uint8 { return clamp(int(float64(v) + c.NormFloat64()*amount)) }
		return color.RGBA{f(q.R), f(q.G), f(q.B), 255}
	})
}

func (c *chance) colour(low, high int) color.RGBA {
	v := func() uint8 { return uint8(low + c.IntN(high-low+1)) }
	return color.RGBA{v(), v(), v(), 255}
}

// tilted sees the picture from the side: the corners move inwards by up to a
// part of its size.
func (c *chance) tilted(src *image.RGBA, amount float64, ground color.RGBA) *image.RGBA {
	w, h := float64(src.Rect.Dx()), float64(src.Rect.Dy())
	move := func(x, y float64) point {
		return point{x + (w/2-x)*amount*c.Float64()*2, y + (h/2-y)*amount*c.Float64()*2}
	}
	q := frame{move(0, 0), move(w, 0), move(0, h), move(w, h)}
	m := inverse(q, w, h)
	return remapped(src, int(w), int(h), ground, m)
}

// inverse goes from a place in the seen picture to one in the source.
func inverse(q frame, w, h float64) func(x, y float64) (float64, float64) {
	f := newWarp(&q, 8, nil) // 3.5 to 4.5 in modules is 0 to 1
	a := [9]float64{f.a, f.b, f.c, f.d, f.e, f.f, f.g, f.h, 1}
	inv := [9]float64{
		a[4]*a[8] - a[5]*a[7], a[2]*a[7] - a[1]*a[8], a[1]*a[5] - a[2]*a[4],
		a[5]*a[6] - a[3]*a[8], a[0]*a[8] - a[2]*a[6], a[2]*a[3] - a[0]*a[5],
		a[3]*a[7] - a[4]*a[6], a[1]*a[6] - a[0]*a[7], a[0]*a[4] - a[1]*a[3],
	}
	return func(x, y float64) (float64, float64) {
		k := inv[6]*x + inv[7]*y + inv[8]
		return w * (inv[0]*x + inv[1]*y + inv[2]) / k, h * (inv[3]*x + inv[4]*y + inv[5]) / k
	}
}

var white = color.RGBA{255, 255, 255, 255}

func harms() []harm {
	out := append(cameraHarms(), screenHarms()...)
	return append(out, printHarms()...)
}

func qrOf(text string, module int) *image.RGBA {
	code, err := qrcode.New(text, qrcode.Low)
	if err != nil {
		panic(err)
	}
	code.DisableBorder = true
	return drawn(code.Bitmap(), module, 4)
}
