package scan

import (
	"testing"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// FuzzSpell gives the bit stream's reader what a code with right check
// codewords could say.
func FuzzSpell(f *testing.F) {
	f.Add([]byte{0x40, 0x36, 0x16, 0x26, 0x30, 0xec, 0x11}, 1)
	f.Add([]byte{0x30, 0x13, 0x34, 0x02, 0x61, 0x62}, 1)
	f.Add([]byte{0x71, 0xa4, 0x03, 0x61, 0x62, 0x63}, 10)
	f.Add([]byte{0x80, 0x10, 0x00}, 27)
	f.Add([]byte{0xd1, 0x01, 0x00}, 40)
	f.Fuzz(func(t *testing.T, data []byte, number int) {
		version, err := decoder.Version_GetVersionForNumber(number)
		if err != nil || len(data) > 3000 {
			t.Skip("no version of this number")
		}
		p, ok := spell(data, version, decoder.ErrorCorrectionLevel_L)
		if ok != (p.text != "" || !p.part.Alone()) {
			t.Fatalf("%v and %d characters", ok, len(p.text))
		}
	})
}
