package pages

import (
	"errors"
	"strings"
	"unicode/utf8"

	"sleutelbos/server/identity"
)

// kind is how a field is filled in.
type kind string

// The kinds of field.
const (
	text     kind = "text"
	email    kind = "email"
	phone    kind = "tel"
	password kind = "password" // never shown again, never kept
	code     kind = "code"     // a login code: digits, never kept
	date     kind = "date"
	clock    kind = "time"
	address  kind = "url"
	number   kind = "number"
	long     kind = "long"   // several lines
	choose   kind = "choose" // one of a list
	radio    kind = "radio"  // one of a few, all in sight
	checks   kind = "checks" // any of a few
	check    kind = "check"  // yes or no
	hidden   kind = "hidden"
)

// choice is one of what a field offers. Text and Hint are said already: names
// of roles and schools are no keys.
type choice struct {
	Value, Text, Hint string
	Chosen            bool
}

// field is one field of a form. Label and Hint are keys; Said and Tip are the
// same where the words are made up by the page.
type field struct {
	Name         string
	Kind         kind
	Label, Said  string
	Hint, Tip    string
	Autocomplete string
	Under        string // key of a heading above it
	Required     bool
	Plain        bool // says nothing of being optional
	Short        bool // a short box, for a code or a number
	Max          int  // characters; 0: 256, or 4000 for several lines
	Rows         int  // of several lines; 0: 5
	Min, Most    string
	Choices      []choice
	Value        string
	Values       []string // of a field with checks

	Error string // as it is said, beside the field
	ID    string // of its element
	Live  string // what the script does with it while one types: see pages.js
}

// Checked tells whether a field of one check is on.
func (f *field) Checked() bool { return f.Value != "" }

// Described are the elements that tell more about the field.
func (f *field) Described() string {
	var all []string
	if f.Error != "" {
		all = append(all, f.ID+"-error")
	}
	if f.Hint != "" || f.Tip != "" {
		all = append(all, f.ID+"-hint")
	}
	if f.Live == "rules" {
		all = append(all, "rule-list")
	}
	return strings.Join(all, " ")
}

// Input is the type attribute.
func (f *field) Input() string {
	switch f.Kind {
	case code:
		return "text"
	case number:
		return "text" // with a numeric keyboard, and without wheels that change it
	}
	return string(f.Kind)
}

// Limit is how many characters the field takes.
func (f *field) Limit() int {
	switch {
	case f.Max > 0:
		return f.Max
	case f.Kind == long:
		return 4000
	}
	return 256
}

// form is the fields that are filled in together. A handler makes it alike for
// showing and for reading, calls read where it was posted, and shows the page
// again when something is wrong: what was typed stands there still.
type form struct {
	Action string // path; empty: this page
	Submit string // key of the button
	Cancel string // path; empty: none
	Danger bool   // the button warns
	Fields []*field
	Faults []string // what is wrong with no field in particular, as it is said

	visit *visit
}

// form makes a form of fields. Each gets its value afterwards: from set, or from
// what was posted.
func (v *visit) form(submit string, fields ...*field) *form {
	f := &form{Submit: submit, Fields: fields, visit: v}
	v.forms++
	for _, one := range fields {
		one.ID = "f-" + strings.ReplaceAll(one.Name, ".", "-")
		if v.forms > 1 {
			one.ID += "-" + string(rune('0'+v.forms%10))
		}
		if one.Kind == "" {
			one.Kind = text
		}
		if one.Rows == 0 {
			one.Rows = 5
		}
		if one.Label != "" {
			one.Said = v.say(one.Label)
		}
		if one.Hint != "" {
			one.Tip = v.say(one.Hint)
		}
	}
	return f
}

// Field finds a field; a template asks for it by name.
func (f *form) Field(name string) *field {
	for _, one := range f.Fields {
		if one.Name == name {
			return one
		}
	}
	return nil
}

// set puts a value in a field before anything was posted.
func (f *form) set(name, value string) {
	if one := f.Field(name); one != nil {
		one.Value = value
		one.mark()
	}
}

// get is the value of a field: trimmed, but for passwords.
func (f *form) get(name string) string {
	if one := f.Field(name); one != nil {
		return one.Value
	}
	return ""
}

