package scan

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
)

// printHarms are the kinds of the corpus that printers, designers and
// surroundings make.
func printHarms() []harm {
	return []harm{
		{"dots", styled(func(u, v float64) bool { return math.Hypot(u-0.5, v-0.5) < 0.42 })},
		{"small-dots", styled(func(u, v float64) bool { return math.Hypot(u-0.5, v-0.5) < 0.3 })},
		{"rounded", styled(func(u, v float64) bool {
			du, dv := math.Max(math.Abs(u-0.5)-0.25, 0), math.Max(math.Abs(v-0.5)-0.25, 0)
			return math.Hypot(du, dv) < 0.25
		})},
		{"gaps", styled(func(u, v float64) bool { return math.Max(math.Abs(u-0.5), math.Abs(v-0.5)) < 0.38 })},
		{"diamonds", styled(func(u, v float64) bool { return math.Abs(u-0.5)+math.Abs(v-0.5) < 0.52 })},
		{"thick-ink", one(5, 9, func(c *chance, p *image.RGBA) image.Image { return inked(p, c.between(0.5, 2), true) })},
		{"thin-ink", one(5, 9, func(c *chance, p *image.RGBA) image.Image { return inked(p, c.between(0.5, 2), false) })},
		{"ragged-ink", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			p = c.noise(blurry(p, c.between(1, 2)), 120)
			return coloured(blurry(p, 0.9), color.RGBA{20, 20, 20, 255}, white)
		})},
		{"streaks", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			for range int(c.between(2, 7)) {
				y := c.IntN(p.Rect.Dy())
				fill(p, image.Rect(0, y, p.Rect.Dx(), y+1+c.IntN(3)), white)
			}
			return p
		})},
		{"worn", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			part := c.between(0.1, 0.5)
			spots := blurry(c.noise(coloured(p, color.RGBA{128, 128, 128, 255}, color.RGBA{128, 128, 128, 255}), 100), 1.5)
			return each(p, func(x, y int, q color.RGBA) color.RGBA {
				if int(spots.RGBAAt(x, y).R) < 108+int(part*30) {
					return white
				}
				return q
			})
		})},
		{"occluded", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			size := c.between(0.08, 0.17) * float64(p.Rect.Dx())
			x, y := c.spot(p)
			round(p, x, y, size, color.RGBA{120, 80, 50, 255})
			return p
		})},
		{"logo", func(c *chance) sample {
			p, text := c.code(5 + c.IntN(3))
			size := int(c.between(0.12, 0.2) * float64(p.Rect.Dx()))
			mid := p.Rect.Dx() / 2
			box := image.Rect(mid-size/2, mid-size/2, mid+size/2, mid+size/2)
			fill(p, box, white)
			fill(p, box.Inset(3), color.RGBA{uint8(c.IntN(256)), 90, 200, 255})
			fill(p, box.Inset(size/4), white)
			return sample{p, []string{text}}
		}},
		{"no-quiet-zone", func(c *chance) sample {
			m, text := c.modules()
			p := drawn(m, 3+c.IntN(4), 0)
			ground := image.NewRGBA(image.Rect(0, 0, p.Rect.Dx()+80, p.Rect.Dy()+80))
			fill(ground, ground.Rect, c.colour(0, 255))
			return sample{placed(ground, p, image.Pt(40, 40)), []string{text}}
		}},
		{"little-quiet-zone", func(c *chance) sample {
			m, text := c.modules()
			p := drawn(m, 4+c.IntN(3), 1)
			return sample{placed(desktop(600, 500, c.Uint64()), p, image.Pt(30+c.IntN(150), 30+c.IntN(100))), []string{text}}
		}},
		{"cropped", func(c *chance) sample {
			m, text := c.modules()
			module := 4 + c.IntN(4)
			p := drawn(m, module, 0)
			off := int(c.between(0.3, 1.6) * float64(module))
			r := p.Rect
			if c.IntN(2) == 0 {
				r.Max.X -= off
			} else {
				r.Max.Y -= off
			}
			return sample{rgba(p.SubImage(r)), []string{text}}
		}},
		{"text-over-it", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			y := int((0.35 + 0.3*c.Float64()) * float64(p.Rect.Dy()))
			high := int(c.between(6, 14))
			for x := 0; x < p.Rect.Dx(); x += 4 + c.IntN(8) {
				fill(p, image.Rect(x, y+c.IntN(high/2), x+2+c.IntN(2), y+high), color.RGBA{200, 20, 20, 255})
			}
			return p
		})},
		{"scribbled", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			w := float64(p.Rect.Dx())
			a, b, d := c.Float64(), c.Float64(), c.between(1, 2.5)
			for i := range 900 {
				t := float64(i) / 900
				x, y := t*w, w*(0.5+0.3*math.Sin(6*t+7*a)+0.1*math.Cos(20*t+9*b))
				round(p, x, y, d, color.RGBA{30, 40, 160, 255})
			}
			return p
		})},
		{"watermark", one(4, 7, func(c *chance, p *image.RGBA) image.Image {
			part := c.between(0.2, 0.55)
			return shaded(p, func(x, y float64) (float64, float64) {
				if math.Mod(x+y*0.7+5, 0.3) < 0.1 {
					return 1 - part, 255 * part * 0.6
				}
				return 1, 0
			})
		})},
		{"textured-ground", one(4, 7, func(c *chance, p *image.RGBA) image.Image {
			grain := blurry(c.noise(coloured(p, color.RGBA{128, 128, 128, 255}, color.RGBA{128, 128, 128, 255}), 120), 2)
			k := c.between(1, 3.5)
			return each(p, func(x, y int, q color.RGBA) color.RGBA {
				v := clamp(int(float64(q.R)*0.5 + 60 + k*(float64(grain.RGBAAt(x, y).R)-128)))
				return color.RGBA{v, v, v, 255}
			})
		})},
		{"photo-behind", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			a, b := c.Float64()*9, c.Float64()*9
			part := c.between(0.4, 0.62)
			return shaded(p, func(x, y float64) (float64, float64) {
				ground := 128 + 60*math.Sin(7*x+a)*math.Cos(6*y+b) + 40*math.Sin(19*x*y+a)
				return 1 - part, part * ground
			})
		})},
		{"busy-surroundings", func(c *chance) sample {
			p, text := c.code(3 + c.IntN(3))
			ground := image.NewRGBA(image.Rect(0, 0, 700, 600))
			for range 4000 {
				x, y := c.IntN(700), c.IntN(600)
				fill(ground, image.Rect(x, y, x+2+c.IntN(20), y+2+c.IntN(20)), c.colour(0, 255))
			}
			return sample{placed(ground, p, image.Pt(c.IntN(350), c.IntN(250))), []string{text}}
		}},
		{"nine-codes", func(c *chance) sample { return c.grid(3, 3, 3) }},
		{"twenty-codes", func(c *chance) sample { return c.grid(5, 4, 3) }},
		{"three-turned-codes", func(c *chance) sample {
			ground := image.NewRGBA(image.Rect(0, 0, 1300, 500))
			fill(ground, ground.Rect, white)
			var out sample
			for i := range 3 {
				p, text := c.code(3)
				p = turned(p, c.Float64()*360, 0)
				if side := 420.0; float64(p.Rect.Dx()) > side {
					p = smoothScaled(p, side/float64(p.Rect.Dx()))
				}
				placed(ground, p, image.Pt(430*i, 20))
				out.texts = append(out.texts, text)
			}
			out.picture = ground
			return out
		}},
		{"large-versions", func(c *chance) sample {
			text := ""
			for range int(c.between(4, 12)) {
				text += c.text()
			}
			p := qrOf(text, 3+c.IntN(3))
			return sample{blurry(turned(p, c.between(0, 12), 0), 0.8), []string{text}}
		}},
	}
}

