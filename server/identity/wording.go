package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sleutelbos/enroll"
)

// Bounds of a text that people accept.
const (
	mostVersion = 64
	mostTitle   = 200
	mostWording = 20000 // characters
)

// Reword puts a new wording of a text that people accept in the place of the
// present one. It has both languages, so that nobody accepts what they cannot
// read, and a version of its own, because acceptance is recorded by version.
// What is wrong is a [*FieldError]: of version, title-nl, text-nl, title-en or
// text-en.
func Reword(into *enroll.Document, with enroll.Document) error {
	var all wrongs
	with.Version = strings.TrimSpace(with.Version)
	switch {
	case with.Version == "" || len(with.Version) > mostVersion || !isClean(with.Version, true):
		all.add("version", "version-missing", "a text needs a version of 1 to 64 characters")
	case with.Version == into.Version:
		all.add("version", "version-known", "this version is the present one; a new text needs a version of its own")
	}
	now := enroll.Document{Version: with.Version, Title: map[string]string{}, Text: map[string]string{}}
	for _, language := range []string{"nl", "en"} {
		title := strings.TrimSpace(with.Title[language])
		text := strings.TrimSpace(strings.ReplaceAll(with.Text[language], "\r\n", "\n"))
		if title == "" || utf8.RuneCountInString(title) > mostTitle || !isClean(title, true) {
			all.add("title-"+language, "wording-title", "a text needs a title of 1 to 200 characters in Dutch and in English")
		}
		if text == "" || utf8.RuneCountInString(text) > mostWording || !isProse(text) {
			all.add("text-"+language, "wording-text", "a text needs 1 to 20000 characters in Dutch and in English")
		}
		now.Title[language], now.Text[language] = title, text
	}
	if err := all.join(); err != nil {
		return err
	}
	*into = now
	return nil
}

// isProse tells whether a text of several lines can be read on a screen.
func isProse(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t'
	})
}
