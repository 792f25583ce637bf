package scan

import (
	"fmt"
	"context"
	"image"
	"math"
)

func sqrt(v float64) float64 { return math.Sqrt(v) }

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
	trace bool
}

// pyramid is a picture at several scales, the largest first.
type pyramid []layer

// for gives the layer where a module has about four pixels, so that one look
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

// try reads what the finders (in the picture's own coordinates) may be the
// corners of.
func (h *hunt) try(p pyramid, found []finder) {
	for _, t := range triples(found) {
		if h.ctx.Err() != nil {
			return
		}
		if h.explained(point{t.topLeft.x, t.topLeft.y}) || h.explained(point{t.topRight.x, t.topRight.y}) ||
			h.explained(point{t.bottomLeft.x, t.bottomLeft.y}) {
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
		if f.topLeft.same(t.topLeft) && f.topRight.same(t.topRight) && f.bottomLeft.same(t.bottomLeft) {
			return true
		}
	}
	return false
}

// placing is a size and a place that fit well.
type placing struct {
	*layout
	frame frame
	fit   float64
}

const (
	// minFit is how well the fixed patterns must fit for a reading to be worth
	// its time, after the rough and after the fine placing.
	minRoughFit = 0.3
	minFit      = 0.4
)

// maxPlacings bounds the sizes that are placed with care.
const maxPlacings = 2

func (h *hunt) readTriple(p pyramid, t *triple) (code, bool) {
	module := (t.topLeft.module() + t.topRight.module() + t.bottomLeft.module()) / 3
	a, b, c := point{t.topLeft.x, t.topLeft.y}, point{t.topRight.x, t.topRight.y}, point{t.bottomLeft.x, t.bottomLeft.y}
	start := frame{a, b, c, b.plus(c).minus(a)}
	l := p.suited(module)
	var best []placing
	for _, size := range sizes(t.size) {
		lay := h.layout(size)
		if lay == nil {
			continue
		}
		m := b.minus(a).length() / float64(size-7)
		q, fit := l.climb(start, size, lay.marks, t.topLeft.light, m*0.6)
		if fit < minRoughFit {
			continue
		}
		best = append(best, placing{lay, q, fit})
	}
	sortBy(best, func(p placing) float64 { return -p.fit })
	for i, g := range best {
		if i >= maxPlacings {
			break
		}
		m := b.minus(a).length() / float64(g.size-7)
		g.frame = l.seekAlignment(g, t.topLeft.light)
		g.frame, g.fit = l.climb(g.frame, g.size, g.marks, t.topLeft.light, m*0.5, m*0.25, m*0.12, m*0.06)
		if h.trace {
			fmt.Println("      placed", g.size, g.fit, g.frame)
		}
		if g.fit < minFit {
			continue
		}
		if c, ok := h.readPlaced(p, g, t.topLeft.light); ok {
			return c, true
		}
	}
	return code{}, false
}

// seekAlignment looks for the alignment pattern nearest to the fourth corner
// around where it should be, and moves the corner accordingly.
func (l *layer) seekAlignment(g placing, light bool) frame {
	centres := g.version.GetAlignmentPatternCenters()
	if len(centres) == 0 {
		return g.frame
	}
	centre := float64(centres[len(centres)-1]) + 0.5
	w := newWarp(&g.frame, g.size, nil)
	var marks []mark
	for _, m := range g.marks {
		if math.Abs(m.u-centre) < 3 && math.Abs(m.v-centre) < 3 {
			marks = append(marks, m)
		}
	}
	bestFit, best := 0.0, point{}
	for dy := -4.0; dy <= 4; dy += 0.5 {
		for dx := -4.0; dx <= 4; dx += 0.5 {
			moved := w
			moved.inset = w.inset
			fit := l.fitShifted(&moved, marks, dx, dy)
			if light {
				fit = -fit
			}
			if fit -= 0.02 * math.Hypot(dx, dy); fit > bestFit {
				bestFit, best = fit, point{dx, dy}
			}
		}
	}
	if bestFit < 0.6 {
		return g.frame
	}
	at := w.at(centre+best.x, centre+best.y)
	// The fourth corner lies so far beyond the alignment pattern that one step
	// of the secant method suffices before the climb.
	q := g.frame
	for range 3 {
		w := newWarp(&q, g.size, nil)
		q[3] = q[3].plus(at.minus(w.at(centre, centre)).scaled(1.05))
	}
	return q
}

// fitShifted is the fit of marks moved by some modules.
func (l *layer) fitShifted(w *warp, marks []mark, du, dv float64) float64 {
	moved := make([]mark, len(marks))
	for i, m := range marks {
		moved[i] = mark{m.u + du, m.v + dv, m.dark}
	}
	return l.fit(w, moved)
}

// readPlaced reads the modules of a code whose place is known.
func (h *hunt) readPlaced(p pyramid, g placing, light bool) (code, bool) {
	m := g.frame[1].distance(g.frame[0]) / float64(g.size-7)
	l := p.suited(m)
	w := newWarp(&g.frame, g.size, nil)
	plain := l.modules(&w, g.size, m)
	for _, part := range []float32{0, 0.7, 1.6} {
		s := plain
		if part > 0 {
			s = plain.sharpened(part)
		}
		for _, reach := range []int{4, 9} {
			if payload, ok := s.judged(g.layout, reach, light).read(); ok {
				return newCode(payload, &w, g.size), true
			}
		}
	}
	return code{}, false
}

func newCode(p payload, w *warp, size int) code {
	n := float64(size)
	return code{p, [4]point{w.at(0, 0), w.at(n, 0), w.at(0, n), w.at(n, n)}}
}
