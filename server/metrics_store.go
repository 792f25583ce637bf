package server

import "sleutelbos/server/store"

// writeStore writes the store's figures.
func writeStore(e *exposition, now store.Figures) {
	const prefix = "sleutelbos_database_"
	var bounds []float64
	for _, bound := range store.BatchBounds() {
		bounds = append(bounds, float64(bound))
	}
	e.histogram(prefix+"batch_operations", "How many operations shared one transaction.",
		bounds, append(now.Batches[:], 0), float64(now.Operations))
	e.single(counter, prefix+"commits_total", "Transactions that were committed; each is one flush to the disk.", float64(now.Commits))
	e.single(counter, prefix+"statements_total", "SQL statements run by the writer.", float64(now.Statements))
	e.family(counter, prefix+"errors_total", "Operations that failed by the database: busy (another process held it), disk, other.")
	e.sample(prefix+"errors_total", float64(now.Busy), "kind", "busy")
	e.sample(prefix+"errors_total", float64(now.Disk), "kind", "disk")
	e.sample(prefix+"errors_total", float64(now.Other), "kind", "other")
	e.single(counter, prefix+"reader_waits_total", "How often a reader had to wait for a connection.", float64(now.ReaderWaits))
	e.single(counter, prefix+"reader_wait_seconds_total", "How long readers waited for connections.", now.ReaderWaited.Seconds())
	e.single(gauge, prefix+"reader_connections", "Connections for reading that are open.", float64(now.Readers))
	e.single(gauge, prefix+"reader_connections_busy", "Connections for reading that are in use.", float64(now.ReadersBusy))
	e.single(gauge, prefix+"queue_operations", "Operations that wait for the writer now.", float64(now.Queue))
	up := 1.0
	if now.Ailing {
		up = 0
	}
	e.single(gauge, prefix+"up", "1 when the last transaction could be made.", up)
}
