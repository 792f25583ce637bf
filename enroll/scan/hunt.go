package scan

import (
	"context"
	"image"
	"math"
)

// code is what was read: what it says, and where it lies in the picture.
type code struct {
	payload
	outline [4]point
}

// bounds is the upright rectangle around the code, rounded outwards.
func (c *code) bounds() image.Rectangle {
	low, high := c.outline[0], c.outline[0]
	for _, p := range c.outline[1:] {
		low = point{min(low.x, p.x), min(low.y, p.y)}
		high = point{max(high.x, p.x), max(high.y, p.y)}
	}
	const slack = 0.05
	return image.Rect(int(math.Floor(low.x+slack)), int(math.Floor(low.y+slack)),
		int(math.Ceil(high.x-slack)), int(math.Ceil(high.y-slack)))
}

// covers tells whether a place lies within the code.
func (c *code) covers(p point) bool {
	var left, right bool
	order := [4]int{0, 1, 3, 2}
	for i, at := range order {
		a, b := c.outline[at], c.outline[order[(i+1)%4]]
		if b.minus(a).cross(p.minus(a)) < 0 {
			left = true
		} else {
			right = true
		}
	}
	return !(left && right)
}

// hunt is one search of one picture.
type hunt struct {
	ctx     context.Context
	layouts map[int]*layout
	codes   []code
	failed  []triple // read in vain
	room    []byte   // for black and white, used again
}

// pyramid is a picture at several scales, the largest first.
type pyramid []layer

// suited gives the layer where a module has about four pixels, so that one look
// takes in most of it and little of its neighbours.
func (p pyramid) suited(module float64) *layer {
	for i := len(p) - 1; i > 0; i-- {
		if module*p[i].scale >= 3.5 {
			return &p[i]
		}
	}
	return &p[0]
}

// layout gives the layout of a size, built once.
func (h *hunt) layout(size int) *layout {
	if l, ok := h.layouts[size]; ok {
		return l
	}
	l, err := newLayout(size)
	if err != nil {
		return nil
	}
	h.layouts[size] = l
	return l
}

// open are the finders that no code that was read explains.
func (h *hunt) open(found []finder) []finder {
	var out []finder
	for _, f := range found {
		if !h.explained(point{f.x, f.y}) {
			out = append(out, f)
		}
	}
	return out
}

func (h *hunt) explained(p point) bool {
	for i := range h.codes {
		if h.codes[i].covers(p) {
			return true
		}
	}
	return false
}

// maxFailed bounds what is looked at closely in vain.
const maxFailed = 100

// try reads what the finders (in the picture's own coordinates) may be the
// corners of.
func (h *hunt) try(p pyramid, found []finder) {
	for _, t := range triples(found) {
		if h.ctx.Err() != nil || len(h.failed) >= maxFailed {
			return
		}
		if h.explained(t.topLeft.at()) || h.explained(t.topRight.at()) || h.explained(t.bottomLeft.at()) {
			continue
		}
		if h.failedBefore(&t) || !t.proves(p) {
			continue
		}
		if c, ok := h.readTriple(p, &t); ok {
			h.codes = append(h.codes, c)
		} else {
			h.failed = append(h.failed, t)
		}
	}
}

// failedBefore tells whether the same three corners were tried in vain at
// another scale, which makes no difference.
func (h *hunt) failedBefore(t *triple) bool {
	for i := range h.failed {
		f := &h.failed[i]
		if f.topLeft.equals(&t.topLeft) && f.topRight.equals(&t.topRight) && f.bottomLeft.equals(&t.bottomLeft) {
			return true
		}
	}
	return false
}

const (
	// minFit is how well the fixed patterns must fit for a reading to be worth
	// its time, after the rough and after the fine placing.
	minRoughFit = 0.3
	minFit      = 0.6
	// sureFit leaves no doubt about the size.
	sureFit = 0.85
	// minTiming is the same for the lines between the corners by themselves:
	// three corners alone are most of what is to fit. Of what can be read they
	// are never as bad as this after the first moves, rough and fine.
	minRoughTiming = 0.2
	earlyTiming    = 0.3
	minTiming      = 0.5
	// A bent code fits a flat one at least so well.
	minBent = 0.45
	// maxPlacings bounds the sizes that are placed with care.
	maxPlacings = 2
	// maxLoose is the largest size with a fourth corner that little holds.
	maxLoose = 25
	// A code that fits worse than this may lie on bent paper.
	flatFit = 0.9
)

