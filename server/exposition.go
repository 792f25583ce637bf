package server

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// expositionType is what an [exposition] is sent as.
const expositionType = "text/plain; version=0.0.4; charset=utf-8"

// exposition is what Prometheus reads, in its text format. Prometheus's own
// client can do far more, but would make up a twelfth of the static build.
type exposition struct {
	text []byte
}

// kind is what may be done with a metric's values.
type kind string

const (
	counter   kind = "counter" // only grows; its name ends in _total
	gauge     kind = "gauge"
	histogram kind = "histogram"
	summary   kind = "summary"
)

// family begins a metric; all its samples follow before the next one begins.
func (e *exposition) family(kind kind, name, help string) {
	e.text = fmt.Appendf(e.text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// sample writes one value; labels are names and values in turn.
func (e *exposition) sample(name string, value float64, labels ...string) {
	e.text = append(e.text, name...)
	for i := 0; i+1 < len(labels); i += 2 {
		e.text = fmt.Appendf(e.text, `%c%s="%s"`, "{,"[min(i, 1)], labels[i], inLabel.Replace(labels[i+1]))
	}
	if len(labels) > 0 {
		e.text = append(e.text, '}')
	}
	e.text = strconv.AppendFloat(append(e.text, ' '), value, 'g', -1, 64)
	e.text = append(e.text, '\n')
}

var inLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// single writes a metric that has one value.
func (e *exposition) single(kind kind, name, help string, value float64) {
	e.family(kind, name, help)
	e.sample(name, value)
}

// histogram writes how many values were at most each bound. Each value is in
// one of the counts only; the last count, past the bounds, is of what is above
// all of them.
func (e *exposition) histogram(name, help string, bounds []float64, counts []uint64, sum float64) {
	e.family(histogram, name, help)
	below := uint64(0)
	for i, count := range counts {
		below += count
		bound := math.Inf(1)
		if i < len(bounds) {
			bound = bounds[i]
		}
		e.sample(name+"_bucket", float64(below), "le", strconv.FormatFloat(bound, 'g', -1, 64))
	}
	e.sample(name+"_sum", sum)
	e.sample(name+"_count", float64(below))
}

// Each bound of [durations] is twice the one before.
const (
	firstBound = 500 * time.Microsecond
	bounds     = 15 // to 8 s
)

// durations sorts how long something took, without a lock or an allocation.
type durations struct {
	counts [bounds + 1]atomic.Uint64
	sum    atomic.Int64 // nanoseconds
}

func (d *durations) observe(took time.Duration) {
	at := 0
	for at < bounds && took > firstBound<<at {
		at++
	}
	d.counts[at].Add(1)
	d.sum.Add(int64(took))
}

func (d *durations) write(e *exposition, name, help string) {
	var upper [bounds]float64
	var counts [bounds + 1]uint64
	for i := range counts {
		counts[i] = d.counts[i].Load()
		if i < bounds {
			upper[i] = (firstBound << i).Seconds()
		}
	}
	e.histogram(name, help, upper[:], counts[:], time.Duration(d.sum.Load()).Seconds())
}
