package ui

import (
	"os"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"

	"sleutelbos/app/carry"
	"sleutelbos/vault"
)

// copies makes backups by themselves while the window is open: when the vault
// was saved, and when a day begins. A locked vault needs no key for it.
type copies struct {
	schedule carry.Schedule
	err      error // the schedule cannot be read
	known    bool  // schedule was read
	running  bool
	ran      time.Time // when it ran last
	saved    time.Time // of the vault's file, then
}

// againAfter is how long after a failed try the next one is made by itself.
const againAfter = 10 * time.Minute

// tick sees whether a copy may be due. What it costs is a look at one file's
// date; the rest happens elsewhere.
func (c *copies) tick(s *shell, now time.Time) {
	if c.running || c.known && c.schedule.Folder == "" {
		return
	}
	info, err := os.Stat(filepath.Join(s.Folder.Dir(), vault.FileName))
	if err != nil {
		return // no vault, nothing to copy
	}
	sameDay := now.Format(time.DateOnly) == c.ran.Format(time.DateOnly)
	failed := !c.schedule.Failed.IsZero() && now.Sub(c.ran) >= againAfter
	if c.known && sameDay && !failed && info.ModTime().Equal(c.saved) {
		return
	}
	c.saved, c.ran = info.ModTime(), now
	c.run(s, nil)
}

// run makes the copy that is due and shows how it went; done may be nil.
func (c *copies) run(s *shell, done func()) {
	if c.running {
		return
	}
	c.running = true
	now := s.Now()
	s.Go(func() {
		schedule, err := carry.ReadSchedule(s.Folder)
		if err == nil {
			schedule, _ = schedule.Run(s.Folder, now) // how it went stands in it
		}
		fyne.Do(func() {
			c.running, c.known = false, true
			c.set(s, schedule, err)
			if done != nil {
				done()
			}
		})
	})
}

func (c *copies) set(s *shell, schedule carry.Schedule, err error) {
	c.schedule, c.err, c.known = schedule, err, true
	if list, ok := s.current.(*codes); ok {
		list.remind()
	}
}

// bad tells that the person should be reminded.
func (c *copies) bad(now time.Time) bool {
	return c.err != nil || c.known && (c.schedule.Stale(now) || c.schedule.Folder != "" && !c.schedule.Failed.IsZero())
}
