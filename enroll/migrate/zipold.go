package migrate

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"hash/crc32"
	"io"
)

// zipKeys is the state of the encryption that archives had before AES. It is
// weak, but WinAuth and Authenticator Plus write it.
type zipKeys [3]uint32

func newZipKeys(passphrase []byte) *zipKeys {
	k := &zipKeys{0x12345678, 0x23456789, 0x34567890}
	for _, b := range passphrase {
		k.take(b)
	}
	return k
}

// take goes on with a plain byte.
func (k *zipKeys) take(b byte) {
	step := func(sum uint32, b byte) uint32 { return crc32.IEEETable[byte(sum)^b] ^ sum>>8 }
	k[0] = step(k[0], b)
	k[1] = (k[1]+k[0]&0xff)*134775813 + 1
	k[2] = step(k[2], byte(k[1]>>24))
}

func (k *zipKeys) open(b byte) byte {
	t := k[2]&0xffff | 2
	b ^= byte(t * (t ^ 1) >> 8)
	k.take(b)
	return b
}

// unzipOld opens a file so encrypted. Its sum tells a wrong passphrase.
func (j *job) unzipOld(f *zip.File, ask string) ([]byte, error) {
	const head = 12
	raw, err := f.OpenRaw()
	if err != nil {
		return nil, damaged("how it is packed")
	}
	sealed, err := io.ReadAll(io.LimitReader(raw, int64(j.limits.File)))
	if err != nil || len(sealed) < head {
		return nil, damaged("the length of what is encrypted")
	}
	passphrase, err := j.passphrase(ask)
	if err != nil {
		return nil, err
	}
	keys := newZipKeys(passphrase)
	for i, b := range sealed {
		sealed[i] = keys.open(b)
	}
	var r io.Reader = bytes.NewReader(sealed[head:])
	switch f.Method {
	case zip.Store:
	case zip.Deflate:
		r = flate.NewReader(r)
	default:
		return nil, damaged("how it is packed")
	}
	plain, err := j.unpack(r)
	if crc32.ChecksumIEEE(plain) != f.CRC32 || err != nil {
		return nil, ErrPassphrase
	}
	return plain, nil
}
