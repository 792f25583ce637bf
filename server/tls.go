package server

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// secure gives the TLS configuration of the listener, nil for none, and the
// fingerprint where the server vouches for itself.
func (s *Settings) secure(public string, now func() time.Time, random io.Reader, log *slog.Logger) (*tls.Config, string, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	switch s.TLS {
	case TLSOwn:
		certificate, fingerprint, err := ownCertificate(s.Folder, certificateNames(public, s.Listen), now(), random)
		config.Certificates = []tls.Certificate{certificate}
		return config, fingerprint, err
	case TLSFiles:
		pair := &filePair{certificate: s.TLSCert, key: s.TLSKey, now: now, log: log}
		if err := pair.load(); err != nil {
			return nil, "", err
		}
		config.GetCertificate = pair.get
		return config, "", nil
	case TLSACME:
		manager, err := s.authority()
		if err != nil {
			return nil, "", err
		}
		config.GetCertificate = manager.GetCertificate
		config.NextProtos = []string{"h2", "http/1.1", acme.ALPNProto}
		return config, "", nil
	}
	return nil, "", nil
}

func (s *Settings) authority() (*autocert.Manager, error) {
	manager := &autocert.Manager{
		Prompt:     autocert.AcceptTOS, // --acme-accept-terms was checked
		Cache:      autocert.DirCache(s.path(acmeFolder)),
		HostPolicy: autocert.HostWhitelist(s.acmeDomains()...),
		Email:      s.ACME.Email,
	}
	if s.ACME.Directory != "" {
		manager.Client = &acme.Client{DirectoryURL: s.ACME.Directory}
	}
	if s.ACME.AccountID == "" {
		return manager, nil
	}
	text, err := s.ACME.AccountKey.read()
	if err != nil {
		return nil, err
	}
	key, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(string(text), "="))
	if err != nil || len(key) == 0 {
		return nil, usage("--acme-account-id needs the account's key, base64url, in --acme-account-key-file or %s", environmentName("acme-account-key"))
	}
	manager.ExternalAccountBinding = &acme.ExternalAccountBinding{KID: s.ACME.AccountID, Key: key}
	return manager, nil
}

// filePair is a certificate in files of the administrator. Whatever renews them
// need not tell the server: they are looked at once a minute, while somebody
// connects.
type filePair struct {
	certificate, key string
	now              func() time.Time
	log              *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	stamp   [2]time.Time // when the files were changed
	checked time.Time
}

const filePairEvery = time.Minute

func (p *filePair) load() error {
	stamp, err := p.changed()
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(p.certificate, p.key)
	if err != nil {
		return fmt.Errorf("read the certificate %s and its key %s: %w", p.certificate, p.key, err)
	}
	p.loaded, p.stamp, p.checked = &pair, stamp, p.now()
	return nil
}

// get gives the present certificate. One that cannot be read, for instance
// because only half of the pair is renewed yet, leaves the former in use.
func (p *filePair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now().Sub(p.checked) < filePairEvery {
		return p.loaded, nil
	}
	p.checked = p.now()
	if stamp, err := p.changed(); err == nil && stamp == p.stamp {
		return p.loaded, nil
	}
	if err := p.load(); err != nil {
		p.log.Error("the changed certificate cannot be used; the former stays in use", "cause", err)
		return p.loaded, nil
	}
	p.log.Info("the changed certificate is in use")
	return p.loaded, nil
}

func (p *filePair) changed() (stamp [2]time.Time, err error) {
	first, err1 := os.Stat(p.certificate)
	second, err2 := os.Stat(p.key)
	if err := errors.Join(err1, err2); err != nil {
		return stamp, err
	}
	return [2]time.Time{first.ModTime(), second.ModTime()}, nil
}
