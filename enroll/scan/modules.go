package scan

import "math"

// shades is the grey of each module, row by row.
type shades struct {
	size  int
	value []float32
}

// modules takes the shade of each module: its middle, and where there are
// pixels enough four places around it.
func (l *layer) modules(w *warp, size int, module float64) shades {
	out := shades{size, make([]float32, size*size)}
	near := 0.0
	if module*l.scale >= 1.6 {
		near = 0.18
	}
	for y := range size {
		for x := range size {
			u, v := float64(x)+0.5, float64(y)+0.5
			s := l.sample(w.at(u, v))
			if near > 0 {
				s += l.sample(w.at(u-near, v-near)) + l.sample(w.at(u+near, v-near)) +
					l.sample(w.at(u-near, v+near)) + l.sample(w.at(u+near, v+near))
				s /= 5
			}
			out.value[y*size+x] = float32(s)
		}
	}
	return out
}

// judged compares each module with the modules around it, reach to each side.
// Masks see to it that dark and light are about even everywhere, so the middle
// between the two is near the mean. What comes out is 1 for a module as dark as
// the contrast there allows.
func (s shades) judged(l *layout, reach int, light bool) symbol {
	out := symbol{l, make([]float32, len(s.value))}
	n := s.size
	sums, squares := make([]float64, (n+1)*(n+1)), make([]float64, (n+1)*(n+1))
	for y := range n {
		var row, rowSquare float64
		for x := range n {
			v := float64(s.value[y*n+x])
			row += v
			rowSquare += v * v
			sums[(y+1)*(n+1)+x+1] = sums[y*(n+1)+x+1] + row
			squares[(y+1)*(n+1)+x+1] = squares[y*(n+1)+x+1] + rowSquare
		}
	}
	whole := func(t []float64, x0, y0, x1, y1 int) float64 {
		return t[y1*(n+1)+x1] - t[y0*(n+1)+x1] - t[y1*(n+1)+x0] + t[y0*(n+1)+x0]
	}
	all := float64(n * n)
	overall := squares[len(squares)-1]/all - (sums[len(sums)-1]/all)*(sums[len(sums)-1]/all)
	for y := range n {
		for x := range n {
			x0, y0, x1, y1 := max(x-reach, 0), max(y-reach, 0), min(x+reach+1, n), min(y+reach+1, n)
			count := float64((x1 - x0) * (y1 - y0))
			mean := whole(sums, x0, y0, x1, y1) / count
			spread := whole(squares, x0, y0, x1, y1)/count - mean*mean
			v := (mean - float64(s.value[y*n+x])) / (math.Sqrt(max(spread, overall/9)) + 1e-6)
			if light {
				v = -v
			}
			out.value[y*n+x] = float32(v)
		}
	}
	return out
}
