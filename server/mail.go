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
