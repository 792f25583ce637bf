package scan

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// payload is what a code says: a text, or a part of one.
type payload struct {
	text string
	part Part
}

const (
	// A format that fewer than this speak for is not tried.
	minFormat = 0.35
	// spareChecks are check codewords left to prove what erasures made possible.
	spareChecks = 4
)

// read takes the text out of the modules. It tries the likeliest formats, and
// for each first without and then with the most doubtful codewords left out.
func (s symbol) read() (payload, bool) {
	mirror := s.mirrored()
	for _, way := range []symbol{s, mirror} {
		guesses := way.formatGuesses()
		for i, g := range guesses[:2] {
			if g.fit < minFormat || i > 0 && guesses[0].fit-g.fit > 0.25 {
				break
			}
			if p, ok := way.readFormat(g.format); ok {
				return p, true
			}
		}
	}
	return payload{}, false
}

func (s symbol) readFormat(format int) (payload, bool) {
	level, err := decoder.ErrorCorrectionLevel_ForBits(uint(format >> 3))
	if err != nil {
		return payload{}, false
	}
	words, doubts := s.codewords(format & 7)
	blocks, err := decoder.DataBlock_GetDataBlocks(words, s.version, level)
	if err != nil {
		return payload{}, false
	}
	doubtful, err := decoder.DataBlock_GetDataBlocks(doubts, s.version, level)
	if err != nil {
		return payload{}, false
	}
	var data []byte
	for i, b := range blocks {
		word := b.GetCodewords()
		if !repairBlock(word, doubtful[i].GetCodewords(), len(word)-b.GetNumDataCodewords()) {
			return payload{}, false
		}
		data = append(data, word[:b.GetNumDataCodewords()]...)
	}
	return spell(data, s.version, level)
}

// repairBlock puts one block right, with more and more of its doubtful
// codewords given up.
func repairBlock(word, doubt []byte, checks int) bool {
	plain := append([]byte(nil), word...)
	if field.repair(word, checks, nil, 0) {
		return true
	}
	worst := make([]int, len(word))
	for i := range worst {
		worst[i] = i
	}
	slices.SortStableFunc(worst, func(a, b int) int { return cmp.Compare(doubt[b], doubt[a]) })
	for _, given := range []int{checks / 3, checks / 2, checks * 2 / 3, checks - spareChecks} {
		if given <= 0 || given > checks-spareChecks {
			continue
		}
		copy(word, plain)
		if field.repair(word, checks, worst[:given], spareChecks) {
			return true
		}
	}
	return false
}

// codewords reads the data modules, and for each codeword how doubtful its
// least sure module is, 255 for not at all sure.
func (s symbol) codewords(mask int) (words, doubts []byte) {
	total := s.version.GetTotalCodewords()
	words, doubts = make([]byte, total), make([]byte, total)
	for i := range words {
		sure := float32(1)
		for _, at := range s.order[8*i : 8*i+8] {
			v := s.value[at]
			bit := v > 0
			if bit != masked(mask, at/s.size, at%s.size) {
				words[i] = words[i]<<1 | 1
			} else {
				words[i] <<= 1
			}
			sure = min(sure, max(v, -v))
		}
		doubts[i] = byte(255 * (1 - sure))
	}
	return words, doubts
}

// spell turns data codewords into text.
//
// Without a mark of its own a code's bytes are Latin-1 by the standard
// (§7.3.5) and UTF-8 by usage. Latin-1 text with an accent is not valid UTF-8,
// so the two can be told apart; guessing among more is how wrong texts come
// about.
func spell(data []byte, version *decoder.Version, level decoder.ErrorCorrectionLevel) (payload, bool) {
	var latin *common.DecoderResult
	for _, charset := range []string{"UTF-8", "ISO-8859-1"} {
		read, err := decoder.DecodedBitStreamParser_Decode(data, version, level, hints{gozxing.DecodeHintType_CHARACTER_SET: charset})
		if err != nil || read.GetText() == "" {
			return payload{}, false
		}
		latin = read
		if text := read.GetText(); !read.HasStructuredAppend() && !strings.ContainsRune(text, utf8.RuneError) {
			return payload{text: text}, true
		}
	}
	if !latin.HasStructuredAppend() {
		return payload{}, false
	}
	n := latin.GetStructuredAppendSequenceNumber()
	p := Part{Number: n>>4 + 1, Of: n&15 + 1, parity: latin.GetStructuredAppendParity(), text: latin.GetText()}
	if p.Number > p.Of {
		return payload{}, false
	}
	return payload{part: p}, true
}

type hints = map[gozxing.DecodeHintType]any
