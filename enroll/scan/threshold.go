package scan

// bits is a picture in black and white: 1 dark, 0 light.
type bits struct {
	width, height int
	pix           []byte
}

func (b bits) row(y int) []byte { return b.pix[y*b.width : (y+1)*b.width] }

// threshold calls a pixel dark that is darker than the mean of the square
// around it, reach pixels to each side, by more than bias. Flat ground comes
// out light, whatever its shade, so only what stands out has edges. The pixels
// go into the room given, if it is large enough.
func (p plane) threshold(reach, bias int, room []byte) bits {
	if cap(room) < len(p.pix) {
		room = make([]byte, len(p.pix))
	}
	out := bits{p.width, p.height, room[:len(p.pix)]}
	clear(out.pix)
	tiles := p.busy()
	columns := make([]uint16, p.width) // of each column the sum over the rows of the square
	var busy, before, near []bool      // of each column of tiles
	for y := range p.height {
		if y%tile == 0 {
			busy = tiles[y/tile]
			before, near = near, beside(busy)
			p.begin(columns, y, reach, near, before)
		}
		below, above := p.edge(y+reach), p.edge(y-reach-1)
		for from, to := range spans(near, p.width) {
			slide(columns[from:to], below, above, from)
		}
		rows := min(y+reach, p.height-1) - max(y-reach, 0) + 1
		for from, to := range spans(busy, p.width) {
			darker(out.row(y), p.row(y), columns, from, to, rows, reach, bias)
		}
	}
	return out
}

// edge is a row, or none where the picture has ended.
func (p plane) edge(y int) []byte {
	if y < 0 || y >= p.height {
		return nil
	}
	return p.row(y)
}

// begin sums up the columns that are needed from this row on and were not
// before, as they stood a row ago.
func (p plane) begin(columns []uint16, y, reach int, near, before []bool) {
	for t, needed := range near {
		if !needed || before != nil && before[t] {
			continue
		}
		from, to := t*tile, min((t+1)*tile, p.width)
		clear(columns[from:to])
		for v := max(y-reach-1, 0); v < min(y+reach, p.height); v++ {
			slide(columns[from:to], p.row(v), nil, from)
		}
	}
}

// slide moves the sums of columns, the first of which is from, down: by what
// comes in below and what leaves above.
func slide(columns []uint16, below, above []byte, from int) {
	switch n := len(columns); {
	case below != nil && above != nil:
		below, above = below[from:from+n], above[from:from+n]
		for x := range columns {
			columns[x] += uint16(below[x]) - uint16(above[x])
		}
	case below != nil:
		for x, v := range below[from : from+n] {
			columns[x] += uint16(v)
		}
	case above != nil:
		for x, v := range above[from : from+n] {
			columns[x] -= uint16(v)
		}
	}
}

// darker fills a part of one row of bits.
func darker(out, row []byte, columns []uint16, from, to, rows, reach, bias int) {
	width := len(row)
	sum, count := 0, 0
	for _, v := range columns[max(from-reach-1, 0):min(from+reach, width)] {
		sum += int(v)
		count += rows
	}
	x := from
	aside := func(end int) { // where the square may be cut off
		for ; x < end; x++ {
			if right := x + reach; right < width {
				sum += int(columns[right])
				count += rows
			}
			if left := x - reach - 1; left >= 0 {
				sum -= int(columns[left])
				count -= rows
			}
			out[x] = sign((int(row[x])+bias)*count - sum)
		}
	}
	aside(min(reach+1, to))
	if end := min(to, width-reach); x < end {
		enter, leave := columns[x+reach:end+reach], columns[x-reach-1:]
		set, shade := out[x:], row[x:]
		leave, set, shade = leave[:len(enter)], set[:len(enter)], shade[:len(enter)]
		for i, v := range enter {
			sum += int(v) - int(leave[i])
			set[i] = sign((int(shade[i])+bias)*count - sum)
		}
		x = end
	}
	aside(to)
}

// sign is 1 for what is below zero and 0 for the rest, without a branch.
func sign(v int) byte { return byte(uint64(v) >> 63) }
