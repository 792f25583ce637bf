package pages

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"sleutelbos/server/identity"
)

// A session can end while somebody fills in a form. What was typed then travels
// with the sign-in page, sealed and for a quarter of an hour, and is offered
// again to the same person after signing in. Passwords and codes never are.

const (
	fieldKept = "kept"
	keptLife  = 15 * time.Minute
	mostKept  = 64 << 10 // bytes; more would make a form too large to send back
)

type kept struct {
	Path   string     `json:"path"`
	Person string     `json:"person"`
	Typed  url.Values `json:"typed"`
}

// isSecret tells which fields are never kept. Forms name fields accordingly.
func isSecret(name string) bool {
	return name == fieldToken || name == fieldKept || name == "code" || name == "token" || strings.HasPrefix(name, "password")
}

// keep shows the sign-in page to somebody whose session has ended in the middle
// of a form.
func (v *visit) keep(token formToken) error {
	typed := maps.Clone(v.r.PostForm)
	maps.DeleteFunc(typed, func(name string, _ []string) bool { return isSecret(name) })
	note := ""
	if token.Person != "" && len(typed) > 0 {
		plain, err := json.Marshal(kept{Path: v.r.URL.Path, Person: token.Person, Typed: typed})
		if err != nil {
			return err
		}
		if len(plain) > mostKept {
			return v.showSignIn(v.signInForm("", ""), v.say("signin.first"))
		}
		if note, err = v.door.desk.SealNote(identity.NoteKept, "", plain, v.door.now().Add(keptLife)); err != nil {
			return err
		}
	}
	said := "signin.first"
	if note != "" {
		said = "signin.ended-typing"
	}
	return v.showSignIn(v.signInForm("", note), v.say(said))
}

// offerAgain shows what was typed before the session ended, to the one who typed
// it. Without such, done is false.
func (v *visit) offerAgain(note string) (done bool, err error) {
	if note == "" || v.session == nil {
		return false, nil
	}
	var k kept
	plain, err := v.door.desk.OpenNote(identity.NoteKept, "", note)
	if err != nil || json.Unmarshal(plain, &k) != nil || k.Person != v.person() {
		return false, nil // too old, or somebody else's
	}
	return true, v.resume(k.Path, k.Typed, "resume.ended")
}

// resumed is what the page "resume" shows: hidden fields, and a button.
type resumed struct {
	Path   string
	Lead   string
	Fields []pair
}

type pair struct{ Name, Value string }

// resume offers a form once more that could not be carried out.
func (v *visit) resume(path string, typed url.Values, lead string) error {
	all := resumed{Path: local(path), Lead: v.say(lead)}
	for _, name := range slices.Sorted(maps.Keys(typed)) {
		if isSecret(name) {
			continue
		}
		for _, value := range typed[name] {
			all.Fields = append(all.Fields, pair{name, value})
		}
	}
	return v.show(page{name: "resume", title: v.say("resume.title"), data: all, again: true})
}
