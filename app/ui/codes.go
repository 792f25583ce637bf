package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/words"
	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// clearAfter is how long a copied code stays on the clipboard.
const clearAfter = 30 * time.Second

// codes is the list of codes: typing searches, the arrows choose, Enter or a
// click copies.
type codes struct {
	*shell
	entries []vault.Entry // all of the vault
	shown   []vault.Entry // those that fit the search
	chosen  int           // in shown

	group string // only this one is shown; empty: all

	search   *search
	groups   *chooser
	reminder *reminder
	list     *widget.List
	rows     map[*codeRow]struct{}
	empty    *fyne.Container
	nothing  *widget.Label
	notice   *notice
	copied   string // what was put on the clipboard, to take away again
	clear    time.Time
	carried  carried
	looking  bool // a look at the file is under way
}

func (c *codes) title() string { return c.say("codes.title") }

func (c *codes) content() fyne.CanvasObject {
	c.rows = map[*codeRow]struct{}{}
	c.search = newSearch(c)
	c.list = widget.NewList(
		func() int { return len(c.shown) },
		func() fyne.CanvasObject {
			r := newCodeRow(c)
			c.rows[r] = struct{}{}
			return r
		},
		func(i widget.ListItemID, o fyne.CanvasObject) {
			if r, ok := o.(*codeRow); ok && i < len(c.shown) {
				r.set(c.shown[i], i == c.chosen, c.Now())
			}
		})
	c.list.HideSeparators = true
	add := newQuiet("", theme.ContentAddIcon(), func() { c.show(newAdd(c.shell)) })
	more := newQuiet("", theme.MoreVerticalIcon(), nil)
	more.OnTapped = func() { c.menu(more) }
	top := container.NewBorder(nil, nil, nil, container.NewHBox(add, more), c.search)
	c.groups = newChooser(nil, c.chooseGroup)
	c.groups.Hide()
	c.reminder = c.newReminder()
	c.nothing = paragraph("")
	c.nothing.Alignment = fyne.TextAlignCenter
	c.nothing.Hide()
	c.empty = c.emptyState()
	c.notice = newNotice()
	middle := container.NewStack(c.list, container.NewVBox(space(30), c.nothing), c.empty)
	c.load()
	c.remind()
	return container.New(&column{}, padded(container.NewBorder(container.NewVBox(c.reminder.box, top, c.groups, space(4)), c.notice.box, nil, nil, middle), 12))
}

// emptyState says what to do while there is nothing.
func (c *codes) emptyState() *fyne.Container {
	title := widget.NewLabelWithStyle(c.say("codes.empty"), fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	title.SizeName = theme.SizeNameSubHeadingText
	sub := paragraph(c.say("codes.empty-sub"))
	sub.Alignment = fyne.TextAlignCenter
	return container.NewVBox(space(40), title, sub, space(10),
		newChoice(theme.MailComposeIcon(), c.say("welcome.activation"), c.say("welcome.activation-sub"), c.showWizard),
		newChoice(theme.GridIcon(), c.say("welcome.key"), c.say("welcome.key-sub"), func() { c.show(newAdd(c.shell)) }),
		newChoice(theme.DownloadIcon(), c.say("welcome.import"), c.say("welcome.import-sub"), func() { c.show(newImporting(c.shell)) }))
}

// key moves the mark while nothing has the focus. Nothing has it at first: a
// field with the focus blinks, and each blink paints the whole window anew,
// which costs five times the processor of the list at rest.
func (c *codes) key(e *fyne.KeyEvent) {
	if c.search.move(e) && c.window.Canvas().Overlays().Top() == nil {
		c.window.Canvas().Unfocus() // of a button, which Enter would press
	}
}

// start has Alt and the arrows move the marked entry.
func (c *codes) start() {
	for _, name := range []fyne.KeyName{fyne.KeyUp, fyne.KeyDown} {
		c.window.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: name, Modifier: fyne.KeyModifierAlt}, func(s fyne.Shortcut) { _ = c.shortcut(s) })
	}
}

// load takes the entries from the vault.
func (c *codes) load() {
	c.entries = c.vault.List()
	if len(c.entries) == 0 {
		c.empty.Show()
		c.list.Hide()
	} else {
		c.empty.Hide()
		c.list.Show()
	}
	c.offerGroups()
	c.filter()
}

// filter shows the entries that fit what is typed and the group, favourites
// first.
func (c *codes) filter() {
	wanted := strings.Fields(strings.ToLower(c.search.Text))
	c.shown = c.shown[:0]
	for _, e := range c.entries {
		if c.fits(e, wanted) {
			c.shown = append(c.shown, e)
		}
	}
	slices.SortStableFunc(c.shown, place)
	c.chosen = min(c.chosen, max(len(c.shown)-1, 0))
	if len(c.shown) == 0 && len(c.entries) > 0 {
		c.nothing.SetText(c.say("codes.none-found", "query", c.search.Text))
		c.nothing.Show()
	} else {
		c.nothing.Hide()
	}
	c.list.Refresh()
}

