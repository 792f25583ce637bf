package seedfile

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// Errors of a signature that somebody relies on. Nothing was read.
var (
	ErrUnsigned  = errors.New("the file is not signed, or not all of it, so nobody vouches for it; nothing was read")
	ErrSignature = errors.New("the signature of the file was not made with the key of that certificate now valid, or the file was changed; nothing was read")
	ErrTrust     = errors.New("this is no certificate: --trust takes the certificate that the maker signs with, in PEM")
)

// signed gives what a certificate's key signed of a PSKC file (RFC 6030 §7): all
// of it but the signature. Only what it gives may be read, because whatever else
// is in the file was not signed.
func signed(content, trust []byte, now time.Time) ([]byte, error) {
	block, _ := pem.Decode(trust)
	if block == nil {
		return nil, ErrTrust
	}
	maker, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, ErrTrust
	}
	document := etree.NewDocument()
	if err := document.ReadFromBytes(content); err != nil || document.Root() == nil {
		return nil, ErrNotPSKC
	}
	validation := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{maker}})
	validation.IdAttribute = "Id"
	validation.Clock = dsig.NewFakeClockAt(now)
	root, err := validation.Validate(document.Root())
	switch {
	case errors.Is(err, dsig.ErrMissingSignature):
		return nil, ErrUnsigned
	case err != nil || root == nil:
		return nil, ErrSignature // the cause might quote a part of a key
	}
	only := etree.NewDocument()
	only.SetRoot(root)
	return only.WriteToBytes()
}