// readTriple finds out how large the code is that three corners belong to and
// where exactly it lies, and reads it.
func (h *hunt) readTriple(p pyramid, t *triple) (code, bool) {
	l := p.suited((t.topLeft.module() + t.topRight.module() + t.bottomLeft.module()) / 3)
	start := frame{t.topLeft.at(), t.topRight.at(), t.bottomLeft.at(), t.fourth()}
	var rough []placing
	for _, size := range sizes(t.size) {
		lay := h.layout(size)
		if lay == nil {
			continue
		}
		g := placing{layout: lay, frame: start, light: t.topLeft.light}
		if l.climb(&g, lay.rough, 1, 0.6); g.fit < minRoughFit || l.timing(&g) < minRoughTiming {
			continue
		}
		if l.climb(&g, lay.rough, 1, 0.6); g.fit >= minRoughFit {
			rough = append(rough, g)
		}
		if g.fit >= sureFit {
			break
		}
	}
	sortBy(rough, func(g placing) float64 { return -g.fit })
	rough = rough[:min(len(rough), maxPlacings)]
	for i := range rough {
		g := &rough[i]
		l.seekAlignment(g)
		if l.climb(g, g.marks, 5, 0.5); l.timing(g) < earlyTiming {
			g.fit = 0
			continue
		}
		l.climb(g, g.marks, 5, 0.25, 0.12, 0.06)
		if !l.timed(g) {
			continue
		}
		if c, ok := readPlaced(p, g); ok {
			return c, true
		}
		// With little to hold it, the fourth corner may have gone astray.
		if f := (placing{layout: g.layout, frame: g.frame, light: g.light}); g.size <= maxLoose {
			f.frame[3] = t.fourth()
			if c, ok := readPlaced(p, &f); ok {
				return c, true
			}
		}
	}
	for i := range rough {
		g := &rough[i]
		if g.fit >= flatFit || g.fit < minBent || h.ctx.Err() != nil {
			continue
		}
		g.frame, g.bent = start, true
		l.climb(g, g.marks, 6, 1.2, 0.6, 0.3, 0.15)
		if !l.timed(g) {
			continue
		}
		if c, ok := readPlaced(p, g); ok {
			return c, true
		}
	}
	return code{}, false
}

// timed tells whether a placing fits, and the lines between the corners by
// themselves.
func (l *layer) timed(g *placing) bool { return g.fit >= minFit && l.timing(g) >= minTiming }

// timing is how well the lines between the corners fit.
func (l *layer) timing(g *placing) float64 {
	w := g.warp()
	fit := l.fit(&w, g.layout.timing)
	if g.light {
		fit = -fit
	}
	return fit
}

// seekAlignment looks for the alignment pattern nearest to the fourth corner
// around where it should be, and moves the corner accordingly.
func (l *layer) seekAlignment(g *placing) {
	centres := g.version.GetAlignmentPatternCenters()
	if len(centres) == 0 {
		return
	}
	centre := float64(centres[len(centres)-1]) + 0.5
	w := g.warp()
	at := w.at(centre, centre)
	right, down := w.at(centre+0.5, centre).minus(w.at(centre-0.5, centre)), w.at(centre, centre+0.5).minus(w.at(centre, centre-0.5))
	bestFit, best := 0.0, at
	for dy := -4.0; dy <= 4; dy += 0.5 {
		for dx := -4.0; dx <= 4; dx += 0.5 {
			a := axes{at.plus(right.scaled(dx)).plus(down.scaled(dy)), right, down}
			fit := l.fitFlat(&a, alignmentMarks)
			if g.light {
				fit = -fit
			}
			if fit -= 0.03 * math.Hypot(dx, dy); fit > bestFit {
				bestFit, best = fit, a.at
			}
		}
	}
	if bestFit < 0.6 {
		return
	}
	for range 3 {
		w := g.warp()
		g.frame[3] = g.frame[3].plus(best.minus(w.at(centre, centre)).scaled(1.05))
	}
}

// readPlaced reads the modules of a code whose place is known.
func readPlaced(p pyramid, g *placing) (code, bool) {
	w := g.warp()
	plain := p.suited(g.module()).modules(&w, g.size, g.module())
	if payload, ok := readShades(plain, g); ok {
		return newCode(payload, &w, g.size), true
	}
	// Of dots and thin ink only the middle of a module is left.
	if payload, ok := p[0].modules(&w, g.size, 0).judged(g.layout, 4, g.light).read(); ok {
		return newCode(payload, &w, g.size), true
	}
	return code{}, false
}

func readShades(plain shades, g *placing) (payload, bool) {
	for _, reach := range [3]int{4, 9, 2} {
		s := plain.judged(g.layout, reach, g.light)
		if read, ok := s.read(); ok {
			return read, true
		}
		for _, mixed := range [2]int{1, 2} {
			if e, ok := s.equalised(mixed); ok {
				if read, ok := e.read(); ok {
					return read, true
				}
			}
		}
	}
	return payload{}, false
}

func newCode(p payload, w *warp, size int) code {
	n := float64(size)
	return code{p, [4]point{w.at(0, 0), w.at(n, 0), w.at(0, n), w.at(n, n)}}
}
