package migrate

import (
	"bytes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"slices"

	"golang.org/x/crypto/chacha20"
	//lint:ignore SA1019 the other package starts anew at every call
	"golang.org/x/crypto/salsa20/salsa"
)

// open3 opens version 3: one sealed content, which begins with bytes that the
// header has too and goes on with blocks and their sums.
func (f *kdbxFile) open3(j *job, key []byte) ([]byte, *kdbxStream, error) {
	master := sha256.Sum256(slices.Concat(f.fields[kdbxMasterSeed], key))
	plain, err := f.decrypt(master[:], f.rest)
	if err != nil {
		return nil, nil, err
	}
	begin := f.fields[kdbxStartBytes]
	if len(begin) < 16 || !bytes.HasPrefix(plain, begin) {
		return nil, nil, ErrPassphrase
	}
	const head = 4 + sha256.Size + 4
	var packed []byte
	for plain = plain[len(begin):]; ; {
		if len(plain) < head {
			return nil, nil, damaged("its blocks")
		}
		sum, n := plain[4:4+sha256.Size], int64(binary.LittleEndian.Uint32(plain[head-4:]))
		if plain = plain[head:]; n == 0 {
			break
		}
		if n > int64(len(plain)) {
			return nil, nil, damaged("its blocks")
		}
		if got := sha256.Sum256(plain[:n]); !bytes.Equal(got[:], sum) {
			return nil, nil, damaged("its blocks")
		}
		packed, plain = append(packed, plain[:n]...), plain[n:]
	}
	text, err := f.unfold(j, packed)
	if err != nil {
		return nil, nil, err
	}
	id := f.fields[kdbxStreamID]
	if len(id) != 4 {
		return nil, nil, damaged("how its values are hidden")
	}
	stream, err := newKdbxStream(binary.LittleEndian.Uint32(id), f.fields[kdbxStreamKey])
	return text, stream, err
}

// open4 opens version 4: the header and each block of what is sealed carry an
// HMAC, and a second header lies inside.
func (f *kdbxFile) open4(j *job, key []byte) ([]byte, *kdbxStream, error) {
	if len(f.rest) < 2*sha256.Size {
		return nil, nil, damaged("its beginning")
	}
	sum, mac, blocks := f.rest[:sha256.Size], f.rest[sha256.Size:2*sha256.Size], f.rest[2*sha256.Size:]
	if got := sha256.Sum256(f.header); !bytes.Equal(got[:], sum) {
		return nil, nil, damaged("its beginning")
	}
	seed := f.fields[kdbxMasterSeed]
	base := sha512.Sum512(slices.Concat(seed, key, []byte{1}))
	if !hmac.Equal(kdbxMAC(base[:], ^uint64(0), f.header), mac) {
		return nil, nil, ErrPassphrase
	}
	sealed, err := kdbxBlocks(base[:], blocks)
	if err != nil {
		return nil, nil, err
	}
	master := sha256.Sum256(slices.Concat(seed, key))
	packed, err := f.decrypt(master[:], sealed)
	if errors.Is(err, ErrPassphrase) {
		return nil, nil, damaged("its content") // the header opened, so it is not the password
	} else if err != nil {
		return nil, nil, err
	}
	plain, err := f.unfold(j, packed)
	if err != nil {
		return nil, nil, err
	}
	return kdbxInner(plain)
}

// kdbxMAC is the HMAC of a block under the key of its number.
func kdbxMAC(base []byte, number uint64, parts ...[]byte) []byte {
	key := sha512.Sum512(slices.Concat(binary.LittleEndian.AppendUint64(nil, number), base))
	mac := hmac.New(sha256.New, key[:])
	for _, part := range parts {
		mac.Write(part)
	}
	return mac.Sum(nil)
}

func kdbxBlocks(base, blocks []byte) (sealed []byte, err error) {
	const head = sha256.Size + 4
	for number := uint64(0); ; number++ {
		if len(blocks) < head {
			return nil, damaged("its blocks")
		}
		mac, size := blocks[:sha256.Size], blocks[sha256.Size:head]
		n := int64(binary.LittleEndian.Uint32(size))
		if blocks = blocks[head:]; n > int64(len(blocks)) {
			return nil, damaged("its blocks")
		}
		part := blocks[:n]
		if !hmac.Equal(kdbxMAC(base, number, binary.LittleEndian.AppendUint64(nil, number), size, part), mac) {
			return nil, damaged("its blocks")
		}
		if n == 0 {
			return sealed, nil
		}
		sealed, blocks = append(sealed, part...), blocks[n:]
	}
}

// kdbxInner reads the header inside: how values are hidden, and attachments,
// which are passed over.
func kdbxInner(plain []byte) ([]byte, *kdbxStream, error) {
	const streamID, streamKey = 1, 2
	var id, key []byte
	for at := 0; ; {
		field, value, next, ok := kdbxField(plain, at, 4)
		if !ok {
			return nil, nil, damaged("its second beginning")
		}
		switch at = next; field {
		case streamID:
			id = value
		case streamKey:
			key = value
		case kdbxEnd:
			if len(id) != 4 {
				return nil, nil, damaged("how its values are hidden")
			}
			stream, err := newKdbxStream(binary.LittleEndian.Uint32(id), key)
			return plain[at:], stream, err
		}
	}
}

// kdbxStream uncovers hidden values, one after another as the text has them.
type kdbxStream struct{ cipher.Stream }

func newKdbxStream(id uint32, key []byte) (*kdbxStream, error) {
	const none, salsa20, chaCha20 = 0, 2, 3
	switch id {
	case none:
		return &kdbxStream{}, nil
	case salsa20:
		s := &salsaStream{key: sha256.Sum256(key)}
		copy(s.counter[:], "\xe8\x30\x09\x4b\x97\x20\x5d\x2a")
		return &kdbxStream{s}, nil
	case chaCha20:
		sum := sha512.Sum512(key)
		s, err := chacha20.NewUnauthenticatedCipher(sum[:32], sum[32:44])
		if err != nil {
			return nil, damaged("how its values are hidden")
		}
		return &kdbxStream{s}, nil
	}
	return nil, damaged("how its values are hidden")
}

// uncover reads a value in base64.
func (s *kdbxStream) uncover(text string) (string, error) {
	raw, err := readBase64(text)
	if err != nil {
		return "", damaged("a hidden value")
	}
	if s.Stream != nil {
		s.XORKeyStream(raw, raw)
	}
	return string(raw), nil
}

// salsaStream goes on where it stopped, which the package for Salsa20 does not.
type salsaStream struct {
	key     [32]byte
	counter [16]byte
	block   [64]byte
	left    []byte // of block
}

func (s *salsaStream) XORKeyStream(to, from []byte) {
	for i := range from {
		if len(s.left) == 0 {
			s.block = [64]byte{}
			salsa.XORKeyStream(s.block[:], s.block[:], &s.counter, &s.key)
			binary.LittleEndian.PutUint64(s.counter[8:], binary.LittleEndian.Uint64(s.counter[8:])+1)
			s.left = s.block[:]
		}
		to[i], s.left = from[i]^s.left[0], s.left[1:]
	}
}
