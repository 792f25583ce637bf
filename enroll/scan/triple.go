package scan

import (
	"cmp"
	"math"
	"slices"
)

// triple is three corner patterns that may belong to one code.
type triple struct {
	topLeft, topRight, bottomLeft finder
	size                          float64 // how many modules wide the code would be
	off                           float64 // how far from the ideal, 0 for a perfect one
}

const (
	// maxTriples bounds what is tried at one scale.
	maxTriples = 200
	// maxOff bounds how odd a group may look.
	maxOff = 1.1
)

// triples groups the finders by three that could be corners of one code, best
// first.
func triples(found []finder) []triple {
	type group struct {
		corner, a, b int
		off          float64
	}
	var groups []group
	var near []int
	for i := range found {
		near = near[:0]
		for j := range found {
			if j != i && alike(&found[i], &found[j]) {
				near = append(near, j)
			}
		}
		for n, j := range near {
			for _, k := range near[n+1:] {
				if off, ok := oddness(&found[i], &found[j], &found[k]); ok {
					groups = append(groups, group{i, j, k, off})
				}
			}
		}
	}
	slices.SortFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(a.off, b.off), cmp.Compare(a.corner, b.corner), cmp.Compare(a.a, b.a), cmp.Compare(a.b, b.b))
	})
	out := make([]triple, 0, min(len(groups), maxTriples))
	for _, g := range groups[:min(len(groups), maxTriples)] {
		out = append(out, newTriple(found[g.corner], found[g.a], found[g.b], g.off))
	}
	return out
}

// alike tells whether two patterns have about the same size and are so near
// that one code can have both.
func alike(a, b *finder) bool {
	m, n := a.size, b.size
	if a.light != b.light || m > 2*n+0.5 || n > 2*m+0.5 {
		return false
	}
	d, most := a.at().minus(b.at()), maxSize*1.2*(m+n)/2
	return d.dot(d) < most*most
}

// oddness is how far three patterns are from the corners of a code seen from
// straight above, if angle and distances allow them to be any at all.
func oddness(corner, a, b *finder) (float64, bool) {
	p, q := a.at().minus(corner.at()), b.at().minus(corner.at())
	pp, qq, pq := p.dot(p), q.dot(q), p.dot(q)
	if pp > 7*qq || qq > 7*pp || pq*pq > 0.64*pp*qq {
		return 0, false
	}
	lp, lq := math.Sqrt(pp), math.Sqrt(qq)
	sizeP := lp/toward(corner, a, p) + 2*cornerMiddle
	sizeQ := lq/toward(corner, b, q) + 2*cornerMiddle
	if min(sizeP, sizeQ) < 17 || max(sizeP, sizeQ) > maxSize*1.25 || sizeP > 1.7*sizeQ || sizeQ > 1.7*sizeP {
		return 0, false
	}
	m, n, l := corner.size, a.size, b.size
	off := math.Abs(pq)/(lp*lq) + math.Log(max(sizeP, sizeQ)/min(sizeP, sizeQ)) +
		0.5*math.Log(max(lp, lq)/min(lp, lq)) + math.Log(max(m, n, l)/min(m, n, l)) + (sizeP+sizeQ)/800
	return off, off <= maxOff
}

// newTriple puts the three in order.
func newTriple(corner, a, b finder, off float64) triple {
	p, q := a.at().minus(corner.at()), b.at().minus(corner.at())
	sizeP := p.length()/toward(&corner, &a, p) + 2*cornerMiddle
	sizeQ := q.length()/toward(&corner, &b, q) + 2*cornerMiddle
	if p.cross(q) < 0 {
		a, b = b, a
	}
	return triple{topLeft: corner, topRight: a, bottomLeft: b, size: math.Sqrt(sizeP * sizeQ), off: off}
}

// toward is the size of a module in the direction from one finder to another.
// Rows and columns cross a turned pattern at a slant.
func toward(a, b *finder, d point) float64 {
	l := math.Sqrt(d.dot(d))
	c, s := math.Abs(d.x)/l, math.Abs(d.y)/l
	// Along a line seen at a slant, the mean in this sense is what counts.
	across, along := math.Sqrt(a.across*b.across), math.Sqrt(a.along*b.along)
	if c > s {
		return across*c*(1-tilt(c, s)) + tilt(c, s)*along*c
	}
	return along*s*(1-tilt(c, s)) + tilt(c, s)*across*s
}

// tilt is 0 for an upright direction and a half for a slanting one.
func tilt(c, s float64) float64 { return math.Min(c, s) / (c + s) }

// fourth is where the corner without a pattern would be. Seen at a slant, what
// is near is larger: the areas of the three patterns tell how far each is away.
func (t *triple) fourth() point {
	area := func(f *finder) float64 { return f.across * f.along }
	w1 := math.Cbrt(area(&t.topLeft) / area(&t.topRight))
	w2 := math.Cbrt(area(&t.topLeft) / area(&t.bottomLeft))
	flat := t.topRight.at().plus(t.bottomLeft.at()).minus(t.topLeft.at())
	if math.Abs(math.Log(w1)) < 0.04 && math.Abs(math.Log(w2)) < 0.04 || w1+w2 < 1.3 {
		return flat
	}
	return t.topRight.at().scaled(w1).plus(t.bottomLeft.at().scaled(w2)).minus(t.topLeft.at()).scaled(1 / (w1 + w2 - 1))
}

// sizes are the sizes that a code can have, near a measured one, nearest first.
func sizes(measured float64) []int {
	reach := 4 + measured*0.12
	var out []int
	for size := 21; size <= maxSize; size += 4 {
		if math.Abs(float64(size)-measured) <= reach {
			out = append(out, size)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int {
		return cmp.Compare(math.Abs(float64(a)-measured), math.Abs(float64(b)-measured))
	})
	return out
}
