package scan

import (
	"errors"
	"image"
	"image/color"
	"slices"
	"testing"

	"github.com/makiuchi-d/gozxing/common/reedsolomon"
)

// partOf draws a code of version 1, level M, with a part of a text in it, by
// the standard alone: bytes, mask 0 and format information.
func partOf(t *testing.T, text string, number, of, parity int) *image.RGBA {
	t.Helper()
	var stream []bool
	put := func(v, bits int) {
		for i := bits - 1; i >= 0; i-- {
			stream = append(stream, v>>i&1 == 1)
		}
	}
	put(3, 4)
	put(number-1, 4)
	put(of-1, 4)
	put(parity, 8)
	put(4, 4)
	put(len(text), 8)
	for _, c := range []byte(text) {
		put(int(c), 8)
	}
	put(0, 4)
	for len(stream)%8 != 0 {
		stream = append(stream, false)
	}
	word := make([]int, 26)
	for i := range 16 {
		word[i] = []int{0xec, 0x11}[i%2]
		if i < len(stream)/8 {
			word[i] = 0
			for _, bit := range stream[8*i : 8*i+8] {
				word[i] <<= 1
				if bit {
					word[i] |= 1
				}
			}
		}
	}
	if err := reedsolomon.NewReedSolomonEncoder(reedsolomon.NewGenericGF(0x11d, 256, 0)).Encode(word, 10); err != nil {
		t.Fatal(err)
	}
	l, err := newLayout(21)
	if err != nil {
		t.Fatal(err)
	}
	dark := make([][]bool, 21)
	for y := range dark {
		dark[y] = make([]bool, 21)
	}
	for _, m := range l.marks {
		dark[int(m.v)][int(m.u)] = m.dark > 0
	}
	for i, at := range l.order {
		dark[at/21][at%21] = (word[i/8]>>(7-i%8)&1 == 1) != masked(0, at/21, at%21)
	}
	s := symbol{layout: l}
	for i := range 15 {
		bit := formats[0]>>(14-i)&1 == 1 // level M, mask 0
		dark[s.nearFormat(i)/21][s.nearFormat(i)%21] = bit
		dark[s.farFormat(i)/21][s.farFormat(i)%21] = bit
	}
	dark[13][8] = true
	return drawn(dark, 4, 4)
}

func parityOf(text string) (p int) {
	for _, c := range []byte(text) {
		p ^= int(c)
	}
	return p
}

func TestReadSeries(t *testing.T) {
	const text = "een sleutelbos é"
	parity := parityOf(text)
	first, second := partOf(t, text[:8], 1, 2, parity), partOf(t, text[8:], 2, 2, parity)

	if _, err := Read(t.Context(), first); !errors.Is(err, ErrPart) {
		t.Fatalf("half a series: %v", err)
	}
	both := image.NewRGBA(image.Rect(0, 0, 400, 200))
	fill(both, both.Rect, color.White)
	placed(both, second, image.Pt(10, 10))
	placed(both, first, image.Pt(200, 10))
	found, err := Read(t.Context(), both)
	if err != nil || !slices.Equal(texts(found), []string{text}) {
		t.Fatalf("one picture: %q, %v", texts(found), err)
	}

	var all []Found
	for _, p := range []image.Image{second, first, second} {
		found, err := ReadParts(t.Context(), p)
		if err != nil || len(found) != 1 || found[0].Part.Of != 2 || found[0].Text != "" {
			t.Fatalf("a part: %v, %v", found, err)
		}
		all = append(all, found...)
	}
	whole, parts := Join(all)
	if len(parts) != 0 || !slices.Equal(texts(whole), []string{text}) {
		t.Fatalf("several pictures: %q and %d parts", texts(whole), len(parts))
	}
	if _, parts := Join(all[:1]); len(parts) != 1 || parts[0].Part.Number != 2 {
		t.Fatalf("what is missing: %v", parts)
	}
	// Parts of two texts that happen to have the same parity byte written on
	// them are no text.
	mixed, err := ReadParts(t.Context(), partOf(t, "anders", 1, 2, parity))
	if err != nil {
		t.Fatal(err)
	}
	if whole, _ := Join(append(mixed, all[0])); len(whole) != 0 {
		t.Fatalf("two series became %q", texts(whole))
	}
}
