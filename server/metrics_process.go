package server

import (
	"bytes"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// clockTicks is what /proc counts processor time in, on every Linux that Go
// runs on.
const clockTicks = 100

// writeProcess writes how the running program itself does, by the names that
// it has with Prometheus's own client, so that ready-made charts show it.
func (m *metrics) writeProcess(e *exposition) {
	e.single(gauge, "process_start_time_seconds", "When the process started, since 1970.", float64(m.began.UnixMilli())/1000)
	writeProc(e)
	e.family(gauge, "go_info", "Always 1; the label tells which Go made the program.")
	e.sample("go_info", 1, "version", runtime.Version())
	threads, _ := runtime.ThreadCreateProfile(nil)
	e.single(gauge, "go_threads", "Threads of the operating system that were made.", float64(threads))
	writeRuntime(e)

	pauses := debug.GCStats{}
	pauses.PauseQuantiles = append(pauses.PauseQuantiles, 0, 0, 0, 0, 0)
	debug.ReadGCStats(&pauses)
	const name = "go_gc_duration_seconds"
	e.family(summary, name, "How long the garbage collector stopped the program.")
	for i, pause := range pauses.PauseQuantiles {
		e.sample(name, pause.Seconds(), "quantile", strconv.FormatFloat(float64(i)/4, 'g', -1, 64))
	}
	e.sample(name+"_sum", pauses.PauseTotal.Seconds())
	e.sample(name+"_count", float64(pauses.NumGC))
	last := 0.0
	if pauses.NumGC > 0 {
		last = float64(pauses.LastGC.UnixNano()) / 1e9
	}
	e.single(gauge, "go_memstats_last_gc_time_seconds", "When the garbage collector was last done, since 1970.", last)
}

// writeProc writes what Linux knows about the process, and nothing elsewhere.
func writeProc(e *exposition) {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return
	}
	// The program's name, in brackets, may hold anything; the third field follows.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 22 {
		return
	}
	field := func(number int) float64 {
		value, _ := strconv.ParseFloat(fields[number-3], 64)
		return value
	}
	e.single(counter, "process_cpu_seconds_total", "Processor time that the process took.", (field(14)+field(15))/clockTicks)
	e.single(gauge, "process_virtual_memory_bytes", "Memory that the process has addresses for.", field(23))
	e.single(gauge, "process_resident_memory_bytes", "Memory that the process occupies.", field(24)*float64(os.Getpagesize()))
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		e.single(gauge, "process_open_fds", "Files and connections that are open.", float64(len(open)))
	}
	limits, _ := os.ReadFile("/proc/self/limits")
	for line := range strings.Lines(string(limits)) {
		if rest, found := strings.CutPrefix(line, "Max open files"); found {
			e.single(gauge, "process_max_fds", "How many may be open.", limit(rest))
		} else if rest, found := strings.CutPrefix(line, "Max address space"); found {
			e.single(gauge, "process_virtual_memory_max_bytes", "Memory that the process may have addresses for.", limit(rest))
		}
	}
}

// limit reads the one that counts now, the first.
func limit(columns string) float64 {
	first, _, _ := strings.Cut(strings.TrimSpace(columns), " ")
	if value, err := strconv.ParseFloat(first, 64); err == nil {
		return value
	}
	return math.MaxUint64 // unlimited
}
