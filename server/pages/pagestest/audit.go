package pagestest

import (
	_ "embed" // for axe and the finders
	"encoding/json"
	"strings"

	"github.com/chromedp/chromedp"
)

//go:embed axe/axe.min.js
var axe string

//go:embed find.js
var finders string

// violation is what axe says of one rule.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// view is one way to look at a page, and what axe then looks for: all of it
// once, and in the other views what can differ there.
type view struct{ name, options string }

const (
	everything = `runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}, rules: {"target-size": {enabled: true}}`
	colours    = `runOnly: ["color-contrast", "link-in-text-block"]`
	places     = `runOnly: ["target-size", "color-contrast", "region", "scrollable-region-focusable", "aria-hidden-focus", "label", "link-name", "button-name"]`
)

// Audit looks whether everybody can use the page as it stands, light and dark,
// at 320 pixels and at 200 %: no violation of WCAG 2.2 AA that axe-core knows,
// and nothing that must be scrolled sideways. The window is wide and light
// afterwards.
func (tab *Tab) Audit() {
	tab.t.Helper()
	tab.note()
	get(tab, chromedp.Evaluate[bool](axe+"\n;true"))
	told := map[string]bool{}
	for _, one := range []struct {
		view
		set func()
	}{
		{view{"dark", colours}, func() { tab.Wide(); tab.Dark(true) }},
		{view{"200 %", places}, func() { tab.Dark(false); tab.Zoomed() }},
		{view{"320 pixels", places}, tab.Narrow},
		{view{"light", everything}, tab.Wide},
	} {
		one.set()
		tab.audit(one.view, told)
	}
}

// Audited is a page that was audited.
type Audited struct {
	Path, Language string
	Page           string // its template
	Wrong          bool   // with an error beside a field
	Asks           bool   // it has a field that must be filled in
}

func (tab *Tab) note() {
	tab.t.Helper()
	var a Audited
	raw := tab.evaluate(`JSON.stringify({Path: location.pathname, Language: document.documentElement.lang,
		Page: (document.querySelector("main") || {dataset: {}}).dataset.page || "",
		Wrong: !!document.querySelector("main [aria-invalid=true]"), Asks: !!document.querySelector("main form[method=post] [required]")})`)
	if err := json.Unmarshal([]byte(raw), &a); err != nil {
		tab.t.Fatal(err)
	}
	tab.browser.mu.Lock()
	defer tab.browser.mu.Unlock()
	tab.browser.audited = append(tab.browser.audited, a)
}

// Audited lists what was audited in this browser.
func (b *Browser) Audited() []Audited {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.audited
}

// AuditBoth opens a page in each language and audits it.
func (tab *Tab) AuditBoth(path string) {
	tab.t.Helper()
	before := tab.language
	for _, language := range []string{"en", "nl"} {
		tab.Language(language)
		tab.Open(path)
		tab.Audit()
	}
	tab.Language(before)
}

// audit looks at one view; what was told of another is not told again.
func (tab *Tab) audit(v view, told map[string]bool) {
	tab.t.Helper()
	found := get(tab, chromedp.Evaluate[[]violation](`axe.run(document, {resultTypes: ["violations"], `+v.options+`}).then((r) => r.violations)`, chromedp.EvalAwaitPromise))
	for _, one := range found {
		if told[one.ID] {
			continue
		}
		told[one.ID] = true
		tab.t.Errorf("%s (%s, %s): %s", tab.Path(), tab.language, v.name, one.explain())
	}
	var over []string
	raw := tab.evaluate(`JSON.stringify(document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
		[...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest(".scroll")).slice(0, 5).map((e) => e.outerHTML.slice(0, 160)))`)
	if err := json.Unmarshal([]byte(raw), &over); err != nil {
		tab.t.Fatal(err)
	}
	if len(over) > 0 {
		tab.t.Errorf("%s (%s, %s) must be scrolled sideways:\n%s", tab.Path(), tab.language, v.name, strings.Join(over, "\n"))
	}
}

func (v violation) explain() string {
	said := v.ID + ": " + v.Help
	for _, node := range v.Nodes {
		said += "\n\t" + node.HTML + "\n\t\t" + strings.ReplaceAll(node.Summary, "\n", "\n\t\t")
	}
	return said
}