func (c *chance) grid(columns, rows, module int) sample {
	const each = 300
	ground := image.NewRGBA(image.Rect(0, 0, columns*each, rows*each))
	fill(ground, ground.Rect, color.RGBA{240, 240, 240, 255})
	var out sample
	for i := range columns * rows {
		p, text := c.code(module)
		placed(ground, p, image.Pt(i%columns*each+c.IntN(30), i/columns*each+c.IntN(30)))
		out.texts = append(out.texts, text)
	}
	out.picture = ground
	return out
}

// spot is a place in a code that is no corner pattern.
func (c *chance) spot(p *image.RGBA) (x, y float64) {
	w := float64(p.Rect.Dx())
	return w * (0.45 + 0.3*c.Float64()), w * (0.45 + 0.3*c.Float64())
}

func round(p *image.RGBA, x, y, radius float64, c color.RGBA) {
	for py := int(y - radius); py <= int(y+radius); py++ {
		for px := int(x - radius); px <= int(x+radius); px++ {
			if math.Hypot(float64(px)-x, float64(py)-y) <= radius && (image.Point{px, py}).In(p.Rect) {
				p.SetRGBA(px, py, c)
			}
		}
	}
}

// styled draws each dark module in a shape; the corner patterns stay whole.
func styled(inside func(u, v float64) bool) func(*chance) sample {
	return func(c *chance) sample {
		m, text := c.modules()
		module := 5 + c.IntN(5)
		n := len(m)
		p := drawn(m, module, 4)
		for y := range p.Rect.Dy() {
			for x := range p.Rect.Dx() {
				mx, my := x/module-4, y/module-4
				if mx < 0 || my < 0 || mx >= n || my >= n || mx < 7 && (my < 7 || my >= n-7) || mx >= n-7 && my < 7 {
					continue
				}
				if !inside((float64(x%module)+0.5)/float64(module), (float64(y%module)+0.5)/float64(module)) {
					p.SetRGBA(x, y, white)
				}
			}
		}
		return sample{p, []string{text}}
	}
}

