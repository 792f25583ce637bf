package seedfile

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/subtle"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
)

// errUnfit says that a value was not encrypted with this key.
var errUnfit = errors.New("this key does not fit")

// masterKey is the key that the maker sent: bytes, or a private key.
type masterKey struct {
	bytes   []byte
	private *rsa.PrivateKey
}

// ParseKey reads a key file: 16, 24 or 32 bytes in hexadecimal digits, in base64
// or as they are, or a private RSA key in PEM. Else the error is [ErrKeyFile].
func ParseKey(content []byte) (masterKey, error) {
	if block, _ := pem.Decode(content); block != nil {
		private, err := parsePrivate(block.Bytes)
		if err != nil {
			return masterKey{}, ErrKeyFile
		}
		return masterKey{private: private}, nil
	}
	text := strings.TrimPrefix(string(bytes.TrimSpace(content)), "0x")
	if raw, err := hex.DecodeString(strings.Join(strings.Fields(text), "")); err == nil && isKeySize(len(raw)) {
		return masterKey{bytes: raw}, nil
	}
	if isKeySize(len(content)) {
		return masterKey{bytes: content}, nil
	}
	if raw, err := unbase64(text); err == nil && isKeySize(len(raw)) {
		return masterKey{bytes: raw}, nil
	}
	return masterKey{}, ErrKeyFile
}

func isKeySize(n int) bool { return n == 16 || n == 24 || n == 32 }

func parsePrivate(der []byte) (*rsa.PrivateKey, error) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, ErrKeyFile
	}
	return private, nil
}

// cipherName is the name at the end of an algorithm's address.
func cipherName(algorithm string) string {
	name := strings.ToLower(strings.TrimSpace(algorithm))
	return name[strings.LastIndexAny(name, "#:/")+1:]
}

// checksItself tells the ciphers that a change shows in.
func checksItself(algorithm string) bool {
	name := cipherName(algorithm)
	return strings.HasPrefix(name, "kw-") || strings.HasSuffix(name, "-gcm") || strings.HasPrefix(name, "rsa")
}

// decrypt opens a value by the algorithms of XML Encryption.
func (k masterKey) decrypt(m method, raw []byte) ([]byte, error) {
	switch name := cipherName(m.Algorithm); name {
	case "aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-gcm", "aes192-gcm", "aes256-gcm", "kw-aes128", "kw-aes192", "kw-aes256":
		block, err := aes.NewCipher(k.bytes)
		if err != nil || !strings.Contains(name, map[int]string{16: "128", 24: "192", 32: "256"}[len(k.bytes)]) {
			return nil, errUnfit
		}
		switch {
		case strings.HasPrefix(name, "kw-"):
			return unwrap(block, raw)
		case strings.HasSuffix(name, "-gcm"):
			return decryptGCM(block, raw)
		}
		return decryptCBC(block, raw)
	case "tripledes-cbc", "kw-tripledes":
		block, err := des.NewTripleDESCipher(k.bytes)
		if err != nil {
			return nil, errUnfit
		}
		if name == "kw-tripledes" {
			return unwrapTripleDES(block, raw)
		}
		return decryptCBC(block, raw)
	case "rsa_1_5", "rsa-1_5", "rsa-oaep-mgf1p", "rsa-oaep":
		return k.decryptRSA(m, raw)
	}
	return nil, problem("it is encrypted by an algorithm that is not known here (" + short(m.Algorithm) + ")")
}

// decryptCBC takes the padding of XML Encryption §5.2, of which only the last
// byte is defined.
func decryptCBC(block cipher.Block, raw []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(raw) < 2*size || len(raw)%size != 0 {
		return nil, errUnfit
	}
	plain := make([]byte, len(raw)-size)
	cipher.NewCBCDecrypter(block, raw[:size]).CryptBlocks(plain, raw[size:])
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > size {
		return nil, errUnfit
	}
	return plain[:len(plain)-padding], nil
}

