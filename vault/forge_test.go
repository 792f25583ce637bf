package vault

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"testing"
)

// forged saves a body that the package itself would never write, under the keys
// of an open vault.
func forged(t testing.TB, v *Vault, change func(body []byte) []byte) {
	t.Helper()
	body, err := v.now.content.encode()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := sealFile(v.now.header, v.now.master, change(body), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	writeRaw(t, v.folder.path(), raw)
}

func writeRaw(t testing.TB, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readRaw(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// summed gives a file whose bytes were changed the checksum that fits.
func summed(raw []byte) []byte {
	sum := sha256.Sum256(raw[:len(raw)-checksumSize])
	return append(bytes.Clone(raw[:len(raw)-checksumSize]), sum[:]...)
}

// withHeader puts another header into a file.
func withHeader(raw []byte, change func(header []byte) []byte) []byte {
	size := binary.BigEndian.Uint32(raw[12:])
	h := change(bytes.Clone(raw[fixedSize : fixedSize+int(size)]))
	forged := bytes.Clone(raw[:12])
	forged = binary.BigEndian.AppendUint32(forged, uint32(len(h)))
	forged = append(forged, h...)
	return summed(append(forged, raw[fixedSize+int(size):]...))
}

// newer makes a file look as if a newer version wrote it, with a header field
// and a slot of its own.
func newer(t testing.TB, v *Vault, oldest uint16) []byte {
	t.Helper()
	body, err := v.now.content.encode()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := sealFile(v.now.header, v.now.master, body, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw = withHeader(raw, func(h []byte) []byte {
		h = bytes.Replace(h, []byte(`"slots":[`), []byte(`"later":{"x":1},"slots":[{"kind":"token","id":"7","far":true},`), 1)
		return h
	})
	binary.BigEndian.PutUint16(raw[8:], 2)
	binary.BigEndian.PutUint16(raw[10:], oldest)
	// The header is associated data, so the body is sealed again.
	size := fixedSize + int(binary.BigEndian.Uint32(raw[12:]))
	return resealed(t, raw, size, v.now.master, body)
}
