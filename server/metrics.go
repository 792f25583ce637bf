package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"sleutelbos/server/identity"
	"sleutelbos/server/store"
)

// pathMetrics is where Prometheus reads, on a listener of its own, so that
// nobody reads it who only knows the server's address.
const pathMetrics = "/metrics"

// maxReadings is how many may read the metrics at once: a reading asks the
// database too.
const maxReadings = 4

// metrics counts for Prometheus. A nil one counts nothing.
type metrics struct {
	listener      net.Listener
	began         time.Time
	verifications map[identity.Reason]*atomic.Uint64 // one for each of identity.Outcomes
	seconds       durations
	locks         atomic.Uint64
	reading       chan struct{}

	guard sync.Mutex // of what follows
	parts []func(*exposition)
}

// measure begins to listen for Prometheus; nil when that was not asked for.
func (s *Settings) measure(now time.Time) (*metrics, error) {
	if s.MetricsListen == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", s.MetricsListen)
	if err != nil {
		return nil, fmt.Errorf("--metrics-listen: %w (%w)", ErrListen, err)
	}
	m := &metrics{
		listener: listener, began: now, verifications: map[identity.Reason]*atomic.Uint64{},
		reading: make(chan struct{}, maxReadings),
	}
	for _, outcome := range identity.Outcomes() {
		m.verifications[outcome] = new(atomic.Uint64)
	}
	m.add(m.writeVerifications)
	m.add(writeBuild)
	m.add(m.writeProcess)
	return m, nil
}

// add has another part written at every reading.
func (m *metrics) add(part func(*exposition)) {
	m.guard.Lock()
	defer m.guard.Unlock()
	m.parts = append(m.parts, part)
}

// observe is the desk's [identity.Observer].
func (m *metrics) observe(outcome identity.Reason, took time.Duration) {
	if counted := m.verifications[outcome]; counted != nil {
		counted.Add(1)
	}
	m.seconds.observe(took)
	if outcome == identity.ReasonLocks || outcome == identity.ReasonDisables {
		m.locks.Add(1)
	}
}

func (m *metrics) observer() identity.Observer {
	if m == nil {
		return nil
	}
	return m.observe
}

// close stops listening, if serve has not done so.
func (m *metrics) close() {
	if m != nil {
		_ = m.listener.Close()
	}
}

func (m *metrics) address() string { return "http://" + m.listener.Addr().String() + pathMetrics }

// serve answers Prometheus until the function that it returns is called.
func (m *metrics) serve(opened *store.Store, log *slog.Logger) (stop func()) {
	m.add(func(e *exposition) { writeStore(e, opened.Figures()) })
	mux := http.NewServeMux()
	mux.Handle("GET "+pathMetrics, m)
	web := &http.Server{
		Handler: mux, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := web.Serve(m.listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the metrics are served no more", "cause", err)
		}
	}()
	return func() {
		_ = web.Close() // a reading that is cut short is read again
		<-ended
	}
}

// ServeHTTP writes how everything stands now.
func (m *metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	select {
	case m.reading <- struct{}{}:
		defer func() { <-m.reading }()
	default:
		http.Error(w, "too many read the metrics at once; try again later", http.StatusServiceUnavailable)
		return
	}
	m.guard.Lock()
	parts := m.parts
	m.guard.Unlock()
	var e exposition
	for _, part := range parts {
		part(&e)
	}
	w.Header().Set("Content-Type", expositionType)
	_, _ = w.Write(e.text) // whoever went away reads again
}

func (m *metrics) writeVerifications(e *exposition) {
	const name = "sleutelbos_verifications_total"
	e.family(counter, name, "Codes that were verified, by what came of it.")
	for _, outcome := range identity.Outcomes() {
		e.sample(name, float64(m.verifications[outcome].Load()), "outcome", string(outcome))
	}
	m.seconds.write(e, "sleutelbos_verification_seconds", "How long a verification took, with its commit.")
	e.single(counter, "sleutelbos_locks_total", "How often wrong codes locked or disabled somebody.", float64(m.locks.Load()))
}

// writeBuild tells which program this is.
func writeBuild(e *exposition) {
	version, revision, goVersion := "unknown", "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, goVersion = info.Main.Version, info.GoVersion
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	const name = "sleutelbos_build_info"
	e.family(gauge, name, "Always 1; the labels tell which program this is.")
	e.sample(name, 1, "go", goVersion, "revision", revision, "version", version)
}
