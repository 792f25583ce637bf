package scan

import (
	"cmp"
	"context"
	"image"
	"image/color"
	"slices"
)

func sortBy[T any](s []T, key func(T) float64) {
	slices.SortStableFunc(s, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}

const (
	// A picture is doubled up to this many pixels: beyond, a code that is too
	// small to read as it is would be a speck.
	maxDoubled = 16 << 20
	// The smallest code is 21 modules wide; below two pixels for each, halving
	// has nothing to give.
	minHalved = 2 * 2 * 21
)

// search climbs the ladder.
func search(ctx context.Context, picture image.Image) []code {
	h := &hunt{ctx: ctx, layouts: map[int]*layout{}}
	grey := greyOf(picture, color.White)
	grey.stretch()
	h.climb(grey)
	if len(h.codes) == 0 && !opaque(picture) && ctx.Err() == nil {
		grey := greyOf(picture, color.Black)
		grey.stretch()
		h.climb(grey)
	}
	return h.codes
}

func (h *hunt) climb(grey plane) {
	p := append(pyramid{{grey, 1}}, layer{grey, 1}.halvings()...)
	var all []finder
	for i := range p {
		all = append(all, h.step(p, &p[i], 12, 4)...)
		if h.ctx.Err() != nil {
			return
		}
	}
	if len(h.codes) > 0 && h.sureOpen(all) < 3 {
		return
	}
	if len(grey.pix) <= maxDoubled {
		double := layer{grey.doubled(), 2}
		h.failed = nil
		h.step(append(pyramid{double}, p...), &double, 16, 4)
		if len(h.codes) > 0 || h.ctx.Err() != nil {
			return
		}
	}
	for _, treat := range []func(plane) plane{plane.blurred, plane.logarithmic, plane.bright} {
		treated := layer{treat(grey), 1}
		h.failed = nil
		q := append(pyramid{treated}, treated.halvings()...)
		for i := range q[:min(2, len(q))] {
			h.step(q, &q[i], 12, 3)
			if len(h.codes) > 0 || h.ctx.Err() != nil {
				return
			}
		}
	}
}

// sureOpen counts what are surely corner patterns and belong to no code that
// was read.
func (h *hunt) sureOpen(found []finder) int {
	n := 0
	for _, f := range h.open(found) {
		if f.fit >= 0.8 {
			n++
		}
	}
	return n
}

// halvings are the layers below one, each half as large as the one before.
func (l layer) halvings() pyramid {
	var out pyramid
	for min(l.width, l.height) >= minHalved && len(out) < 4 {
		l = layer{l.halved(), l.scale / 2}
		out = append(out, l)
	}
	return out
}

// step looks for corner patterns in one layer and reads what they belong to.
func (h *hunt) step(p pyramid, l *layer, reach, bias int) []finder {
	black := l.threshold(reach, bias, h.room)
	h.room = black.pix
	found := black.finders(h.ctx, max(1, int(l.scale)))
	for i := range found {
		f := &found[i]
		f.x, f.y = f.x/l.scale, f.y/l.scale
		f.across, f.along = f.across/l.scale, f.along/l.scale
	}
	found = h.open(found)
	proof := minProof
	if len(h.codes) > 0 {
		proof = sureProof
	}
	found = p.proven(found, proof)
	h.try(p, found)
	return found
}

// opaque tells whether nothing shines through the picture, as far as the
// picture can tell cheaply.
func opaque(picture image.Image) bool {
	p, ok := picture.(interface{ Opaque() bool })
	return ok && p.Opaque()
}
