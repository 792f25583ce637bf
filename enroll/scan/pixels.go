package scan

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// plane is a grey picture, 0 black to 255 white, row by row without gaps.
type plane struct {
	width, height int
	pix           []byte
}

func newPlane(width, height int) plane {
	return plane{width: width, height: height, pix: make([]byte, width*height)}
}

func (p plane) row(y int) []byte { return p.pix[y*p.width : (y+1)*p.width] }

// greyOf is the picture's luma (ITU-R BT.601) over a plain ground.
func greyOf(picture image.Image, ground color.Color) plane {
	bounds := picture.Bounds()
	grey := newPlane(bounds.Dx(), bounds.Dy())
	switch p := picture.(type) {
	case *image.Gray:
		for y := range grey.height {
			copy(grey.row(y), p.Pix[p.PixOffset(bounds.Min.X, bounds.Min.Y+y):])
		}
	case *image.YCbCr:
		for y := range grey.height {
			copy(grey.row(y), p.Y[p.YOffset(bounds.Min.X, bounds.Min.Y+y):])
		}
	case *image.RGBA:
		if p.Opaque() {
			for y := range grey.height {
				luma(grey.row(y), p.Pix[p.PixOffset(bounds.Min.X, bounds.Min.Y+y):])
			}
			return grey
		}
		greyOver(grey, picture, ground)
	default:
		greyOver(grey, picture, ground)
	}
	return grey
}

// greyOver lays the picture over the ground a row at a time, which takes any
// kind of picture and little memory.
func greyOver(grey plane, picture image.Image, ground color.Color) {
	bounds := picture.Bounds()
	line := image.NewRGBA(image.Rect(0, 0, grey.width, 1))
	plain := image.NewUniform(ground)
	for y := range grey.height {
		draw.Draw(line, line.Rect, plain, image.Point{}, draw.Src)
		draw.Draw(line, line.Rect, picture, image.Pt(bounds.Min.X, bounds.Min.Y+y), draw.Over)
		luma(grey.row(y), line.Pix)
	}
}

// luma fills a row from the same number of red, green, blue, alpha quadruples.
func luma(row, rgba []byte) {
	rgba = rgba[:4*len(row)]
	for x := range row {
		q := rgba[4*x : 4*x+4 : 4*x+4]
		row[x] = byte((19595*uint32(q[0]) + 38470*uint32(q[1]) + 7471*uint32(q[2]) + 1<<15) >> 16)
	}
}

// fullContrast is the range from the darkest to the lightest pixel from which
// on the binarizers need no help.
const fullContrast = 128

// stretch spreads a faint picture over the whole range from black to white, in
// place.
func (p plane) stretch() {
	low, high := byte(255), byte(0)
	for _, v := range p.pix {
		low, high = min(low, v), max(high, v)
	}
	if low >= high || high-low >= fullContrast {
		return
	}
	for i, v := range p.pix {
		p.pix[i] = byte(int(v-low) * 255 / int(high-low))
	}
}

func (p plane) inverted() plane {
	out := newPlane(p.width, p.height)
	for i, v := range p.pix {
		out.pix[i] = 255 - v
	}
	return out
}

// blurred weighs each pixel with its eight neighbours, which evens out the
// noise of a camera and the rings of strong JPEG compression.
func (p plane) blurred() plane {
	out := newPlane(p.width, p.height)
	for y := range p.height {
		above, here, below := p.row(max(y-1, 0)), p.row(y), p.row(min(y+1, p.height-1))
		to := out.row(y)
		for x := range to {
			l, r := max(x-1, 0), min(x+1, p.width-1)
			sum := int(above[l]) + int(above[x]) + int(above[r]) +
				int(here[l]) + int(here[x]) + int(here[r]) +
				int(below[l]) + int(below[x]) + int(below[r])
			to[x] = byte((sum + 4) / 9)
		}
	}
	return out
}

// bright is logarithmic from the other end: it spreads what is light, so that
// ink under a reflection stands out.
func (p plane) bright() plane { return p.inverted().logarithmic().inverted() }

// doubled makes the plane twice as wide and high by Catmull-Rom splines. A new
// pixel lies a quarter to one or the other side of an old one, so there are
// only two sets of weights, and each is the other one mirrored.
func (p plane) doubled() plane {
	wide := newPlane(2*p.width, p.height)
	for y := range p.height {
		from, to := p.row(y), wide.row(y)
		for x := range from {
			far, left := from[max(x-2, 0)], from[max(x-1, 0)]
			right, farther := from[min(x+1, p.width-1)], from[min(x+2, p.width-1)]
			to[2*x] = catmullRom(right, from[x], left, far)
			to[2*x+1] = catmullRom(left, from[x], right, farther)
		}
	}
	out := newPlane(wide.width, 2*p.height)
	for y := range p.height {
		far, above, here := wide.row(max(y-2, 0)), wide.row(max(y-1, 0)), wide.row(y)
		below, farther := wide.row(min(y+1, p.height-1)), wide.row(min(y+2, p.height-1))
		upper, lower := out.row(2*y), out.row(2*y+1)
		for x := range here {
			upper[x] = catmullRom(below[x], here[x], above[x], far[x])
			lower[x] = catmullRom(above[x], here[x], below[x], farther[x])
		}
	}
	return out
}

// catmullRom is the spline through four pixels, a quarter of the way from the
// second to the third. The weights are exact in 128ths.
func catmullRom(a, b, c, d byte) byte {
	return clamp((-9*int(a) + 111*int(b) + 29*int(c) - 3*int(d) + 64) >> 7)
}

// halved is the mean of each two by two pixels; an odd last row or column is
// left out.
func (p plane) halved() plane {
	out := newPlane(p.width/2, p.height/2)
	for y := range out.height {
		upper, lower, to := p.row(2*y), p.row(2*y+1), out.row(y)
		for x := range to {
			sum := int(upper[2*x]) + int(upper[2*x+1]) + int(lower[2*x]) + int(lower[2*x+1])
			to[x] = byte((sum + 2) / 4)
		}
	}
	return out
}

func clamp(v int) byte { return byte(min(max(v, 0), 255)) }

// logarithmic spreads what is dark and draws together what is light, so that
// ink in the shade is as far from its paper as ink in the sun.
func (p plane) logarithmic() plane {
	var table [256]byte
	for i := range table {
		table[i] = clamp(int(255*math.Log1p(float64(i)/8)/math.Log1p(255.0/8) + 0.5))
	}
	out := newPlane(p.width, p.height)
	for i, v := range p.pix {
		out.pix[i] = table[v]
	}
	return out
}
