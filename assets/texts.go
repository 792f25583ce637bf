package assets

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/jeandeaual/go-locale"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed texts/*.json
var texts embed.FS

// Languages that every text exists in, the default first.
var languages = [...]string{"en", "nl"}

// Words finds texts in one language.
type Words struct {
	language  string
	localizer *i18n.Localizer
}

// In gives the app's texts in a language, by its tag ("nl", "nl-BE",
// "en_US.UTF-8"); any other language reads English.
func In(tag string) (Words, error) { return words(appTexts, tag) }

// ServerIn is [In] for the texts of the server: pages, mail and letters.
func ServerIn(tag string) (Words, error) { return words(serverTexts, tag) }

// Read once, however many ask: pages, mail and letters each do, for every language,
// and what is read stays in memory in all of them.
var (
	appTexts    = sync.OnceValues(func() (*i18n.Bundle, error) { return read("app") })
	serverTexts = sync.OnceValues(func() (*i18n.Bundle, error) { return read("server") })
)

func words(read func() (*i18n.Bundle, error), tag string) (Words, error) {
	bundle, err := read()
	if err != nil {
		return Words{}, err
	}
	l := languages[0]
	if strings.HasPrefix(strings.ToLower(tag), "nl") {
		l = "nl"
	}
	return Words{language: l, localizer: i18n.NewLocalizer(bundle, l)}, nil
}

// read reads the texts of one family in all languages: the files whose names begin
// with it, such as app.en.json and app-import.en.json.
func read(family string) (*i18n.Bundle, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, l := range languages {
		files, err := filesOf(family, l)
		for _, file := range files {
			if err == nil {
				_, err = bundle.LoadMessageFileFS(texts, file)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("read the texts: %w", err)
		}
	}
	return bundle, nil
}

func filesOf(family, language string) ([]string, error) {
	return fs.Glob(texts, "texts/"+family+"*."+language+".json")
}

// System is the language that the person's system is set to, as a tag; empty
// when it does not say.
func System() string {
	tag, err := locale.GetLocale()
	if err != nil {
		return ""
	}
	return tag
}

// Language is "nl" or "en".
func (w Words) Language() string { return w.language }

// Say gives the text of a key. Values fill its holes and come in pairs of name
// and value; a value named "n" chooses between one and more. A key that no
// text has comes back as it is; a test sees to it that there is none.
func (w Words) Say(key string, pairs ...any) string {
	config := &i18n.LocalizeConfig{MessageID: key}
	if len(pairs) > 0 {
		data := make(map[string]any, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			name := fmt.Sprint(pairs[i])
			data[name] = pairs[i+1]
			if name == "n" {
				config.PluralCount = pairs[i+1]
			}
		}
		config.TemplateData = data
	}
	text, err := w.localizer.Localize(config)
	if err != nil || text == "" {
		return key
	}
	return text
}

// Pick chooses the reader's language from texts that came by language, and
// falls back to English, Dutch, then any.
func (w Words) Pick(byLanguage map[string]string) string {
	for _, l := range []string{w.language, "en", "nl"} {
		if text := byLanguage[l]; text != "" {
			return text
		}
	}
	for _, text := range byLanguage {
		return text
	}
	return ""
}

// FyneDutch is Fyne's own few words (OK, Cancel, Copy, …) in Dutch, as its lang package
// reads them.
func FyneDutch() ([]byte, error) {
	raw, err := texts.ReadFile("texts/fyne.nl.json")
	if err != nil {
		return nil, fmt.Errorf("read the texts: %w", err)
	}
	return raw, nil
}