// choose moves the mark by so many rows.
func (c *codes) choose(by int) {
	if len(c.shown) == 0 {
		return
	}
	c.chosen = min(max(c.chosen+by, 0), len(c.shown)-1)
	c.list.ScrollTo(c.chosen)
	c.list.Refresh()
}

// tick shows the time in every row that is on the screen, takes an old code off
// the clipboard, and looks whether another program saved the vault.
func (c *codes) tick(now time.Time) {
	for r := range c.rows {
		if r.Visible() {
			r.tick(now)
		}
	}
	if c.copied != "" && !now.Before(c.clear) {
		c.clearClipboard()
	}
	c.notice.tick(now)
	if !c.looking {
		c.looking = true
		work(c.shell, c.vault.Refresh, func(changed bool, err error) {
			c.looking = false
			switch {
			case err == nil:
			case errors.Is(err, vault.ErrLocked):
				c.lock() // another program changed the way this one opened it
				return
			case errors.Is(err, vault.ErrNoVault):
				// The codes are in memory still, and worth more than the file.
				c.notice.show(c.say("damaged.gone"), "", nil, c.Now())
			default:
				c.fail(err)
			}
			if changed {
				c.load()
				c.notice.show(c.say("codes.changed-elsewhere"), "", nil, c.Now())
			}
		})
	}
}

// stop takes the code off the clipboard, and the shortcuts off the window, when
// the list goes away.
func (c *codes) stop() {
	c.clearClipboard()
	for _, name := range []fyne.KeyName{fyne.KeyUp, fyne.KeyDown} {
		c.window.Canvas().RemoveShortcut(&desktop.CustomShortcut{KeyName: name, Modifier: fyne.KeyModifierAlt})
	}
}

func (c *codes) clearClipboard() {
	if c.over {
		return
	}
	clipboard := c.app.Clipboard()
	if c.copied != "" && clipboard.Content() == c.copied {
		clipboard.SetContent("")
	}
	c.copied = ""
}

// take copies the code of an entry, or finishes its link.
func (c *codes) take(e vault.Entry) {
	if e.Link.Pending() {
		c.show(&linkResume{wizard: &wizard{shell: c.shell}, entry: e})
		return
	}
	if e.Foreign {
		c.notice.show(c.say("codes.foreign-why", "why", c.foreign(e)), "", nil, c.Now())
		return
	}
	if !e.Readable {
		c.notice.show(c.say("codes.unreadable"), "", nil, c.Now())
		return
	}
	if e.Kind == enroll.HOTP {
		c.takeNext(e)
		return
	}
	code, err := c.vault.Peek(e.ID, c.Now())
	if err != nil {
		c.fail(err)
		return
	}
	if c.isUsed(e, code) {
		left := int((code.Until.Sub(c.Now()) + time.Second - 1) / time.Second)
		c.notice.show(c.say("codes.used", "n", left), "", nil, c.Now())
		return
	}
	c.copy(e, code.Text)
}

// isUsed tells whether a server has used this code up, so that it would be
// refused.
func (s *shell) isUsed(e vault.Entry, code enroll.Code) bool {
	step, ok := s.usedSteps[e.ID]
	return ok && step >= code.Step
}

// takeNext makes the next code of a counter-based key: its counter is saved
// before the code is shown.
func (c *codes) takeNext(e vault.Entry) {
	work(c.shell, func(ctx context.Context) (enroll.Code, error) {
		return c.vault.Code(context.WithoutCancel(ctx), e.ID, c.Now())
	}, func(code enroll.Code, err error) {
		if err != nil {
			c.fail(err)
			return
		}
		for r := range c.rows {
			if r.entry.ID == e.ID {
				r.reveal(code.Text)
			}
		}
		c.copy(e, code.Text)
	})
}

func (c *codes) copy(e vault.Entry, code string) {
	c.app.Clipboard().SetContent(code)
	c.copied, c.clear = code, c.Now().Add(clearAfter)
	c.notice.show(c.say("codes.copied", "name", words.Name(c.Words, e), "n", int(clearAfter.Seconds())), "", nil, c.Now())
}

func (c *codes) fail(err error) {
	c.notice.show(words.Explain(c.Words, err, "").String(), "", nil, c.Now())
}

func (c *codes) typed(r rune) {
	c.window.Canvas().Focus(c.search)
	c.search.TypedRune(r)
}

func (c *codes) enter() {
	if c.chosen < len(c.shown) {
		c.take(c.shown[c.chosen])
	}
}

// back clears the search.
func (c *codes) back() {
	c.search.SetText("")
	c.window.Canvas().Unfocus()
}

func (c *codes) drop(paths []string) {
	add := newAdd(c.shell)
	c.show(add)
	add.drop(paths)
}
