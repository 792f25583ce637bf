package scan

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
)

// screens are planes with much that is of one shade and some that is not, cut
// at odd places.
func screens() []plane {
	random := rand.New(rand.NewPCG(3, 4))
	var out []plane
	for _, size := range []image.Point{{1, 1}, {1, 90}, {90, 1}, {15, 17}, {16, 16}, {33, 40}, {200, 131}, {320, 192}} {
		screen := desktop(400, 300, random.Uint64())
		p := greyOf(screen.SubImage(image.Rectangle{Max: size}), color.White)
		for range 4 {
			p.pix[random.IntN(len(p.pix))] = byte(random.IntN(256))
		}
		out = append(out, p)
	}
	return append(out, greyOf(noisy(desktop(100, 70, 1), 30), color.White))
}

// TestThresholdLeavesOutNothing compares with the mean of each square, taken
// one by one, in room that was used before.
func TestThresholdLeavesOutNothing(t *testing.T) {
	room := make([]byte, 320*192)
	for _, p := range screens() {
		for i := range room {
			room[i] = 1
		}
		for _, reach := range []int{12, 16} {
			got := p.threshold(reach, 3, room)
			for i, v := range p.pix {
				x, y := i%p.width, i/p.width
				sum, count := 0, 0
				for v := max(y-reach, 0); v <= min(y+reach, p.height-1); v++ {
					for _, s := range p.row(v)[max(x-reach, 0):min(x+reach+1, p.width)] {
						sum += int(s)
						count++
					}
				}
				if want := sign((int(v)+3)*count - sum); got.pix[i] != want {
					t.Fatalf("%d by %d, reach %d: %d at %d, %d, want %d", p.width, p.height, reach, got.pix[i], x, y, want)
				}
			}
		}
	}
}

// TestDoubledLeavesOutNothing compares with the spline of each pixel.
func TestDoubledLeavesOutNothing(t *testing.T) {
	for _, p := range screens() {

		four := func(get func(int) byte, i int) byte {
			if i%2 == 0 {
				return catmullRom(get(i/2+1), get(i/2), get(i/2-1), get(i/2-2))
			}
			return catmullRom(get(i/2-1), get(i/2), get(i/2+1), get(i/2+2))
		}
		got := p.doubled()
		for i, v := range got.pix {
			x, y := i%got.width, i/got.width
			want := four(func(v int) byte {
				row := p.row(min(max(v, 0), p.height-1))
				return four(func(u int) byte { return row[min(max(u, 0), p.width-1)] }, x)
			}, y)
			if v != want {
				t.Fatalf("%d by %d: %d at %d, %d, want %d", p.width, p.height, v, x, y, want)
			}
		}
	}
}
