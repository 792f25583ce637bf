package migrate

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/binary"
	"hash"
)

// sqlcipher are the settings of one version of SQLCipher, which encrypts each
// page of an SQLite database. The file names none; one of them fits.
type sqlcipher struct {
	page       int
	hash       func() hash.Hash
	iterations int64
}

// sqlciphers are those of version 3 and 4.
func sqlciphers() []sqlcipher {
	return []sqlcipher{{1024, sha1.New, 64_000}, {4096, sha512.New, 256_000}}
}

const (
	sqlcipherSalt = 16 // stands in the place of what each database begins with
	sqlcipherKey  = 32
)

// tail is what a page ends with: a nonce, an HMAC, and nothing up to whole
// blocks.
func (c sqlcipher) tail() int {
	n := aes.BlockSize + c.hash().Size()
	return (n + aes.BlockSize - 1) / aes.BlockSize * aes.BlockSize
}

// fits tells whether a file so long can have these settings.
func (c sqlcipher) fits(content []byte) bool {
	return len(content) >= c.page && len(content)%c.page == 0
}

// openSQLCipher gives the database that a passphrase encrypted.
func openSQLCipher(j *job, passphrase, content []byte) ([]byte, error) {
	fits := false
	for _, c := range sqlciphers() {
		if !c.fits(content) {
			continue
		}
		fits = true
		plain, err := c.open(j, passphrase, content)
		if err != nil || plain != nil {
			return plain, err
		}
	}
	if !fits {
		return nil, damaged("its length")
	}
	return nil, ErrPassphrase
}

// open gives nothing where the first page is not of this key.
func (c sqlcipher) open(j *job, passphrase, content []byte) ([]byte, error) {
	salt := content[:sqlcipherSalt]
	key, err := j.pbkdf2(c.hash, passphrase, salt, c.iterations, sqlcipherKey)
	if err != nil {
		return nil, err
	}
	mask := bytes.Clone(salt)
	for i := range mask {
		mask[i] ^= 0x3a
	}
	macKey, err := j.pbkdf2(c.hash, key, mask, 2, sqlcipherKey)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, damaged("the length of a key")
	}
	plain := make([]byte, len(content))
	for at := 0; at < len(content); at += c.page {
		page, out, number := content[at:at+c.page], plain[at:at+c.page], uint32(at/c.page+1)
		body := len(page) - c.tail()
		skip := 0
		if number == 1 {
			skip = copy(out, sqliteMagic)
		}
		mac := hmac.New(c.hash, macKey)
		mac.Write(page[skip : body+aes.BlockSize])
		mac.Write(binary.LittleEndian.AppendUint32(nil, number))
		sum := page[body+aes.BlockSize:][:c.hash().Size()]
		switch {
		case hmac.Equal(mac.Sum(nil), sum):
		case number == 1:
			return nil, nil
		default:
			return nil, damaged("its database")
		}
		nonce := page[body : body+aes.BlockSize]
		cipher.NewCBCDecrypter(block, nonce).CryptBlocks(out[skip:body], page[skip:body])
	}
	return plain, nil
}
