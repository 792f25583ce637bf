package scan

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"

	"golang.org/x/image/draw"
)

// harms are the kinds of the corpus that a camera, a lens and light make.
func cameraHarms() []harm {
	return []harm{
		{"clean", one(2, 8, func(_ *chance, p *image.RGBA) image.Image { return p })},
		{"blur", one(3, 7, func(c *chance, p *image.RGBA) image.Image {
			return blurry(p, c.between(0.3, 0.75)*float64(p.Rect.Dx())/55)
		})},
		{"defocus", one(4, 7, func(c *chance, p *image.RGBA) image.Image {
			return convolved(p, disc(c.between(2, 5)))
		})},
		{"motion-blur", one(4, 7, func(c *chance, p *image.RGBA) image.Image {
			return convolved(p, streak(c.between(3, 10), float64(c.IntN(2))*math.Pi/2))
		})},
		{"motion-blur-slanting", one(4, 7, func(c *chance, p *image.RGBA) image.Image {
			return convolved(p, streak(c.between(3, 9), c.Float64()*math.Pi))
		})},
		{"noise", one(3, 6, func(c *chance, p *image.RGBA) image.Image { return c.noise(p, c.between(20, 90)) })},
		{"salt-and-pepper", one(3, 6, func(c *chance, p *image.RGBA) image.Image {
			part := c.between(0.02, 0.15)
			return each(p, func(_, _ int, q color.RGBA) color.RGBA {
				if c.Float64() >= part {
					return q
				}
				v := uint8(255 * c.IntN(2))
				return color.RGBA{v, v, v, 255}
			})
		})},
		{"speckle", one(3, 6, func(c *chance, p *image.RGBA) image.Image {
			p = shaded(p, func(_, _ float64) (float64, float64) { return 0.7, 40 })
			amount := c.between(0.1, 0.45)
			return each(p, func(_, _ int, q color.RGBA) color.RGBA {
				v := clamp(int(float64(q.R) * (1 + c.NormFloat64()*amount)))
				return color.RGBA{v, v, v, 255}
			})
		})},
		{"dark-and-noisy", one(4, 7, func(c *chance, p *image.RGBA) image.Image {
			return c.noise(shaded(p, func(_, _ float64) (float64, float64) { return 0.12, 6 }), c.between(2, 10))
		})},
		{"overexposed", one(4, 7, func(c *chance, p *image.RGBA) image.Image {
			p = shaded(blurry(p, 1.2), func(_, _ float64) (float64, float64) { return 1, c.between(110, 190) })
			return c.noise(p, 4)
		})},
		{"low-contrast", one(3, 6, func(c *chance, p *image.RGBA) image.Image {
			low := uint8(60 + c.IntN(100))
			high := low + uint8(c.between(34, 8))
			return c.noise(coloured(p, color.RGBA{low, low, low, 255}, color.RGBA{high, high, high, 255}), 1)
		})},
		{"uneven-light", one(4, 7, func(c *chance, p *image.RGBA) image.Image {
			deep := c.between(0.5, 0.95)
			return shaded(p, func(x, y float64) (float64, float64) {
				d := math.Hypot(x-0.2, y-0.3)
				return (1 - deep*math.Min(d, 1)) * 0.9, 10 * (1 - d)
			})
		})},
		{"shadow", one(4, 7, func(c *chance, p *image.RGBA) image.Image {
			slope, at, dark := c.Float64()*2-1, 0.3+0.4*c.Float64(), c.between(0.5, 0.2)
			return shaded(p, func(x, y float64) (float64, float64) {
				if x+slope*(y-0.5) > at {
					return dark, 3
				}
				return 0.95, 5
			})
		})},
		{"glare", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			gx, gy, size := 0.25+0.5*c.Float64(), 0.25+0.5*c.Float64(), c.between(0.08, 0.2)
			return shaded(p, func(x, y float64) (float64, float64) {
				d := math.Hypot(x-gx, y-gy) / size
				return 0.8, 20 + 300*math.Exp(-d*d)
			})
		})},
		{"turned-slightly", one(3, 6, func(c *chance, p *image.RGBA) image.Image { return turned(p, c.between(1, 15), 0) })},
		{"turned", one(3, 6, func(c *chance, p *image.RGBA) image.Image { return turned(p, c.Float64()*360, 0) })},
		{"slanted", one(4, 7, func(c *chance, p *image.RGBA) image.Image {
			return turned(p, c.Float64()*360, c.between(0.1, 0.45))
		})},
		{"perspective", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			return c.tilted(p, c.between(0.05, 0.2), color.RGBA{200, 200, 200, 255})
		})},
		{"perspective-strong", one(7, 10, func(c *chance, p *image.RGBA) image.Image {
			return oblique(p, c.between(0.25, 0.6), c.Float64()*360)
		})},
		{"barrel", one(5, 8, func(c *chance, p *image.RGBA) image.Image { return barrel(p, c.between(0.05, 0.25)) })},
		{"pincushion", one(5, 8, func(c *chance, p *image.RGBA) image.Image { return barrel(p, -c.between(0.04, 0.14)) })},
		{"cylinder", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			reach := c.between(0.5, 1.1) // the half angle that the code covers
			w := float64(p.Rect.Dx())
			return remapped(p, p.Rect.Dx(), p.Rect.Dy(), white, func(x, y float64) (float64, float64) {
				s := (x/w*2 - 1) * math.Sin(reach)
				return w * (math.Asin(s)/reach + 1) / 2, y + 0.06*w*math.Cos(math.Asin(s))
			})
		})},
		{"wave", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			w, high, long := float64(p.Rect.Dx()), c.between(0.5, 1.6), c.between(0.8, 0.5)
			high *= w / 50
			return remapped(p, p.Rect.Dx(), p.Rect.Dy(), white, func(x, y float64) (float64, float64) {
				return x + high*math.Sin(2*math.Pi*y/(w*long)), y + high/2*math.Sin(2*math.Pi*x/(w*long))
			})
		})},
		{"crumpled", one(6, 9, func(c *chance, p *image.RGBA) image.Image { return c.crumpled(p, c.between(0.2, 0.8)) })},
		{"creases", one(5, 8, func(c *chance, p *image.RGBA) image.Image { return c.creased(p, int(c.between(1, 5))) })},
		{"screen-photo", one(6, 9, func(c *chance, p *image.RGBA) image.Image {
			pitch := c.between(2.2, 3.4)
			p = each(p, func(x, y int, q color.RGBA) color.RGBA {
				f := func(v uint8, k float64) uint8 {
					part := 0.62 + 0.38*math.Sin(2*math.Pi*(float64(x)/pitch+k/3))*math.Cos(2*math.Pi*float64(y)/pitch/3)
					return clamp(int(float64(v)*part*0.8 + 30))
				}
				return color.RGBA{f(q.R, 0), f(q.G, 1), f(q.B, 2), 255}
			})
			return c.noise(scaled(turned(c.tilted(p, 0.06, color.RGBA{30, 30, 30, 255}), c.between(2, 9), 0), 0.7), 8)
		})},
		{"photo", one(6, 9, func(c *chance, p *image.RGBA) image.Image {
			p = turned(c.tilted(p, 0.12, white), c.Float64()*360, 0)
			p = shaded(blurry(p, c.between(0.8, 2.2)), func(x, y float64) (float64, float64) { return 0.4 + 0.5*x, 15 + 10*y })
			return jpegged(c.noise(p, c.between(4, 14)), 60)
		})},
		{"photo-small", one(6, 9, func(c *chance, p *image.RGBA) image.Image {
			p = turned(c.tilted(p, 0.08, white), c.Float64()*360, 0)
			p = scaled(p, c.between(3, 2)/float64(7))
			return jpegged(c.noise(shaded(p, func(x, _ float64) (float64, float64) { return 0.5 + 0.4*x, 15 }), 6), 80)
		})},
		{"ghost", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			dx, dy, part := int(c.between(1, 4)), int(c.between(0, 3)), c.between(0.2, 0.42)
			return convolved(p, map[image.Point]float64{{}: 1 - part, {dx, dy}: part})
		})},
	}
}

