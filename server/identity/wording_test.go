package identity

import (
	"strings"
	"testing"

	"sleutelbos/enroll"
)

func wording(version, text string) enroll.Document {
	return enroll.Document{Version: version, Title: map[string]string{"nl": "Regels", "en": "Rules"}, Text: map[string]string{"nl": text, "en": text}}
}

func TestANewWordingNeedsAVersionOfItsOwn(t *testing.T) {
	now := wording("1", "Eén.")
	if err := Reword(&now, wording(" 2 ", "Eén.\r\n\r\nTwee.\r\n")); err != nil {
		t.Fatal(err)
	}
	if now.Version != "2" || now.Text["en"] != "Eén.\n\nTwee." {
		t.Errorf("%+v", now)
	}
	for _, c := range []struct {
		field  string
		change func(*enroll.Document)
	}{
		{"version", func(d *enroll.Document) { d.Version = "2" }},
		{"version", func(d *enroll.Document) { d.Version = " " }},
		{"version", func(d *enroll.Document) { d.Version = strings.Repeat("3", mostVersion+1) }},
		{"title-nl", func(d *enroll.Document) { delete(d.Title, "nl") }},
		{"title-en", func(d *enroll.Document) { d.Title["en"] = "Two\nlines" }},
		{"text-en", func(d *enroll.Document) { d.Text["en"] = " \n " }},
		{"text-nl", func(d *enroll.Document) { d.Text["nl"] = strings.Repeat("é", mostWording+1) }},
		{"text-nl", func(d *enroll.Document) { d.Text["nl"] = "Een\x07bel" }},
	} {
		with := wording("3", "Drie.")
		c.change(&with)
		before := now.Version
		if all := FieldErrors(Reword(&now, with)); len(all) != 1 || all[0].Field != c.field || now.Version != before {
			t.Errorf("%s: %v; the version is %s", c.field, all, now.Version)
		}
	}
}
