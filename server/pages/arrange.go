package pages

import (
	"slices"
	"time"

	"sleutelbos/server/identity"
)

const pathArrange = "/start/arrange"

func (d *door) arrangeRoutes() []route {
	return []route{
		{"GET " + pathArrange, administrators, showArrange},
		{"GET " + pathArrange + "/{kind}", administrators, showItem},
		{"POST " + pathArrange + "/{kind}", administrators, saveItem},
		{"POST " + pathArrange + "/{kind}/up", administrators, moveItem},
		{"POST " + pathArrange + "/{kind}/remove", administrators, removeItem},
	}
}

// The kinds of what stands on a start page, as they are in paths.
const (
	itemMessage = "message"
	itemTile    = "tile"
	itemLink    = "link"
)

// shownGroup is one kind on the page "arrange".
type shownGroup struct {
	Kind, Title, Lead, Add string
	Items                  []shownItem
}

type shownItem struct {
	ID, Name, More, State string
	First                 bool
}

func showArrange(v *visit) error {
	s, err := v.door.desk.StartSettings(v.r.Context(), v.actor())
	if err != nil {
		return err
	}
	groups := []shownGroup{
		v.group(itemMessage), v.group(itemTile), v.group(itemLink),
	}
	now := v.door.now()
	for i, m := range s.Messages {
		item := shownItem{ID: m.ID, Name: m.Title.In(v.words.Language()), First: i == 0, State: v.say("arrange.shown")}
		switch {
		case now.Before(m.From):
			item.State = v.say("arrange.from", "when", v.when(m.From))
		case !m.Until.IsZero() && !now.Before(m.Until):
			item.State = v.say("arrange.over")
		case !m.Until.IsZero():
			item.State = v.say("arrange.until", "when", v.when(m.Until))
		}
		groups[0].Items = append(groups[0].Items, item)
	}
	for at, tiles := range [][]identity.Tile{s.Tiles, s.Links} {
		for i, t := range v.tiles(tiles) {
			groups[at+1].Items = append(groups[at+1].Items, shownItem{ID: tiles[i].ID, Name: t.Name, More: t.Host, First: i == 0})
		}
	}
	return v.show(page{name: "arrange", title: v.say("arrange.title"), data: groups, back: v.toStart()})
}

func (v *visit) group(kind string) shownGroup {
	start := "arrange." + kind
	return shownGroup{Kind: kind, Title: v.say(start + "s"), Lead: v.say(start + "s-lead"), Add: v.say(start + "-add")}
}

func (v *visit) toArrange() crumb { return crumb{pathArrange, v.say("arrange.title")} }

// itemForm is the form of one message, application or link.
func (v *visit) itemForm(kind string) (*form, error) {
	roles, err := v.door.desk.Roles(v.r.Context())
	if err != nil {
		return nil, err
	}
	var choices []choice
	for _, role := range roles {
		choices = append(choices, choice{Value: string(role.Key), Text: v.roleName(role)})
	}
	who := &field{Name: "roles", Kind: checks, Label: "arrange.roles", Hint: "arrange.roles-hint", Choices: choices, Plain: true}
	id := &field{Name: "id", Kind: hidden, Max: 64}
	var f *form
	switch kind {
	case itemMessage:
		f = v.form("arrange.save",
			&field{Name: "title-nl", Label: "arrange.title-nl", Plain: true, Max: 120}, &field{Name: "text-nl", Kind: long, Label: "arrange.text-nl", Plain: true, Max: 2000},
			&field{Name: "title-en", Label: "arrange.title-en", Plain: true, Max: 120}, &field{Name: "text-en", Kind: long, Label: "arrange.text-en", Plain: true, Max: 2000},
			&field{Name: "from", Kind: date, Label: "arrange.from-day", Max: 10}, &field{Name: "until", Kind: date, Label: "arrange.until-day", Hint: "arrange.until-hint", Max: 10},
			&field{Name: "urgent", Kind: check, Label: "arrange.urgent", Hint: "arrange.urgent-hint"}, who, id)
	case itemTile, itemLink:
		f = v.form("arrange.save",
			&field{Name: "name-nl", Label: "arrange.name-nl", Plain: true, Max: 120}, &field{Name: "name-en", Label: "arrange.name-en", Plain: true, Max: 120},
			&field{Name: "address", Kind: address, Label: "arrange.address", Hint: "arrange.address-hint", Required: true, Max: 2000},
			&field{Name: "about-nl", Label: "arrange.about-nl", Max: 120}, &field{Name: "about-en", Label: "arrange.about-en", Max: 120}, who, id)
	default:
		return nil, errNotFound
	}
	f.Action, f.Cancel = pathArrange+"/"+kind, pathArrange
	return f, nil
}

func (v *visit) showItem(kind string, f *form) error {
	title := v.say("arrange." + kind + "-add")
	if f.get("id") != "" {
		title = v.say("arrange." + kind + "-edit")
	}
	return v.show(page{name: "arrange-item", title: title, form: f, back: v.toArrange()})
}

func showItem(v *visit) error {
	kind, id := v.r.PathValue("kind"), v.r.URL.Query().Get("id")
	f, err := v.itemForm(kind)
	if err != nil {
		return err
	}
	s, err := v.door.desk.StartSettings(v.r.Context(), v.actor())
	if err != nil {
		return err
	}
	if id == "" {
		return v.showItem(kind, f)
	}
	if kind == itemMessage {
		i := slices.IndexFunc(s.Messages, func(m identity.Announcement) bool { return m.ID == id })
		if i < 0 {
			return errNotFound
		}
		v.fillMessage(f, s.Messages[i])
		return v.showItem(kind, f)
	}
	tiles := tilesOf(&s, kind)
	i := slices.IndexFunc(*tiles, func(t identity.Tile) bool { return t.ID == id })
	if i < 0 {
		return errNotFound
	}
	fillTile(f, (*tiles)[i])
	return v.showItem(kind, f)
}

func tilesOf(s *identity.StartSettings, kind string) *[]identity.Tile {
	if kind == itemTile {
		return &s.Tiles
	}
	return &s.Links
}

func (v *visit) fillMessage(f *form, m identity.Announcement) {
	f.set("id", m.ID)
	f.set("title-nl", m.Title.Dutch)
	f.set("title-en", m.Title.English)
	f.set("text-nl", m.Text.Dutch)
	f.set("text-en", m.Text.English)
	f.set("from", dayOf(m.From, v.zone))
	if !m.Until.IsZero() { // the day itself counts
		f.set("until", dayOf(m.Until.Add(-time.Second), v.zone))
	}
	if m.Urgent {
		f.set("urgent", "yes")
	}
	setRoles(f, m.Roles)
}

func fillTile(f *form, t identity.Tile) {
	f.set("id", t.ID)
	f.set("name-nl", t.Name.Dutch)
	f.set("name-en", t.Name.English)
	f.set("about-nl", t.About.Dutch)
	f.set("about-en", t.About.English)
	f.set("address", t.Address)
	setRoles(f, t.Roles)
}

func setRoles(f *form, roles []identity.Role) {
	one := f.Field("roles")
	for _, role := range roles {
		one.Values = append(one.Values, string(role))
	}
	one.mark()
}

func dayOf(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.DateOnly)
}
