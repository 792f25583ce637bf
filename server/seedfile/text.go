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

// short quotes a name in a sentence. Where columns are mixed up, what stands for
// a name may be a key, so nothing long is quoted.
func short(name string) string {
	const most = 24
	name = clean(name)
	if name = name[strings.LastIndexAny(name, "#/")+1:]; len(name) > most || looksLikeKey(name) {
		return "…"
	}
	return name
}

// public is clean for a text that is shown, unless it may be a key.
func public(text string) string {
	if text = clean(text); looksLikeKey(text) {
		return ""
	}
	return text
}

// looksLikeKey tells whether a text may be a key or hold one, and so must not be
// shown.
func looksLikeKey(text string) bool {
	if len(text) > 64 || strings.ContainsAny(text, separators) {
		return true
	}
	words := append(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), packed(text))
	for _, word := range words {
		word += strings.Repeat("0", len(word)%2)
		isHex, _ := spelled(word)
		_, isBase32 := spelled(strings.TrimRight(word, "0"))
		if len(word) >= 24 && (isHex || isBase32) {
			return true
		}
	}
	return false
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