// got are the values of a field with checks.
func (f *form) got(name string) []string {
	if one := f.Field(name); one != nil {
		return one.Values
	}
	return nil
}

// read takes what was posted and says what is missing, too long or not among
// the choices. It tells whether all is right so far.
func (f *form) read() bool {
	posted := f.visit.r.PostForm
	for _, one := range f.Fields {
		one.Values = posted[one.Name]
		one.Value = posted.Get(one.Name)
		if one.Kind != password {
			one.Value = strings.TrimSpace(one.Value)
		}
		one.mark()
		switch {
		case utf8.RuneCountInString(one.Value) > one.Limit():
			f.fail(one.Name, "form.too-long", "n", one.Limit())
		case !utf8.ValidString(one.Value) || strings.ContainsRune(one.Value, 0):
			f.fail(one.Name, "form.characters")
		case one.Required && one.Value == "":
			f.fail(one.Name, one.missing(), "label", lowerFirst(one.Said))
		case one.Value != "" && !one.offers(one.Value):
			f.fail(one.Name, "form.not-offered")
		}
	}
	return !f.wrong()
}

func (f *field) missing() string {
	switch f.Kind {
	case choose, radio, checks:
		return "form.missing-choice"
	case check:
		return "form.missing-check"
	}
	return "form.missing"
}

// offers tells whether the value is one that the field could have sent.
func (f *field) offers(value string) bool {
	if f.Kind != choose && f.Kind != radio && f.Kind != checks {
		return true
	}
	for _, one := range f.Values {
		known := false
		for _, c := range f.Choices {
			known = known || c.Value == one
		}
		if !known {
			return false
		}
	}
	return true
}

// mark marks what is chosen.
func (f *field) mark() {
	for i := range f.Choices {
		c := &f.Choices[i]
		c.Chosen = c.Value == f.Value
		for _, one := range f.Values {
			c.Chosen = c.Chosen || c.Value == one
		}
	}
}

// fail says what is wrong with a field, by a key. An unknown field is the whole
// form.
func (f *form) fail(name, key string, pairs ...any) {
	f.failSaid(name, f.visit.say(key, pairs...))
}

// failSaid is fail for words that are made already.
func (f *form) failSaid(name, said string) {
	if one := f.Field(name); one != nil {
		if one.Error == "" {
			one.Error = said
		}
		return
	}
	f.Faults = append(f.Faults, said)
}

// fits tells whether there is a field with which nothing is wrong so far.
func (f *form) fits(name string) bool {
	one := f.Field(name)
	return one != nil && one.Error == ""
}

// add says something of a field beside what is wrong with it already.
func (f *field) add(said string) {
	if f.Error != "" {
		f.Error += ". "
	}
	f.Error += said
}

// take says beside their fields what the desk found wrong with them, and tells
// whether that was all there is to the error: the handler then shows the form
// again.
func (f *form) take(err error) bool { return f.takeAll(err, "name", nil) }

// refusedField is a refusal of the desk's that is said beside a field; empty: above
// the form.
type refusedField struct {
	err        error
	field, key string
}

// takeAll is take for what is refused otherwise, too. name is the field that stands
// for the desk's name where the form has none that is called so.
func (f *form) takeAll(err error, name string, others []refusedField) bool {
	taken := false
	for _, one := range identity.FieldErrors(err) {
		field := one.Field
		if field == "name" && f.Field(field) == nil {
			field = name
		}
		f.fail(field, "field."+one.Key)
		taken = true
	}
	for _, one := range others {
		if errors.Is(err, one.err) {
			f.fail(one.field, one.key)
			taken = true
		}
	}
	return taken
}

// wrong tells whether anything is.
func (f *form) wrong() bool {
	if f == nil {
		return false
	}
	for _, one := range f.Fields {
		if one.Error != "" {
			return true
		}
	}
	return len(f.Faults) > 0
}

// Wrong is the same for templates.
func (f *form) Wrong() bool { return f.wrong() }

// Token is the hidden field of the form; see token.go.
func (f *form) Token() (string, error) { return f.visit.formToken() }

func lowerFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return strings.ToLower(string(r)) + s[size:]
}
