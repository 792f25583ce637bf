package server

import (
	"embed"
	"errors"
	"strings"

	"sleutelbos/enroll"
)

// The statement, the terms and the letter as they are shipped.
//
//go:embed texts/*.txt
var texts embed.FS

// shippedVersion names the wording of the shipped statement and terms; it goes
// up with every change of their text.
const shippedVersion = "1"

// languages are the ones in which a person can read what is accepted.
func languages() []string { return []string{"nl", "en"} }

// ErrText says that a text to accept cannot be used.
var ErrText = errors.New("a text has its title on the first line, then an empty line, then the text")

// shipped is the document of that name as it is shipped.
func shipped(name string) (enroll.Document, error) {
	document := emptyDocument(shippedVersion)
	for _, language := range languages() {
		content, err := texts.ReadFile("texts/" + name + "." + language + ".txt")
		if err != nil {
			return enroll.Document{}, err
		}
		if err := setText(&document, language, string(content)); err != nil {
			return enroll.Document{}, err
		}
	}
	return document, nil
}

func emptyDocument(version string) enroll.Document {
	return enroll.Document{Version: version, Title: map[string]string{}, Text: map[string]string{}}
}

// setText reads a document's file of one language.
func setText(document *enroll.Document, language, content string) error {
	content = strings.ReplaceAll(strings.TrimPrefix(content, "\ufeff"), "\r\n", "\n")
	title, text, ok := strings.Cut(strings.TrimSpace(content), "\n\n")
	if !ok || title == "" || strings.Contains(title, "\n") || strings.TrimSpace(text) == "" {
		return ErrText
	}
	document.Title[language], document.Text[language] = title, strings.TrimSpace(text)
	return nil
}