// inked makes what is dark larger or smaller by some pixels to each side.
func inked(p *image.RGBA, amount float64, more bool) *image.RGBA {
	soft := convolved(p, disc(amount))
	return each(p, func(x, y int, _ color.RGBA) color.RGBA {
		v := soft.RGBAAt(x, y).R
		if more && v < 250 || !more && v < 5 {
			return color.RGBA{0, 0, 0, 255}
		}
		return white
	})
}

// nothings are pictures without a code.
func nothings(c *chance) map[string]image.Image {
	out := map[string]image.Image{
		"desktop":       desktop(1280, 800, c.Uint64()),
		"desktop-dark":  inverted(desktop(1280, 800, c.Uint64())),
		"noise":         c.noise(desktop(400, 300, 1), 150),
		"corners":       corners(200, 200),
		"plain":         image.NewGray(image.Rect(0, 0, 300, 300)),
		"fine-chequers": each(image.NewRGBA(image.Rect(0, 0, 300, 300)), func(x, y int, _ color.RGBA) color.RGBA { return grey((x/3 + y/3) % 2) }),
		"random-grid":   c.randomGrid(),
		"bars":          c.bars(),
	}
	spoiled, _ := c.code(5)
	for range 1200 {
		x, y := 60+c.IntN(spoiled.Rect.Dx()-70), 60+c.IntN(spoiled.Rect.Dy()-70)
		fill(spoiled, image.Rect(x, y, x+5, y+5), grey(c.IntN(2)))
	}
	out["spoiled"] = spoiled
	return out
}

func grey(bit int) color.RGBA {
	return color.RGBA{uint8(255 * bit), uint8(255 * bit), uint8(255 * bit), 255}
}

// randomGrid has corner patterns and nothing sensible between.
func (c *chance) randomGrid() image.Image {
	m, _ := c.modules()
	for y := range m {
		for x := range m {
			if n := len(m); !(x < 8 && y < 8 || x >= n-8 && y < 8 || x < 8 && y >= n-8 || x == 6 || y == 6) {
				m[y][x] = c.IntN(2) == 0
			}
		}
	}
	return drawn(m, 4, 4)
}

func (c *chance) bars() image.Image {
	p := image.NewRGBA(image.Rect(0, 0, 500, 200))
	draw.Draw(p, p.Rect, image.White, image.Point{}, draw.Src)
	for x := 40; x < 460; x += 3 + c.IntN(9) {
		fill(p, image.Rect(x, 20, x+1+c.IntN(6), 180), color.Black)
	}
	return p
}
