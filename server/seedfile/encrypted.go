package seedfile

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"hash"
	"strings"
)

// Bounds of deriving a key from a passphrase, checked before.
const (
	maxIterations = 2_000_000
	maxSalt       = 1024
)

// encryptionKey names the key that the values are encrypted with (RFC 6030 §6).
type encryptionKey struct {
	Derived *struct {
		Method struct {
			Algorithm string `xml:"Algorithm,attr"`
			Params    struct {
				Salt       string `xml:"Salt>Specified"`
				Iterations string `xml:"IterationCount"`
				Length     string `xml:"KeyLength"`
				PRF        struct {
					Algorithm string `xml:"Algorithm,attr"`
				} `xml:"PRF"`
			} `xml:"PBKDF2-params"`
		} `xml:"KeyDerivationMethod"`
	} `xml:"DerivedKey"`
}

// encrypted is a value encrypted as XML Encryption has it.
type encrypted struct {
	Method method `xml:"EncryptionMethod"`
	Cipher string `xml:"CipherData>CipherValue"`
}

// method is how it is encrypted; the rest belongs to RSA-OAEP.
type method struct {
	Algorithm string `xml:"Algorithm,attr"`
	Digest    struct {
		Algorithm string `xml:"Algorithm,attr"`
	} `xml:"DigestMethod"`
	MGF struct {
		Algorithm string `xml:"Algorithm,attr"`
	} `xml:"MGF"`
	Label string `xml:"OAEPparams"`
}

type macMethod struct {
	Algorithm string     `xml:"Algorithm,attr"`
	Key       *encrypted `xml:"MACKey"`
}

// opener reads values, and counts the encrypted ones that the key fits.
type opener struct {
	key        masterKey
	mac        func() hash.Hash // nil: the file has no MACs
	macKey     []byte
	fit, unfit int
}

// newOpener readies the key that the file needs; none for a plain one.
func newOpener(c *container, o Options) (*opener, error) {
	open := &opener{}
	if !c.encrypted() {
		return open, nil
	}
	var err error
	switch {
	case c.Encryption.Derived != nil && o.Passphrase == "":
		return nil, ErrNeedsPass
	case c.Encryption.Derived != nil:
		open.key.bytes, err = c.Encryption.derive(o.Passphrase)
	case o.Key == nil:
		return nil, ErrNeedsKey
	default:
		open.key, err = ParseKey(o.Key)
	}
	if err != nil || c.MAC == nil {
		return open, err
	}
	if open.mac = hashOf(c.MAC.Algorithm); open.mac == nil {
		return nil, problem("the file's MAC is made by an algorithm that is not known here (" + short(c.MAC.Algorithm) + ")")
	}
	open.macKey = open.key.bytes
	if c.MAC.Key != nil {
		raw, err := unbase64(c.MAC.Key.Cipher)
		if err == nil {
			open.macKey, err = open.key.decrypt(c.MAC.Key.Method, raw)
		}
		if unknown := problem(""); errors.As(err, &unknown) {
			return nil, unknown
		} else if err != nil {
			return nil, ErrWrongKey
		}
	}
	return open, nil
}

func (c *container) encrypted() bool {
	for _, p := range c.Packages {
		if p.Key == nil {
			continue
		}
		for _, v := range []*value{p.Key.Secret, p.Key.Counter, p.Key.Time, p.Key.Interval, p.Key.Drift} {
			if v != nil && v.Encrypted != nil {
				return true
			}
		}
	}
	return false
}

