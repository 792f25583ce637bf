package scan

import (
	"image"
	"image/color"
	"image/color/palette"
	"math"

	"golang.org/x/image/draw"
)

// screenHarms are the kinds of the corpus that screens and files make.
func screenHarms() []harm {
	return []harm{
		{"jpeg", one(3, 6, func(c *chance, p *image.RGBA) image.Image { return jpegged(p, int(c.between(25, 5))) })},
		{"jpeg-twice", one(3, 6, func(c *chance, p *image.RGBA) image.Image {
			q := scaled(rgba(jpegged(p, int(c.between(30, 12)))), c.between(0.9, 0.6))
			return jpegged(q, int(c.between(30, 12)))
		})},
		{"chroma-subsampled", one(3, 5, func(c *chance, p *image.RGBA) image.Image {
			dark, light := c.colour(0, 110), c.colour(150, 255)
			return jpegged(coloured(p, dark, light), int(c.between(50, 20)))
		})},
		{"inverted", one(2, 6, func(_ *chance, p *image.RGBA) image.Image { return inverted(p) })},
		{"dark-mode", one(2, 4, func(c *chance, p *image.RGBA) image.Image {
			page := desktop(700, 500, c.Uint64())
			q := coloured(p, color.RGBA{225, 228, 232, 255}, color.RGBA{22, 24, 28, 255})
			return placed(inverted(page), q, image.Pt(c.IntN(300), c.IntN(150)))
		})},
		{"colour-on-colour", one(3, 6, func(c *chance, p *image.RGBA) image.Image {
			return coloured(p, c.colour(0, 120), c.colour(130, 255))
		})},
		{"colours-alike-in-light", one(4, 6, func(c *chance, p *image.RGBA) image.Image {
			a, b := uint8(c.between(180, 230)), uint8(c.between(90, 118))
			if c.IntN(2) == 0 {
				return coloured(p, color.RGBA{a, 20, 30, 255}, color.RGBA{20, b, 40, 255})
			}
			return coloured(p, color.RGBA{20, 40, a, 255}, color.RGBA{a / 2, 30, 20, 255})
		})},
		{"gradient", one(3, 6, func(c *chance, p *image.RGBA) image.Image {
			w := float64(p.Rect.Dx())
			a, b := c.between(80, 200), c.between(200, 90)
			return each(p, func(x, y int, q color.RGBA) color.RGBA {
				part := (float64(x) + float64(y)) / 2 / w
				base := a*(1-part) + b*part
				if q.R < 128 {
					base -= 60
				}
				return color.RGBA{clamp(int(base)), clamp(int(base * 0.9)), clamp(int(base * 0.7)), 255}
			})
		})},
		{"gradient-ink", one(3, 6, func(c *chance, p *image.RGBA) image.Image {
			a, b, w := c.colour(0, 130), c.colour(0, 130), float64(p.Rect.Dx())
			return each(p, func(x, _ int, q color.RGBA) color.RGBA {
				if q.R >= 128 {
					return q
				}
				part := float64(x) / w
				f := func(m, n uint8) uint8 { return uint8(float64(m)*(1-part) + float64(n)*part) }
				return color.RGBA{f(a.R, b.R), f(a.G, b.G), f(a.B, b.B), 255}
			})
		})},
		{"one-pixel-modules", func(c *chance) sample {
			p, text := c.code(1)
			return sample{placed(desktop(500, 400, c.Uint64()), p, image.Pt(c.IntN(400), c.IntN(300))), []string{text}}
		}},
		{"two-pixel-modules", func(c *chance) sample {
			p, text := c.code(2)
			return sample{placed(desktop(800, 600, c.Uint64()), p, image.Pt(c.IntN(600), c.IntN(400))), []string{text}}
		}},
		{"fractional-scaling", func(c *chance) sample {
			p, text := c.code(1 + c.IntN(2))
			f := []float64{1.25, 1.5, 1.75, 1.33}[c.IntN(4)] + c.shift/2
			return sample{scaled(placed(desktop(400, 300, c.Uint64()), p, image.Pt(c.IntN(180), c.IntN(80))), f), []string{text}}
		}},
		{"crooked-scaling", one(3, 5, func(c *chance, p *image.RGBA) image.Image {
			f := c.between(0.8, 0.42)
			dst := image.NewRGBA(image.Rect(0, 0, int(float64(p.Rect.Dx())*f), int(float64(p.Rect.Dy())*f)))
			draw.NearestNeighbor.Scale(dst, dst.Rect, p, p.Rect, draw.Src, nil)
			return dst
		})},
		{"downscaled", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			return smoothScaled(p, c.between(0.4, 0.24))
		})},
		{"downscaled-screen", func(c *chance) sample {
			p, text := c.code(5)
			return sample{smoothScaled(placed(desktop(1200, 800, c.Uint64()), p, image.Pt(c.IntN(500), c.IntN(200))), c.between(0.5, 0.33)), []string{text}}
		}},
		{"enlarged", one(2, 4, func(c *chance, p *image.RGBA) image.Image { return scaled(p, c.between(4, 9)) })},
		{"pixel-doubled", one(1, 2, func(c *chance, p *image.RGBA) image.Image {
			q := scaled(p, 1.3+c.Float64()/2)
			dst := image.NewRGBA(image.Rect(0, 0, q.Rect.Dx()*2, q.Rect.Dy()*2))
			draw.NearestNeighbor.Scale(dst, dst.Rect, q, q.Rect, draw.Src, nil)
			return dst
		})},
		{"stretched", one(3, 6, func(c *chance, p *image.RGBA) image.Image {
			f := c.between(1.3, 2.2)
			w, h := float64(p.Rect.Dx()), float64(p.Rect.Dy())*f
			if c.IntN(2) == 0 {
				w, h = h, w
			}
			dst := image.NewRGBA(image.Rect(0, 0, int(w), int(h)))
			draw.BiLinear.Scale(dst, dst.Rect, p, p.Rect, draw.Src, nil)
			return dst
		})},
		{"mirrored", one(3, 6, func(c *chance, p *image.RGBA) image.Image {
			w := float64(p.Rect.Dx())
			return turned(remapped(p, p.Rect.Dx(), p.Rect.Dy(), white, func(x, y float64) (float64, float64) { return w - x, y }), c.between(0, 90), 0)
		})},
		{"dithered", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			low, high := uint8(c.between(30, 75)), uint8(c.between(225, 180))
			src := coloured(p, color.RGBA{low, low, low, 255}, color.RGBA{high, high, high, 255})
			dst := image.NewPaletted(src.Rect, color.Palette{color.Black, color.White})
			draw.FloydSteinberg.Draw(dst, dst.Rect, src, image.Point{})
			return dst
		})},
		{"halftone", one(7, 10, func(c *chance, p *image.RGBA) image.Image {
			low, high, pitch := c.between(25, 70), c.between(225, 190), c.between(2.6, 3.6)
			p = blurry(p, 0.8)
			return each(p, func(x, y int, q color.RGBA) color.RGBA {
				v := low + (high-low)*float64(q.R)/255
				u, w := float64(x+y)/pitch, float64(x-y)/pitch
				if v > 128+100*math.Sin(u*math.Pi)*math.Sin(w*math.Pi) {
					return white
				}
				return color.RGBA{0, 0, 0, 255}
			})
		})},
		{"one-bit", one(3, 6, func(c *chance, p *image.RGBA) image.Image {
			src := c.noise(blurry(turned(p, c.Float64()*40, 0), 0.9), c.between(10, 50))
			dst := image.NewPaletted(src.Rect, color.Palette{color.Black, color.White})
			draw.Draw(dst, dst.Rect, src, image.Point{}, draw.Src)
			return dst
		})},
		{"palette", one(3, 6, func(c *chance, p *image.RGBA) image.Image {
			src := coloured(blurry(p, 0.8), c.colour(0, 90), c.colour(160, 255))
			dst := image.NewPaletted(src.Rect, palette.WebSafe)
			draw.FloydSteinberg.Draw(dst, dst.Rect, src, image.Point{})
			return dst
		})},
		{"posterised", one(4, 6, func(c *chance, p *image.RGBA) image.Image {
			p = c.noise(blurry(p, c.between(1, 1.8)), 15)
			return each(p, func(_, _ int, q color.RGBA) color.RGBA {
				v := q.R / 86 * 86
				return color.RGBA{v, v, v, 255}
			})
		})},
		{"transparent", func(c *chance) sample {
			p, text := c.code(3 + c.IntN(3))
			ink := color.NRGBA{0, 0, 0, uint8(c.between(255, 120))}
			if c.IntN(2) == 0 {
				ink = color.NRGBA{255, 255, 255, 255}
			}
			dst := image.NewNRGBA(p.Rect)
			for y := range p.Rect.Dy() {
				for x := range p.Rect.Dx() {
					if p.RGBAAt(x, y).R < 128 {
						dst.SetNRGBA(x, y, ink)
					}
				}
			}
			return sample{dst, []string{text}}
		}},
		{"interlaced", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			shift := int(c.between(1, 4))
			return each(p, func(x, y int, _ color.RGBA) color.RGBA {
				if y%2 == 1 {
					x = min(x+shift, p.Rect.Max.X-1)
				}
				return p.RGBAAt(x, y)
			})
		})},
		{"scan-lines", one(5, 8, func(c *chance, p *image.RGBA) image.Image {
			dark, every := c.between(0.6, 0.15), 2+c.IntN(3)
			return each(p, func(_, y int, q color.RGBA) color.RGBA {
				if y%every == 0 {
					q.R, q.G, q.B = uint8(float64(q.R)*dark), uint8(float64(q.G)*dark), uint8(float64(q.B)*dark)
				}
				return q
			})
		})},
		{"over-sharpened", one(3, 6, func(c *chance, p *image.RGBA) image.Image {
			p = shaded(blurry(p, c.between(0.8, 1.4)), func(_, _ float64) (float64, float64) { return 0.5, 60 })
			soft, k := blurry(p, 1.5), c.between(2, 6)
			return each(p, func(x, y int, q color.RGBA) color.RGBA {
				v := clamp(int(float64(q.R) + k*(float64(q.R)-float64(soft.RGBAAt(x, y).R))))
				return color.RGBA{v, v, v, 255}
			})
		})},
		{"tiny-in-4k", func(c *chance) sample {
			p, text := c.code(2)
			return sample{placed(desktop(3840, 2160, c.Uint64()), p, image.Pt(c.IntN(3600), c.IntN(1900))), []string{text}}
		}},
		{"in-a-screen", func(c *chance) sample {
			p, text := c.code(3 + c.IntN(4))
			return sample{placed(desktop(1920, 1080, c.Uint64()), p, image.Pt(c.IntN(1400), c.IntN(550))), []string{text}}
		}},
	}
}

// smoothScaled is what a good viewer does when it makes a picture smaller.
func smoothScaled(src *image.RGBA, factor float64) *image.RGBA {
	dst := image.NewRGBA(image.Rect(0, 0, int(float64(src.Rect.Dx())*factor), int(float64(src.Rect.Dy())*factor)))
	draw.CatmullRom.Scale(dst, dst.Rect, src, src.Rect, draw.Src, nil)
	return dst
}
