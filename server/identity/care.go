package identity

import (
	"context"
	"errors"
	"time"

	"sleutelbos/server/store"
)

// care is what was done to keep the server well that only whoever did it can
// tell, kept so that operators are reminded.
type care struct {
	Verified   time.Time     `json:"verified,omitzero"` // when the audit log was found whole
	Broken     time.Time     `json:"broken,omitzero"`   // when it was found not to be, since then
	Heads      time.Time     `json:"heads,omitzero"`    // when signed heads were last written
	HeadsEvery time.Duration `json:"heads_every,omitempty"`
}

const (
	// verifyOften is how often the audit log should be looked through.
	verifyOften = 31 * 24 * time.Hour
	// headsOld is how long heads may be silent, beside what they pause; after
	// headsGone nobody writes them any more, on purpose.
	headsOld  = time.Hour
	headsGone = 30 * 24 * time.Hour
)

func readCare(view *store.View) (care, error) {
	var c care
	err := readSetting(view, store.SettingCare, &c)
	return c, err
}

func (d *Desk) takeCare(ctx context.Context, what string, change func(*care)) error {
	return doing(what, d.store.Do(ctx, func(tx *store.Tx) error {
		c, err := readCare(tx.View)
		if err != nil {
			return err
		}
		change(&c)
		return writeSetting(tx, store.SettingCare, c)
	}))
}

// NoteVerified notes what came of [Desk.VerifyAudit]; what says nothing of the
// log, such as a database that is away, is passed over.
func (d *Desk) NoteVerified(ctx context.Context, verified error) error {
	var fault *AuditError
	if verified != nil && !errors.As(verified, &fault) {
		return nil
	}
	return d.takeCare(ctx, "note that the audit log was looked through", func(c *care) {
		if c.Broken = d.now(); verified == nil {
			c.Verified, c.Broken = d.now(), time.Time{}
		}
	})
}

// NoteHeads notes that signed heads were written, and how often they are.
func (d *Desk) NoteHeads(ctx context.Context, every time.Duration) error {
	return d.takeCare(ctx, "note that heads were written", func(c *care) { c.Heads, c.HeadsEvery = d.now(), every })
}

// careTodos are what nobody took care of.
func (d *Desk) careTodos(view *store.View) ([]Todo, error) {
	c, err := readCare(view)
	if err != nil {
		return nil, err
	}
	now, all := d.now(), []Todo(nil)
	since := c.Verified
	if since.IsZero() { // never: from the first line on
		first, err := view.AuditAfter(0, 1)
		if err != nil {
			return nil, err
		}
		if since = now; len(first) > 0 {
			since = moment(first[0].At)
		}
	}
	switch {
	case !c.Broken.IsZero():
		all = append(all, Todo{What: "audit-broken", Since: c.Broken})
	case now.Sub(since) > verifyOften && c.Verified.IsZero():
		all = append(all, Todo{What: "audit-never", Since: since})
	case now.Sub(since) > verifyOften:
		all = append(all, Todo{What: "audit-verify", Since: since})
	}
	if silent := now.Sub(c.Heads); !c.Heads.IsZero() && silent > headsOld+2*c.HeadsEvery && silent < headsGone {
		all = append(all, Todo{What: "heads", Since: c.Heads})
	}
	jobs, err := readJobs(view)
	if err != nil {
		return nil, err
	}
	failed := 0
	for _, job := range jobs {
		if job.Failed != "" {
			failed++
		}
	}
	if failed > 0 {
		all = append(all, Todo{What: "jobs", N: failed})
	}
	return all, nil
}
