package server

import goruntime "runtime/metrics"

// runtimeMetric is a figure of Go's runtime: the sum of what is named.
type runtimeMetric struct {
	kind       kind
	name, help string
	of         []string
}

func runtimeMetrics() []runtimeMetric {
	const (
		objects, unused = "/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes"
		free, released  = "/memory/classes/heap/free:bytes", "/memory/classes/heap/released:bytes"
		stacks, threads = "/memory/classes/heap/stacks:bytes", "/memory/classes/os-stacks:bytes"
		spans, noSpans  = "/memory/classes/metadata/mspan/inuse:bytes", "/memory/classes/metadata/mspan/free:bytes"
		cache, noCache  = "/memory/classes/metadata/mcache/inuse:bytes", "/memory/classes/metadata/mcache/free:bytes"
		tiny            = "/gc/heap/tiny/allocs:objects"
	)
	return []runtimeMetric{
		{gauge, "go_goroutines", "Goroutines that exist now.", []string{"/sched/goroutines:goroutines"}},
		{gauge, "go_sched_gomaxprocs_threads", "Threads that may run Go code at once.", []string{"/sched/gomaxprocs:threads"}},
		{gauge, "go_gc_gogc_percent", "How much the heap grows before garbage is collected, in percent.", []string{"/gc/gogc:percent"}},
		{gauge, "go_gc_gomemlimit_bytes", "Memory that the runtime tries to stay under.", []string{"/gc/gomemlimit:bytes"}},
		{gauge, "go_memstats_alloc_bytes", "Memory of objects in the heap.", []string{objects}},
		{counter, "go_memstats_alloc_bytes_total", "Memory that was given to objects, freed since or not.", []string{"/gc/heap/allocs:bytes"}},
		{counter, "go_memstats_mallocs_total", "Objects that were made.", []string{"/gc/heap/allocs:objects", tiny}},
		{counter, "go_memstats_frees_total", "Objects that were freed.", []string{"/gc/heap/frees:objects", tiny}},
		{gauge, "go_memstats_sys_bytes", "Memory from the operating system.", []string{"/memory/classes/total:bytes"}},
		{gauge, "go_memstats_heap_alloc_bytes", "Memory of objects in the heap.", []string{objects}},
		{gauge, "go_memstats_heap_sys_bytes", "Memory of the heap, used or not.", []string{objects, unused, released, free}},
		{gauge, "go_memstats_heap_idle_bytes", "Memory of the heap that waits for use.", []string{released, free}},
		{gauge, "go_memstats_heap_inuse_bytes", "Memory of the heap that is in use.", []string{objects, unused}},
		{gauge, "go_memstats_heap_released_bytes", "Memory of the heap that was given back.", []string{released}},
		{gauge, "go_memstats_heap_objects", "Objects in the heap.", []string{"/gc/heap/objects:objects"}},
		{gauge, "go_memstats_next_gc_bytes", "Size of the heap at which garbage is collected next.", []string{"/gc/heap/goal:bytes"}},
		{gauge, "go_memstats_stack_inuse_bytes", "Memory of the goroutines' stacks.", []string{stacks}},
		{gauge, "go_memstats_stack_sys_bytes", "Memory of all stacks.", []string{stacks, threads}},
		{gauge, "go_memstats_mspan_inuse_bytes", "Memory of span structures in use.", []string{spans}},
		{gauge, "go_memstats_mspan_sys_bytes", "Memory of span structures.", []string{spans, noSpans}},
		{gauge, "go_memstats_mcache_inuse_bytes", "Memory of cache structures in use.", []string{cache}},
		{gauge, "go_memstats_mcache_sys_bytes", "Memory of cache structures.", []string{cache, noCache}},
		{gauge, "go_memstats_buck_hash_sys_bytes", "Memory of the table for profiles.", []string{"/memory/classes/profiling/buckets:bytes"}},
		{gauge, "go_memstats_gc_sys_bytes", "Memory of the garbage collector.", []string{"/memory/classes/metadata/other:bytes"}},
		{gauge, "go_memstats_other_sys_bytes", "Memory of the rest of the runtime.", []string{"/memory/classes/other:bytes"}},
	}
}

func writeRuntime(e *exposition) {
	all := runtimeMetrics()
	var samples []goruntime.Sample
	for _, metric := range all {
		for _, name := range metric.of {
			samples = append(samples, goruntime.Sample{Name: name})
		}
	}
	goruntime.Read(samples)
	for _, metric := range all {
		sum := uint64(0)
		for _, sample := range samples[:len(metric.of)] {
			if sample.Value.Kind() == goruntime.KindUint64 { // else this Go does not know it
				sum += sample.Value.Uint64()
			}
		}
		samples = samples[len(metric.of):]
		e.single(metric.kind, metric.name, metric.help, float64(sum))
	}
}
