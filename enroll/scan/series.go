package scan

import (
	"cmp"
	"image"
	"slices"
	"unicode/utf8"
)

// Part is the place of a code in a series of codes that together hold one text
// (structured append, §8). Of a code that stands alone it is zero.
type Part struct {
	Number, Of int // Number counts from 1
	parity     int // the same in all parts of a series
	text       string
}

// Alone tells whether a code holds a text by itself.
func (p Part) Alone() bool { return p.Of == 0 }

// Join puts the series together of which all parts were found, in one picture
// or in several: the text stands where its first part is. What cannot be joined
// comes back as parts without a text.
func Join(found []Found) (whole, parts []Found) {
	var series []Found
	for _, f := range found {
		if f.Part.Alone() {
			whole = append(whole, f)
		} else {
			series = append(series, f)
		}
	}
	for len(series) > 0 {
		first := series[0].Part
		same := func(f Found) bool { return f.Part.Of == first.Of && f.Part.parity == first.parity }
		var mine, rest []Found
		for _, f := range series {
			if same(f) {
				mine = append(mine, f)
			} else {
				rest = append(rest, f)
			}
		}
		series = rest
		if joined, ok := joinSeries(mine); ok {
			whole = append(whole, joined)
		} else {
			parts = append(parts, mine...)
		}
	}
	return whole, parts
}

// joinSeries wants each part once; twice the same is once.
func joinSeries(parts []Found) (Found, bool) {
	slices.SortStableFunc(parts, func(a, b Found) int { return cmp.Compare(a.Part.Number, b.Part.Number) })
	parts = slices.CompactFunc(parts, func(a, b Found) bool {
		return a.Part.Number == b.Part.Number && a.Part.text == b.Part.text
	})
	if len(parts) != parts[0].Part.Of {
		return Found{}, false
	}
	var latin []byte
	text, parity, bytewise := "", 0, true
	bounds := image.Rectangle{}
	for i, f := range parts {
		if f.Part.Number != i+1 {
			return Found{}, false
		}
		text += f.Part.text
		bounds = bounds.Union(f.Bounds)
		for _, r := range f.Part.text {
			if r > 255 {
				bytewise = false
				continue
			}
			latin = append(latin, byte(r))
			parity ^= int(r)
		}
	}
	// Two series of as many parts could be mixed up; the parity of all bytes
	// tells (§8.3).
	if bytewise && parity != parts[0].Part.parity {
		return Found{}, false
	}
	if bytewise && utf8.Valid(latin) {
		text = string(latin)
	}
	return Found{Text: text, Bounds: bounds}, true
}
