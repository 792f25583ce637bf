package scan

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing/common/reedsolomon"
)

// TestRepair encodes with another's encoder, spoils, and repairs.
func TestRepair(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	gf := reedsolomon.NewGenericGF(0x11d, 256, 0)
	for range 2000 {
		checks := 7 + random.IntN(24)
		length := checks + 10 + random.IntN(100)
		ints := make([]int, length)
		for i := range length - checks {
			ints[i] = random.IntN(256)
		}
		if err := reedsolomon.NewReedSolomonEncoder(gf).Encode(ints, checks); err != nil {
			t.Fatal(err)
		}
		word := make([]byte, length)
		for i, v := range ints {
			word[i] = byte(v)
		}
		spoiled := append([]byte(nil), word...)
		places := random.Perm(length)
		erasures := random.IntN(checks + 1)
		errors := (checks - erasures) / 2
		for _, at := range places[:erasures] {
			spoiled[at] = byte(random.IntN(256))
		}
		for _, at := range places[erasures : erasures+errors] {
			spoiled[at] ^= byte(1 + random.IntN(255))
		}
		if !field.repair(spoiled, checks, places[:erasures], 0) || !bytes.Equal(spoiled, word) {
			t.Fatalf("%d checks: %d erasures and %d errors were not put right", checks, erasures, errors)
		}
	}
}
