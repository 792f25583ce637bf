package scan

// bits is a picture in black and white: 1 dark, 0 light.
type bits struct {
	width, height int
	pix           []byte
}

func (b bits) row(y int) []byte { return b.pix[y*b.width : (y+1)*b.width] }

// threshold calls a pixel dark that is darker than the mean of the square
// around it, reach pixels to each side, by more than bias. Flat ground comes
// out light, whatever its shade, so only what stands out has edges.
func (p plane) threshold(reach, bias int) bits {
	out := bits{p.width, p.height, make([]byte, len(p.pix))}
	columns := make([]uint32, p.width) // of each column the sum over the rows of the square
	for y := range min(reach, p.height) {
		addRow(columns, p.row(y))
	}
	for y := range p.height {
		if below := y + reach; below < p.height {
			addRow(columns, p.row(below))
		}
		if above := y - reach - 1; above >= 0 {
			subtractRow(columns, p.row(above))
		}
		rows := min(y+reach, p.height-1) - max(y-reach, 0) + 1
		darker(out.row(y), p.row(y), columns, rows, reach, bias)
	}
	return out
}

func addRow(columns []uint32, row []byte) {
	columns = columns[:len(row)]
	for x, v := range row {
		columns[x] += uint32(v)
	}
}

func subtractRow(columns []uint32, row []byte) {
	columns = columns[:len(row)]
	for x, v := range row {
		columns[x] -= uint32(v)
	}
}

// darker fills one row of bits.
func darker(out, row []byte, columns []uint32, rows, reach, bias int) {
	width := len(row)
	sum, count := 0, 0
	for x := range min(reach, width) {
		sum += int(columns[x])
		count += rows
	}
	x := 0
	for ; x < min(reach+1, width); x++ { // the square is cut off at the left
		if right := x + reach; right < width {
			sum += int(columns[right])
			count += rows
		}
		out[x] = sign((int(row[x])+bias)*count - sum)
	}
	if x+reach < width {
		enter, leave := columns[x+reach:], columns[x-reach-1:]
		to, from := out[x:], row[x:]
		leave, to, from = leave[:len(enter)], to[:len(enter)], from[:len(enter)]
		for i, v := range enter {
			sum += int(v) - int(leave[i])
			to[i] = sign((int(from[i])+bias)*count - sum)
		}
		x += len(enter)
	}
	for ; x < width; x++ { // and at the right
		sum -= int(columns[max(x-reach-1, 0)])
		count -= rows
		if x-reach-1 < 0 {
			sum += int(columns[0])
			count += rows
		}
		out[x] = sign((int(row[x])+bias)*count - sum)
	}
}

// sign is 1 for what is below zero and 0 for the rest, without a branch.
func sign(v int) byte { return byte(uint64(v) >> 63) }
