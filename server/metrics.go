package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sleutelbos/server/identity"
	"sleutelbos/server/store"
)

// pathMetrics is where Prometheus reads, on a listener of its own, so that
// nobody reads it who only knows the server's address.
const pathMetrics = "/metrics"

// metrics counts for Prometheus. A nil one counts nothing.
type metrics struct {
	listener      net.Listener
	registry      *prometheus.Registry
	verifications *prometheus.CounterVec
	seconds       prometheus.Histogram
	locks         prometheus.Counter
}

// measure begins to listen for Prometheus; nil when that was not asked for.
func (s *Settings) measure() (*metrics, error) {
	if s.MetricsListen == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", s.MetricsListen)
	if err != nil {
		return nil, fmt.Errorf("--metrics-listen: %w (%w)", ErrListen, err)
	}
	m := &metrics{
		listener: listener,
		registry: prometheus.NewRegistry(),
		verifications: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sleutelbos_verifications_total", Help: "Codes that were verified, by what came of it.",
		}, []string{"outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sleutelbos_verification_seconds", Help: "How long a verification took, with its commit.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15), // to 8 s
		}),
		locks: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sleutelbos_locks_total", Help: "How often wrong codes locked or disabled somebody.",
		}),
	}
	for _, outcome := range identity.Outcomes() {
		m.verifications.WithLabelValues(string(outcome))
	}
	m.registry.MustRegister(m.verifications, m.seconds, m.locks, buildInfo(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m, nil
}

// observe is the desk's [identity.Observer].
func (m *metrics) observe(outcome identity.Reason, took time.Duration) {
	m.verifications.WithLabelValues(string(outcome)).Inc()
	m.seconds.Observe(took.Seconds())
	if outcome == identity.ReasonLocks || outcome == identity.ReasonDisables {
		m.locks.Inc()
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
	m.registry.MustRegister(newStoreCollector(opened))
	mux := http.NewServeMux()
	mux.Handle("GET "+pathMetrics, promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
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

// buildInfo tells which program this is.
func buildInfo() prometheus.Collector {
	version, revision, goVersion := "unknown", "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version, goVersion = info.Main.Version, info.GoVersion
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "sleutelbos_build_info", Help: "Always 1; the labels tell which program this is.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision, "go": goVersion},
	})
	gauge.Set(1)
	return gauge
}
