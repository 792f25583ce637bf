package server

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"

	"sleutelbos/server/identity"
	"sleutelbos/server/message"
)

// ErrMail says that the mail settings cannot be used.
var ErrMail = errors.New("mail cannot be set up")

// MailSettings is where mail is handed over, and as whom.
type MailSettings struct {
	Server      string // smtp://USER@HOST:PORT; empty: no mail is sent
	Password    Secret
	From        string // address
	Authorities string // PEM file with who vouches for the mail server; empty: the system's
}

func (m *MailSettings) bind(f *pflag.FlagSet) {
	f.StringVar(&m.Server, "mail", "", "`SERVER` to hand over mail to: smtp://USER@HOST:587 (STARTTLS; in clear to this machine itself), smtps://USER@HOST:465, or smtp+plain:// (in clear; default no mail)")
	m.Password.bind(f, "mail-password", "password of that USER")
	f.StringVar(&m.From, "mail-from", "", "`ADDRESS` that mail comes from; it gets what cannot be delivered")
	f.StringVar(&m.Authorities, "mail-ca", "", "`FILE` with the authority that vouches for the mail server, PEM (default those that the system knows)")
}

func (m *MailSettings) check() error {
	if m.Server == "" {
		if m.From != "" || m.Authorities != "" || m.Password.File != "" {
			return usage("--mail-from, --mail-password-file and --mail-ca belong to --mail")
		}
		return nil
	}
	server, err := message.ParseServer(m.Server)
	if err != nil {
		return usage("--mail: %w", err)
	}
	if address, err := mail.ParseAddress(m.From); err != nil || address.Address != m.From {
		return usage("--mail needs --mail-from with an address, such as codes@example.org")
	}
	if hasPassword := m.Password.File != "" || len(m.Password.Value) > 0; hasPassword != (server.User != "") {
		return usage("a password and a USER in --mail go together: give both or neither")
	}
	return nil
}

// sender prepares for the mail server, without speaking with it.
func (m *MailSettings) sender() (*message.Sender, error) {
	server, err := message.ParseServer(m.Server)
	if err != nil {
		return nil, err
	}
	password, err := m.Password.read()
	if err != nil {
		return nil, err
	}
	options := message.Options{Server: server, Password: password, From: m.From}
	if m.Authorities != "" {
		content, err := os.ReadFile(m.Authorities)
		if err != nil {
			return nil, err
		}
		options.Authorities = x509.NewCertPool()
		if !options.Authorities.AppendCertsFromPEM(content) {
			return nil, fmt.Errorf("%s holds no certificate", m.Authorities)
		}
	}
	return message.NewSender(options)
}

// withMail sends mail while the function runs, and finishes what it has begun.
// Whether mail works has nothing to do with whether the server does.
func (s *Settings) withMail(ctx context.Context, opened *desk, around Surroundings, m *metrics, log *slog.Logger, run func() error) error {
	if err := opened.SetMail(ctx, identity.Mail{From: s.Mail.From}); err != nil {
		return err
	}
	m.watchMail(opened.Desk)
	if s.Mail.Server == "" {
		return run()
	}
	sender, err := s.Mail.sender()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMail, err)
	}
	writer, err := message.NewWriter()
	if err != nil {
		return err
	}
	worker := message.Worker{Desk: opened.Desk, Sender: sender, Writer: writer, Log: log, Now: around.Now, Observe: m.mailObserver()}
	stopping, stop := context.WithCancel(ctx)
	var working sync.WaitGroup
	working.Go(func() { worker.Run(stopping) })
	err = run()
	stop()
	working.Wait()
	return err
}

// mailObserver counts mails by what became of them.
func (m *metrics) mailObserver() func(identity.MessageKind, message.Outcome) {
	if m == nil {
		return nil
	}
	counted := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sleutelbos_mails_total", Help: "Tries to hand over a mail, by what it tells and what came of it.",
	}, []string{"kind", "outcome"})
	m.registry.MustRegister(counted)
	return func(kind identity.MessageKind, outcome message.Outcome) {
		counted.WithLabelValues(string(kind), string(outcome)).Inc()
	}
}

// watchMail reads how the outbox stands when Prometheus asks.
func (m *metrics) watchMail(d *identity.Desk) {
	if m == nil {
		return
	}
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("sleutelbos_mail_"+name, help, nil, nil)
	}
	m.registry.MustRegister(&mailCollector{
		desk:     d,
		waiting:  desc("waiting", "Mails that wait to be sent, of all servers on this database."),
		oldest:   desc("oldest_seconds", "How long the oldest of them waits."),
		failed:   desc("failed_week", "Mails of the last week that were refused or came too late."),
		unposted: desc("left_out_total", "Notices that were not written because no mail is set up."),
	})
}

type mailCollector struct {
	desk                              *identity.Desk
	waiting, oldest, failed, unposted *prometheus.Desc
}

// Describe is for [prometheus.Collector].
func (c *mailCollector) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, to) }

// Collect is for [prometheus.Collector].
func (c *mailCollector) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(c.unposted, prometheus.CounterValue, float64(c.desk.Unposted()))
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	standing, err := c.desk.MailStanding(ctx)
	if err != nil {
		return // the database's own figures say more
	}
	gauge := func(desc *prometheus.Desc, value float64) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
	}
	gauge(c.waiting, float64(standing.Waiting))
	gauge(c.failed, float64(standing.Failed))
	gauge(c.oldest, standing.Waits.Truncate(time.Second).Seconds())
}
