package server

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"sleutelbos/enroll"
)

const (
	ownLife    = 10 * 365 * 24 * time.Hour // the app pins the key, so age harms nothing
	ownRenewal = 30 * 24 * time.Hour       // made anew at a start within this time of its end
)

// ErrCertificateFile says that a file of the server's own certificate cannot be
// read.
var ErrCertificateFile = errors.New("it does not hold what the server wrote there; put it back from a backup, or remove it and hand out new letters, since the fingerprint changes")

// ownCertificate reads the certificate that this server made for itself, and
// makes what is missing. The key is made once and stays, and with it the
// fingerprint; the certificate around it is made anew when names changed or
// its end is near.
func ownCertificate(f Folder, names []string, now time.Time, random io.Reader) (tls.Certificate, string, error) {
	key, err := ownKey(f.path(tlsKeyFile), random)
	if err != nil {
		return tls.Certificate{}, "", fmt.Errorf("the key %s: %w", f.path(tlsKeyFile), err)
	}
	leaf, err := readCertificate(f.path(certificateFile))
	if err != nil || !serves(leaf, key, names, now) {
		if leaf, err = signOwn(key, names, now, random); err != nil {
			return tls.Certificate{}, "", fmt.Errorf("make a certificate: %w", err)
		}
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})
		if err := writeFile(f.path(certificateFile), block); err != nil {
			return tls.Certificate{}, "", fmt.Errorf("write the certificate: %w", err)
		}
	}
	certificate := tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
	return certificate, enroll.Fingerprint(leaf), nil
}

func ownKey(path string, random io.Reader) (*ecdsa.PrivateKey, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newOwnKey(path, random)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, ErrCertificateFile
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, ErrCertificateFile // the parser's error could quote the key
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, ErrCertificateFile
	}
	return key, nil
}

func newOwnKey(path string, random io.Reader) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writeFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}

func readCertificate(path string) (*x509.Certificate, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, ErrCertificateFile
	}
	return x509.ParseCertificate(block.Bytes)
}

// serves tells whether a certificate is of this key, for these names, and valid
// long enough.
func serves(leaf *x509.Certificate, key *ecdsa.PrivateKey, names []string, now time.Time) bool {
	public, ok := leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(key.Public()) || now.Before(leaf.NotBefore) || now.Add(ownRenewal).After(leaf.NotAfter) {
		return false
	}
	return !slices.ContainsFunc(names, func(name string) bool { return leaf.VerifyHostname(name) != nil })
}

func signOwn(key *ecdsa.PrivateKey, names []string, now time.Time, random io.Reader) (*x509.Certificate, error) {
	var raw [16]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return nil, err
	}
	raw[0] &= 0x7f // positive, at most 20 octets (RFC 5280 §4.1.2.2)
	template := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(raw[:]),
		Subject:               pkix.Name{CommonName: "Sleutelbos"},
		NotBefore:             now.Add(-time.Hour), // clocks differ
		NotAfter:              now.Add(ownLife),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(random, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// certificateNames are the names under which the server can be reached as far
// as its settings tell.
func certificateNames(public, listen string) []string {
	var names []string
	add := func(all ...string) {
		for _, name := range all {
			if name = strings.ToLower(name); name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if u, err := url.Parse(public); err == nil {
		add(u.Hostname())
	}
	host, _, _ := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); host == "" || isLoopback(host) || (ip != nil && ip.IsUnspecified()) {
		add("localhost", "127.0.0.1", "::1")
	} else {
		add(host)
	}
	return names
}
