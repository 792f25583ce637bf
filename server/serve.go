package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/store"
)

// Bounds of a connection. A request is 16 KiB at most, and an answer takes a
// commit.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10
)

// collectAt lets the heap grow to five times what lives before it is collected
// (GOGC). Little lives, less than ten megabytes, and every verification leaves some
// kilobytes behind.
const collectAt = 400

// processors is how many the process may use. With the embedded database one more
// goroutine than that runs at once (GOMAXPROCS), because one is nearly always
// waiting for the disk, within a call that keeps its place until the scheduler looks
// again.
var processors = runtime.GOMAXPROCS(0)

// ErrListen says that the address to listen on cannot be had.
var ErrListen = errors.New("the server cannot listen there; is another program doing so, or is the port below 1024?")

// ErrStop says that requests were still not answered when the time for
// stopping was over.
var ErrStop = errors.New("the server stopped before every request was answered")

// Serve runs a server until ctx ends, then stops listening, answers what it
// accepted and closes its database. When it is ready it writes one line to
// standard error, "serving https://HOST:PORT (ENVIRONMENT), fingerprint …".
// Settings that cannot be are a *[UsageError].
func Serve(ctx context.Context, s Settings, around Surroundings) error {
	around = around.filled()
	if value, given := around.LookupEnv("GOGC"); !given || value == "" {
		debug.SetGCPercent(collectAt)
	}
	if value, given := around.LookupEnv("GOMAXPROCS"); s.Database == "" && (!given || value == "") {
		runtime.GOMAXPROCS(processors + 1)
	}
	if s.Database == "" {
		store.MakeRoom(filepath.Join(s.Data, databaseFile))
	}
	around.Err = &lockedWriter{w: around.Err} // the log and the line share it
	if err := s.check(); err != nil {
		return err
	}
	log, err := newLog(around.Err, s.LogFormat, s.LogLevel)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrListen, err)
	}
	defer listener.Close()
	measured, err := s.measure(around.Now())
	if err != nil {
		return err
	}
	defer measured.close()
	options := around.options(log)
	options.Observe = measured.observer()
	options.Pages = true // see doors
	if s.ApplicationLimit > 0 {
		options.ApplicationLimit = identity.Limit{PerSecond: s.ApplicationLimit, Burst: int(max(1, s.ApplicationLimit))}
	}
	// The context of a stop must not end what was accepted before it.
	opened, err := s.open(context.WithoutCancel(ctx), true, options)
	if err != nil {
		return err
	}
	if measured != nil {
		fmt.Fprintln(around.Err, "metrics at", measured.address())
		defer measured.serve(opened.store, log)()
	}
	err = withBackground(ctx, opened, log, func() error {
		return s.withHeads(ctx, opened, log, func() error {
			return s.withMail(ctx, opened, around, measured, log, func() error {
				return s.run(ctx, opened, listener, around, log)
			})
		})
	})
	if e := opened.Close(); e != nil {
		err = errors.Join(err, fmt.Errorf("close the database: %w", e))
	}
	return err
}

func (s *Settings) run(ctx context.Context, opened *desk, listener net.Listener, around Surroundings, log *slog.Logger) error {
	address := s.address(listener)
	public := s.URL
	if public == "" {
		public = reachable(address)
	}
	secured, fingerprint, err := s.secure(public, around.Now, around.Random, log)
	if err != nil {
		return err
	}
	environment, err := s.record(ctx, opened, public, fingerprint, log)
	if err != nil {
		return err
	}
	handler, err := s.doors(opened, public, around, log)
	if err != nil {
		return err
	}
	web := &http.Server{
		Handler: handler, TLSConfig: secured,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug), // mostly scanners that drop a handshake
	}
	ready := fmt.Sprintf("serving %s (%s)", address, environment)
	if fingerprint != "" {
		ready += ", fingerprint " + fingerprint
	}
	fmt.Fprintln(around.Err, ready)
	return s.untilStopped(ctx, web, listener, log)
}

func (s *Settings) untilStopped(ctx context.Context, web *http.Server, listener net.Listener, log *slog.Logger) error {
	ended := make(chan error, 1)
	go func() { ended <- serveOn(web, listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping: answering what was accepted")
	// A new context: the old one has ended, which is why we are here.
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.StopTimeout)
	defer cancel()
	if err := web.Shutdown(patience); err != nil {
		return errors.Join(ErrStop, web.Close())
	}
	<-ended
	log.Info("stopped")
	return nil
}

func serveOn(web *http.Server, listener net.Listener) error {
	if web.TLSConfig == nil {
		return web.Serve(listener)
	}
	return web.ServeTLS(listener, "", "")
}

// address is where the listener is, with its real port.
func (s *Settings) address(listener net.Listener) string {
	scheme := "https"
	if s.TLS == TLSOff {
		scheme = "http"
	}
	return scheme + "://" + listener.Addr().String()
}

// reachable replaces "every address of this machine" by one of them: without
// --url that is all that is known.
func reachable(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
		u.Host = net.JoinHostPort("localhost", u.Port())
	}
	return u.String()
}

// record keeps in the database what letters and the app must know of this run,
// and fills in what a new organisation starts with.
func (s *Settings) record(ctx context.Context, opened *desk, public, fingerprint string, log *slog.Logger) (enroll.Environment, error) {
	before, err := opened.Settings(ctx)
	if err != nil {
		return "", fmt.Errorf("read the organisation: %w", err)
	}
	after := before
	after.URL, after.Fingerprint = public, fingerprint
	if err := s.fill(&after, public); err != nil {
		return "", fmt.Errorf("read the shipped texts: %w", err)
	}
	// Every start records its address, so without one this is the first.
	if before.URL != "" && before.Environment != after.Environment {
		log.Warn("this server changes its environment; accounts and links of the former one stay in its database",
			"from", string(before.Environment), "to", string(after.Environment))
	}
	if same(before, after) {
		return after.Environment, nil
	}
	err = opened.SetOrganisation(ctx, func(o *identity.OrganisationSettings) error {
		o.URL, o.Fingerprint = public, fingerprint
		return s.fill(o, public)
	})
	if err != nil {
		return "", fmt.Errorf("record the organisation: %w", err)
	}
	return after.Environment, nil
}

func (s *Settings) fill(o *identity.OrganisationSettings, public string) (err error) {
	if s.Environment != "" {
		o.Environment = enroll.Environment(s.Environment)
	}
	if o.Environment == "" {
		o.Environment = enroll.Production
	}
	if o.Name == "" {
		o.Name = s.Organisation
	}
	if u, e := url.Parse(public); e == nil && o.Name == "" {
		o.Name = u.Hostname()
	}
	if o.Privacy.Version == "" {
		if o.Privacy, err = shipped("privacy"); err != nil {
			return err
		}
	}
	if o.Terms.Version == "" {
		o.Terms, err = shipped("terms")
	}
	return err
}

func same(a, b identity.OrganisationSettings) bool {
	return a.Name == b.Name && a.Environment == b.Environment && a.URL == b.URL && a.Fingerprint == b.Fingerprint &&
		a.Privacy.Version == b.Privacy.Version && a.Terms.Version == b.Terms.Version
}

// lockedWriter lets the log and the ready line take turns.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
