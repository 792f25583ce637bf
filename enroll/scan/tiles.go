package scan

import (
	"encoding/binary"
	"iter"
)

// tile is how many pixels wide and high a tile is. What a pixel becomes depends
// on none that is farther away.
const tile = 16

// busy tells for each row of tiles which of them differ within, or from a tile
// beside them. Most of a screen does not, and nothing need be computed there: a
// screen without a code is looked at in every treatment.
func (p plane) busy() [][]bool {
	wide, high := (p.width+tile-1)/tile, (p.height+tile-1)/tile
	shades := make([]int16, wide*high)
	for i := range shades {
		shades[i] = p.shadeOf(i%wide*tile, i/wide*tile)
	}
	out := make([][]bool, high)
	for y := range out {
		out[y] = make([]bool, wide)
		for x := range out[y] {
			shade := shades[y*wide+x]
			for v := max(y-1, 0); v <= min(y+1, high-1); v++ {
				for _, other := range shades[v*wide:][max(x-1, 0):min(x+2, wide)] {
					out[y][x] = out[y][x] || other < 0 || other != shade
				}
			}
		}
	}
	return out
}

// shadeOf is the shade of the tile that begins there, or below zero if it has
// more than one. One that is cut off counts as such: those are few.
func (p plane) shadeOf(x, y int) int16 {
	if x+tile > p.width || y+tile > p.height {
		return -1
	}
	first := p.pix[y*p.width+x]
	all := uint64(first) * everyByte
	for v := y; v < y+tile; v++ {
		row := p.pix[v*p.width+x:][:tile]
		if binary.LittleEndian.Uint64(row) != all || binary.LittleEndian.Uint64(row[8:]) != all {
			return -1
		}
	}
	return int16(first)
}

// everyByte times a byte is that byte eight times.
const everyByte = 0x0101010101010101

// beside are the tiles that are marked and those to the left and right of them.
func beside(marked []bool) []bool {
	out := make([]bool, len(marked))
	for x, m := range marked {
		if m {
			out[max(x-1, 0)], out[x], out[min(x+1, len(out)-1)] = true, true, true
		}
	}
	return out
}

// spans are the stretches of pixels whose tiles are marked: from and up to.
func spans(marked []bool, width int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for x := 0; x < len(marked); x++ {
			from := x
			for x < len(marked) && marked[x] {
				x++
			}
			if x > from && !yield(from*tile, min(x*tile, width)) {
				return
			}
		}
	}
}
