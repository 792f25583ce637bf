package migrate

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// javaMap reads what Java's serialisation wrote of a HashMap from text to text,
// in the order of the file. It knows what such a map needs and no more: one
// class, its number fields, and strings, which may refer to an earlier one.
type javaMap struct {
	raw     []byte
	handles []string // what can be referred to; those of other things are empty
	broken  bool
}

const (
	javaMagic     = "\xac\xed\x00\x05"
	javaReference = 0x71
	javaString    = 0x74
	javaLong      = 0x7c
	javaHandle    = 0x7e0000
)

type pair struct{ name, value string }

func parseJavaMap(raw []byte, most int) ([]pair, error) {
	m := &javaMap{raw: raw}
	m.expect(javaMagic)
	m.expect("sr\x00\x11java.util.HashMap") // an object of a class described here
	m.take(8)                               // version of the class
	m.take(1)                               // flags
	m.handles = append(m.handles, "", "")   // the class, the object
	fields := m.number(2)                   // one or two, of four bytes each
	for range min(fields, 2) {
		m.take(1)
		m.take(m.number(2))
	}
	m.expect("xp") // no more of it, and no class above
	m.take(4 * fields)
	m.expect("w\x08")   // eight bytes follow
	m.take(4)           // capacity
	size := m.number(4) // number of pairs
	if size > most {
		return nil, fmt.Errorf("%w (more than %d entries)", ErrTooLarge, most)
	}
	var pairs []pair
	for range size {
		p := pair{m.text(), m.text()}
		if m.broken {
			break
		}
		pairs = append(pairs, p)
	}
	if m.broken {
		return nil, damaged("its Java map")
	}
	return pairs, nil
}

func (m *javaMap) take(n int) []byte {
	if n < 0 || n > len(m.raw) {
		m.broken, m.raw = true, nil
		return nil
	}
	taken := m.raw[:n]
	m.raw = m.raw[n:]
	return taken
}

func (m *javaMap) expect(bytes string) {
	if string(m.take(len(bytes))) != bytes {
		m.broken = true
	}
}

func (m *javaMap) number(size int) int {
	var wide [8]byte
	copy(wide[8-size:], m.take(size))
	return int(min(binary.BigEndian.Uint64(wide[:]), 1<<31-1))
}

func (m *javaMap) text() string {
	kind := m.take(1)
	if m.broken {
		return ""
	}
	switch kind[0] {
	case javaString, javaLong:
		size := 2
		if kind[0] == javaLong {
			size = 8
		}
		text := javaText(m.take(m.number(size)))
		m.handles = append(m.handles, text)
		return text
	case javaReference:
		at := m.number(4) - javaHandle
		if at >= 0 && at < len(m.handles) {
			return m.handles[at]
		}
	}
	m.broken = true
	return ""
}

// javaText reads Java's own UTF-8, which writes a character beyond the first
// 65,536 as two halves of three bytes each, and the zero as two bytes.
func javaText(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	var b strings.Builder
	for len(raw) > 0 {
		if high, low := half(raw), half(raw[min(3, len(raw)):]); utf16.IsSurrogate(high) && utf16.IsSurrogate(low) {
			b.WriteRune(utf16.DecodeRune(high, low))
			raw = raw[6:]
			continue
		}
		r, size := utf8.DecodeRune(raw)
		b.WriteRune(r)
		raw = raw[size:]
	}
	return b.String()
}

// half is the number in three bytes of UTF-8, or 0.
func half(raw []byte) rune {
	if len(raw) < 3 || raw[0]>>4 != 0xe || raw[1]>>6 != 2 || raw[2]>>6 != 2 {
		return 0
	}
	return rune(raw[0]&0xf)<<12 | rune(raw[1]&0x3f)<<6 | rune(raw[2]&0x3f)
}
