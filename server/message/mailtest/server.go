package mailtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// How a server is secured.
const (
	Plain    = "plain"
	StartTLS = "starttls"
	TLS      = "tls"
)

// Mail is one that the server took.
type Mail struct {
	From, To  string // of the envelope
	MessageID string
	Subject   string
	Header    mail.Header
	Text      string // decoded
	SignedIn  bool
	Encrypted bool
}

// Server keeps what it is given.
type Server struct {
	Address   string // host and port
	Authority []byte // PEM; whoever trusts it trusts the server

	mu      sync.Mutex
	mails   []Mail
	changed chan struct{}
	answer  func(to string) error
	cuts    int
	tries   int
}

// The one who may sign in.
const (
	User     = "sleutelbos"
	Password = "correct horse"
)

// Start starts a server, which ends with the test. With TLS of either kind only
// [User] may hand over mail.
func Start(t testing.TB, secure string) *Server {
	t.Helper()
	s := &Server{changed: make(chan struct{})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = listener.Addr().String()
	served := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c, mustSignIn: secure != Plain}, nil
	}))
	served.ErrorLog = log.New(io.Discard, "", 0)
	served.Domain, served.EnableSMTPUTF8 = "mail.example.org", true
	served.ReadTimeout, served.WriteTimeout = 10*time.Second, 10*time.Second
	if secure != Plain {
		certificate := s.certify(t)
		served.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
		if secure == TLS {
			listener = tls.NewListener(listener, served.TLSConfig)
		}
	}
	go func() { _ = served.Serve(listener) }()
	t.Cleanup(func() { _ = served.Close() })
	return s
}

// Answer has the function say what becomes of each mail, once its content was
// given: nil takes it, a *smtp.SMTPError is the answer.
func (s *Server) Answer(answer func(to string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// Refuse makes an answer for [Server.Answer].
func Refuse(code int, enhanced [3]int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: "not for anna@example.org, says the test"}
}

// Cut has the server take so many mails and then hang up instead of saying so.
func (s *Server) Cut(times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cuts = times
}

// Tries counts how often a mail's content was given, whatever became of it.
func (s *Server) Tries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tries
}

// Mails gives what was taken so far.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Wait gives the mails, once there are so many.
func (s *Server) Wait(t testing.TB, n int) []Mail {
	t.Helper()
	patience := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		mails, changed := append([]Mail(nil), s.mails...), s.changed
		s.mu.Unlock()
		if len(mails) >= n {
			return mails
		}
		select {
		case <-changed:
		case <-patience:
			t.Fatalf("%d mails came, not %d", len(mails), n)
		}
	}
}

func (s *Server) certify(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail of a test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s.Authority = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// session is one conversation.
type session struct {
	server     *Server
	conn       *smtp.Conn
	mustSignIn bool
	signedIn   bool
	from, to   string
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != User || password != Password {
			return smtp.ErrAuthFailed
		}
		s.signedIn = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.mustSignIn && !s.signedIn {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }
func (s *session) Reset()                                    {}
func (s *session) Logout() error                             { return nil }

var errCut = errors.New("the test cut the line")

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	taken, err := read(raw)
	if err != nil {
		return err
	}
	_, taken.Encrypted = s.conn.TLSConnectionState()
	taken.From, taken.To, taken.SignedIn = s.from, s.to, s.signedIn
	o := s.server
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tries++
	if o.answer != nil {
		if err := o.answer(s.to); err != nil {
			return err
		}
	}
	o.mails = append(o.mails, taken)
	close(o.changed)
	o.changed = make(chan struct{})
	if o.cuts > 0 {
		o.cuts--
		_ = s.conn.Conn().Close()
		return errCut
	}
	return nil
}

func read(raw []byte) (Mail, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Mail{}, err
	}
	body := io.Reader(m.Body)
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return Mail{}, err
	}
	subject, err := (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject"))
	return Mail{
		Header: m.Header, MessageID: m.Header.Get("Message-Id"), Subject: subject,
		Text: string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))),
	}, err
}
