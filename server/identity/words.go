package identity

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"sleutelbos/server/store"
)

// By these people are found. Marks on letters do not count, so that "jose"
// finds José.
const (
	maxWord     = 40 // bytes of one word
	maxSort     = 40 // bytes of what people are sorted by
	mostTyped   = 8  // words
	indexBatch  = 200
	numberChars = "+-() ./"
)

// fold is the canonical spelling without the marks on its letters.
func fold(text string) string {
	text = canonical(text)
	if isPlain(text) {
		return text
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text)))
}

// cut shortens a text to so many bytes, never within a character.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && text[most]&0xc0 == 0x80 {
		most--
	}
	return text[:most]
}

// wordsOf are the words by which a person is found: user name, address, the
// words of name and function, whole and in pieces, and the phone number.
func wordsOf(row store.Person) []string {
	var all []string
	add := func(word string) {
		word = cut(word, maxWord)
		if word != "" && !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	for _, whole := range []string{row.User, row.Email} {
		add(fold(whole))
	}
	for _, text := range []string{row.Name, row.Job, row.User} {
		for word := range strings.FieldsSeq(fold(text)) {
			add(word)
			for _, piece := range strings.FieldsFunc(word, apart) {
				add(piece)
			}
		}
	}
	for _, number := range numbersOf(row.Phone) {
		add(number)
	}
	return all
}

func apart(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// numbersOf are the digits of a phone number as people dial it here and from
// abroad.
func numbersOf(phone string) []string {
	digits := digitsOf(phone)
	switch {
	case digits == "":
		return nil
	case strings.HasPrefix(strings.TrimSpace(phone), "+31"), strings.HasPrefix(digits, "0031"):
		rest := strings.TrimPrefix(strings.TrimPrefix(digits, "00"), "31")
		return []string{"0" + strings.TrimPrefix(rest, "0"), "31" + rest}
	case strings.HasPrefix(digits, "0") && !strings.HasPrefix(digits, "00"):
		return []string{digits, "31" + digits[1:]}
	}
	return []string{strings.TrimPrefix(digits, "00")}
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

// typedWords are the words that somebody looks for. A phone number with blanks
// is one word.
func typedWords(typed string) []string {
	folded := fold(typed)
	if digits := digitsOf(folded); len(digits) >= 3 && strings.Trim(folded, numberChars+"0123456789") == "" {
		return []string{cut(strings.TrimPrefix(digits, "00"), maxWord)}
	}
	var all []string
	for word := range strings.FieldsSeq(folded) {
		if strings.Trim(word, numberChars+"0123456789") == "" {
			if digits := digitsOf(word); digits != "" {
				word = digits
			}
		}
		if word = cut(word, maxWord); len(all) < mostTyped && !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return all
}

// sortOf is what people are sorted by: family name, given name, prefix.
func sortOf(row store.Person) string {
	given, prefix, family := row.Given, row.Prefix, row.Family
	if family == "" {
		given, prefix, family = SplitName(row.Name)
	}
	return cut(strings.TrimSpace(fold(family)+" "+fold(given)+" "+fold(prefix)), maxSort)
}

// index notes the words of a person for everybody who may look for them: whoever
// manages the organisation, or one or a part for which the person holds
// something. A first word that nobody can type lists people in order.
func (d *Desk) index(tx *store.Tx, row store.Person, grants []store.Grant) error {
	words, sort := wordsOf(row), sortOf(row)
	scopes := []string{row.Organisation}
	for _, g := range grants {
		for _, scope := range []string{g.Organisation, g.Part} {
			if scope != "" && !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	var all []store.Word
	for i, scope := range scopes {
		for _, word := range append([]string{""}, words...) {
			all = append(all, store.Word{Scope: scope, Word: []byte(word + "\x00" + sort), Home: i == 0})
		}
	}
	return tx.SetWords(row.ID, " "+strings.Join(words, " ")+" ", all)
}

// indexAll makes the words that are missing: of people from before there were
// any, or whom a server of a former version added.
func (d *Desk) indexAll(ctx context.Context) error {
	for {
		done := 0
		err := d.store.Do(ctx, func(tx *store.Tx) error {
			ids, err := tx.PeopleWithoutWords(indexBatch)
			done = len(ids)
			if err != nil || done == 0 {
				return err
			}
			return d.settle(tx, ids...)
		})
		if err != nil || done == 0 {
			return err
		}
	}
}
