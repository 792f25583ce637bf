package migrate

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"
	"path"
)

const (
	zipMagic = "PK\x03\x04"
	// maxFiles bounds an archive, before its table of contents is read.
	maxFiles = 10_000
	// zipAES is the method of a file that is encrypted as WinZip does (AE-1 and
	// AE-2); which method lies beneath is in an extra field.
	zipAES      = 99
	zipAESExtra = 0x9901
)

// readZip reads the table of contents, bounded.
func readZip(content []byte) (*zip.Reader, error) {
	if bytes.Count(content, []byte("PK\x01\x02")) > maxFiles {
		return nil, fmt.Errorf("%w (more than %d files)", ErrTooLarge, maxFiles)
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, damaged("its table of contents")
	}
	return archive, nil
}

// zipNames gives the names of the files in an archive, or none.
func zipNames(content []byte) []string {
	archive, err := readZip(content)
	if err != nil {
		return nil
	}
	var names []string
	for _, f := range archive.File {
		names = append(names, f.Name)
	}
	return names
}

// fromZip gives a file of an archive, by its name without folders; ask is the
// key of the words for its passphrase.
func (j *job) fromZip(name, ask string) ([]byte, error) {
	archive, err := readZip(j.content)
	if err != nil {
		return nil, err
	}
	for _, f := range archive.File {
		if path.Base(f.Name) == name {
			return j.unzip(f, ask)
		}
	}
	return nil, damaged("a file is missing in it")
}

func (j *job) unzip(f *zip.File, ask string) ([]byte, error) {
	if f.Method == zipAES {
		return j.unzipAES(f, ask)
	}
	const encrypted = 1
	if f.Flags&encrypted != 0 {
		return j.unzipOld(f, ask)
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged("how it is packed")
	}
	defer func() { _ = r.Close() }() // only read from
	return j.unpack(r)
}

// unpack reads what something unfolds to, as much as is left for the whole file.
func (j *job) unpack(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, int64(j.left)+1))
	if len(raw) > j.left {
		return nil, fmt.Errorf("%w (it unfolds to more than %d MiB)", ErrTooLarge, j.limits.Unpacked>>20)
	}
	j.left -= len(raw)
	if err != nil {
		return nil, damaged("how it is packed")
	}
	return raw, nil
}

// unzipAES opens a file that WinZip's AES encryption sealed: a salt, two bytes
// that tell most wrong passphrases, AES in counter mode, and ten bytes of an
// HMAC.
func (j *job) unzipAES(f *zip.File, ask string) ([]byte, error) {
	const verifier, authenticator, iterations = 2, 10, 1000
	method, size, err := aesExtra(f.Extra)
	if err != nil {
		return nil, err
	}
	raw, err := f.OpenRaw()
	if err != nil {
		return nil, damaged("how it is packed")
	}
	sealed, err := io.ReadAll(io.LimitReader(raw, int64(j.limits.File)))
	salt := size / 2
	if err != nil || len(sealed) < salt+verifier+authenticator {
		return nil, damaged("the length of what is encrypted")
	}
	passphrase, err := j.passphrase(ask)
	if err != nil {
		return nil, err
	}
	keys, err := j.pbkdf2(sha1.New, passphrase, sealed[:salt], iterations, 2*size+verifier)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(keys[2*size:], sealed[salt:salt+verifier]) {
		return nil, ErrPassphrase
	}
	text, sum := sealed[salt+verifier:len(sealed)-authenticator], sealed[len(sealed)-authenticator:]
	mac := hmac.New(sha1.New, keys[size:2*size])
	mac.Write(text)
	if !hmac.Equal(mac.Sum(nil)[:authenticator], sum) {
		return nil, ErrPassphrase
	}
	block, err := aes.NewCipher(keys[:size])
	if err != nil {
		return nil, damaged("the length of a key")
	}
	plain := countFromOne(block, text)
	switch method {
	case zip.Store:
		return j.unpack(bytes.NewReader(plain))
	case zip.Deflate:
		return j.unpack(flate.NewReader(bytes.NewReader(plain)))
	}
	return nil, damaged("how it is packed")
}

// countFromOne is counter mode as WinZip has it: the counter begins with 1 and
// its lowest byte comes first, so the one of crypto/cipher does not fit.
func countFromOne(block cipher.Block, text []byte) []byte {
	plain := make([]byte, len(text))
	var counter, stream [aes.BlockSize]byte
	for i := 0; i < len(text); i += aes.BlockSize {
		binary.LittleEndian.PutUint64(counter[:], uint64(i/aes.BlockSize+1))
		block.Encrypt(stream[:], counter[:])
		for n := i; n < min(i+aes.BlockSize, len(text)); n++ {
			plain[n] = text[n] ^ stream[n-i]
		}
	}
	return plain
}

// aesExtra finds the method beneath and the length of the key in the extra
// fields of a file.
func aesExtra(extra []byte) (method uint16, size int, err error) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			break
		}
		if id == zipAESExtra && n >= 7 && extra[4] >= 1 && extra[4] <= 3 {
			return binary.LittleEndian.Uint16(extra[5:]), 8 + 8*int(extra[4]), nil
		}
		extra = extra[n:]
	}
	return 0, 0, damaged("how it is encrypted")
}
