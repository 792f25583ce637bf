package pages

import (
	"fmt"
	"strings"
	"time"

	"sleutelbos/server/identity"
)

// shownGlance is what administrators see on their start page: what there is to
// do, and what happened.
type shownGlance struct {
	Todos   []shownTodo
	Charts  []shownChart
	Periods []shownPeriod
	Until   time.Time
}

type shownTodo struct {
	Text, Address string
	Urgent        bool
}

type shownPeriod struct {
	Text, Address string
	Current       bool
}

type shownChart struct {
	What, Title string
	Drawing     string // what the drawing shows, in words
	Total       int64
	Level       bool // it is about what stands open at the end of each span
	Bars        []shownBar
	Most        int64
	From, To    string // what stands below the first and the last bar
}

// shownBar is one bar of a drawing of 240 by 64, and a row of its table.
type shownBar struct {
	When                string
	N                   int64
	Unknown             bool
	X, Y, Width, Height string
}

const (
	chartWidth, chartHeight = 240.0, 64.0
	fieldPeriod             = "period"
)

// glance is nothing for whoever does not manage, or whose sign-in is too old for
// it.
func (v *visit) glance() (*shownGlance, error) {
	if !v.rights.Manages || !v.session.MayManage {
		return nil, nil
	}
	period := identity.GlancePeriod(v.r.URL.Query().Get(fieldPeriod))
	if period != identity.GlanceWeek && period != identity.GlanceYear {
		period = identity.GlanceDay
	}
	ctx := v.r.Context()
	found, err := v.door.desk.Glance(ctx, v.actor(), period)
	if err != nil {
		return nil, err
	}
	todos, err := v.door.desk.Todos(ctx, v.actor())
	if err != nil {
		return nil, err
	}
	shown := &shownGlance{Until: found.Until}
	for _, t := range todos {
		shown.Todos = append(shown.Todos, v.todo(t))
	}
	for _, p := range []identity.GlancePeriod{identity.GlanceDay, identity.GlanceWeek, identity.GlanceYear} {
		shown.Periods = append(shown.Periods, shownPeriod{v.say("glance.period." + string(p)), "/?" + query(fieldPeriod, string(p)) + "#glance", p == period})
	}
	for _, c := range found.Charts {
		shown.Charts = append(shown.Charts, v.chart(found, c))
	}
	return shown, nil
}

func (v *visit) todo(t identity.Todo) shownTodo {
	key := "glance.todo." + t.What
	address := map[string]string{
		"mail": "/mail", "mail-waits": "/mail", "audit-broken": pathAudit, "audit-never": pathAudit, "audit-verify": pathAudit,
	}[t.What] // empty: it is done on the server's machine
	if t.Report != "" {
		key, address = "glance.todo."+string(t.Report), pathReports+"/"+string(t.Report)
	}
	if t.More {
		return shownTodo{Text: v.say(key+"-more", "n", t.N), Address: address}
	}
	return shownTodo{Text: v.say(key, "n", t.N, "day", v.day(t.Since)), Address: address, Urgent: t.Report == ""}
}

func (v *visit) chart(g identity.Glance, c identity.Chart) shownChart {
	shown := shownChart{What: c.What, Title: v.say("glance." + c.What), Total: c.Total, Level: c.Level}
	drawing := "glance.drawing"
	if c.Level {
		drawing = "glance.level"
	}
	shown.Drawing = v.say(drawing, "title", shown.Title, "n", c.Total)
	for _, n := range c.Counts {
		shown.Most = max(shown.Most, n)
	}
	step := chartWidth / float64(len(c.Counts))
	for i, n := range c.Counts {
		height := 0.0
		if n > 0 {
			height = max(2, chartHeight*float64(n)/float64(shown.Most))
		}
		shown.Bars = append(shown.Bars, shownBar{
			When: v.span(g, i), N: n, Unknown: c.Unknown != nil && c.Unknown[i], X: pixels(float64(i)*step + step*0.1), Y: pixels(chartHeight - height),
			Width: pixels(step * 0.8), Height: pixels(height),
		})
	}
	shown.From, shown.To = v.end(g, 0), v.end(g, len(c.Counts)-1)
	return shown
}

func pixels(f float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") }

// end is what stands under an end of the drawing: span, as short as can be.
func (v *visit) end(g identity.Glance, i int) string {
	if g.Period != identity.GlanceYear {
		return v.span(g, i)
	}
	at := g.From.Add(time.Duration(i) * g.Span).In(v.zone)
	return v.say("glance.day-until", "day", at.Day(), "month", v.say("month."+strings.ToLower(at.Month().String())))
}

// span is when a count was: an hour, a day, or the week that begins on a day.
func (v *visit) span(g identity.Glance, i int) string {
	at := g.From.Add(time.Duration(i) * g.Span).In(v.zone)
	switch g.Period {
	case identity.GlanceDay:
		return at.Format("15:04")
	case identity.GlanceWeek:
		return v.say("glance.day-until", "day", at.Add(g.Span).Day(), "month", v.say("month."+strings.ToLower(at.Add(g.Span).Month().String())))
	}
	return v.say("glance.week-from", "day", at.Day(), "month", v.say("month."+strings.ToLower(at.Month().String())))
}
