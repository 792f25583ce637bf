package message

import (
	"bytes"
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sleutelbos/server/identity"
	"sleutelbos/server/message/mailtest"
	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// office is a desk, a mail server and a worker between them.
type office struct {
	*identity.Desk
	t     *testing.T
	mails *mailtest.Server
	clock *clock
	log   bytes.Buffer
}

func newOffice(t *testing.T, secure string) *office {
	t.Helper()
	o := &office{t: t, mails: mailtest.Start(t, secure), clock: &clock{now: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)}}
	key, _, err := identity.NewServerKey(nil)
	o.must(err)
	s, err := store.Open(t.Context(), storetest.Address(t, filepath.Join(t.TempDir(), "server.db")))
	o.must(err)
	t.Cleanup(func() { _ = s.Close() })
	o.Desk, err = identity.New(t.Context(), identity.Options{Store: s, Key: key, Now: o.clock.Now})
	o.must(err)
	o.must(o.SetMail(t.Context(), identity.Mail{From: "codes@example.org"}))
	o.must(o.SetOrganisation(t.Context(), func(s *identity.OrganisationSettings) error {
		s.Name = "Gemeente Voorbeeld"
		return nil
	}))
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) sender(mode Mode, change ...func(*Options)) *Sender {
	o.t.Helper()
	host, port, err := net.SplitHostPort(o.mails.Address)
	o.must(err)
	number, err := strconv.Atoi(port)
	o.must(err)
	options := Options{Server: Server{Mode: mode, Host: host, Port: number}, From: "codes@example.org", Patience: 5 * time.Second}
	if mode != Plain {
		options.Server.User, options.Password = mailtest.User, []byte(mailtest.Password)
		options.Authorities = x509.NewCertPool()
		options.Authorities.AppendCertsFromPEM(o.mails.Authority)
	}
	for _, c := range change {
		c(&options)
	}
	sender, err := NewSender(options)
	o.must(err)
	return sender
}

