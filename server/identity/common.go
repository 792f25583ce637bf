package identity

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// commonText holds words, Dutch and English, and rows of keys that passwords are
// made of first. Each stands for all of its spellings with digits and signs
// around it and in place of letters, so that a thousand words refuse the few
// million passwords that any list of leaked ones begins with.
//
//go:embed common.txt
var commonText string

var commonWords = sync.OnceValue(func() map[string]struct{} {
	words := map[string]struct{}{}
	for line := range strings.Lines(commonText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.FieldsSeq(line) {
			words[word] = struct{}{}
		}
	}
	return words
})

const (
	// minOwn is how many characters of a password must be its own, beside a
	// common word or a name.
	minOwn = 6
	// minWord is how long a common word must be to be looked for at all.
	minWord = 4
)

// isCommon tells whether a password is one of those that are tried first: a
// common word, or two, with less than minOwn characters of its own; a row of
// keys; or a short piece over and over.
func isCommon(text string) bool {
	folded := strings.ToLower(text)
	if folded == "" {
		return false
	}
	if isRepeated(folded) || isRow(folded) {
		return true
	}
	words := commonWords()
	if _, whole := words[folded]; whole {
		return true
	}
	length := utf8.RuneCountInString(folded)
	core := strings.TrimFunc(withoutMarks(folded), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, candidate := range []string{letterForm(text), core, letterForm(core)} {
		if isMadeOf(words, candidate, length-utf8.RuneCountInString(candidate)) {
			return true
		}
	}
	return false
}

// isMadeOf tells whether a text is one or two of the words, with own characters
// beside them.
func isMadeOf(words map[string]struct{}, text string, own int) bool {
	if own >= minOwn || len(text) < minWord {
		return false
	}
	if _, ok := words[text]; ok {
		return true
	}
	for i := minWord; i+minWord <= len(text); i++ {
		_, first := words[text[:i]]
		_, second := words[strings.TrimFunc(text[i:], func(r rune) bool { return !unicode.IsLetter(r) })]
		if first && second {
			return true
		}
	}
	return false
}

// letterForm undoes what people do to a word to make a password of it: capitals,
// marks on letters, and digits and signs that look like letters.
func letterForm(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '0':
			return 'o'
		case '1', '!', '|':
			return 'i'
		case '3', '€':
			return 'e'
		case '4', '@':
			return 'a'
		case '5', '$':
			return 's'
		case '7', '+':
			return 't'
		}
		return r
	}, withoutMarks(cases.Fold().String(text)))
}

func withoutMarks(text string) string {
	bare, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), text)
	if err != nil {
		return text
	}
	return bare
}

// isRepeated tells whether a text is one piece of up to four characters over and
// over.
func isRepeated(text string) bool {
	all := []rune(text)
	for size := 1; size <= 4 && size*2 <= len(all); size++ {
		same := true
		for i := size; i < len(all) && same; i++ {
			same = all[i] == all[i-size]
		}
		if same {
			return true
		}
	}
	return false
}

// isRow tells whether nearly every character is the neighbour of the one before,
// in the alphabet, among the digits or on the keyboard.
func isRow(text string) bool {
	all := []rune(text)
	near := 0
	for i := 1; i < len(all); i++ {
		pair := string(all[i-1]) + string(all[i])
		back := string(all[i]) + string(all[i-1])
		for _, row := range rowsOfKeys() {
			if strings.Contains(row, pair) || strings.Contains(row, back) {
				near++
				break
			}
		}
	}
	return len(all) > 1 && len(all)-1-near <= len(all)/5
}

func rowsOfKeys() []string {
	return []string{
		"01234567890",
		"abcdefghijklmnopqrstuvwxyz",
		"qwertyuiop",
		"asdfghjkl",
		"zxcvbnm",
		"azertyuiop",
		"qwertz",
		"!@#$%^&*()",
		"1q2w3e4r5t6y7u8i9o0p",
		"q1w2e3r4t5y6u7i8o9p0",
		"1qaz2wsx3edc4rfv5tgb6yhn7ujm",
		"a1s2d3f4g5h6",
	}
}
