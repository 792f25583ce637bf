package scan

import (
	"image"
	"image/color"
	"iter"
)

// step is one treatment of the picture. One pixel of the picture is scale
// pixels of the plane.
type step struct {
	plane plane
	scale float64
}

const (
	// A picture is doubled up to this many pixels: beyond, a code that is too
	// small to read as it is would be a speck.
	maxDoubled = 16 << 20
	// A picture is made four times as large up to this many pixels.
	maxQuadrupled = 400 * 400
	// The smallest code is 21 modules wide; below two pixels for each, halving
	// has nothing to give.
	minHalved = 2 * 2 * 21
)

// ladder yields the treatments of a picture, cheapest and most fruitful first.
// Each is made only when the ones before it have found nothing.
func ladder(picture image.Image) iter.Seq[step] {
	return func(yield func(step) bool) {
		grey := greyOf(picture, color.White)
		grey.stretch()
		if !yield(step{grey, 1}) {
			return
		}
		if !opaque(picture) && !climbLight(picture, yield) {
			return
		}
		if !yield(step{grey.inverted(), 1}) || !yield(step{grey.blurred(), 1}) {
			return
		}
		if len(grey.pix) <= maxDoubled && !climbDoubled(grey, yield) {
			return
		}
		if min(grey.width, grey.height) >= minHalved {
			yield(step{grey.halved(), 0.5})
		}
	}
}

// climbLight yields the treatments for a light code on nothing, which shows
// only against a dark ground, and whether to go on.
func climbLight(picture image.Image, yield func(step) bool) bool {
	grey := greyOf(picture, color.Black)
	grey.stretch()
	return yield(step{grey, 1}) && yield(step{grey.inverted(), 1})
}

// climbDoubled yields the treatments that enlarge, and whether to go on.
func climbDoubled(grey plane, yield func(step) bool) bool {
	double := grey.doubled()
	if !yield(step{double, 2}) {
		return false
	}
	sharp := double.sharpened()
	if !yield(step{sharp, 2}) || !yield(step{sharp.inverted(), 2}) {
		return false
	}
	return len(grey.pix) > maxQuadrupled || yield(step{double.doubled(), 4})
}

// opaque tells whether nothing shines through the picture, as far as the
// picture can tell cheaply.
func opaque(picture image.Image) bool {
	p, ok := picture.(interface{ Opaque() bool })
	return ok && p.Opaque()
}