func (o *office) worker(sender *Sender) *Worker {
	o.t.Helper()
	writer, err := NewWriter()
	o.must(err)
	return &Worker{
		Desk: o.Desk, Sender: sender, Writer: writer, Now: o.clock.Now,
		Log: slog.New(slog.NewTextHandler(&o.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func (o *office) post(n int) {
	o.t.Helper()
	for range n {
		o.must(o.PostTest(o.t.Context(), "anna@example.org"))
	}
}

// state is what became of the only message.
func (o *office) state() identity.MessageRow {
	o.t.Helper()
	rows, err := o.Messages(o.t.Context(), "", 10)
	o.must(err)
	if len(rows) != 1 {
		o.t.Fatalf("%d messages", len(rows))
	}
	return rows[0]
}

// untilSent steps until nothing waits, moving the clock as the worker says.
func (o *office) untilSent(w *Worker) {
	o.t.Helper()
	for range 50 {
		pause, _ := w.Step(o.t.Context())
		standing, err := o.MailStanding(o.t.Context())
		o.must(err)
		if standing.Waiting == 0 {
			w.Sender.Rest()
			return
		}
		o.clock.add(pause)
	}
	o.t.Fatalf("it still waits:\n%s", &o.log)
}

func TestMailIsHandedOverByEveryKindOfConversation(t *testing.T) {
	for mode, secure := range map[Mode]string{Plain: mailtest.Plain, StartTLS: mailtest.StartTLS, TLS: mailtest.TLS} {
		t.Run(secure, func(t *testing.T) {
			o := newOffice(t, secure)
			o.post(2)
			o.untilSent(o.worker(o.sender(mode)))
			mails := o.mails.Mails()
			if len(mails) != 2 {
				t.Fatalf("%d mails came", len(mails))
			}
			m := mails[0]
			if m.From != "codes@example.org" || m.To != "anna@example.org" || m.Encrypted != (mode != Plain) || m.SignedIn != (mode != Plain) {
				t.Errorf("%+v", m)
			}
			if m.Subject != "Gemeente Voorbeeld: proefmail" || !strings.Contains(m.Text, "Gemeente Voorbeeld") {
				t.Errorf("%s\n%s", m.Subject, m.Text)
			}
			if m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Date") != "Tue, 24 Nov 2026 08:00:00 +0000" {
				t.Errorf("%v", m.Header)
			}
			if m.MessageID == mails[1].MessageID {
				t.Error("two mails with one Message-ID")
			}
		})
	}
}

func TestGreylistedMailIsTakenTheSecondTime(t *testing.T) {
	o := newOffice(t, mailtest.Plain)
	once := mailtest.Refuse(450, [3]int{4, 2, 0})
	o.mails.Answer(func(string) error { err := once; once = nil; return err })
	o.post(1)
	w := o.worker(o.sender(Plain))
	w.Step(t.Context())
	if row := o.state(); row.State != identity.MessageWaiting || row.Outcome != "450 4.2.0" || row.Tries != 1 {
		t.Fatalf("%+v", row)
	}
	o.untilSent(w)
	if o.mails.Tries() != 2 || len(o.mails.Mails()) != 1 || o.state().State != identity.MessageSent {
		t.Errorf("%d tries, %+v", o.mails.Tries(), o.state())
	}
}

func TestRefusedForGoodStopsAndSaysSo(t *testing.T) {
	o := newOffice(t, mailtest.Plain)
	o.mails.Answer(func(string) error { return mailtest.Refuse(550, [3]int{5, 1, 1}) })
	o.post(1)
	w := o.worker(o.sender(Plain))
	o.untilSent(w)
	if row := o.state(); row.State != identity.MessageFailed || row.Outcome != "550 5.1.1" || o.mails.Tries() != 1 {
		t.Errorf("%+v, %d tries", row, o.mails.Tries())
	}
	o.mails.Answer(nil)
	o.must(o.PostTest(t.Context(), "bert@example.org")) // the connection serves the next one
	o.untilSent(w)
	if len(o.mails.Mails()) != 1 {
		t.Error("the next mail was not sent")
	}
}

func TestCutAfterTheContentSendsTheSameMessageAgain(t *testing.T) {
	o := newOffice(t, mailtest.Plain)
	o.mails.Cut(1)
	o.post(1)
	o.untilSent(o.worker(o.sender(Plain)))
	mails := o.mails.Mails()
	if len(mails) != 2 || mails[0].MessageID != mails[1].MessageID || mails[0].Text != mails[1].Text || mails[0].MessageID == "" {
		t.Fatalf("%d mails: %+v", len(mails), mails)
	}
}

// A worker that was killed between taking a message and recording what came of
// it is one whose context ended and that never spoke again.
func TestKilledBetweenSendsTheSameMessageAgain(t *testing.T) {
	o := newOffice(t, mailtest.Plain)
	o.post(1)
	m, _, ok, err := o.TakeMessage(t.Context())
	o.must(err)
	if !ok {
		t.Fatal("nothing was posted")
	}
	w := o.worker(o.sender(Plain))
	o.must(w.Sender.Send(t.Context(), m, w.Writer.Write(m, identity.OrganisationSettings{}), ""))
	if pause, _ := w.Step(t.Context()); pause == 0 || len(o.mails.Mails()) != 1 {
		t.Fatal("another worker sent what somebody had taken")
	}
	o.clock.add(5 * time.Minute)
	o.untilSent(w)
	if mails := o.mails.Mails(); len(mails) != 2 || mails[0].MessageID != mails[1].MessageID {
		t.Errorf("%+v", mails)
	}
}

func TestKeptConnectionThatWentIsMadeAnew(t *testing.T) {
	o := newOffice(t, mailtest.Plain)
	w := o.worker(o.sender(Plain))
	o.post(1)
	w.Step(t.Context())
	_ = w.Sender.raw.Close()
	o.post(1)
	if w.Step(t.Context()); len(o.mails.Mails()) != 2 {
		t.Errorf("%d mails came", len(o.mails.Mails()))
	}
}

func TestServerToBlameIsLeftAloneAndNoMailIsLost(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"certificate": func(o *Options) { o.Authorities = x509.NewCertPool() },
		"sign-in":     func(o *Options) { o.Password = []byte("wrong") },
		"connection":  func(o *Options) { o.Server.Port = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, mailtest.StartTLS)
			w := o.worker(o.sender(StartTLS, change))
			o.post(1)
			first, deaf := w.Step(t.Context())
			if row := o.state(); row.State != identity.MessageWaiting || row.Outcome != name {
				t.Fatalf("%+v\n%s", row, &o.log)
			}
			o.clock.add(time.Hour)
			second, _ := w.Step(t.Context())
			if !deaf || first != firstRest || second <= first {
				t.Errorf("it rests %s, then %s", first, second)
			}
			o.clock.add(time.Hour)
			o.untilSent(o.worker(o.sender(StartTLS)))
		})
	}
}

