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

// look is every page of one language, from the file page.html for each, with the
// frame and the parts that all of them share. The frame goes around a page that
// is written already: were each page's tree one with the frame's, every page
// would hold a frame of its own.
type look struct{ all *template.Template }

func readLook(files fs.FS, words assets.Words, s statics) (look, error) {
	functions := template.FuncMap{
		"say":    words.Say,
		"static": s.path,
		"pick":   words.Pick,
		"inits":  initials,
	}
	all, err := template.New("").Funcs(functions).ParseFS(files, "*.html")
	if err != nil {
		return look{}, fmt.Errorf("read the pages: %w", err)
	}
	return look{all}, nil
}

// page is the template of a page, nil when there is none.
func (l look) page(name string) *template.Template { return l.all.Lookup(name + ".html") }

// write writes a page in its frame.
func (l look) write(f *frame) ([]byte, error) {
	made := l.page(f.Page)
	if made == nil {
		return nil, fmt.Errorf("there is no page %q", f.Page)
	}
	var body bytes.Buffer
	if err := made.Execute(&body, f); err != nil {
		return nil, fmt.Errorf("write the page %s: %w", f.Page, err)
	}
	f.Main = template.HTML(body.String()) // escaped as it was written
	body.Reset()
	if err := l.all.ExecuteTemplate(&body, "frame", f); err != nil {
		return nil, fmt.Errorf("write the frame of the page %s: %w", f.Page, err)
	}
	return body.Bytes(), nil
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
	f := v.frame(p)
	body, err := v.door.looks[v.words.Language()].write(f)
	if err != nil {
		return err
	}
	v.w.status = status
	v.w.header.Set("Content-Language", v.words.Language())
	v.w.body.Reset()
	_, _ = v.w.body.Write(body)
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
