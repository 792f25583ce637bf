package scan

import "math"

// equalised undoes what mixed the modules: blur, shaking, a double image. It
// learns from the fixed patterns, whose colours are known, how to weigh a
// module and its neighbours (least squares, with a pull towards leaving things
// as they are), and weighs all modules so.
func (s symbol) equalised(reach int) (symbol, bool) {
	side := 2*reach + 1
	n := side*side + 1
	normal, right := make([]float64, n*n), make([]float64, n)
	row := make([]float64, n)
	for _, m := range s.marks {
		s.around(int(m.u), int(m.v), reach, row)
		for i, a := range row {
			for j, b := range row[:i+1] {
				normal[i*n+j] += a * b
			}
			right[i] += a * m.dark
		}
	}
	pull := 0.02 * float64(len(s.marks))
	for i := range n {
		normal[i*n+i] += pull
	}
	right[n/2] += pull // the module itself
	weights, ok := solve(normal, right, n)
	if !ok {
		return symbol{}, false
	}
	out := symbol{s.layout, make([]float32, len(s.value))}
	for y := range s.size {
		for x := range s.size {
			s.around(x, y, reach, row)
			v := 0.0
			for i, w := range weights {
				v += w * row[i]
			}
			out.value[y*s.size+x] = float32(v)
		}
	}
	return out, true
}

// around fills the row with a module's surroundings, the quiet zone being
// light, and a one.
func (s symbol) around(x, y, reach int, row []float64) {
	i := 0
	for v := y - reach; v <= y+reach; v++ {
		for u := x - reach; u <= x+reach; u++ {
			row[i] = -1
			if u >= 0 && v >= 0 && u < s.size && v < s.size {
				row[i] = max(-2, min(2, float64(s.value[v*s.size+u])))
			}
			i++
		}
	}
	row[i] = 1
}

// solve is Cholesky's way with symmetric equations, of which the lower half is
// given. It works in place.
func solve(a, b []float64, n int) ([]float64, bool) {
	for i := range n {
		for j := 0; j <= i; j++ {
			sum := a[i*n+j]
			for k := range j {
				sum -= a[i*n+k] * a[j*n+k]
			}
			if i != j {
				a[i*n+j] = sum / a[j*n+j]
				continue
			}
			if sum <= 0 {
				return nil, false
			}
			a[i*n+i] = math.Sqrt(sum)
		}
	}
	for i := range n {
		for k := range i {
			b[i] -= a[i*n+k] * b[k]
		}
		b[i] /= a[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			b[i] -= a[k*n+i] * b[k]
		}
		b[i] /= a[i*n+i]
	}
	return b, true
}
