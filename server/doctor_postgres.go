package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sleutelbos/server/identity"
	"sleutelbos/server/store"
)

const (
	// mostAhead is how far the database's clock may be off this machine's:
	// nothing hangs on it, but one of the two is wrong.
	mostAhead = 5 * time.Second
	// jobLate is how long after its last turn a job is stuck.
	jobLate = 3 * time.Hour
)

// lookAtPostgres asks the database server and reads what it needs.
func (d *doctor) lookAtPostgres(ctx context.Context, address string) {
	key := d.lookAtKey()
	opened, err := store.Open(ctx, address)
	if err != nil {
		d.amiss("database", "%v", err)
		return
	}
	defer func() { _ = opened.Close() }()
	facts, err := opened.Facts(ctx, d.options.Now)
	if err != nil {
		d.amiss("database", "%v", err)
		return
	}
	found, err := identity.ExamineOpen(ctx, opened, key, d.options.Now())
	if errors.Is(err, store.ErrNotADatabase) {
		err = ErrNoServerInDatabase
	}
	d.tellDatabase(found, err, key, fmt.Sprintf("PostgreSQL %s answers, %d MB", facts.Version, facts.Size>>20))
	d.lookAtDurability(facts)
	if ahead := facts.Ahead.Abs(); ahead > mostAhead {
		d.amiss("database clock", "%s off this machine's; set the wrong one of the two", ahead.Round(time.Second))
	} else {
		d.well("database clock", "right to %s by this machine's", max(ahead.Round(100*time.Millisecond), 100*time.Millisecond))
	}
	if found.PutBack {
		d.amiss("copy", "%v", identity.ErrPutBack)
	}
}

// lookAtDurability looks at what keeps an answer true after a loss of power or
// of a machine.
func (d *doctor) lookAtDurability(f *store.Facts) {
	const what = "durability"
	bad := 0
	for _, name := range []string{"fsync", "full_page_writes"} {
		if f.Settings[name] != "on" {
			bad++
			d.amiss(what, "%s is %s: after a loss of power used codes may work again; set it to on", name, f.Settings[name])
		}
	}
	commit := f.Settings["synchronous_commit"]
	if !slices.Contains([]string{"on", "remote_apply", "local"}, commit) {
		bad++
		d.amiss(what, "synchronous_commit is %s: an answer may be given before it is on the disk; take it out of the address", commit)
	}
	standbys := f.Settings["synchronous_standby_names"]
	synchronous := slices.ContainsFunc(f.Behind, func(s string) bool { return strings.HasSuffix(s, " sync") || strings.HasSuffix(s, " quorum") })
	switch {
	case f.Standby:
		d.amiss(what, "this one is a standby, which only reads; name the primary, or both, in the address")
	case standbys != "" && len(f.Behind) > 0 && !synchronous:
		d.amiss(what, "synchronous_standby_names is %s, but none of %s follows in step", standbys, strings.Join(f.Behind, ", "))
	case bad == 0 && standbys == "":
		d.well(what, "what was answered is on the disk; there is no synchronous standby, so it is lost with that disk")
	case bad == 0:
		d.well(what, "what was answered is on the disk, and on %s", standbys)
	}
}

// lookAtJobs finds jobs that do not end, which need a server that runs.
func (d *doctor) lookAtJobs() {
	if len(d.examined.Jobs) == 0 {
		return
	}
	const what = "jobs"
	late, now := 0, d.options.Now()
	for _, j := range d.examined.Jobs {
		switch {
		case j.Failed != "":
			late++
			d.amiss(what, "%s did not end: %s", j.Name, j.Failed)
		case len(d.examined.Servers) > 0 && !j.Began.IsZero() && now.Sub(j.Ended) > jobLate && now.Sub(j.Began) > jobLate:
			late++
			d.amiss(what, "%s had no turn since %s although a server runs; see its log", j.Name, moment(some(j.Ended)))
		}
	}
	if late == 0 {
		d.well(what, "%d in the background, all have had their turn; servers that run: %d", len(d.examined.Jobs), len(d.examined.Servers))
	}
}
