package identity

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"sleutelbos/server/store"
)

// GlancePeriod is how far a glance looks back.
type GlancePeriod string

// The periods, each in a number of spans that can be told apart in a drawing.
const (
	GlanceDay  GlancePeriod = "day"  // 24 hours
	GlanceWeek GlancePeriod = "week" // 7 days
	GlanceYear GlancePeriod = "year" // 52 weeks
)

// Glance is what happened among the people whom somebody manages.
type Glance struct {
	Period GlancePeriod
	From   time.Time
	Span   time.Duration // of each count
	Charts []Chart
	Until  time.Time // how far it was counted
}

// Chart is how often one thing happened, span by span. One that is about what
// stands open says how many there were at the end of each span, and Total how
// many there were last; Unknown marks spans of which that was not noted.
type Chart struct {
	What    string
	Counts  []int64
	Unknown []bool // nil: all are known
	Total   int64
	Level   bool
}

func (p GlancePeriod) spans() (span time.Duration, n int) {
	switch p {
	case GlanceWeek:
		return 24 * time.Hour, 7
	case GlanceYear:
		return 7 * 24 * time.Hour, 52
	}
	return time.Hour, 24
}

// Glance sums what the job counted, for the people whom the actor manages.
func (d *Desk) Glance(ctx context.Context, by Actor, period GlancePeriod) (Glance, error) {
	span, n := period.spans()
	last := hourOf(stamp(d.now())) + 1
	from := last - int64(n)*int64(span/time.Hour)
	g := Glance{Period: period, From: moment(from * time.Hour.Milliseconds()), Span: span}
	for _, what := range []string{TallySignIns, TallyRefused, TallyLocks, TallyOpened, TallyOpen, TallyLapsed} {
		g.Charts = append(g.Charts, Chart{What: what, Counts: make([]int64, n), Level: what == TallyOpen})
	}
	err := d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil || !rights.Manages {
			return cmp.Or(err, ErrForbidden)
		}
		scopes, err := rights.scopes(view, "")
		if err != nil {
			return err
		}
		for _, scope := range scopes {
			all, err := view.Tallies(scope, from, int64(span/time.Hour))
			if err != nil {
				return err
			}
			g.add(all)
			levels, err := view.LastTallies(scope, TallyOpen, from, int64(span/time.Hour))
			if err != nil {
				return err
			}
			g.addLevels(levels)
		}
		ran, err := view.JobRun("tally")
		g.Until = moment(ran.Ended)
		return err
	})
	if err != nil {
		return Glance{}, fmt.Errorf("look at what happened: %w", err)
	}
	return g, nil
}

func (g *Glance) add(all []store.Tally) {
	for _, t := range all {
		at := slices.IndexFunc(g.Charts, func(c Chart) bool { return c.What == t.What })
		if at >= 0 && !g.Charts[at].Level && t.Hour >= 0 && t.Hour < int64(len(g.Charts[at].Counts)) {
			g.Charts[at].Counts[t.Hour] += t.N
			g.Charts[at].Total += t.N
		}
	}
}

// addLevels adds what stood open in a scope.
func (g *Glance) addLevels(levels []store.Tally) {
	at := slices.IndexFunc(g.Charts, func(c Chart) bool { return c.Level })
	c := &g.Charts[at]
	if c.Unknown == nil {
		c.Unknown = slices.Repeat([]bool{true}, len(c.Counts))
	}
	for _, l := range levels {
		if l.Hour >= 0 && l.Hour < int64(len(c.Counts)) {
			c.Counts[l.Hour] += l.N
			c.Unknown[l.Hour] = false
		}
	}
	for i, n := range c.Counts {
		if !c.Unknown[i] {
			c.Total = n
		}
	}
}
