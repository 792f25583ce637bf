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

// maxTriples bounds what is tried in one picture.
const maxTriples = 150

// triples groups the finders by three that could be corners of one code, best
// first.
func triples(found []finder) []triple {
	var out []triple
	for i := range found {
		for j := range found {
			if j == i || !alike(&found[i], &found[j]) {
				continue
			}
			for k := j + 1; k < len(found); k++ {
				if k == i || !alike(&found[i], &found[k]) || !alike(&found[j], &found[k]) {
					continue
				}
				if t, ok := newTriple(found[i], found[j], found[k]); ok {
					out = append(out, t)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b triple) int { return cmp.Compare(a.off, b.off) })
	return out[:min(len(out), maxTriples)]
}

func alike(a, b *finder) bool {
	m, n := a.module(), b.module()
	return a.light == b.light && m < 2*n+0.5 && n < 2*m+0.5
}

// newTriple takes corner as the one between the two others, if the angle and
// the distances allow it.
func newTriple(corner, a, b finder) (triple, bool) {
	p, q := a.at().minus(corner.at()), b.at().minus(corner.at())
	lp, lq := p.length(), q.length()
	if lp > 2.6*lq || lq > 2.6*lp {
		return triple{}, false
	}
	sine, cosine := p.cross(q)/(lp*lq), p.dot(q)/(lp*lq)
	if math.Abs(cosine) > 0.8 {
		return triple{}, false
	}
	sizeP := lp/toward(&corner, &a, p) + 2*cornerMiddle
	sizeQ := lq/toward(&corner, &b, q) + 2*cornerMiddle
	if min(sizeP, sizeQ) < 17 || max(sizeP, sizeQ) > maxSize*1.25 || sizeP > 1.7*sizeQ || sizeQ > 1.7*sizeP {
		return triple{}, false
	}
	if sine < 0 {
		a, b = b, a
	}
	t := triple{topLeft: corner, topRight: a, bottomLeft: b, size: math.Sqrt(sizeP * sizeQ)}
	m, n, l := corner.module(), a.module(), b.module()
	t.off = math.Abs(cosine) + math.Abs(math.Log(sizeP/sizeQ)) + 0.5*math.Abs(math.Log(lp/lq)) +
		math.Log(max(m, n, l)/min(m, n, l)) + t.size/400
	return t, true
}

// toward is the size of a module in the direction from one finder to another.
// Rows and columns cross a turned pattern at a slant.
func toward(a, b *finder, d point) float64 {
	l := d.length()
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
