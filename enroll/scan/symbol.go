package scan

import (
	"cmp"
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// layout is what is fixed about the codes of one version.
type layout struct {
	size     int
	version  *decoder.Version
	reserved []bool // modules that hold no data
	marks    []mark // the fixed patterns
	timing   []mark // of these, the two lines between the corners
	rough    []mark // enough of these for a first look
	order    []int  // the data modules, codeword by codeword
}

// mark is a module whose colour is known beforehand: its middle, and 1 for dark
// or -1 for light.
type mark struct{ u, v, dark float64 }

const (
	maxSize = 177
	// cornersMarked is how many marks the corner patterns and their separators
	// have; they come first.
	cornersMarked = 3 * 64
)

// newLayout builds the layout of a size from 21 to 177.
func newLayout(size int) (*layout, error) {
	version, err := decoder.Version_GetProvisionalVersionForDimension(size)
	if err != nil {
		return nil, err
	}
	l := &layout{size: size, version: version, reserved: make([]bool, size*size)}
	l.addFinders()
	l.addAlignments(version.GetAlignmentPatternCenters())
	for i := 8; i < size-8; i++ {
		l.mark(i, 6, i%2 == 0)
		l.mark(6, i, i%2 == 0)
	}
	l.timing = l.marks[len(l.marks)-2*(size-16):]
	for i := 0; i < cornersMarked; i += 3 {
		l.rough = append(l.rough, l.marks[i])
	}
	l.rough = append(l.rough, l.timing...)
	if version.GetVersionNumber() > 6 {
		l.reserve(size-11, 0, 3, 6)
		l.reserve(0, size-11, 6, 3)
	}
	l.addOrder()
	return l, nil
}

func (l *layout) reserve(x, y, width, height int) {
	for v := y; v < y+height; v++ {
		for u := x; u < x+width; u++ {
			l.reserved[v*l.size+u] = true
		}
	}
}

func (l *layout) mark(x, y int, dark bool) {
	m := mark{float64(x) + 0.5, float64(y) + 0.5, -1}
	if dark {
		m.dark = 1
	}
	if !l.reserved[y*l.size+x] || y == 6 || x == 6 {
		l.marks = append(l.marks, m)
	}
	l.reserved[y*l.size+x] = true
}

// addFinders marks the corner patterns with their separators, and reserves the
// format information beside them.
func (l *layout) addFinders() {
	for _, corner := range [][2]int{{0, 0}, {l.size - 7, 0}, {0, l.size - 7}} {
		for y := -1; y <= 7; y++ {
			for x := -1; x <= 7; x++ {
				u, v := corner[0]+x, corner[1]+y
				if u < 0 || v < 0 || u >= l.size || v >= l.size {
					continue
				}
				ring := max(max(x-3, 3-x), max(y-3, 3-y))
				l.mark(u, v, ring != 2 && ring != 4)
			}
		}
	}
	l.reserve(0, 0, 9, 9)
	l.reserve(l.size-8, 0, 8, 9)
	l.reserve(0, l.size-8, 9, 8)
}

func (l *layout) addAlignments(centres []int) {
	last := len(centres) - 1
	for i, y := range centres {
		for j, x := range centres {
			if i == 0 && (j == 0 || j == last) || i == last && j == 0 {
				continue
			}
			for dy := -2; dy <= 2; dy++ {
				for dx := -2; dx <= 2; dx++ {
					l.mark(x+dx, y+dy, max(max(dx, -dx), max(dy, -dy)) != 1)
				}
			}
		}
	}
}

// addOrder walks the data modules as the standard does (§7.7.3): two columns at
// a time from the right, up and down in turn.
func (l *layout) addOrder() {
	up := true
	for right := l.size - 1; right > 0; right -= 2 {
		if right == 6 {
			right--
		}
		for i := range l.size {
			y := i
			if up {
				y = l.size - 1 - i
			}
			for x := right; x > right-2; x-- {
				if !l.reserved[y*l.size+x] {
					l.order = append(l.order, y*l.size+x)
				}
			}
		}
		up = !up
	}
}

// symbol is a code's modules: above zero dark, below light, and the farther
// from zero the surer.
type symbol struct {
	*layout
	value []float32
}

// mirrored exchanges rows and columns.
func (s symbol) mirrored() symbol {
	out := symbol{s.layout, make([]float32, len(s.value))}
	for y := range s.size {
		for x := range s.size {
			out.value[x*s.size+y] = s.value[y*s.size+x]
		}
	}
	return out
}

// formats are the 32 words of format information (§7.9), by level and mask.
var formats = [32]uint16{
	0x5412, 0x5125, 0x5E7C, 0x5B4B, 0x45F9, 0x40CE, 0x4F97, 0x4AA0, 0x77C4, 0x72F3, 0x7DAA, 0x789D, 0x662F, 0x6318, 0x6C41, 0x6976,
	0x1689, 0x13BE, 0x1CE7, 0x19D0, 0x0762, 0x0255, 0x0D0C, 0x083B, 0x355F, 0x3068, 0x3F31, 0x3A06, 0x24B4, 0x2183, 0x2EDA, 0x2BED,
}

type guess struct {
	format int
	fit    float64 // 1: every module says so
}

// formatGuesses are the formats that both copies together speak for, best first.
func (s symbol) formatGuesses() []guess {
	var copies [2][15]float32
	for i := range 15 {
		copies[0][i], copies[1][i] = s.value[s.nearFormat(i)], s.value[s.farFormat(i)]
	}
	all := make([]guess, len(formats))
	for f, word := range formats {
		var sum, whole float64
		for _, c := range copies {
			for i, v := range c {
				// What is very sure counts no more than what is sure.
				w := math.Sqrt(math.Abs(float64(v)))
				whole += w
				if (word>>(14-i)&1 == 1) != (v > 0) {
					w = -w
				}
				sum += w
			}
		}
		all[f] = guess{f, sum / max(whole, 1e-9)}
	}
	slices.SortFunc(all, func(a, b guess) int { return cmp.Compare(b.fit, a.fit) })
	return all
}

// nearFormat and farFormat say where the bits of the two copies are.
func (s symbol) nearFormat(i int) int {
	switch {
	case i < 6:
		return 8*s.size + i
	case i == 6:
		return 8*s.size + 7
	case i == 7:
		return 8*s.size + 8
	case i == 8:
		return 7*s.size + 8
	}
	return (14-i)*s.size + 8
}

func (s symbol) farFormat(i int) int {
	if i < 7 {
		return (s.size-1-i)*s.size + 8
	}
	return 8*s.size + s.size - 15 + i
}

// masked tells whether a mask turns the module around (§7.8.2).
func masked(mask, y, x int) bool {
	switch mask {
	case 0:
		return (y+x)%2 == 0
	case 1:
		return y%2 == 0
	case 2:
		return x%3 == 0
	case 3:
		return (y+x)%3 == 0
	case 4:
		return (y/2+x/3)%2 == 0
	case 5:
		return y*x%2+y*x%3 == 0
	case 6:
		return (y*x%2+y*x%3)%2 == 0
	}
	return ((y+x)%2+y*x%3)%2 == 0
}