func TestServerWithoutStartTLSGetsNothing(t *testing.T) {
	o := newOffice(t, mailtest.Plain)
	o.post(1)
	o.worker(o.sender(StartTLS)).Step(t.Context())
	if row := o.state(); row.Outcome != "starttls" || o.mails.Tries() != 0 {
		t.Errorf("%+v", row)
	}
}

func TestLogHoldsNeitherAddressNorText(t *testing.T) {
	o := newOffice(t, mailtest.Plain)
	answers := []error{mailtest.Refuse(450, [3]int{4, 2, 0}), mailtest.Refuse(550, [3]int{5, 1, 1})}
	o.mails.Answer(func(string) error { err := answers[0]; answers = answers[1:]; return err })
	o.post(1)
	o.untilSent(o.worker(o.sender(Plain)))
	if said := o.log.String(); strings.Contains(said, "anna") || !strings.Contains(said, "550 5.1.1") {
		t.Error(said)
	}
}

func TestWorkerFinishesWhatItHasBegun(t *testing.T) {
	o := newOffice(t, mailtest.Plain)
	ctx, stop := context.WithCancel(t.Context())
	o.mails.Answer(func(string) error { stop(); return nil })
	o.post(2)
	o.worker(o.sender(Plain)).Run(ctx)
	if len(o.mails.Mails()) != 1 {
		t.Errorf("%d mails were sent, not the one that was begun", len(o.mails.Mails()))
	}
	standing, err := o.MailStanding(t.Context())
	o.must(err)
	if standing.Waiting != 1 || standing.Tried != 0 {
		t.Errorf("%+v", standing)
	}
}

func TestWorkerHearsOfWhatIsPosted(t *testing.T) {
	o := newOffice(t, mailtest.Plain)
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { o.worker(o.sender(Plain)).Run(ctx) })
	o.post(3)
	o.mails.Wait(t, 3)
	stop()
	done.Wait()
}

func TestSeveralWorkersSendEachMessageOnce(t *testing.T) {
	o := newOffice(t, mailtest.Plain)
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	for range 3 {
		done.Go(func() {
			w := o.worker(o.sender(Plain))
			w.Log = slog.New(slog.DiscardHandler)
			w.Run(ctx)
		})
	}
	o.post(30)
	mails := o.mails.Wait(t, 30)
	stop()
	done.Wait()
	seen := map[string]bool{}
	for _, m := range append(mails, o.mails.Mails()[len(mails):]...) {
		if seen[m.MessageID] {
			t.Error("sent twice")
		}
		seen[m.MessageID] = true
	}
}

func TestServerAddresses(t *testing.T) {
	for address, want := range map[string]Server{
		"smtp://mail.example.org":                         {StartTLS, "mail.example.org", 587, ""},
		"smtp://codes%40example.org@mail.example.org:25/": {StartTLS, "mail.example.org", 25, "codes@example.org"},
		"smtps://u@mail.example.org":                      {TLS, "mail.example.org", 465, "u"},
		"smtp://localhost:1025":                           {Plain, "localhost", 1025, ""},
		"smtp://[::1]":                                    {Plain, "::1", 587, ""},
		"smtp+plain://relay.intern":                       {Plain, "relay.intern", 25, ""},
	} {
		if got, err := ParseServer(address); err != nil || got != want {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
	}
	for _, address := range []string{
		"", "mail.example.org:25", "smtp://", "smtp://u:secret@mail.example.org", "smtp://h:0", "smtp://h:70000",
		"http://mail.example.org", "smtp://h/path", "smtp://h?x=1", "smtp://h:secret",
	} {
		if got, err := ParseServer(address); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
	}
}

// The outbox holds on both databases.
func TestAgainOnPostgreSQL(t *testing.T) { storetest.Again(t, "fsync=off") }
