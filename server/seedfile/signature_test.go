package seedfile

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

var signedAt = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// maker signs files.
type maker struct {
	key         *ecdsa.PrivateKey
	certificate []byte
}

func newMaker(t testing.TB) maker {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Acme"}, NotBefore: signedAt.Add(-time.Hour), NotAfter: signedAt.Add(time.Hour),
	}
	raw, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return maker{key, raw}
}

func (m maker) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.certificate})
}

func (m maker) sign(t testing.TB, content []byte) []byte {
	t.Helper()
	document := etree.NewDocument()
	if err := document.ReadFromBytes(content); err != nil {
		t.Fatal(err)
	}
	context, err := dsig.NewSigningContext(m.key, [][]byte{m.certificate})
	if err != nil {
		t.Fatal(err)
	}
	root, err := context.SignEnveloped(document.Root())
	if err != nil {
		t.Fatal(err)
	}
	document.SetRoot(root)
	raw, err := document.WriteToBytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A signed file is believed whole or not at all, where somebody relies on the
// signature, and is read as it is where nobody does.
func TestTheSignatureIsVerified(t *testing.T) {
	acme, other := newMaker(t), newMaker(t)
	plain := figure(t, 6)
	whole := acme.sign(t, plain)
	trust := Options{Key: []byte(presharedKey), Trust: acme.pem(), Now: signedAt}
	file, err := Read(whole, trust)
	if err != nil || !file.Signed || !file.Vouched || len(file.Tokens) != 1 || string(file.Tokens[0].Key.Secret) != seed {
		t.Fatalf("a signed file: %+v, %v", file, err)
	}
	file, err = Read(whole, Options{Key: []byte(presharedKey)})
	if err != nil || !file.Signed || file.Vouched || string(file.Tokens[0].Key.Secret) != seed {
		t.Errorf("read without relying on it: %+v, %v", file, err)
	}

	late, byOther := trust, trust
	late.Now, byOther.Trust = signedAt.Add(48*time.Hour), other.pem()
	signature := whole[bytes.Index(whole, []byte("<ds:Signature")) : bytes.Index(whole, []byte("</ds:Signature>"))+len("</ds:Signature>")]
	evil := bytes.Replace(plain, []byte("987654321"), []byte("666"), 1)
	inside := bytes.Replace(evil, []byte("</KeyContainer>"), nil, 1)
	for what, c := range map[string]struct {
		content []byte
		options Options
		want    error
	}{
		"not signed":                           {plain, trust, ErrUnsigned},
		"a table":                              {[]byte("A1,3132333435363738393031323334353637383930,totp"), trust, ErrUnsigned},
		"another's signature":                  {other.sign(t, plain), trust, ErrSignature},
		"another's certificate":                {whole, byOther, ErrSignature},
		"after the certificate's end":          {whole, late, ErrSignature},
		"a changed serial number":              {bytes.Replace(whole, []byte("987654321"), []byte("987654322"), 1), trust, ErrSignature},
		"a package more":                       {bytes.Replace(whole, []byte("<KeyPackage>"), []byte("<KeyPackage/><KeyPackage>"), 1), trust, ErrSignature},
		"the signature on another file":        {append(append(bytes.Clone(inside), signature...), "</KeyContainer>"...), trust, ErrSignature},
		"the signed file within another":       {append(append(bytes.Clone(inside), whole[bytes.Index(whole, []byte("<KeyContainer")):]...), "</KeyContainer>"...), trust, ErrSignature},
		"a signature on a part, as in the RFC": {figure(t, 9), trust, ErrUnsigned},
		"no certificate":                       {whole, Options{Trust: []byte("none"), Now: signedAt}, ErrTrust},
		"a key in place of the certificate":    {whole, Options{Trust: pem.EncodeToMemory(&pem.Block{Type: "X", Bytes: []byte("x")}), Now: signedAt}, ErrTrust},
	} {
		if file, err := Read(c.content, c.options); !errors.Is(err, c.want) || len(file.Tokens) > 0 {
			t.Errorf("%s: %+v, %v", what, file, err)
		}
	}
	if strings.Contains(string(plain), "Signature") {
		t.Error("the plain file is signed already")
	}
}

func FuzzSignature(f *testing.F) {
	acme, nobody := newMaker(f), newMaker(f).pem()
	for _, number := range []int{6, 9} {
		f.Add(figure(f, number))
	}
	f.Add(acme.sign(f, figure(f, 6)))
	f.Add(acme.sign(f, keyContainer("", "hotp", "", plainSecret())))
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := ReadPSKC(content, Options{Key: []byte(presharedKey), Trust: nobody, Now: signedAt})
		if err == nil {
			t.Errorf("a file that nobody signed: %+v", file)
		}
	})
}
