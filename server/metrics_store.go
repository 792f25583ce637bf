package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"sleutelbos/server/store"
)

// storeCollector reads the store's figures at the moment that Prometheus asks.
type storeCollector struct {
	store                                                *store.Store
	batches, statements, queue, healthy, failed, commits *prometheus.Desc
	readers, busy, waits, waited                         *prometheus.Desc
}

func newStoreCollector(s *store.Store) *storeCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("sleutelbos_database_"+name, help, labels, nil)
	}
	return &storeCollector{
		store:      s,
		batches:    desc("batch_operations", "How many operations shared one transaction."),
		commits:    desc("commits_total", "Transactions that were committed; each is one flush to the disk."),
		statements: desc("statements_total", "SQL statements run by the writer."),
		queue:      desc("queue_operations", "Operations that wait for the writer now."),
		healthy:    desc("up", "1 when the last transaction could be made."),
		readers:    desc("reader_connections", "Connections for reading that are open."),
		busy:       desc("reader_connections_busy", "Connections for reading that are in use."),
		waits:      desc("reader_waits_total", "How often a reader had to wait for a connection."),
		waited:     desc("reader_wait_seconds_total", "How long readers waited for connections."),
		failed:     desc("errors_total", "Operations that failed by the database: busy (another process held it), disk, other.", "kind"),
	}
}

// Describe is for [prometheus.Collector].
func (c *storeCollector) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, to) }

// Collect is for [prometheus.Collector].
func (c *storeCollector) Collect(to chan<- prometheus.Metric) {
	now := c.store.Figures()
	below, buckets := uint64(0), map[float64]uint64{}
	for i, bound := range store.BatchBounds() {
		below += now.Batches[i]
		buckets[float64(bound)] = below
	}
	up := 1.0
	if now.Ailing {
		up = 0
	}
	to <- prometheus.MustNewConstHistogram(c.batches, below, float64(now.Operations), buckets)
	count := func(desc *prometheus.Desc, value uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(value), labels...)
	}
	count(c.commits, now.Commits)
	count(c.statements, now.Statements)
	count(c.failed, now.Busy, "busy")
	count(c.failed, now.Disk, "disk")
	count(c.failed, now.Other, "other")
	count(c.waits, uint64(now.ReaderWaits))
	to <- prometheus.MustNewConstMetric(c.waited, prometheus.CounterValue, now.ReaderWaited.Seconds())
	to <- prometheus.MustNewConstMetric(c.readers, prometheus.GaugeValue, float64(now.Readers))
	to <- prometheus.MustNewConstMetric(c.busy, prometheus.GaugeValue, float64(now.ReadersBusy))
	to <- prometheus.MustNewConstMetric(c.queue, prometheus.GaugeValue, float64(now.Queue))
	to <- prometheus.MustNewConstMetric(c.healthy, prometheus.GaugeValue, up)
}
