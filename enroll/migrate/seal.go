package migrate

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// openGCM opens what AES-GCM sealed, with what was authenticated beside it; the
// tag stands at the end. What does not open is [ErrPassphrase]: a wrong key and
// a changed text look alike.
func openGCM(key, nonce, sealed []byte, beside ...byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, damaged("the length of a key")
	}
	if len(nonce) == 0 || len(nonce) > 64 || len(sealed) < 16 {
		return nil, damaged("the length of what is encrypted")
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, len(nonce))
	if err != nil {
		return nil, damaged("the length of what is encrypted")
	}
	plain, err := gcm.Open(nil, nonce, sealed, beside)
	if err != nil {
		return nil, ErrPassphrase
	}
	return plain, nil
}

// openCBC opens AES-CBC with padding (RFC 5652 §6.3). It proves nothing: what
// was changed may open to something else.
func openCBC(key, nonce, sealed []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, damaged("the length of a key")
	}
	return openBlocks(block, nonce, sealed)
}

// openBlocks is openCBC for any cipher with blocks of sixteen bytes.
func openBlocks(block cipher.Block, nonce, sealed []byte) ([]byte, error) {
	if len(nonce) != aes.BlockSize || len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, damaged("the length of what is encrypted")
	}
	plain := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, nonce).CryptBlocks(plain, sealed)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil, ErrPassphrase
	}
	for _, b := range plain[len(plain)-padding:] {
		if int(b) != padding {
			return nil, ErrPassphrase
		}
	}
	return plain[:len(plain)-padding], nil
}

// hexBytes are bytes that JSON has in hexadecimal.
type hexBytes []byte

// UnmarshalText reads hexadecimal digits.
func (h *hexBytes) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	*h = raw
	return err
}

// base64Bytes are bytes that JSON has in base64, with or without padding, in
// either alphabet.
type base64Bytes []byte

// UnmarshalText reads base64.
func (b *base64Bytes) UnmarshalText(text []byte) error {
	raw, err := readBase64(string(text))
	*b = raw
	return err
}

// readBase64 is tolerant of line breaks, either alphabet and missing padding.
func readBase64(text string) ([]byte, error) {
	text = strings.NewReplacer("-", "+", "_", "/", "=", "", "\n", "", "\r", "", " ", "").Replace(text)
	return base64.RawStdEncoding.DecodeString(text)
}
