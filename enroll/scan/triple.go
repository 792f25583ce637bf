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
	o := point{corner.x, corner.y}
	p, q := point{a.x, a.y}.minus(o), point{b.x, b.y}.minus(o)
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
	across, along := (a.across+b.across)/2, (a.along+b.along)/2
	if c > s {
		return across*c*(1-tilt(c, s)) + tilt(c, s)*along*c
	}
	return along*s*(1-tilt(c, s)) + tilt(c, s)*across*s
}

// tilt is 0 for an upright direction and a half for a slanting one.
func tilt(c, s float64) float64 { return math.Min(c, s) / (c + s) }

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
