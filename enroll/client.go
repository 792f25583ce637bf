package enroll

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Errors of [Client], beside *[Problem] for what the server refuses and
// *[CertificateError].
var (
	// ErrUnreachable says that no answer came: no network, wrong address,
	// server down. What was sent may have arrived; sending it again with the
	// same idempotency key is safe.
	ErrUnreachable = errors.New("the server does not answer")
	// ErrNotOurs says that something answered, but not a companion server.
	ErrNotOurs = errors.New("what answers there is not a companion server of Sleutelbos")
)

// CertificateError says that the server's certificate is not the one that the
// letter names, or that nobody vouches for it.
type CertificateError struct {
	Server string
	Got    string // fingerprint that the server showed
	Want   string // fingerprint that was expected; empty when none was given
	Cause  error  // why the certificate was not taken without a fingerprint
}

func (e *CertificateError) Error() string {
	if e.Want != "" {
		return fmt.Sprintf("%s shows another key (%s) than the letter names (%s)", e.Server, e.Got, e.Want)
	}
	return fmt.Sprintf("nobody vouches for the certificate of %s; its fingerprint is %s, compare it with the letter", e.Server, e.Got)
}

// Unwrap gives the cause.
func (e *CertificateError) Unwrap() error { return e.Cause }

// Client speaks with one companion server on behalf of the app. It follows no
// redirects and keeps no cookies.
type Client struct {
	server string
	http   *http.Client
}

const (
	answerWait    = 15 * time.Second
	answerMaximum = 1 << 20
)

// NewClient makes a client for the server's public address. With a fingerprint
// ("sha256:HEX" of the public key, SPKI) only a server that holds that key is
// spoken with, whoever signed its certificate; without one the machine's own
// authorities decide.
func NewClient(server, fingerprint string) (*Client, error) {
	server, err := ParseServer(server)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if fingerprint != "" {
		if fingerprint, err = ParseFingerprint(fingerprint); err != nil {
			return nil, err
		}
		pin(config, server, fingerprint)
	}
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     config,
		TLSHandshakeTimeout: answerWait,
		DialContext:         (&net.Dialer{Timeout: answerWait}).DialContext,
		ForceAttemptHTTP2:   true,
		IdleConnTimeout:     time.Minute,
	}
	return &Client{server: server, http: &http.Client{
		Transport:     transport,
		Timeout:       answerWait,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// pin takes exactly one public key. The chain is not looked at: the letter
// vouches for the key, and a server that signs its own has no chain.
func pin(config *tls.Config, server, fingerprint string) {
	config.InsecureSkipVerify = true
	config.VerifyConnection = func(state tls.ConnectionState) error {
		got := Fingerprint(state.PeerCertificates[0])
		if subtle.ConstantTimeCompare([]byte(got), []byte(fingerprint)) != 1 {
			return &CertificateError{Server: server, Got: got, Want: fingerprint}
		}
		return nil
	}
}

// Fingerprint is "sha256:HEX" of the certificate's public key (SPKI).
func Fingerprint(certificate *x509.Certificate) string {
	sum := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Server is the address that this client speaks with.
func (c *Client) Server() string { return c.server }

// Close lets go of the connections that are kept open.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Clock is how far this machine's clock is from the server's, positive when
// this machine is ahead; half the round trip is its uncertainty.
type Clock struct {
	Offset      time.Duration
	Uncertainty time.Duration
}

// MaxClockOffset is the offset up to which codes are accepted: one time step
// of 30 seconds to each side.
const MaxClockOffset = DefaultPeriod * time.Second

// Off tells whether codes made with this clock would be refused.
func (c Clock) Off() bool { return c.Offset.Abs()-c.Uncertainty > MaxClockOffset }

// Organisation asks whose server this is, and compares the clocks.
func (c *Client) Organisation(ctx context.Context) (Organisation, Clock, error) {
	var answer Organisation
	sent := time.Now()
	if err := c.do(ctx, http.MethodGet, PathOrganisation, nil, nil, &answer); err != nil {
		return Organisation{}, Clock{}, err
	}
	if answer.Name == "" || answer.ServerTime.IsZero() {
		return Organisation{}, Clock{}, ErrNotOurs
	}
	half := time.Since(sent) / 2
	return answer, Clock{Offset: sent.Add(half).Sub(answer.ServerTime), Uncertainty: half}, nil
}

// NewIdempotencyKey makes the 128 random bits that name one try at a link.
func NewIdempotencyKey() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(raw[:])
}

// Link asks for a pending link. The same request with the same idempotency key
// brings the same answer, so it may be repeated after [ErrUnreachable].
func (c *Client) Link(ctx context.Context, idempotencyKey string, request LinkRequest) (LinkAnswer, error) {
	var answer LinkAnswer
	header := http.Header{IdempotencyHeader: {idempotencyKey}}
	if err := c.do(ctx, http.MethodPost, PathLinks, header, request, &answer); err != nil {
		return LinkAnswer{}, err
	}
	return answer, nil
}

// Confirm makes a pending link active with a code made from its key. It may be
// repeated after [ErrUnreachable].
func (c *Client) Confirm(ctx context.Context, id, code string) (ConfirmAnswer, error) {
	var answer ConfirmAnswer
	path := PathLinks + "/" + url.PathEscape(id) + "/confirm"
	err := c.do(ctx, http.MethodPost, path, nil, ConfirmRequest{Code: code}, &answer)
	return answer, err
}

func (c *Client) do(ctx context.Context, method, path string, header http.Header, body, into any) error {
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
		content = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.server+path, content)
	if err != nil {
		return fmt.Errorf("write the request: %w", err)
	}
	for name, values := range header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	request.Header.Set("Accept", "application/json, application/problem+json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return c.explain(ctx, err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, answerMaximum))
	if err != nil {
		return c.explain(ctx, err)
	}
	return read(response, raw, into)
}

func read(response *http.Response, raw []byte, into any) error {
	kind, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	switch {
	case response.StatusCode/100 == 2 && kind == "application/json":
		if json.Unmarshal(raw, into) != nil {
			return ErrNotOurs
		}
		return nil
	case kind == "application/problem+json":
		problem := &Problem{}
		if json.Unmarshal(raw, problem) != nil {
			return ErrNotOurs
		}
		problem.Status = response.StatusCode
		return problem
	case response.StatusCode == http.StatusBadGateway || response.StatusCode == http.StatusServiceUnavailable || response.StatusCode == http.StatusGatewayTimeout:
		return ErrUnreachable // a proxy answers for a server that does not
	}
	return ErrNotOurs
}

// explain turns what net/http says into one of ours. The text of net/http holds
// the address but never the body.
func (c *Client) explain(ctx context.Context, err error) error {
	var pinned *CertificateError
	if errors.As(err, &pinned) {
		return pinned
	}
	var unverified *tls.CertificateVerificationError
	if errors.As(err, &unverified) {
		got := ""
		if len(unverified.UnverifiedCertificates) > 0 {
			got = Fingerprint(unverified.UnverifiedCertificates[0])
		}
		return &CertificateError{Server: c.server, Got: got, Cause: unverified.Err}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return fmt.Errorf("%w: it speaks no TLS", ErrNotOurs)
	}
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err // the address stands in the caller's sentence already
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}
