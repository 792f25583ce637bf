package pages

import (
	"net/url"
	"strings"

	"sleutelbos/server/identity"
)

func (d *door) startRoutes() []route {
	return []route{{"GET /{$}", anyone, start}}
}

// shownStart is what the page "start" shows.
type shownStart struct {
	Greeting   string
	Messages   []shownMessage
	Tiles      []shownTile
	Links      []shownTile
	MayArrange bool
	Unreported int // reports of accounts that wait for an administrator
	Glance     *shownGlance
}

type shownMessage struct {
	Title      string
	Paragraphs []string
	Urgent     bool
}

type shownTile struct{ Name, About, Address, Host, Initials string }

func start(v *visit) error {
	if v.session == nil {
		to := v.r.URL.Query().Get(fieldTo)
		notice := ""
		if to != "" {
			to, notice = local(to), v.say("signin.first")
		}
		return v.showSignIn(v.signInForm(to, ""), notice)
	}
	if v.session.MustChange != identity.ChangeNothing {
		return v.redirect(pathPassword)
	}
	ctx := v.r.Context()
	mine, err := v.door.desk.Start(ctx, v.actor())
	if err != nil {
		return err
	}
	shown := shownStart{
		Greeting: v.greeting(), Tiles: v.tiles(mine.Tiles), Links: v.tiles(mine.Links), MayArrange: v.rights.Arranges(),
	}
	if shown.Glance, err = v.glance(); err != nil {
		return err
	}
	for _, m := range mine.Messages {
		shown.Messages = append(shown.Messages, shownMessage{
			Title: m.Title.In(v.words.Language()), Paragraphs: paragraphs(m.Text.In(v.words.Language())), Urgent: m.Urgent,
		})
	}
	if shown.MayArrange {
		if shown.Unreported, err = v.openReports(); err != nil {
			return err
		}
	}
	return v.show(page{name: "start", title: v.say("start.title"), data: shown})
}

// greeting goes by the organisation's clock.
func (v *visit) greeting() string {
	first, _, _ := strings.Cut(v.session.Person.Name, " ")
	key := "start.evening"
	switch hour := v.door.now().In(v.zone).Hour(); {
	case hour < 6:
		key = "start.night"
	case hour < 12:
		key = "start.morning"
	case hour < 18:
		key = "start.afternoon"
	}
	return v.say(key, "name", first)
}

func (v *visit) tiles(all []identity.Tile) []shownTile {
	var shown []shownTile
	for _, t := range all {
		host := t.Address
		if u, err := url.Parse(t.Address); err == nil {
			host = strings.TrimPrefix(u.Host, "www.")
		}
		name := t.Name.In(v.words.Language())
		shown = append(shown, shownTile{
			Name: name, About: t.About.In(v.words.Language()), Address: t.Address, Host: host, Initials: initials(name),
		})
	}
	return shown
}

// paragraphs parts a text at its blank lines.
func paragraphs(text string) []string {
	var all []string
	for _, p := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}