func decryptGCM(block cipher.Block, raw []byte) ([]byte, error) {
	aead, err := cipher.NewGCM(block)
	if err != nil || len(raw) < aead.NonceSize() {
		return nil, errUnfit
	}
	plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], nil)
	if err != nil {
		return nil, errUnfit
	}
	return plain, nil
}

// wrapCheck is the initial value of RFC 3394 §2.2.3.1.
const wrapCheck = 0xA6A6A6A6A6A6A6A6

// unwrap undoes the key wrap of RFC 3394 §2.2.2.
func unwrap(block cipher.Block, raw []byte) ([]byte, error) {
	n := len(raw)/8 - 1
	if n < 2 || len(raw)%8 != 0 {
		return nil, errUnfit
	}
	check, plain := binary.BigEndian.Uint64(raw), bytes.Clone(raw[8:])
	var b [16]byte
	for turn := 5; turn >= 0; turn-- {
		for i := n; i >= 1; i-- {
			part := plain[8*(i-1) : 8*i]
			binary.BigEndian.PutUint64(b[:], check^uint64(n*turn+i))
			copy(b[8:], part)
			block.Decrypt(b[:], b[:])
			check = binary.BigEndian.Uint64(b[:])
			copy(part, b[8:])
		}
	}
	var got, want [8]byte
	binary.BigEndian.PutUint64(got[:], check)
	binary.BigEndian.PutUint64(want[:], wrapCheck)
	if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
		return nil, errUnfit
	}
	return plain, nil
}

// wrapVector is the second initial vector of RFC 3217 §3.2.
const wrapVector = 0x4adda22c79e82105

// unwrapTripleDES undoes the key wrap of RFC 3217 §3.2.
func unwrapTripleDES(block cipher.Block, raw []byte) ([]byte, error) {
	const size = des.BlockSize
	if len(raw) < 4*size || len(raw)%size != 0 {
		return nil, errUnfit
	}
	var vector [size]byte
	binary.BigEndian.PutUint64(vector[:], wrapVector)
	plain := bytes.Clone(raw)
	cipher.NewCBCDecrypter(block, vector[:]).CryptBlocks(plain, plain)
	slices.Reverse(plain)
	first, plain := plain[:size], plain[size:]
	cipher.NewCBCDecrypter(block, first).CryptBlocks(plain, plain)
	plain, check := plain[:len(plain)-size], plain[len(plain)-size:]
	if sum := sha1.Sum(plain); subtle.ConstantTimeCompare(sum[:size], check) != 1 {
		return nil, errUnfit
	}
	return plain, nil
}

func (k masterKey) decryptRSA(m method, raw []byte) (plain []byte, err error) {
	if k.private == nil {
		return nil, problem("it is encrypted for a certificate; give its private key, in PEM, by --key-file")
	}
	if strings.HasPrefix(cipherName(m.Algorithm), "rsa-oaep") {
		options := rsa.OAEPOptions{Hash: digestOf(m.Digest.Algorithm), MGFHash: digestOf(m.MGF.Algorithm)}
		if options.Label, err = unbase64(m.Label); err != nil || options.Hash == 0 || options.MGFHash == 0 {
			return nil, problem("it is encrypted for a certificate in a way that is not known here")
		}
		plain, err = k.private.Decrypt(nil, raw, &options)
	} else {
		// RFC 6030's own example is encrypted so. A file is opened once, by whoever
		// holds the key, so there is nobody whom the error could tell anything.
		plain, err = rsa.DecryptPKCS1v15(nil, k.private, raw) //lint:ignore SA1019 the format asks for it
	}
	if err != nil {
		return nil, errUnfit
	}
	return plain, nil
}

// digestOf is the hash of a digest's or a mask's address, SHA-1 where there is
// none (XML Encryption §5.5.2); 0 when it is not known.
func digestOf(algorithm string) crypto.Hash {
	switch name := cipherName(algorithm); name {
	case "", "sha1", "mgf1sha1":
		return crypto.SHA1
	case "sha256", "mgf1sha256":
		return crypto.SHA256
	case "sha384", "mgf1sha384":
		return crypto.SHA384
	case "sha512", "mgf1sha512":
		return crypto.SHA512
	}
	return 0
}
