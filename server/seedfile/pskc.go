package seedfile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"sleutelbos/enroll"
)

const (
	maxDepth = 32
	maxNodes = 5_000_000
)

// container is a KeyContainer (RFC 6030 §4). Names are read in whatever
// namespace they are: makers mix them up.
type container struct {
	XMLName    xml.Name
	Encryption encryptionKey `xml:"EncryptionKey"`
	MAC        *macMethod    `xml:"MACMethod"`
	Packages   []keyPackage  `xml:"KeyPackage"`
	Signature  *struct{}     `xml:"Signature"`
}

type keyPackage struct {
	Device struct {
		Maker  string `xml:"Manufacturer"`
		Serial string `xml:"SerialNo"`
		Model  string `xml:"Model"`
		User   string `xml:"UserId"`
	} `xml:"DeviceInfo"`
	Key *packedKey `xml:"Key"`
}

type packedKey struct {
	ID        string `xml:"Id,attr"`
	Algorithm string `xml:"Algorithm,attr"`
	Friendly  string `xml:"FriendlyName"`
	User      string `xml:"UserId"`
	Suite     string `xml:"AlgorithmParameters>Suite"`
	Response  struct {
		Length      string `xml:"Length,attr"`
		Encoding    string `xml:"Encoding,attr"`
		CheckDigits string `xml:"CheckDigits,attr"`
	} `xml:"AlgorithmParameters>ResponseFormat"`
	Secret   *value   `xml:"Data>Secret"`
	Counter  *value   `xml:"Data>Counter"`
	Time     *value   `xml:"Data>Time"`
	Interval *value   `xml:"Data>TimeInterval"`
	Drift    *value   `xml:"Data>TimeDrift"`
	Usage    []string `xml:"Policy>KeyUsage"`
}

// value is plain or encrypted.
type value struct {
	Plain     *string    `xml:"PlainValue"`
	Encrypted *encrypted `xml:"EncryptedValue"`
	MAC       string     `xml:"ValueMAC"`
}

