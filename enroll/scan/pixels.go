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

// doubled makes the plane twice as wide and high by Catmull-Rom splines. A new
// pixel lies a quarter to one or the other side of an old one, so there are
// only two sets of weights, and each is the other one mirrored. Ground of one
// shade stays as it is.
func (p plane) doubled() plane {
	out := newPlane(2*p.width, 2*p.height)
	tiles := p.busy()
	widened := newPlane(out.width, 5) // a row and two to each side, by turns
	wide := func(y int) []byte { return widened.row(min(max(y, 0), p.height-1) % 5) }
	done := 0
	for y := range p.height {
		for ; done < min(y+3, p.height); done++ {
			widen(wide(done), p.row(done), tiles[done/tile])
		}
		far, above, here, below, farther := wide(y-2), wide(y-1), wide(y), wide(y+1), wide(y+2)
		upper, lower := out.row(2*y), out.row(2*y+1)
		copy(upper, here)
		copy(lower, here)
		for from, to := range spans(tiles[y/tile], p.width) {
			a, b := 2*from, 2*to
			splines(upper[a:b], below[a:b], here[a:b], above[a:b], far[a:b])
			splines(lower[a:b], above[a:b], here[a:b], below[a:b], farther[a:b])
		}
	}
	return out
}

// widen makes a row twice as wide.
func widen(to, from []byte, busy []bool) {
	at := 0
	same := func(end int) { // of one shade
		copy(to[2*at:], from[at:end])
		copy(to[at+end:], from[at:end])
	}
	for start, end := range spans(busy, len(from)) {
		same(start)
		for x := start; x < end; x++ {
			far, left := from[max(x-2, 0)], from[max(x-1, 0)]
			right, farther := from[min(x+1, len(from)-1)], from[min(x+2, len(from)-1)]
			to[2*x] = catmullRom(right, from[x], left, far)
			to[2*x+1] = catmullRom(left, from[x], right, farther)
		}
		at = end
	}
	same(len(from))
}

// splines is catmullRom for each of some pixels.
func splines(to, a, b, c, d []byte) {
	a, b, c, d = a[:len(to)], b[:len(to)], c[:len(to)], d[:len(to)]
	for i := range to {
		to[i] = catmullRom(a[i], b[i], c[i], d[i])
	}
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
func (p plane) logarithmic() plane { return p.mapped(logarithm) }

// bright is logarithmic from the other end: it spreads what is light, so that
// ink under a reflection stands out.
func (p plane) bright() plane {
	return p.mapped(func(v int) byte { return 255 - logarithm(255-v) })
}

func logarithm(v int) byte {
	return clamp(int(255*math.Log1p(float64(v)/8)/math.Log1p(255.0/8) + 0.5))
}

// mapped gives each shade another.
func (p plane) mapped(to func(int) byte) plane {
	var table [256]byte
	for i := range table {
		table[i] = to(i)
	}
	out := newPlane(p.width, p.height)
	for i, v := range p.pix {
		out.pix[i] = table[v]
	}
	return out
}
