package identity

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Longest names and addresses, in characters.
const (
	maxUser  = 128
	maxName  = 256
	maxEmail = 254 // RFC 5321 §4.5.3.1.3, less the brackets
)

// canonical is the one spelling of a name or address: compatibility forms
// composed (NFKC), case folded, without blanks around it. Every spelling that
// reads the same leads to the same counters. It is empty for a blank name.
func canonical(typed string) string {
	typed = strings.TrimSpace(typed)
	if isPlain(typed) {
		return strings.ToLower(typed)
	}
	folded := cases.Fold().String(strings.Map(capitalCherokee, norm.NFKC.String(typed)))
	// Folding may leave something to compose, and a blank in a compatibility
	// form shows only now.
	return strings.TrimSpace(norm.NFKC.String(folded))
}

// capitalCherokee lets Cherokee begin in capitals: the folding swaps its two
// cases instead of making them one.
func capitalCherokee(r rune) rune {
	if unicode.Is(unicode.Cherokee, r) {
		return unicode.ToUpper(r)
	}
	return r
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isClean tells whether a text can be seen and typed as it is: printable
// characters only, with plain blanks where they are allowed.
func isClean(text string, blanks bool) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if unicode.IsPrint(r) && (blanks || r != ' ') {
			continue
		}
		return false
	}
	return true
}

func isAddress(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Name == "" && address.Address == text && isClean(text, false)
}

// tidy makes a text of somebody else's fit to keep and show: printable
// characters, at most so many of them.
func tidy(text string, most int) string {
	text = strings.TrimSpace(text)
	if len(text) <= most && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return text // as nearly all are
	}
	var kept strings.Builder
	count := 0
	for _, r := range text {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			continue
		}
		if count++; count > most {
			break
		}
		kept.WriteRune(r)
	}
	return kept.String()
}
