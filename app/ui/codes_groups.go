package ui

import (
	"cmp"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/words"
	"sleutelbos/vault"
)

// groupsOf are the names of all groups, in the order of the alphabet.
func groupsOf(entries []vault.Entry) []string {
	var names []string
	for _, e := range entries {
		names = append(names, e.Groups...)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	return slices.Compact(names)
}

// offerGroups shows the choice of a group where there are groups.
func (c *codes) offerGroups() {
	names := groupsOf(c.entries)
	if !slices.Contains(names, c.group) {
		c.group = ""
	}
	selected := c.group
	if selected == "" {
		selected = c.say("codes.all-groups")
	}
	c.groups.Options = append([]string{c.say("codes.all-groups")}, names...)
	c.groups.Selected = selected
	c.groups.Refresh()
	show(c.groups, len(names) > 0)
}

// chooseGroup shows one group, or with the first choice all of them.
func (c *codes) chooseGroup(string) {
	c.group = ""
	if at := c.groups.SelectedIndex(); at > 0 {
		c.group = c.groups.Options[at]
	}
	c.chosen = 0
	c.filter()
}

// fits tells whether an entry is in the group and has every word somewhere in
// its names.
func (c *codes) fits(e vault.Entry, wanted []string) bool {
	if c.group != "" && !slices.Contains(e.Groups, c.group) {
		return false
	}
	name := strings.ToLower(e.Issuer + " " + e.Account + " " + strings.Join(e.Groups, " "))
	for _, word := range wanted {
		if !strings.Contains(name, word) {
			return false
		}
	}
	return true
}

// place tells which entries come first: favourites, then all else, and last what
// makes no codes; within each the person's own order.
func place(a, b vault.Entry) int { return cmp.Compare(rank(a), rank(b)) }

func rank(e vault.Entry) int {
	switch {
	case e.Foreign:
		return 2
	case e.Favourite:
		return 0
	}
	return 1
}

// neighbour is the entry before or after one in the list that is shown, as far
// as they may change places.
func (c *codes) neighbour(e vault.Entry, by int) (vault.Entry, bool) {
	at := slices.IndexFunc(c.shown, func(o vault.Entry) bool { return o.ID == e.ID })
	to := at + by
	if at < 0 || to < 0 || to >= len(c.shown) || rank(c.shown[to]) != rank(e) {
		return vault.Entry{}, false
	}
	return c.shown[to], true
}

// move puts an entry where its neighbour in the shown list is.
func (c *codes) move(e vault.Entry, by int) {
	other, ok := c.neighbour(e, by)
	if !ok {
		return
	}
	c.chosen = max(c.placeOf(e.ID)+by, 0)
	c.moveTo(e.ID, other.ID)
}

// askGroups lets the person tick groups of an entry and name a new one.
func (c *codes) askGroups(e vault.Entry) {
	names := groupsOf(c.entries)
	ticks := widget.NewCheckGroup(names, nil)
	ticks.SetSelected(slices.Clone(e.Groups))
	added := newField("", nil)
	form := container.NewVBox(paragraph(c.say("groups.lead")))
	if len(names) > 0 {
		list := container.NewVScroll(ticks)
		list.SetMinSize(fyne.NewSize(0, min(ticks.MinSize().Height, 200)))
		form.Add(list)
	}
	form.Add(caption(c.say("groups.new")))
	form.Add(added)
	c.ask(question{
		title: c.say("groups.title"), do: c.say("groups.do"), content: form, fields: []*field{added},
		yes: func() {
			groups := slices.Clone(ticks.Selected)
			if name := strings.TrimSpace(added.Text); name != "" && !slices.Contains(groups, name) {
				groups = append(groups, name)
			}
			c.update(func(d *vault.Draft) error { return d.SetGroups(e.ID, groups) }, "")
		},
	})
}

// foreign says why an entry that is only kept makes no codes.
func (c *codes) foreign(e vault.Entry) string {
	f, err := c.vault.Foreign(e.ID)
	if err != nil {
		return ""
	}
	return words.Kept(c.Words, f.Reason)
}

// reminder is the bar above the codes that says that the copies which should be
// made by themselves are not.
type reminder struct {
	box  *fyne.Container
	text *widget.Label
}

func (c *codes) newReminder() *reminder {
	r := &reminder{text: paragraph("")}
	ground := canvas.NewRectangle(shade(colorCard))
	ground.CornerRadius = 10
	ground.StrokeColor, ground.StrokeWidth = shade(theme.ColorNameWarning), 1.5
	mend := newButton(c.say("copies.mend"), c.mend)
	r.box = container.NewStack(ground, padded(container.NewBorder(nil, nil, nil, container.NewCenter(mend), r.text), 4))
	r.box.Hide()
	return r
}

// remind shows the bar while there is reason to.
func (c *codes) remind() {
	if c.reminder == nil {
		return
	}
	copies := &c.shell.copies
	if !copies.bad(c.Now()) {
		c.reminder.box.Hide()
		return
	}
	if copies.err != nil {
		c.reminder.text.SetText(words.Explain(c.Words, copies.err, "").What)
	} else {
		c.reminder.text.SetText(words.Backups(c.Words, copies.schedule, c.Now()).What)
	}
	c.reminder.box.Show()
}

// mend makes the copy that is due; where that cannot be done, it shows why and
// what else can be chosen.
func (c *codes) mend() {
	copies := &c.shell.copies
	copies.run(c.shell, func() {
		if c.current != screen(c) {
			return
		}
		if copies.bad(c.Now()) {
			c.show(&backups{shell: c.shell})
			return
		}
		c.notice.show(words.Backups(c.Words, copies.schedule, c.Now()).What, "", nil, c.Now())
	})
}
