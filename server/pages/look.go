package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"sleutelbos/assets"
)

// look is every page of one language: the file page.html for each page, on the
// frame and the parts that all of them share.
type look map[string]*template.Template

// shared are the files that every page is made with.
func shared() []string { return []string{"frame.html", "parts.html"} }

func readLook(files fs.FS, words assets.Words, s statics) (look, error) {
	functions := template.FuncMap{
		"say":    words.Say,
		"static": s.path,
		"pick":   words.Pick,
		"inits":  initials,
	}
	base, err := template.New("").Funcs(functions).ParseFS(files, shared()...)
	if err != nil {
		return nil, fmt.Errorf("read the frame of the pages: %w", err)
	}
	names, err := fs.Glob(files, "*.html")
	if err != nil {
		return nil, fmt.Errorf("list the pages: %w", err)
	}
	all := look{}
	for _, name := range names {
		if name == shared()[0] || name == shared()[1] {
			continue
		}
		page, err := base.Clone()
		if err == nil {
			page, err = page.ParseFS(files, name)
		}
		if err != nil {
			return nil, fmt.Errorf("read the page %s: %w", name, err)
		}
		all[strings.TrimSuffix(name, ".html")] = page
	}
	return all, nil
}

// page is what a handler shows.
type page struct {
	name   string // of its file, without .html
	title  string // as it is said
	form   *form  // the form that was posted, if any: its errors show in the title and the status
	data   any    // for the page's own template, as .Data
	back   crumb  // the page above this one
	wide   bool   // for tables
	bare   bool   // without the navigation: signing in, choosing a password
	again  bool   // it answers a form and is no fault of it: one can come back to it
	secret bool   // it shows something that is kept nowhere
}

// crumb is a way to another page.
type crumb struct{ Path, Text string }

// toStart is the way back to "/", which is the start page or the sign-in page.
func (v *visit) toStart() crumb {
	if v.session == nil {
		return crumb{"/", v.say("page.to-sign-in")}
	}
	return crumb{"/", v.say("page.to-start")}
}

// show writes a page.
func (v *visit) show(p page) error {
	status := http.StatusOK
	v.w.secret = p.secret
	v.w.again = p.again
	if p.form.wrong() {
		status, v.w.again = http.StatusUnprocessableEntity, true
	}
	return v.showAs(status, p)
}

func (v *visit) showAs(status int, p page) error {
	made, ok := v.door.looks[v.words.Language()][p.name]
	if !ok {
		return fmt.Errorf("there is no page %q", p.name)
	}
	f := v.frame(p)
	var body bytes.Buffer
	if err := made.ExecuteTemplate(&body, "frame", f); err != nil {
		return fmt.Errorf("write the page %s: %w", p.name, err)
	}
	v.w.status = status
	v.w.header.Set("Content-Language", v.words.Language())
	v.w.body.Reset()
	_, _ = v.w.body.Write(body.Bytes())
	if f.Flash != nil {
		v.forget(cookieFlash)
	}
	return nil
}

// initials are up to two letters that stand for a name.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])[:1]
	if len(words) > 1 {
		first = append(first, []rune(words[len(words)-1])[0])
	}
	return strings.ToUpper(string(first))
}
