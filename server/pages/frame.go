package pages

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

// frame is what the frame and the parts are filled with, and what a page's own
// template gets as its dot; within range and with it is $.
type frame struct {
	Page         string // its template
	Title        string
	Wrong        bool // a form on the page has errors
	Language     string
	Organisation string
	Environment  enroll.Environment
	Contact      enroll.Contact
	Session      *identity.Session // nil: nobody is signed in
	Tabs         []Tab
	Back         crumb
	Flash        *flash
	Here         string // path and query, for the way back from the choice of language
	Wide, Bare   bool
	Form         *form
	Data         any
	Main         template.HTML // what the page itself says, in the frame only

	visit *visit
}

// Tab is one entry of the navigation.
type Tab struct {
	Path, Text string
	Current    bool
}

func (v *visit) frame(p page) *frame {
	f := &frame{
		Page: p.name, Title: p.title, Wrong: p.form.wrong(), Language: v.words.Language(),
		Organisation: v.organisation.Name, Environment: v.organisation.Environment, Contact: v.organisation.Contact,
		Session: v.session, Back: p.back, Flash: v.flash, Here: v.here(),
		Wide: p.wide, Bare: p.bare || v.session == nil, Form: p.form, Data: p.data, visit: v,
	}
	if f.Environment == "" {
		f.Environment = enroll.Production
	}
	if !f.Bare {
		f.Tabs = v.tabs(tabs())
	}
	if v.r.Method != "GET" {
		f.Here = "/"
		if v.session != nil {
			f.Here = v.r.URL.Path // every one of them can be asked for, see onlyPosts
		}
	}
	return f
}

// Settings are the pages of settings that whoever is signed in may open.
func (f *frame) Settings() []Tab { return f.visit.tabs(settingsTabs()) }

// tabs are the entries that this visit may open; the one that leads nearest to
// the page is the current one.
func (v *visit) tabs(of []tab) []Tab {
	var all []Tab
	here := -1
	for _, t := range of {
		if !v.mayOpen(t.who) {
			continue
		}
		above := slices.ContainsFunc(append(t.also, t.path), func(path string) bool {
			return v.r.URL.Path == path || path != "/" && strings.HasPrefix(v.r.URL.Path, path+"/")
		})
		if above && (here < 0 || len(t.path) > len(all[here].Path)) {
			here = len(all)
		}
		all = append(all, Tab{Path: t.path, Text: v.say(t.text)})
	}
	if here >= 0 {
		all[here].Current = true
	}
	return all
}

// Demo tells whether nothing here counts.
func (f *frame) Demo() bool { return f.Environment == enroll.Demo }

// Token is a hidden field that every form of a page carries; see token.go.
func (f *frame) Token() (string, error) { return f.visit.formToken() }

// When is a moment as the organisation's clocks show it: "24 November 2026, 15:04".
func (f *frame) When(t time.Time) string { return f.visit.when(t) }

// Day is the day of a moment.
func (f *frame) Day(t time.Time) string { return f.visit.day(t) }

// Machine is a moment for the datetime attribute.
func (f *frame) Machine(t time.Time) string { return t.In(f.visit.zone).Format(time.RFC3339) }

func (v *visit) when(t time.Time) string {
	if t.IsZero() {
		return v.say("time.never")
	}
	t = t.In(v.zone)
	if sameDay(t, v.door.now().In(v.zone)) {
		return v.say("time.today", "time", t.Format("15:04"))
	}
	return v.say("time.when", "day", v.day(t), "time", t.Format("15:04"))
}

func (v *visit) day(t time.Time) string {
	if t.IsZero() {
		return v.say("time.never")
	}
	t = t.In(v.zone)
	return v.say("time.day", "day", t.Day(), "month", v.say("month."+strings.ToLower(t.Month().String())), "year", t.Year())
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}
