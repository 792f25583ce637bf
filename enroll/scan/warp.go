package scan

import "math"

// point is a place in a picture, in pixels; the middle of the first pixel is
// at (0.5, 0.5).
type point struct{ x, y float64 }

func (p point) minus(q point) point      { return point{p.x - q.x, p.y - q.y} }
func (p point) plus(q point) point       { return point{p.x + q.x, p.y + q.y} }
func (p point) scaled(f float64) point   { return point{p.x * f, p.y * f} }
func (p point) times(x, y float64) point { return point{p.x * x, p.y * y} }
func (p point) length() float64          { return math.Hypot(p.x, p.y) }
func (p point) cross(q point) float64    { return p.x*q.y - p.y*q.x }
func (p point) dot(q point) float64      { return p.x*q.x + p.y*q.y }
func (p point) distance(q point) float64 { return p.minus(q).length() }

// frame is where four places of a code lie in the picture: the middles of the
// three corner patterns (top left, top right, bottom left) and the place where
// a fourth would be.
type frame [4]point

// bend is how far the middles of a frame's sides (top, right, bottom, left) and
// its centre lie from where they would be on a flat plane, in pixels.
type bend [5]point

// warp goes from modules to pixels.
type warp struct {
	a, b, c, d, e, f, g, h float64
	inset, span            float64
	bend                   *bend
}

// cornerMiddle is how far the middle of a corner pattern lies inside the code,
// in modules.
const cornerMiddle = 3.5

// newWarp is the perspective that puts the corners of the frame where they are.
func newWarp(q *frame, size int, b *bend) warp {
	p0, p1, p3, p2 := q[0], q[1], q[2], q[3]
	dx3, dy3 := p0.x-p1.x+p2.x-p3.x, p0.y-p1.y+p2.y-p3.y
	w := warp{inset: cornerMiddle, span: 1 / (float64(size) - 2*cornerMiddle), bend: b}
	dx1, dx2 := p1.x-p2.x, p3.x-p2.x
	dy1, dy2 := p1.y-p2.y, p3.y-p2.y
	if below := dx1*dy2 - dx2*dy1; below != 0 {
		w.g = (dx3*dy2 - dx2*dy3) / below
		w.h = (dx1*dy3 - dx3*dy1) / below
	}
	w.a, w.b, w.c = p1.x-p0.x+w.g*p1.x, p3.x-p0.x+w.h*p3.x, p0.x
	w.d, w.e, w.f = p1.y-p0.y+w.g*p1.y, p3.y-p0.y+w.h*p3.y, p0.y
	return w
}

// at is the pixel for a place in modules.
func (w *warp) at(u, v float64) point {
	u, v = (u-w.inset)*w.span, (v-w.inset)*w.span
	k := 1 / (w.g*u + w.h*v + 1)
	p := point{(w.a*u + w.b*v + w.c) * k, (w.d*u + w.e*v + w.f) * k}
	if w.bend != nil {
		uu, vv := 4*u*(1-u), 4*v*(1-v)
		for i, f := range [5]float64{uu * (1 - v), vv * u, uu * v, vv * (1 - u), uu * vv} {
			p.x += f * w.bend[i].x
			p.y += f * w.bend[i].y
		}
	}
	return p
}

// layer is a picture at some scale: one pixel of the picture is scale pixels of
// the plane.
type layer struct {
	plane
	scale float64
}

// sample is the shade at a place of the picture, between pixels by their
// distance.
func (l *layer) sample(p point) float64 {
	x, y := p.x*l.scale-0.5, p.y*l.scale-0.5
	x, y = min(max(x, 0), float64(l.width-1)), min(max(y, 0), float64(l.height-1))
	if x != x || y != y { // a degenerate frame
		return 0
	}
	ix, iy := int(x), int(y)
	fx, fy := x-float64(ix), y-float64(iy)
	at := iy*l.width + ix
	right, down := 1, l.width
	if ix == l.width-1 {
		right = 0
	}
	if iy == l.height-1 {
		down = 0
	}
	top := float64(l.pix[at])*(1-fx) + float64(l.pix[at+right])*fx
	bottom := float64(l.pix[at+down])*(1-fx) + float64(l.pix[at+down+right])*fx
	return top*(1-fy) + bottom*fy
}

// fit compares the fixed patterns of a code with what lies there: 1 is the
// same, 0 has nothing in common, below zero the colours are exchanged.
func (l *layer) fit(w *warp, marks []mark) float64 {
	var n, sumS, sumSS, sumT, sumTS float64
	for _, m := range marks {
		s := l.sample(w.at(m.u, m.v))
		n++
		sumS += s
		sumSS += s * s
		sumT += m.dark
		sumTS -= m.dark * s
	}
	cov := sumTS + sumT*sumS/n
	varS, varT := sumSS-sumS*sumS/n, n-sumT*sumT/n
	if varS < n || varT <= 0 { // flat ground
		return 0
	}
	return cov / math.Sqrt(varS*varT)
}

// axes is a flat piece of a picture: a place, and what one module to the right
// and one down come to in pixels.
type axes struct{ at, right, down point }

// fitFlat is fit for a flat piece, whose modules count from its middle.
func (l *layer) fitFlat(a *axes, marks []mark) float64 {
	var n, sumS, sumSS, sumT, sumTS float64
	for _, m := range marks {
		s := l.sample(point{a.at.x + m.u*a.right.x + m.v*a.down.x, a.at.y + m.u*a.right.y + m.v*a.down.y})
		n++
		sumS += s
		sumSS += s * s
		sumT += m.dark
		sumTS -= m.dark * s
	}
	varS, varT := sumSS-sumS*sumS/n, n-sumT*sumT/n
	if varS < n || varT <= 0 {
		return 0
	}
	return (sumTS + sumT*sumS/n) / math.Sqrt(varS*varT)
}