func disc(radius float64) map[image.Point]float64 {
	k := map[image.Point]float64{}
	r := int(math.Ceil(radius))
	for y := -r; y <= r; y++ {
		for x := -r; x <= r; x++ {
			if w := radius + 0.5 - math.Hypot(float64(x), float64(y)); w > 0 {
				k[image.Pt(x, y)] = math.Min(w, 1)
			}
		}
	}
	return k
}

func streak(length, angle float64) map[image.Point]float64 {
	k := map[image.Point]float64{}
	sin, cos := math.Sincos(angle)
	const parts = 64
	for i := range parts {
		d := length * (float64(i)/(parts-1) - 0.5)
		x, y := d*cos, d*sin
		fx, fy := math.Floor(x), math.Floor(y)
		for j := range 4 {
			px, py := fx+float64(j%2), fy+float64(j/2)
			k[image.Pt(int(px), int(py))] += (1 - math.Abs(x-px)) * (1 - math.Abs(y-py))
		}
	}
	return k
}

func barrel(p *image.RGBA, amount float64) *image.RGBA {
	w, h := float64(p.Rect.Dx()), float64(p.Rect.Dy())
	return remapped(p, p.Rect.Dx(), p.Rect.Dy(), white, func(x, y float64) (float64, float64) {
		dx, dy := x/w*2-1, y/h*2-1
		f := 1 + amount*(dx*dx+dy*dy) - amount/2
		return w * (dx*f + 1) / 2, h * (dy*f + 1) / 2
	})
}