// ReadPSKC reads a PSKC file. The error is about the whole file; what is wrong
// with one token stands there.
func ReadPSKC(content []byte, o Options) (File, error) {
	if len(content) > MaxFile {
		return File{}, ErrTooLong
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if err := harmless(content); err != nil {
		return File{}, err
	}
	vouched := o.Trust != nil
	if vouched {
		only, err := signed(content, o.Trust, o.Now)
		if err != nil {
			return File{}, err
		}
		content = only
	}
	var c container
	if err := xml.Unmarshal(content, &c); err != nil || c.XMLName.Local != "KeyContainer" {
		return File{}, ErrNotPSKC // the cause might quote a part of a key
	}
	switch {
	case len(c.Packages) == 0:
		return File{}, ErrEmpty
	case len(c.Packages) > MaxTokens:
		return File{}, ErrTooMany
	}
	open, err := newOpener(&c, o)
	if err != nil {
		return File{}, err
	}
	file := File{Signed: vouched || c.Signature != nil, Vouched: vouched}
	for i := range c.Packages {
		file.Tokens = append(file.Tokens, c.Packages[i].token(open))
	}
	if open.unfit > 0 && open.fit == 0 {
		return File{}, ErrWrongKey
	}
	return file, nil
}

// harmless walks through the file before anything is made of it.
func harmless(content []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(content))
	for depth, nodes := 0, 0; ; nodes++ {
		token, err := decoder.RawToken()
		switch {
		case errors.Is(err, io.EOF) && depth == 0:
			return nil
		case err != nil || nodes > maxNodes:
			return ErrNotPSKC
		}
		switch token.(type) {
		case xml.Directive:
			return ErrDTD
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
		if depth > maxDepth {
			return ErrDeep
		}
	}
}

// problem is why a token cannot be used.
type problem string

func (p problem) Error() string { return string(p) }

func (p *keyPackage) token(open *opener) Token {
	t := Token{
		Serial: clean(p.Device.Serial), Maker: clean(p.Device.Maker), Model: clean(p.Device.Model), User: clean(p.Device.User),
	}
	if p.Key == nil {
		t.Problem = "it has no key"
		return t
	}
	if t.Serial == "" {
		t.Serial = clean(p.Key.ID)
	}
	if t.Model == "" {
		t.Model = clean(p.Key.Friendly)
	}
	if user := clean(p.Key.User); user != "" {
		t.User = user
	}
	var unusable problem
	err := p.Key.fill(&t, open)
	if err == nil && t.Serial == "" {
		err = problem("its serial number is missing")
	}
	if errors.As(err, &unusable) {
		t.Problem, t.Key = string(unusable), enroll.Key{}
	} else if err != nil {
		t.Problem, t.Key = "it cannot be read", enroll.Key{}
	}
	return t
}

// fill reads the key and how codes are made from it.
func (k *packedKey) fill(t *Token, open *opener) error {
	kind, err := kindOf(k.Algorithm)
	if err != nil {
		return err
	}
	t.Key = enroll.Key{Kind: kind, Digits: enroll.MinDigits}
	if t.Key.Algorithm, err = suiteOf(k.Suite); err != nil {
		return err
	}
	if err := k.checkResponse(&t.Key); err != nil {
		return err
	}
	if len(k.Usage) > 0 && !contains(k.Usage, "OTP") {
		return problem("its maker does not allow it for codes (KeyUsage)")
	}
	if k.Secret == nil {
		return problem("the file does not hold its key; the maker sends it by another way")
	}
	if t.Key.Secret, err = open.bytes(k.Secret); err != nil {
		return err
	}
	var counter, interval, drift, used int64
	for _, number := range []struct {
		from *value
		into *int64
		most int64
	}{{k.Counter, &counter, 1 << 53}, {k.Interval, &interval, enroll.MaxPeriod}, {k.Drift, &drift, 1 << 20}, {k.Time, &used, 1 << 53}} {
		if err := open.number(number.from, number.into, number.most); err != nil {
			return err
		}
	}
	if kind == enroll.HOTP {
		if counter < 0 {
			return problem("its counter is not one")
		}
		t.Key.Counter = uint64(counter)
		return nil
	}
	t.Key.Period = enroll.DefaultPeriod
	if interval != 0 {
		t.Key.Period = int(interval)
	}
	t.Drift, t.Used = int(drift), uint64(max(used, 0))
	return nil
}

func kindOf(algorithm string) (enroll.Kind, error) {
	name := strings.TrimSpace(algorithm)
	switch name = strings.ToLower(name[strings.LastIndexAny(name, ":#")+1:]); name {
	case "totp":
		return enroll.TOTP, nil
	case "hotp":
		return enroll.HOTP, nil
	case "pin":
		return "", problem("it is a PIN, not a key for codes")
	case "":
		return "", problem("it does not say how codes are made from it")
	}
	return "", problem(fmt.Sprintf("codes are made from it in a way that is not known here (%s); totp and hotp are", short(name)))
}

func suiteOf(suite string) (enroll.Algorithm, error) {
	name := strings.ToUpper(strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.TrimSpace(suite)))
	switch strings.TrimPrefix(name, "HMAC") {
	case "", "SHA1":
		return enroll.SHA1, nil
	case "SHA256":
		return enroll.SHA256, nil
	case "SHA512":
		return enroll.SHA512, nil
	}
	return "", problem(fmt.Sprintf("its algorithm is not known here (%s); SHA1, SHA256 and SHA512 are", short(suite)))
}

func (k *packedKey) checkResponse(key *enroll.Key) error {
	switch encoding := strings.ToUpper(strings.TrimSpace(k.Response.Encoding)); {
	case encoding != "" && encoding != "DECIMAL":
		return problem("its codes are not of decimal digits")
	case isTrue(k.Response.CheckDigits):
		return problem("its codes end with a check digit, which is not known here")
	}
	if length := strings.TrimSpace(k.Response.Length); length != "" {
		n, err := number(length, enroll.MaxDigits)
		if err != nil || n < enroll.MinDigits {
			return problem(fmt.Sprintf("its codes have other than %d to %d digits", enroll.MinDigits, enroll.MaxDigits))
		}
		key.Digits = int(n)
	}
	return nil
}
