package seedfile

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode"
)

// clean makes a text of somebody else's fit to show: printable, on one line, and
// not too long.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " "))
	if runes := []rune(text); len(runes) > 128 {
		text = string(runes[:128])
	}
	return text
}

// short quotes a name in a sentence.
func short(name string) string {
	if runes := []rune(clean(name)); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return clean(name)
}

func number(text string, most int64) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n > most || n < -most {
		return 0, problem("a number in it is not one, or is out of bounds")
	}
	return n, nil
}

func isTrue(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return text == "true" || text == "1"
}

func contains(all []string, wanted string) bool {
	for _, one := range all {
		if strings.EqualFold(strings.TrimSpace(one), wanted) {
			return true
		}
	}
	return false
}

// unbase64 reads base64 with blanks and line ends anywhere, padded or not.
func unbase64(text string) ([]byte, error) {
	packed := strings.TrimRight(strings.Join(strings.Fields(text), ""), "=")
	return base64.RawStdEncoding.DecodeString(packed)
}