// oblique looks at a turned code along the plane.
func oblique(p *image.RGBA, amount, degrees float64) *image.RGBA {
	p = turned(p, degrees, 0)
	w, h := float64(p.Rect.Dx()), float64(p.Rect.Dy())
	in := w * amount / 2
	q := frame{{in, h * 0.2}, {w - in, h * 0.2}, {0, h}, {w, h}}
	return remapped(p, p.Rect.Dx(), p.Rect.Dy(), color.RGBA{190, 190, 190, 255}, inverse(q, w, h))
}

func (c *chance) crumpled(p *image.RGBA, amount float64) *image.RGBA {
	w := float64(p.Rect.Dx())
	const n = 5
	var off [n + 2][n + 2]point
	for y := range off {
		for x := range off[y] {
			off[y][x] = point{c.NormFloat64() * amount * w / 60, c.NormFloat64() * amount * w / 60}
		}
	}
	moved := remapped(p, p.Rect.Dx(), p.Rect.Dy(), white, func(x, y float64) (float64, float64) {
		gx, gy := math.Min(math.Max(x/w*n, 0), n), math.Min(math.Max(y/w*n, 0), n)
		ix, iy := int(gx), int(gy)
		fx, fy := gx-float64(ix), gy-float64(iy)
		at := off[iy][ix].scaled((1 - fx) * (1 - fy)).plus(off[iy][ix+1].scaled(fx * (1 - fy))).
			plus(off[iy+1][ix].scaled((1 - fx) * fy)).plus(off[iy+1][ix+1].scaled(fx * fy))
		return x + at.x, y + at.y
	})
	return shaded(moved, func(x, y float64) (float64, float64) {
		return 0.75 + 0.2*math.Sin(9*x+4*y), 8
	})
}

func (c *chance) creased(p *image.RGBA, lines int) *image.RGBA {
	w, h := float64(p.Rect.Dx()), float64(p.Rect.Dy())
	for range lines {
		at, angle := point{w * (0.2 + 0.6*c.Float64()), h * (0.2 + 0.6*c.Float64())}, c.Float64()*math.Pi
		normal := point{math.Sin(angle), -math.Cos(angle)}
		side := 0.75 + 0.2*c.Float64()
		p = each(p, func(x, y int, q color.RGBA) color.RGBA {
			d := point{float64(x), float64(y)}.minus(at).dot(normal)
			t, plus := 1.0, 0.0
			if d > 0 {
				t = side
			}
			if math.Abs(d) < 2 {
				t, plus = 0.3, 150*c.Float64()
			}
			v := clamp(int(float64(q.R)*t + plus))
			return color.RGBA{v, v, v, 255}
		})
	}
	return p
}

func jpegged(src image.Image, quality int) image.Image {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, src, &jpeg.Options{Quality: quality}); err != nil {
		panic(err)
	}
	out, err := jpeg.Decode(&b)
	if err != nil {
		panic(err)
	}
	dst := image.NewRGBA(out.Bounds())
	draw.Draw(dst, dst.Rect, out, image.Point{}, draw.Src)
	return dst
}