func (e *encryptionKey) derive(passphrase string) ([]byte, error) {
	p := e.Derived.Method.Params
	salt, err1 := unbase64(p.Salt)
	iterations, err2 := number(p.Iterations, maxIterations)
	length, err3 := int64(16), error(nil)
	if strings.TrimSpace(p.Length) != "" {
		length, err3 = number(p.Length, 32)
	}
	prf := hashOf(p.PRF.Algorithm)
	if strings.TrimSpace(p.PRF.Algorithm) == "" {
		prf = sha1.New
	}
	method := strings.ToLower(e.Derived.Method.Algorithm)
	if errors.Join(err1, err2, err3) != nil || !strings.HasSuffix(method, "pbkdf2") || prf == nil ||
		len(salt) > maxSalt || iterations < 1 || length < 1 {
		return nil, ErrDerivation
	}
	key, err := pbkdf2.Key(prf, passphrase, salt, int(iterations), int(length))
	if err != nil {
		return nil, ErrDerivation
	}
	return key, nil
}

// hashOf is the hash of an HMAC's address, whatever stands before its name.
func hashOf(algorithm string) func() hash.Hash {
	name := strings.ToLower(strings.TrimSpace(algorithm))
	switch name = strings.ReplaceAll(name[strings.LastIndexAny(name, "#:/")+1:], "-", ""); name {
	case "hmacsha1", "hmacwithsha1":
		return sha1.New
	case "hmacsha224", "hmacwithsha224":
		return sha256.New224
	case "hmacsha256", "hmacwithsha256":
		return sha256.New
	case "hmacsha384", "hmacwithsha384":
		return sha512.New384
	case "hmacsha512", "hmacwithsha512":
		return sha512.New
	}
	return nil
}

// bytes reads a value of bytes.
func (o *opener) bytes(v *value) ([]byte, error) {
	switch {
	case v.Encrypted != nil:
		return o.decrypted(v)
	case v.Plain == nil:
		return nil, problem("the file does not hold its key; the maker sends it by another way")
	}
	raw, err := unbase64(*v.Plain)
	if err != nil || len(raw) > maxField {
		return nil, problem("its key is not base64")
	}
	return raw, nil
}

// number reads a value that is a number; what is not there changes nothing.
func (o *opener) number(v *value, into *int64, most int64) (err error) {
	switch {
	case v == nil || v.Encrypted == nil && v.Plain == nil:
		return nil
	case v.Encrypted == nil:
		*into, err = number(*v.Plain, most)
		return err
	}
	raw, err := o.decrypted(v)
	if err != nil {
		return err
	}
	if n, err := number(string(raw), most); err == nil && len(raw) != 4 && len(raw) != 8 {
		*into = n // as text, which some write
		return nil
	}
	if len(raw) == 0 || len(raw) > 8 {
		return problem("a number in it is not one, or is out of bounds")
	}
	var padded [8]byte
	copy(padded[8-len(raw):], raw)
	if n := binary.BigEndian.Uint64(padded[:]); n <= uint64(most) {
		*into = int64(n)
		return nil
	}
	return problem("a number in it is not one, or is out of bounds")
}

// decrypted opens an encrypted value after its MAC was found right. What has
// neither a MAC nor a check in its cipher is not believed.
func (o *opener) decrypted(v *value) ([]byte, error) {
	raw, err := unbase64(v.Encrypted.Cipher)
	if err != nil || len(raw) > maxField {
		return nil, problem("its encrypted key is not base64")
	}
	told, err := unbase64(v.MAC)
	switch {
	case err != nil:
		return nil, problem("its MAC is not base64")
	case o.mac != nil && len(told) > 0:
		mac := hmac.New(o.mac, o.macKey)
		mac.Write(raw)
		if !hmac.Equal(mac.Sum(nil), told) {
			o.unfit++
			return nil, problem("its MAC is wrong: the key is another, or the file was changed")
		}
	case !checksItself(v.Encrypted.Method.Algorithm):
		return nil, problem("its encrypted key has no MAC, so a change would not show")
	}
	plain, err := o.key.decrypt(v.Encrypted.Method, raw)
	if errors.Is(err, errUnfit) {
		o.unfit++
		return nil, problem("it cannot be decrypted with this key")
	}
	if err == nil {
		o.fit++
	}
	return plain, err
}
