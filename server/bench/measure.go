package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"sleutelbos/enroll"
)

const verifyBody = `{"user":"{user}","code":"{code}"}`

// measure starts what is ours, asks all in turn and prints the table.
func (o options) measure(ctx context.Context) error {
	targets, end, err := o.line(ctx)
	defer end()
	if err != nil {
		return err
	}
	fmt.Printf("%d rounds of %s for each server and number of clients, in turn; every request a fresh right code\n\n", o.rounds, o.take)
	for _, clients := range o.clients {
		samples := make([][]sample, len(targets))
		for range o.rounds {
			for i := range targets {
				s, err := o.round(ctx, &targets[i], clients, samples[i])
				if err != nil {
					return err
				}
				samples[i] = append(samples[i], s)
			}
		}
		if err := table(os.Stdout, clients, targets, samples); err != nil {
			return err
		}
	}
	return nil
}

// round asks one server once, after a moment that is not counted.
func (o options) round(ctx context.Context, t *target, clients int, before []sample) (sample, error) {
	// As many codes as may be used up: half as much again as in the quickest
	// round so far, and enough for the first.
	most := 60_000.0
	for i, s := range before {
		if i == 0 {
			most = 0
		}
		most = max(most, s.perSecond*1.5)
	}
	codes, err := t.stock.take(int(most*o.take.Seconds()) + clients)
	if err != nil {
		return sample{}, err
	}
	requests := make([][]byte, len(codes))
	for i, code := range codes {
		requests[i] = t.request(code)
	}
	return t.ask(ctx, clients, o.take, requests)
}

// line starts our server and the ceiling, and puts them before the others.
func (o options) line(ctx context.Context) (targets []target, end func(), err error) {
	var ends []func()
	end = func() {
		for _, e := range slices.Backward(ends) {
			e()
		}
	}
	if o.program != "" {
		folder := o.data
		if folder == "" {
			if folder, err = os.MkdirTemp("", "sleutelbos-bench-"); err != nil {
				return nil, end, err
			}
			ends = append(ends, func() { _ = os.RemoveAll(folder) })
		} else if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, end, err
		}
		people, key, err := prepare(ctx, folder, o.people)
		if err != nil {
			return nil, end, err
		}
		if err := count(ctx, o.program, folder); err != nil {
			return nil, end, err
		}
		ours, err := start(ctx, o.program, "serve", "--data", folder, "--listen", "127.0.0.1:0", "--tls", "off")
		if err != nil {
			return nil, end, err
		}
		ends = append(ends, ours.stop)
		fmt.Printf("sleutelbos: %d people, ready after %s\n", len(people), ours.took.Round(time.Millisecond))
		self, err := os.Executable()
		if err != nil {
			return nil, end, err
		}
		top, err := start(ctx, self, ceilingWord, filepath.Join(folder, seedsFile))
		if err != nil {
			return nil, end, err
		}
		ends = append(ends, top.stop)
		targets = append(targets, ourTarget("sleutelbos", ours, key, people), ourTarget("ceiling", top, ceilingKey, people))
	}
	if len(o.targets) > 0 {
		people, err := readPeople(o.seeds)
		if err != nil {
			return nil, end, err
		}
		for _, t := range o.targets {
			t.stock = newStock(people)
			targets = append(targets, t)
		}
	}
	return targets, end, nil
}

func ourTarget(name string, s *started, key string, people []person) target {
	return target{
		name: name, url: s.url + enroll.PathVerify, method: "POST", headers: []string{"Authorization: Bearer " + key},
		body: verifyBody, accepts: `"valid":true`, process: s.command.Process.Pid, stock: newStock(people),
	}
}

// table prints medians with their ranges, and the ratio to the first server of
// the same round.
func table(w io.Writer, clients int, targets []target, samples [][]sample) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%d clients\taccepted/s\tratio to %s\tp50 ms\tp99 ms\tµs of processor each\tmost MB\n", clients, targets[0].name)
	for i, target := range targets {
		column := func(of func(sample) float64) []float64 {
			values := make([]float64, len(samples[i]))
			for j, s := range samples[i] {
				values[j] = of(s)
			}
			return values
		}
		ratios := make([]float64, len(samples[i]))
		for j := range ratios {
			ratios[j] = samples[i][j].perSecond / samples[0][j].perSecond
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", target.name,
			spread("%.0f", column(func(s sample) float64 { return s.perSecond })), spread("%.2f", ratios),
			spread("%.1f", column(func(s sample) float64 { return s.p50.Seconds() * 1000 })),
			spread("%.1f", column(func(s sample) float64 { return s.p99.Seconds() * 1000 })),
			spread("%.0f", column(func(s sample) float64 { return s.cpu.Seconds() * 1e6 })),
			spread("%.0f", column(func(s sample) float64 { return float64(s.memory) / 1e6 })))
	}
	fmt.Fprintln(t)
	return t.Flush()
}

// spread is a median and, in brackets, the least and the most.
func spread(form string, values []float64) string {
	values = slices.Sorted(slices.Values(values))
	if values[len(values)-1] == 0 {
		return "-"
	}
	show := func(v float64) string { return fmt.Sprintf(form, v) }
	return strings.Join([]string{show(values[len(values)/2]), " (", show(values[0]), "–", show(values[len(values)-1]), ")"}, "")
}
