package vault

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/crypto/chacha20poly1305"
)

// The frame of the file; FORMAT.md has the table. Magic, versions and checksum
// are the same in every format there will be.
const (
	format       = 1 // what this package writes
	oldestReader = 1 // the oldest program that reads what this package writes

	magic        = "\x89SLB\r\n\x1a\n" // catches a transfer as text
	fixedSize    = len(magic) + 2 + 2 + 4
	checksumSize = sha256.Size
	nonceSize    = chacha20poly1305.NonceSizeX
	sealSize     = chacha20poly1305.Overhead

	maxHeader = 64 << 10
	maxFile   = 32 << 20
	masterLen = chacha20poly1305.KeySize
)

// file is a vault file taken apart, not yet opened.
type file struct {
	raw      []byte
	format   uint16
	header   header
	prefix   []byte // everything before the nonce: the associated data
	nonce    []byte
	sealed   []byte
	checksum [checksumSize]byte
}

func (f *file) readOnly() bool { return f.format > format }

// parseFile takes a file apart. The checksum comes before everything but the
// magic, so that damage is never taken for a wrong passphrase; it keeps out
// accidents, the seal keeps out people.
func parseFile(raw []byte) (*file, error) {
	if len(raw) > maxFile {
		return nil, fmt.Errorf("%w: it is bigger than any vault", ErrDamaged)
	}
	if len(raw) < fixedSize+nonceSize+sealSize+checksumSize || string(raw[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: it does not begin as a vault does, or is cut off", ErrDamaged)
	}
	end := len(raw) - checksumSize
	f := &file{raw: raw, checksum: sha256.Sum256(raw[:end])}
	if !bytes.Equal(f.checksum[:], raw[end:]) {
		return nil, fmt.Errorf("%w: its checksum is not right", ErrDamaged)
	}
	f.format = binary.BigEndian.Uint16(raw[8:])
	oldest := binary.BigEndian.Uint16(raw[10:])
	switch {
	case f.format < 1 || oldest < 1 || oldest > f.format:
		return nil, fmt.Errorf("%w: its version makes no sense", ErrDamaged)
	case oldest > format:
		return nil, ErrNewer
	}
	size := int(min(binary.BigEndian.Uint32(raw[12:]), maxHeader+1))
	if size > maxHeader || fixedSize+size+nonceSize+sealSize > end {
		return nil, fmt.Errorf("%w: its header is longer than the file or than any header", ErrDamaged)
	}
	f.prefix = raw[:fixedSize+size]
	f.nonce = raw[len(f.prefix) : len(f.prefix)+nonceSize]
	f.sealed = raw[len(f.prefix)+nonceSize : end]
	return f, f.header.parse(f.prefix[fixedSize:], f.readOnly())
}

// open unseals the body.
func (f *file) open(master []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(master)
	if err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	body, err := aead.Open(nil, f.nonce, f.sealed, f.prefix)
	if err != nil {
		return nil, fmt.Errorf("%w: its seal is broken", ErrDamaged)
	}
	return body, nil
}

// sealFile writes a whole file of this format.
func sealFile(h header, master, body []byte, random io.Reader) ([]byte, error) {
	encoded, err := h.encode()
	if err != nil {
		return nil, err
	}
	size := fixedSize + len(encoded) + nonceSize + len(body) + sealSize + checksumSize
	if len(encoded) > maxHeader || size > maxFile {
		return nil, ErrTooBig
	}
	raw := make([]byte, 0, size)
	raw = append(raw, magic...)
	raw = binary.BigEndian.AppendUint16(raw, format)
	raw = binary.BigEndian.AppendUint16(raw, oldestReader)
	raw = binary.BigEndian.AppendUint32(raw, uint32(len(encoded)))
	raw = append(raw, encoded...)
	prefix := raw
	nonce := make([]byte, nonceSize)
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("make a nonce: %w", err)
	}
	aead, err := chacha20poly1305.NewX(master)
	if err != nil {
		return nil, fmt.Errorf("seal the vault: %w", err)
	}
	raw = append(raw, nonce...)
	raw = aead.Seal(raw, nonce, body, prefix)
	sum := sha256.Sum256(raw)
	return append(raw, sum[:]...), nil
}

// readFile reads a file of bounded size; what is no plain file (a pipe would
// hang) is damaged. Its stat is of the very file that was read.
func readFile(path string) ([]byte, os.FileInfo, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, ErrNoVault
	}
	if err != nil {
		return nil, nil, fmt.Errorf("look at the vault: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%w: it is no plain file", ErrDamaged)
	}
	opened, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, ErrNoVault
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open the vault file: %w", err)
	}
	defer opened.Close() // opened for reading: nothing to lose
	if info, err = opened.Stat(); err != nil {
		return nil, nil, fmt.Errorf("look at the vault: %w", err)
	}
	if info.Size() > maxFile {
		return nil, nil, fmt.Errorf("%w: it is bigger than any vault", ErrDamaged)
	}
	raw, err := io.ReadAll(io.LimitReader(opened, maxFile+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read the vault: %w", err)
	}
	return raw, info, nil
}
