package pages_test

import (
	"strings"
	"testing"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/pages"
)

// The operator changes what people accept on a page: in both languages, with a
// version of its own, and with what was shipped at hand.
func TestTextsThatPeopleAccept(t *testing.T) {
	shipped := enroll.Document{Version: "1", Title: map[string]string{"nl": "Voorwaarden van ons", "en": "Our terms"}, Text: map[string]string{"nl": "Eerste.\n\nTweede.", "en": "First."}}
	w := newWorld(t, func(o *pages.Options) {
		o.Shipped = func(string) (enroll.Document, error) { return shipped, nil }
	})
	ctx := t.Context()
	key := w.operator("bbeheer", "Bea Beheer")
	tab := w.in("nl", "bbeheer", key)
	tab.Open("/settings")
	tab.Press("Teksten")
	tab.See("Privacyverklaring", "Dit is versie p1", "Dit is versie t1")
	tab.Open("/settings/server/texts/terms")
	tab.Press("Begin met de tekst")
	tab.Fill("Titel in het Engels", "")
	tab.Fill("Naam van de nieuwe versie", "t1")
	tab.Press("Bewaren als nieuwe versie")
	tab.See("Vul in: titel in het Engels")
	tab.Audit()
	tab.Picture("page-text-wrong-nl")
	tab.Fill("Titel in het Engels", "House rules")
	tab.Press("Bewaren als nieuwe versie")
	tab.See("Deze versie is er al")
	w.must(w.desk.SetOrganisation(ctx, func(o *identity.OrganisationSettings) error { o.Terms = text("t2"); return nil }))
	tab.Fill("Naam van de nieuwe versie", "t3")
	tab.Press("Bewaren als nieuwe versie")
	tab.See("Iemand anders heeft intussen versie t2 bewaard")
	tab.Press("Bewaren als nieuwe versie")
	tab.See("De nieuwe gebruiksvoorwaarden gelden vanaf nu, als versie t3")
	now, err := w.desk.Settings(ctx)
	w.must(err)
	if now.Terms.Version != "t3" || now.Terms.Title["en"] != "House rules" || now.Terms.Text["nl"] != "Eerste.\n\nTweede." || now.Privacy.Version != "p1" {
		t.Errorf("set is %+v, %+v", now.Terms, now.Privacy)
	}
	tab.Press("Wijzigen: Privacyverklaring")
	if day := tab.Ask(`document.querySelector("[name=version]").value`); !strings.HasPrefix(day, "2026-11-24") {
		t.Errorf("the new version is called %q", day)
	}
	tab.Press("Bewaren als nieuwe versie")
	tab.See("De tekst was niet gewijzigd")
	if again, err := w.desk.Settings(ctx); err != nil || again.Privacy.Version != "p1" {
		t.Errorf("a text that stayed the same is version %s, %v", again.Privacy.Version, err)
	}
	tab.Open("/audit?kind=organisation.set")
	tab.See("Bea Beheer", "terms.version: t2 > t3")
	tab.Open("/settings/server/texts/nothing")
	tab.See("Deze pagina is er niet")
	for _, language := range []string{"nl", "en"} {
		tab = w.in(language, "bbeheer", key)
		for _, p := range []struct{ name, path string }{{"texts", "/settings/server/texts"}, {"text", "/settings/server/texts/privacy"}} {
			tab.Open(p.path)
			tab.Ask(`document.querySelectorAll("details").forEach((d) => d.open = true)`)
			tab.Audit()
			tab.Picture("page-" + p.name + "-" + language)
		}
	}
}

func TestTextsWithoutAnyShipped(t *testing.T) {
	w := newWorld(t)
	key := w.operator("bbeheer", "Bea Beheer")
	tab := w.in("nl", "bbeheer", key)
	tab.Open("/settings/server/texts/terms?shipped")
	tab.NotSee("Begin met de tekst")
	if title := tab.Ask(`document.querySelector("[name=title-nl]").value`); title != "Tekst" {
		t.Errorf("the title is %q", title)
	}
}
