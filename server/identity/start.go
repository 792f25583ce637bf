package identity

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sleutelbos/server/store"
)

// Said is a text in Dutch and English. Where one is empty the other counts.
type Said struct {
	Dutch   string `json:"nl"`
	English string `json:"en"`
}

// In is the text in a language.
func (s Said) In(language string) string {
	if language == "nl" && s.Dutch != "" || s.English == "" {
		return s.Dutch
	}
	return s.English
}

// Announcement is what the organisation tells its people on their start page.
type Announcement struct {
	ID     string    `json:"id"`
	Title  Said      `json:"title"`
	Text   Said      `json:"text"`
	Urgent bool      `json:"urgent,omitempty"`
	From   time.Time `json:"from,omitzero"`  // zero: at once
	Until  time.Time `json:"until,omitzero"` // zero: until it is taken away
	Roles  []Role    `json:"roles,omitempty"`
}

// Tile leads to an application, or anywhere else, from the start page.
type Tile struct {
	ID      string `json:"id"`
	Name    Said   `json:"name"`
	About   Said   `json:"about"` // a sentence; may be empty
	Address string `json:"address"`
	Roles   []Role `json:"roles,omitempty"` // who sees it; none: everybody
}

// StartSettings is what the organisation puts on everybody's start page.
type StartSettings struct {
	Messages []Announcement `json:"messages"`
	Tiles    []Tile         `json:"tiles"` // applications
	Links    []Tile         `json:"links"` // quick links
}

// StartPage is what one person finds there now.
type StartPage struct {
	Messages     []Announcement
	Tiles, Links []Tile
}

// Bounds of what is on a start page.
const (
	maxOnStart    = 50 // of each
	maxStartTitle = 120
	maxStartText  = 2000
	maxAddressURL = 2000
)

// Arranges tells whether the actor may set what everybody finds on their start
// page: who operates the server, or manages its own organisation whole.
func (r Rights) Arranges() bool {
	return r.Operates || reachedBy(r.manages, Grant{Organisation: store.MainOrganisation})
}

// Start is the actor's own start page: what is for everybody, and for the roles
// that they hold.
func (d *Desk) Start(ctx context.Context, by Actor) (StartPage, error) {
	var p StartPage
	err := d.store.Read(ctx, func(view *store.View) error {
		s, err := readStart(view)
		if err != nil {
			return err
		}
		rights, err := d.rights(view, by)
		p = s.of(rights, d.now())
		return err
	})
	if err != nil {
		return p, fmt.Errorf("make a start page: %w", err)
	}
	return p, nil
}

func (s StartSettings) of(rights Rights, now time.Time) StartPage {
	concerns := func(roles []Role) bool {
		return len(roles) == 0 || slices.ContainsFunc(rights.Holds, func(g Grant) bool { return slices.Contains(roles, g.Role) })
	}
	var p StartPage
	for _, m := range s.Messages {
		if concerns(m.Roles) && !now.Before(m.From) && (m.Until.IsZero() || now.Before(m.Until)) {
			p.Messages = append(p.Messages, m)
		}
	}
	slices.SortStableFunc(p.Messages, func(a, b Announcement) int {
		switch {
		case a.Urgent == b.Urgent:
			return 0
		case a.Urgent:
			return -1
		}
		return 1
	})
	for _, t := range s.Tiles {
		if concerns(t.Roles) {
			p.Tiles = append(p.Tiles, t)
		}
	}
	for _, t := range s.Links {
		if concerns(t.Roles) {
			p.Links = append(p.Links, t)
		}
	}
	return p
}

// StartSettings reads what is on start pages, for whoever may set it.
func (d *Desk) StartSettings(ctx context.Context, by Actor) (s StartSettings, err error) {
	err = d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil {
			return err
		}
		if !rights.Arranges() {
			return ErrForbidden
		}
		s, err = readStart(view)
		return err
	})
	if err != nil {
		return s, fmt.Errorf("read the start page: %w", err)
	}
	return s, nil
}

// SetStart changes what is on start pages by the function, which gets the
// present settings and may run more than once. What is wrong with its result is
// a [*FieldError] for each field, joined.
func (d *Desk) SetStart(ctx context.Context, by Actor, change func(*StartSettings) error) error {
	return doing("set the start page", set(ctx, d, by, setting[StartSettings]{
		name: store.SettingStart, kind: kindStartSet,
		may: Rights.Arranges, read: readStart,
		mend: func(s *StartSettings) error {
			return inOrder(s.check, func() error { return d.nameStart(s) })
		},
	}, change))
}

// nameStart gives an id to what has none yet.
func (d *Desk) nameStart(s *StartSettings) (err error) {
	name := func(id *string) {
		if *id == "" && err == nil {
			*id, err = d.newID()
		}
	}
	for i := range s.Messages {
		name(&s.Messages[i].ID)
	}
	for i := range s.Tiles {
		name(&s.Tiles[i].ID)
	}
	for i := range s.Links {
		name(&s.Links[i].ID)
	}
	return err
}

func readStart(view *store.View) (StartSettings, error) {
	var s StartSettings
	err := readSetting(view, store.SettingStart, &s)
	return s, err
}

func (s StartSettings) check() error {
	var all wrongs
	if len(s.Messages) > maxOnStart || len(s.Tiles) > maxOnStart || len(s.Links) > maxOnStart {
		all.add("", "start-many", "a start page holds 50 messages, 50 applications and 50 links at most")
	}
	for _, m := range s.Messages {
		m.Title.check(&all, "title", maxStartTitle, true, true)
		m.Text.check(&all, "text", maxStartText, false, false)
		if !m.Until.IsZero() && !m.Until.After(m.From) {
			all.add("until", "start-ends", "the message ends before it begins")
		}
	}
	for _, t := range slices.Concat(s.Tiles, s.Links) {
		t.Name.check(&all, "name", maxStartTitle, true, true)
		t.About.check(&all, "about", maxStartTitle, false, true)
		if !isWebAddress(t.Address) {
			all.add("address", "start-address", "an address begins with https:// or http://")
		}
	}
	return all.join()
}

func (s Said) check(all *wrongs, field string, most int, required, oneLine bool) {
	if required && s.Dutch == "" && s.English == "" {
		all.add(field+"-nl", "start-missing", "it needs words, in Dutch or in English")
	}
	for language, text := range map[string]string{"nl": s.Dutch, "en": s.English} {
		clean := text
		if !oneLine {
			clean = strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(text)
		}
		if utf8.RuneCountInString(text) > most || !isClean(clean, true) {
			all.add(field+"-"+language, "start-unfit", "the text is too long or has invisible characters")
		}
	}
}

// isWebAddress lets nothing on a start page that a browser would run.
func isWebAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(address) <= maxAddressURL
}
