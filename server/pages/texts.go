package pages

import (
	"strconv"
	"strings"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

const pathTexts = pathServer + "/texts"

// The texts that people read and accept before they link: the privacy statement
// and the terms of use.
func (d *door) textsRoutes() []route {
	return []route{
		{"GET " + pathTexts, operators, showTexts},
		{"GET " + pathTexts + "/{name}", operators, showText},
		{"POST " + pathTexts + "/{name}", operators, saveText},
	}
}

// textOf is a text of the settings by its name.
func textOf(s *identity.OrganisationSettings, name string) *enroll.Document {
	switch name {
	case "privacy":
		return &s.Privacy
	case "terms":
		return &s.Terms
	}
	return nil
}

// shownText is one text on the page "texts".
type shownText struct {
	Name, Version string
	Wordings      []shownWording
}

type shownWording struct {
	Language, Title string
	Paragraphs      []string
}

func showTexts(v *visit) error {
	var all []shownText
	for _, name := range []string{"privacy", "terms"} {
		d := textOf(&v.organisation, name)
		one := shownText{Name: name, Version: d.Version}
		for _, language := range languages() {
			if d.Text[language] != "" {
				one.Wordings = append(one.Wordings, shownWording{language, d.Title[language], paragraphs(d.Text[language])})
			}
		}
		all = append(all, one)
	}
	return v.show(page{name: "texts", title: v.say("texts.title"), data: all, back: v.toStart()})
}

// textForm is the form of a text. The version is not filled in with the present
// one, which a new text cannot have.
func (v *visit) textForm(name string, d enroll.Document) *form {
	fields := []*field{{Name: "version", Label: "texts.version", Hint: "texts.version-hint", Required: true, Short: true, Max: 64}}
	for _, language := range languages() {
		fields = append(fields,
			&field{Name: "title-" + language, Label: "texts.title-" + language, Required: true, Max: 200},
			&field{Name: "text-" + language, Kind: long, Label: "texts.text-" + language, Hint: "texts.text-hint", Required: true, Max: 20000, Rows: 16})
	}
	f := v.form("texts.save", append(fields, &field{Name: "was", Kind: hidden, Max: 64})...)
	f.Action, f.Cancel = pathTexts+"/"+name, pathTexts
	f.set("version", nextVersion(textOf(&v.organisation, name).Version, v.door.now().In(v.zone)))
	f.set("was", textOf(&v.organisation, name).Version)
	for _, language := range languages() {
		f.set("title-"+language, d.Title[language])
		f.set("text-"+language, d.Text[language])
	}
	return f
}

// nextVersion calls a new text after its day.
func nextVersion(present string, now time.Time) string {
	day := now.Format(time.DateOnly)
	next := day
	for n := 2; next == present; n++ {
		next = day + "-" + strconv.Itoa(n)
	}
	return next
}

func (v *visit) showText(name string, f *form) error {
	return v.show(page{
		name: "text", title: v.say("texts.edit." + name), form: f, back: crumb{pathTexts, v.say("texts.title")},
		data: struct{ Name, Version, Shipped string }{name, textOf(&v.organisation, name).Version, v.shippedText(name).Version},
	})
}

// shippedText is a text as the program brings it along; without a version where
// it brings none.
func (v *visit) shippedText(name string) enroll.Document {
	if v.door.shipped == nil {
		return enroll.Document{}
	}
	d, err := v.door.shipped(name)
	if err != nil {
		v.door.log.Error("a shipped text cannot be read", "reference", v.reference, "text", name, "cause", err)
	}
	return d
}

func showText(v *visit) error {
	name := v.r.PathValue("name")
	d := textOf(&v.organisation, name)
	if d == nil {
		return errNotFound
	}
	if v.r.URL.Query().Has("shipped") {
		if shipped := v.shippedText(name); shipped.Version != "" {
			d = &shipped
		}
	}
	return v.showText(name, v.textForm(name, *d))
}

func saveText(v *visit) error {
	name := v.r.PathValue("name")
	present := textOf(&v.organisation, name)
	if present == nil {
		return errNotFound
	}
	f := v.textForm(name, *present)
	if !f.read() {
		return v.showText(name, f)
	}
	if f.get("was") != present.Version {
		f.fail("version", "texts.meanwhile", "version", present.Version)
		f.set("was", present.Version)
		return v.showText(name, f)
	}
	with := enroll.Document{Version: f.get("version"), Title: map[string]string{}, Text: map[string]string{}}
	same := true
	for _, language := range languages() {
		with.Title[language] = f.get("title-" + language)
		with.Text[language] = strings.ReplaceAll(f.get("text-"+language), "\r\n", "\n")
		same = same && with.Title[language] == present.Title[language] && with.Text[language] == present.Text[language]
	}
	if same {
		v.warn("texts.same")
		return v.redirect(pathTexts)
	}
	err := v.door.desk.SetOrganisationBy(v.r.Context(), v.actor(), func(s *identity.OrganisationSettings) error {
		into := textOf(s, name)
		if into.Version != present.Version {
			return identity.ErrEdited
		}
		return identity.Reword(into, with)
	})
	if f.takeOrganisation(err) {
		return v.showText(name, f)
	}
	if err != nil {
		return err
	}
	v.tell("texts.saved."+name, "version", with.Version)
	return v.redirect(pathTexts)
}
