package message

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"sleutelbos/server/identity"
)

// DefaultPatience bounds connecting to a mail server, and each mail.
const DefaultPatience = 30 * time.Second

// Options is what a sender needs to know.
type Options struct {
	Server   Server
	Password []byte // of Server.User
	From     string // address
	// Authorities vouch for the mail server beside those that the system knows;
	// nil: only those.
	Authorities *x509.CertPool
	Patience    time.Duration // 0: DefaultPatience
}

// Sender hands mails to one mail server. It keeps the connection until
// [Sender.Rest]. It is used by one goroutine at a time.
type Sender struct {
	client   *mail.Client
	from     string
	patience time.Duration
	conn     *smtp.Client
	raw      net.Conn
}

// Failure is why a mail was not taken. It holds no address of a person.
type Failure struct {
	// Code is what the mail server answered, such as "550 5.1.1", or a word:
	// "connection", "certificate", "starttls", "sign-in", "broken-off".
	Code string
	// Permanent: this mail will never be taken.
	Permanent bool
	// Server: it has nothing to do with this mail, so another fares no better.
	Server bool
	Err    error // nil where it could hold an address
}

func (f *Failure) Error() string {
	if f.Err != nil {
		return f.Code + ": " + f.Err.Error()
	}
	return f.Code
}

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

// NewSender makes a sender; it does not connect yet.
func NewSender(o Options) (*Sender, error) {
	s := &Sender{from: o.From, patience: o.Patience}
	if s.patience == 0 {
		s.patience = DefaultPatience
	}
	secured := &tls.Config{ServerName: o.Server.Host, RootCAs: o.Authorities, MinVersion: tls.VersionTLS12}
	policy := mail.NoTLS
	if o.Server.Mode == StartTLS {
		policy = mail.TLSMandatory
	}
	options := []mail.Option{
		mail.WithPort(o.Server.Port), mail.WithTimeout(s.patience), mail.WithTLSConfig(secured), mail.WithTLSPolicy(policy),
		mail.WithDialContextFunc(s.dial(o.Server.Mode == TLS, secured)),
	}
	if o.Server.User != "" {
		options = append(options, mail.WithUsername(o.Server.User), mail.WithPassword(string(o.Password)),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	client, err := mail.NewClient(o.Server.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("prepare for the mail server: %w", err)
	}
	s.client = client
	return s, nil
}

// dial keeps the connection, so that one can be closed whose conversation never
// began.
func (s *Sender) dial(encrypted bool, secured *tls.Config) mail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		var dialer net.Dialer
		var err error
		if encrypted {
			s.raw, err = (&tls.Dialer{NetDialer: &dialer, Config: secured}).DialContext(ctx, network, address)
		} else {
			s.raw, err = dialer.DialContext(ctx, network, address)
		}
		return s.raw, err
	}
}

// Connect opens the connection, where there is none.
func (s *Sender) Connect(ctx context.Context) error {
	if s.conn != nil {
		return nil
	}
	conn, err := s.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		if s.raw != nil {
			_ = s.raw.Close()
		}
		return connecting(err)
	}
	s.conn = conn
	return nil
}

// Send hands over one mail, and returns nil when the server has taken it, else
// a [*Failure].
func (s *Sender) Send(ctx context.Context, m identity.Message, text Text, organisation string) error {
	letter, err := s.compose(m, text, organisation)
	if err != nil {
		return &Failure{Code: "unreadable-address", Permanent: true}
	}
	// A connection that was kept may have gone meanwhile; a new one is tried
	// once.
	for kept := s.conn != nil; ; kept = false {
		if err := s.Connect(ctx); err != nil {
			return err
		}
		err = s.client.SendWithSMTPClient(s.conn, letter)
		if err == nil || letter.IsDelivered() {
			return nil
		}
		failure := sending(err)
		if failure.Code == brokenOff {
			s.drop()
			if kept && before(err) {
				continue
			}
		}
		return failure
	}
}

func (s *Sender) compose(m identity.Message, text Text, organisation string) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(letter.FromFormat(organisation, s.from), letter.EnvelopeFrom(s.from), letter.To(m.To)); err != nil {
		return nil, err
	}
	letter.Subject(text.Subject)
	letter.SetDateWithValue(m.Made)
	letter.SetMessageIDWithValue(m.MessageID)
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday notice answers
	letter.SetGenHeader("Content-Language", m.Language)
	letter.SetBodyString(mail.TypeTextPlain, text.Plain)
	return letter, nil
}

// Rest ends the connection until the next mail.
func (s *Sender) Rest() {
	if s.conn != nil {
		_ = s.client.CloseWithSMTPClient(s.conn)
		s.drop()
	}
}

func (s *Sender) drop() {
	if s.conn != nil {
		_ = s.conn.Close()
		s.conn = nil
	}
}

const brokenOff = "broken-off"

// before tells whether the connection broke before the mail was begun with.
func before(err error) bool {
	var failed *mail.SendError
	return errors.As(err, &failed) && (failed.Reason == mail.ErrConnCheck || failed.Reason == mail.ErrSMTPMailFrom)
}

// connecting says why there is no conversation. Only the server's own words may
// hold what is nobody's business; its codes do not.
func connecting(err error) *Failure {
	var answer *textproto.Error
	var unverified *tls.CertificateVerificationError
	var network net.Error
	f := &Failure{Code: "starttls", Server: true, Err: err}
	switch {
	case errors.As(err, &answer):
		f.Code, f.Err = "sign-in", nil
		if answer.Code < 500 || answer.Code > 539 {
			f.Code = fmt.Sprint(answer.Code)
		}
	case errors.As(err, &unverified):
		f.Code = "certificate"
	case errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		f.Code = "connection"
	case errors.Is(err, mail.ErrNoSupportedAuthDiscovered):
		f.Code = "sign-in"
	}
	return f
}

// sending says why a mail was not taken. Only a refusal of the recipient or of
// the content is about this mail; whatever else is wrong may be mended.
func sending(err error) *Failure {
	var failed *mail.SendError
	if !errors.As(err, &failed) || failed.ErrorCode() == 0 {
		return &Failure{Code: brokenOff}
	}
	f := &Failure{Code: fmt.Sprint(failed.ErrorCode())}
	if more := failed.EnhancedStatusCode(); more != "" {
		f.Code += " " + more
	}
	switch failed.Reason {
	case mail.ErrSMTPRcptTo, mail.ErrSMTPData, mail.ErrSMTPDataClose:
		f.Permanent = failed.ErrorCode() >= 500
	default:
		f.Server = true
	}
	return f
}
