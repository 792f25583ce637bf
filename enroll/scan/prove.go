package scan

import "math"

const (
	// minProof is how well a corner pattern must fit for its place to be taken
	// for one. Text, which has the runs by chance, mostly stays below it.
	minProof = 0.5
	// sureProof is the same where a code was read already.
	sureProof = 0.65
)

// cornerMarks and alignmentMarks are the modules of a pattern around its middle.
var (
	cornerMarks    = newRingMarks(3, 2)
	alignmentMarks = newRingMarks(2, 1)
)

// newRingMarks is a dark square, reach modules to each side, with a light ring.
func newRingMarks(reach, light int) []mark {
	var out []mark
	for y := -reach; y <= reach; y++ {
		for x := -reach; x <= reach; x++ {
			m := mark{float64(x), float64(y), 1}
			if max(max(x, -x), max(y, -y)) == light {
				m.dark = -1
			}
			out = append(out, m)
		}
	}
	return out
}

// proven keeps the finders where a whole corner pattern lies, in whatever
// direction, the best first.
func (p pyramid) proven(found []finder, least float64) []finder {
	var out []finder
	for _, f := range found {
		if f.fit = p.prove(&f); f.fit >= least {
			f.size = f.module()
			out = append(out, f)
		}
	}
	sortBy(out, func(f finder) float64 { return -f.fit })
	return out[:min(len(out), maxFinders)]
}

// prove tries a corner pattern in six directions. A quarter turn leaves it as it
// is, so they are a quarter of a circle.
func (p pyramid) prove(f *finder) float64 {
	l := p.suited(f.module())
	best := 0.0
	for i := range 6 {
		sin, cos := math.Sincos(float64(i-2) * math.Pi / 12)
		wide := max(math.Abs(sin), math.Abs(cos))
		a := axes{point{f.x, f.y}, point{cos, sin}.times(f.across*wide, f.along*wide), point{-sin, cos}.times(f.across*wide, f.along*wide)}
		best = max(best, f.signed(l.fitFlat(&a, cornerMarks)))
	}
	return best
}

func (f *finder) signed(fit float64) float64 {
	if f.light {
		return -fit
	}
	return fit
}

// minCorners is how well the three corners of a code must fit together once
// their direction is known.
const minCorners = 1.5

// proves tells whether the three corner patterns lie in the direction that the
// places of the three make necessary.
func (t *triple) proves(p pyramid) bool {
	a, b, c, d := t.topLeft.at(), t.topRight.at(), t.bottomLeft.at(), t.fourth()
	sum := 0.0
	for _, corner := range []struct {
		f           *finder
		right, down point
	}{
		{&t.topLeft, b.minus(a), c.minus(a)},
		{&t.topRight, b.minus(a), d.minus(b)},
		{&t.bottomLeft, d.minus(c), c.minus(a)},
	} {
		f := corner.f
		sum += f.signed(p.suited(f.module()).fitFlat(&axes{
			f.at(),
			corner.right.scaled(toward(f, f, corner.right) / corner.right.length()),
			corner.down.scaled(toward(f, f, corner.down) / corner.down.length()),
		}, cornerMarks))
	}
	return sum >= minCorners
}
