package scan

import (
	"context"
	"encoding/binary"
	"math"
	number "math/bits"
)

// finder is a candidate for a corner pattern: dark, light, dark, light, dark as
// 1:1:3:1:1 in every direction, or the same in light on dark.
type finder struct {
	x, y          float64 // the middle, in pixels
	across, along float64 // the size of a module, measured across a row and along a column
	light         bool    // light on dark
	hits          int     // how many rows showed it
	size          float64 // of a module, once the pattern is proven
	fit           float64 // how well a whole corner pattern fits there, 1 perfectly
}

func (f *finder) at() point { return point{f.x, f.y} }

func (f finder) module() float64 { return math.Sqrt(f.across * f.along) }

const (
	// maxFinders bounds the candidates that are kept: the groups of three grow
	// with the cube of their number.
	maxFinders = 160
	// minSpots, and one for each sixteen pixels, bounds the spots that are
	// looked at more closely.
	minSpots = 20000
)

// finders looks for corner patterns in every so many rows: damaged ones show in
// few, so all of the picture's own are looked at.
func (b bits) finders(ctx context.Context, every int) []finder {
	c := collector{cells: map[[2]int][]int{}}
	spots := 0
	for y := 0; y < b.height && spots < minSpots+len(b.pix)/16; y += every {
		if y%64 == 0 && ctx.Err() != nil {
			return nil
		}
		spots += b.scanRow(y, &c)
	}
	return c.found
}

// scanRow runs along one row and looks closer where five runs of the same
// colour in turn have the widths of a corner pattern.
func (b bits) scanRow(y int, c *collector) (spots int) {
	row := b.row(y)
	var runs [5]int
	start, colour := 0, row[0]
	for seen := 1; start < len(row); seen++ {
		end := endOfRun(row, start, colour)
		runs = [5]int{runs[1], runs[2], runs[3], runs[4], end - start}
		start = end
		if seen >= 5 && isPattern(&runs) {
			spots++
			middle := float64(end-runs[4]-runs[3]) - float64(runs[2])/2
			if f, ok := b.closer(middle, y, &runs, colour == 0); ok {
				c.add(f)
			}
		}
		colour = 1 - colour
	}
	return spots
}

// endOfRun is where the run that begins there ends, eight pixels at a time.
func endOfRun(row []byte, start int, colour byte) int {
	same := uint64(colour) * everyByte
	for ; start+8 <= len(row); start += 8 {
		if other := binary.LittleEndian.Uint64(row[start:]) ^ same; other != 0 {
			return start + number.TrailingZeros64(other)/8
		}
	}
	for start < len(row) && row[start] == colour {
		start++
	}
	return start
}

// isPattern compares the distances between like edges, which ink that ran or
// dried up leaves as they are, and the runs themselves more loosely.
func isPattern(r *[5]int) bool {
	// A quarter of the sum is two modules.
	inner := r[1] + 2*r[2] + r[3] // 8 modules
	if inner < 7 {
		return false
	}
	slack := inner*3/4 + 6
	if !near(r[1]+r[2], inner, 4, slack) || !near(r[2]+r[3], inner, 4, slack) ||
		r[2] <= r[1] || r[2] <= r[3] || 4*r[2] < inner {
		return false
	}
	// Without a quiet zone the outer ring may run on into dark surroundings, on
	// one side.
	before, after := near(r[0]+r[1], inner, 2, slack), near(r[3]+r[4], inner, 2, slack)
	return before && (after || 8*r[4] > inner) || after && 8*r[0] > inner
}

// near tells whether a distance is the wanted number of modules, where inner is
// eight of them and slack eight times what may be missing.
func near(distance, inner, modules, slack int) bool {
	off := 8*distance - modules*inner
	return off <= slack && -off <= slack
}

