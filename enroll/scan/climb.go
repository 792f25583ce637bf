package scan

// placing is a size and a place that a code may have.
type placing struct {
	*layout
	frame frame
	bend  bend
	bent  bool
	light bool
	fit   float64
}

func (g *placing) warp() warp {
	if g.bent {
		return newWarp(&g.frame, g.size, &g.bend)
	}
	return newWarp(&g.frame, g.size, nil)
}

// module is the size of a module, in pixels.
func (g *placing) module() float64 {
	return (g.frame[1].distance(g.frame[0]) + g.frame[2].distance(g.frame[0])) / 2 / float64(g.size-7)
}

const (
	// leastGain is what a move must bring, or the corners wander about on
	// ground where all places fit as well.
	leastGain = 2e-4
	// stiffness is how much a frame that is no parallelogram, or a bend, must
	// bring. Where nothing else is known, it holds the fourth corner.
	stiffness = 0.012
)

// value is how good a placing is.
func (l *layer) value(g *placing, marks []mark) float64 {
	w := g.warp()
	v := l.fit(&w, marks)
	if g.light {
		v = -v
	}
	m := g.module() * 7
	v -= stiffness * g.frame[1].plus(g.frame[2]).minus(g.frame[0]).distance(g.frame[3]) / m
	if g.bent {
		for _, p := range g.bend {
			v -= stiffness * p.length() / m
		}
	}
	return v
}

// climb moves the corners of the frame, and the bend if there is one, as long
// as the marks fit better, by smaller and smaller steps in modules.
func (l *layer) climb(g *placing, marks []mark, rounds int, steps ...float64) {
	g.fit = l.value(g, marks)
	var places [9]*point
	n := 0
	for i := range g.frame {
		places[n] = &g.frame[i]
		n++
	}
	if g.bent {
		for i := range g.bend {
			places[n] = &g.bend[i]
			n++
		}
	}
	m := g.module()
	for _, step := range steps {
		step *= m
		for range rounds {
			before := g.fit
			for _, p := range places[:n] {
				for _, d := range [4]point{{step, 0}, {-step, 0}, {0, step}, {0, -step}} {
					was := *p
					*p = was.plus(d)
					if v := l.value(g, marks); v > g.fit+leastGain {
						g.fit = v
					} else {
						*p = was
					}
				}
			}
			if g.fit-before < 2e-3 {
				break
			}
		}
	}
}
