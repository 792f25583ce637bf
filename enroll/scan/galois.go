package scan

// Reed and Solomon's code over GF(256) as QR codes use it (ISO/IEC 18004,
// annex A), with erasures: a codeword that is known to be doubtful costs one
// check codeword to put right, an unknown error two.

// gf holds the powers of 2 modulo x⁸+x⁴+x³+x²+1, twice, and their logarithms.
type gf struct {
	exp [512]byte
	log [256]int
}

var field = newField()

func newField() *gf {
	var f gf
	v := 1
	for i := range 255 {
		f.exp[i], f.exp[i+255] = byte(v), byte(v)
		f.log[v] = i
		if v <<= 1; v > 255 {
			v ^= 0x11d
		}
	}
	return &f
}

func (f *gf) times(a, b byte) byte {
	if a == 0 || b == 0 {
		return 0
	}
	return f.exp[f.log[a]+f.log[b]]
}

func (f *gf) over(a, b byte) byte {
	if a == 0 {
		return 0
	}
	return f.exp[f.log[a]+255-f.log[b]]
}

// power is 2 to the n, for any n.
func (f *gf) power(n int) byte { return f.exp[((n%255)+255)%255] }

// syndromes are the word's values at the generator's roots; all zero for a
// word without errors.
func (f *gf) syndromes(word []byte, checks int) (out []byte, clean bool) {
	out, clean = make([]byte, checks), true
	for i := range out {
		var v byte
		for _, c := range word {
			if v != 0 {
				v = f.exp[f.log[v]+i]
			}
			v ^= c
		}
		out[i] = v
		clean = clean && v == 0
	}
	return out, clean
}

// repair puts the word right in place and tells whether it could: errors and
// erasures together may cost checks minus spare codewords.
func (f *gf) repair(word []byte, checks int, erased []int, spare int) bool {
	syndromes, clean := f.syndromes(word, checks)
	if clean {
		return true
	}
	if len(erased)+spare > checks {
		return false
	}
	locator, degree := f.locate(syndromes, len(word), erased)
	if 2*degree-len(erased) > checks-spare {
		return false
	}
	places := f.roots(locator, len(word))
	if len(places) != degree {
		return false
	}
	f.correct(word, syndromes, locator, places)
	_, clean = f.syndromes(word, checks)
	return clean
}

// locate is Berlekamp's and Massey's search for the shortest polynomial that
// has the errors' places as its roots, begun with those of the erasures.
func (f *gf) locate(syndromes []byte, length int, erased []int) (locator []byte, degree int) {
	checks := len(syndromes)
	locator = make([]byte, checks+1)
	locator[0] = 1
	for n, at := range erased {
		x := f.power(length - 1 - at)
		for i := n + 1; i > 0; i-- {
			locator[i] ^= f.times(locator[i-1], x)
		}
	}
	before := append([]byte(nil), locator...)
	degree = len(erased)
	for r := len(erased) + 1; r <= checks; r++ {
		var delta byte
		for j := 0; j < r && j <= checks; j++ {
			delta ^= f.times(locator[j], syndromes[r-1-j])
		}
		copy(before[1:], before[:checks])
		before[0] = 0
		if delta == 0 {
			continue
		}
		next := append([]byte(nil), locator...)
		for i := range next {
			next[i] ^= f.times(delta, before[i])
		}
		if 2*degree <= r+len(erased)-1 {
			degree = r + len(erased) - degree
			for i := range before {
				before[i] = f.over(locator[i], delta)
			}
		}
		locator = next
	}
	return locator, degree
}

// roots are the places that the locator names (Chien's search).
func (f *gf) roots(locator []byte, length int) []int {
	var places []int
	for at := range length {
		x := 255 - (length - 1 - at)
		var v byte
		for i, c := range locator {
			if c != 0 {
				v ^= f.exp[(f.log[c]+i*x)%255]
			}
		}
		if v == 0 {
			places = append(places, at)
		}
	}
	return places
}

// correct takes the errors away whose places are known (Forney's formula).
func (f *gf) correct(word, syndromes, locator []byte, places []int) {
	checks := len(syndromes)
	evaluator := make([]byte, checks)
	for i := range evaluator {
		for j := 0; j <= i; j++ {
			evaluator[i] ^= f.times(syndromes[i-j], locator[j])
		}
	}
	for _, at := range places {
		n := len(word) - 1 - at
		inverse := f.power(-n)
		var above, below byte
		p := byte(1)
		for i := range evaluator {
			above ^= f.times(evaluator[i], p)
			if i+1 < len(locator) && i%2 == 0 { // the derivative keeps the odd powers
				below ^= f.times(locator[i+1], p)
			}
			p = f.times(p, inverse)
		}
		if below != 0 {
			word[at] ^= f.times(f.power(n), f.over(above, below))
		}
	}
}