// closer follows the column and the row through the middle, and for patterns
// large enough a diagonal.
func (b bits) closer(x float64, y int, across *[5]int, light bool) (finder, bool) {
	want := byte(1)
	if light {
		want = 0
	}
	width := float64(across[1]+2*across[2]+across[3]) / 8
	limit := int(width*10) + 4
	column := int(x)
	down, middleY, ok := b.follow(column, y, 0, 1, want, limit)
	if !ok || !isPattern(&down) {
		return finder{}, false
	}
	again, shift, ok := b.follow(column, int(middleY), 1, 0, want, limit)
	if !ok || !isPattern(&again) {
		return finder{}, false
	}
	f := finder{
		x: shift, y: middleY, light: light, hits: 1,
		across: float64(again[1]+2*again[2]+again[3]) / 8,
		along:  float64(down[1]+2*down[2]+down[3]) / 8,
	}
	if f.across > 3*f.along || f.along > 3*f.across {
		return finder{}, false
	}
	if f.module() >= 2.5 {
		slope, _, ok := b.follow(int(shift), int(middleY), 1, 1, want, limit)
		if !ok || !isPattern(&slope) {
			return finder{}, false
		}
	}
	return f, true
}

// follow measures the five runs through a point of the core in a direction, and
// where the core's middle is on that line (in the running coordinate: y where
// the direction has one, else x).
func (b bits) follow(x, y, dx, dy int, want byte, limit int) (runs [5]int, middle float64, ok bool) {
	if b.pix[y*b.width+x] != want {
		return runs, 0, false
	}
	back := b.walk(x, y, -dx, -dy, want, limit)
	if back[2] == 0 {
		return runs, 0, false
	}
	forth := b.walk(x, y, dx, dy, want, limit)
	if forth[2] == 0 {
		return runs, 0, false
	}
	runs = [5]int{back[2], back[1], back[0] + forth[0] - 1, forth[1], forth[2]}
	at := x
	if dy != 0 {
		at = y
	}
	return runs, float64(at) + float64(forth[0]-back[0])/2 + 0.5, true
}

// walk counts the pixels of the core, the ring around it and the outer ring,
// beginning with the point itself. A last run of 0 says that the picture or the
// limit came first; an outer ring cut off by the picture's edge counts.
func (b bits) walk(x, y, dx, dy int, want byte, limit int) (runs [3]int) {
	step, at := dy*b.width+dx, y*b.width+x
	room := limit
	switch dx {
	case 1:
		room = min(room, b.width-x)
	case -1:
		room = min(room, x+1)
	}
	switch dy {
	case 1:
		room = min(room, b.height-y)
	case -1:
		room = min(room, y+1)
	}
	for i := range runs {
		for room > 0 && b.pix[at] == want {
			runs[i]++
			room--
			at += step
		}
		want = 1 - want
	}
	return runs
}

// collector puts together what several rows show of one pattern.
type collector struct {
	found []finder
	cells map[[2]int][]int // by place, on a grid of cells
}

const cell = 32

func (c *collector) add(f finder) {
	cx, cy := int(f.x)/cell, int(f.y)/cell
	reach := int(f.module()*2)/cell + 1
	for y := cy - reach; y <= cy+reach && reach < 8; y++ {
		for x := cx - reach; x <= cx+reach; x++ {
			for _, i := range c.cells[[2]int{x, y}] {
				if g := &c.found[i]; g.same(f) {
					g.merge(f)
					return
				}
			}
		}
	}
	if len(c.found) >= 20*maxFinders {
		return
	}
	c.cells[[2]int{cx, cy}] = append(c.cells[[2]int{cx, cy}], len(c.found))
	c.found = append(c.found, f)
}

func (f *finder) same(g finder) bool {
	m := f.module()
	return f.light == g.light && math.Abs(f.x-g.x) < 1.5*m && math.Abs(f.y-g.y) < 1.5*m && g.module() < 1.6*m+1 && m < 1.6*g.module()+1
}

// equals is same to within what another scale makes of the same pattern.
func (f *finder) equals(g *finder) bool {
	m, n := f.module(), g.module()
	return f.light == g.light && f.at().distance(g.at()) < 0.4*m && m < 1.2*n && n < 1.2*m
}

func (f *finder) merge(g finder) {
	n := float64(f.hits)
	f.x = (f.x*n + g.x) / (n + 1)
	f.y = (f.y*n + g.y) / (n + 1)
	f.across = (f.across*n + g.across) / (n + 1)
	f.along = (f.along*n + g.along) / (n + 1)
	f.hits++
}
