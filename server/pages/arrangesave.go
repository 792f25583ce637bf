package pages

import (
	"slices"
	"time"

	"sleutelbos/server/identity"
)

func saveItem(v *visit) error {
	kind := v.r.PathValue("kind")
	f, err := v.itemForm(kind)
	if err != nil {
		return err
	}
	if !f.read() {
		return v.showItem(kind, f)
	}
	var change func(*identity.StartSettings) error
	if kind == itemMessage {
		m, ok := v.messageOf(f)
		if !ok {
			return v.showItem(kind, f)
		}
		change = func(s *identity.StartSettings) error {
			i := slices.IndexFunc(s.Messages, func(o identity.Announcement) bool { return o.ID == m.ID })
			if i < 0 {
				s.Messages = append(s.Messages, m)
				return nil
			}
			s.Messages[i] = m
			return nil
		}
	} else {
		t := tileOf(f)
		change = func(s *identity.StartSettings) error {
			tiles := tilesOf(s, kind)
			i := slices.IndexFunc(*tiles, func(o identity.Tile) bool { return o.ID == t.ID })
			if i < 0 {
				*tiles = append(*tiles, t)
				return nil
			}
			(*tiles)[i] = t
			return nil
		}
	}
	err = v.door.desk.SetStart(v.r.Context(), v.actor(), change)
	if f.take(err) {
		return v.showItem(kind, f)
	}
	if err != nil {
		return err
	}
	v.tell("arrange.saved")
	return v.redirect(pathArrange)
}

// messageOf reads a message. Its last day counts whole.
func (v *visit) messageOf(f *form) (identity.Announcement, bool) {
	m := identity.Announcement{
		ID:    f.get("id"),
		Title: identity.Said{Dutch: f.get("title-nl"), English: f.get("title-en")},
		Text:  identity.Said{Dutch: f.get("text-nl"), English: f.get("text-en")},
		Roles: rolesOf(f), Urgent: f.get("urgent") != "",
	}
	for name, into := range map[string]*time.Time{"from": &m.From, "until": &m.Until} {
		text := f.get(name)
		if text == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, text, v.zone)
		if err != nil {
			f.fail(name, "form.date")
			continue
		}
		*into = day
	}
	if !m.Until.IsZero() {
		m.Until = m.Until.AddDate(0, 0, 1)
	}
	return m, !f.wrong()
}

func tileOf(f *form) identity.Tile {
	return identity.Tile{
		ID:      f.get("id"),
		Name:    identity.Said{Dutch: f.get("name-nl"), English: f.get("name-en")},
		About:   identity.Said{Dutch: f.get("about-nl"), English: f.get("about-en")},
		Address: f.get("address"), Roles: rolesOf(f),
	}
}

func rolesOf(f *form) []identity.Role {
	var all []identity.Role
	for _, one := range f.got("roles") {
		all = append(all, identity.Role(one))
	}
	return all
}

// moveItem brings something one place up.
func moveItem(v *visit) error {
	return v.changeItem(func(s *identity.StartSettings, kind, id string) {
		if kind == itemMessage {
			up(s.Messages, func(m identity.Announcement) bool { return m.ID == id })
			return
		}
		up(*tilesOf(s, kind), func(t identity.Tile) bool { return t.ID == id })
	}, "arrange.moved")
}

func up[T any](all []T, is func(T) bool) {
	if i := slices.IndexFunc(all, is); i > 0 {
		all[i-1], all[i] = all[i], all[i-1]
	}
}

func removeItem(v *visit) error {
	if !v.confirmed() {
		kind := v.r.PathValue("kind")
		return v.confirm(confirmation{
			Title: v.say("arrange.remove-title"), Lead: v.say("arrange.remove-lead", "name", v.itemName(kind, v.r.PostForm.Get("id"))),
			Submit: v.say("arrange.remove"), Cancel: pathArrange, Danger: true,
		})
	}
	return v.changeItem(func(s *identity.StartSettings, kind, id string) {
		if kind == itemMessage {
			s.Messages = slices.DeleteFunc(s.Messages, func(m identity.Announcement) bool { return m.ID == id })
			return
		}
		tiles := tilesOf(s, kind)
		*tiles = slices.DeleteFunc(*tiles, func(t identity.Tile) bool { return t.ID == id })
	}, "arrange.removed")
}

func (v *visit) itemName(kind, id string) string {
	s, err := v.door.desk.StartSettings(v.r.Context(), v.actor())
	if err != nil {
		return ""
	}
	for _, m := range s.Messages {
		if m.ID == id && kind == itemMessage {
			return m.Title.In(v.words.Language())
		}
	}
	for _, t := range slices.Concat(s.Tiles, s.Links) {
		if t.ID == id {
			return t.Name.In(v.words.Language())
		}
	}
	return ""
}

func (v *visit) changeItem(change func(s *identity.StartSettings, kind, id string), said string) error {
	kind, id := v.r.PathValue("kind"), v.r.PostForm.Get("id")
	if kind != itemMessage && kind != itemTile && kind != itemLink {
		return errNotFound
	}
	err := v.door.desk.SetStart(v.r.Context(), v.actor(), func(s *identity.StartSettings) error {
		change(s, kind, id)
		return nil
	})
	if err != nil {
		return err
	}
	v.tell(said)
	return v.redirect(pathArrange)
}
