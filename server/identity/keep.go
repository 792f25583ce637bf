package identity

import (
	"time"

	"sleutelbos/server/store"
)

// Keep is how long things are kept, in months. The zero value of a field stands
// for its default, a negative one for always.
type Keep struct {
	IdleLinks     int `json:"idle_links,omitempty"`    // without a use, default 18
	Verifications int `json:"verifications,omitempty"` // their lines in the audit log, default 13
	Audit         int `json:"audit,omitempty"`         // its other lines, default 84
	Deleted       int `json:"deleted,omitempty"`       // who a deleted person was, default 3
}

// The defaults of [Keep], and its bounds.
const (
	KeepIdleLinks     = 18
	KeepVerifications = 13
	KeepAudit         = 84
	KeepDeleted       = 3
	leastIdle         = 2 // a month's notice fits in
	mostMonths        = 1200
)

// filled puts the defaults in.
func (k Keep) filled() Keep {
	for _, f := range []struct {
		months   *int
		standard int
	}{{&k.IdleLinks, KeepIdleLinks}, {&k.Verifications, KeepVerifications}, {&k.Audit, KeepAudit}, {&k.Deleted, KeepDeleted}} {
		if *f.months == 0 {
			*f.months = f.standard
		}
	}
	return k
}

func (k Keep) check() error {
	k = k.filled()
	if k.IdleLinks >= 0 && k.IdleLinks < leastIdle || max(k.IdleLinks, k.Verifications, k.Audit, k.Deleted) > mostMonths {
		return &FieldError{"keep", "months are 1 to 1200, for links at least 2, or a negative number for always", "keep-months"}
	}
	return nil
}

// before is the moment so many months before now; the zero time for always.
func before(now time.Time, months int) time.Time {
	if months < 0 {
		return time.Time{}
	}
	return now.AddDate(0, -months, 0)
}

func readKeep(view *store.View) (Keep, error) {
	s, err := readSettings(view)
	return s.Keep.filled(), err
}
