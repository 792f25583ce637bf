package migrate

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"strconv"

	"golang.org/x/crypto/chacha20"
	//lint:ignore SA1019 databases are encrypted with it
	"golang.org/x/crypto/twofish"
)

// kdbx is the database of KeePass, KeePassXC and their kin, version 2 to 4. A
// library for it would derive its key with whatever costs the file names and
// unfold it to whatever size, and the known ones lack Argon2id; so it is read
// here, in the order that the bounds need.
func kdbx() format {
	return format{
		name:   "kdbx",
		text:   "import.format.kdbx",
		detect: func(s *sample) likeness { return when(s.begins(kdbxMagic)) },
		read:   readKdbx,
	}
}

const kdbxMagic = "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5"

// What the fields of a header are numbered.
const (
	kdbxEnd = iota
	kdbxComment
	kdbxCipher
	kdbxCompression
	kdbxMasterSeed
	kdbxTransformSeed
	kdbxTransformRounds
	kdbxNonce
	kdbxStreamKey
	kdbxStartBytes
	kdbxStreamID
	kdbxDerivation
)

// Identifiers that a header names its parts by.
const (
	kdbxAES      = "\x31\xc1\xf2\xe6\xbf\x71\x43\x50\xbe\x58\x05\x21\x6a\xfc\x5a\xff"
	kdbxTwofish  = "\xad\x68\xf2\x9f\x57\x6f\x4b\xb9\xa3\x6a\xd4\x7a\xf9\x65\x34\x6c"
	kdbxChaCha   = "\xd6\x03\x8a\x2b\x8b\x6f\x4c\xb5\xa5\x24\x33\x9a\x31\xdb\xb5\x9a"
	kdbxAESKDF3  = "\xc9\xd9\xf3\x9a\x62\x8a\x44\x60\xbf\x74\x0d\x08\xc1\x8a\x4f\xea"
	kdbxAESKDF4  = "\x7c\x02\xbb\x82\x79\xa7\x4a\xc0\x92\x7d\x11\x4a\x00\x64\x82\x38"
	kdbxArgon2d  = "\xef\x63\x6d\xdf\x8c\x29\x44\x4b\x91\xf7\xa9\xa4\x03\xe3\x0a\x0c"
	kdbxArgon2id = "\x9e\x29\x8b\x19\x56\xdb\x47\x73\xb2\x3d\xfc\x3e\xc6\xf0\xa1\xe6"
)

// kdbxFile is a database whose header was read.
type kdbxFile struct {
	version int
	header  []byte // as it stands, since it is authenticated
	fields  map[byte][]byte
	rest    []byte
}

func readKdbx(j *job) error {
	f, err := kdbxHeader(j.content)
	if err != nil {
		return err
	}
	if f.version < 2 || f.version > 4 {
		return &VersionError{j.format, strconv.Itoa(f.version)}
	}
	keys := j.keyFiles()
	for _, key := range keys {
		if !key.formed {
			continue
		}
		// Where the key file does without a password, nobody is asked for one.
		if err := f.try(j, key, nil); !errors.Is(err, ErrPassphrase) {
			return err
		}
	}
	passphrase, err := j.passphrase("import.password.kdbx")
	if err != nil {
		return err
	}
	for _, key := range append(keys, keyFile{}) {
		if err := f.try(j, key, passphrase); !errors.Is(err, ErrPassphrase) {
			return err
		}
		if len(passphrase) > 0 || key.formed || key.key == nil {
			continue
		}
		if err := f.try(j, key, nil); !errors.Is(err, ErrPassphrase) {
			return err
		}
	}
	return ErrPassphrase
}

// try opens the database with a key file or a passphrase or both, and reads it.
func (f *kdbxFile) try(j *job, file keyFile, passphrase []byte) error {
	key, err := f.transformed(j, file.composite(passphrase))
	if err != nil {
		return err
	}
	var text []byte
	var stream *kdbxStream
	if f.version < 4 {
		text, stream, err = f.open3(j, key)
	} else {
		text, stream, err = f.open4(j, key)
	}
	if err != nil {
		return err
	}
	if file.key != nil {
		j.result.Used = append(j.result.Used, file.at)
	}
	return readKdbxEntries(j, text, stream)
}

func kdbxHeader(content []byte) (*kdbxFile, error) {
	if len(content) < 12 || string(content[:8]) != kdbxMagic {
		return nil, damaged("its beginning")
	}
	f := &kdbxFile{version: int(binary.LittleEndian.Uint16(content[10:])), fields: map[byte][]byte{}}
	wide := 2
	if f.version >= 4 {
		wide = 4
	}
	at := 12
	for {
		id, field, next, ok := kdbxField(content, at, wide)
		if !ok {
			return nil, damaged("its beginning")
		}
		at = next
		if id == kdbxEnd {
			f.header, f.rest = content[:at], content[at:]
			return f, nil
		}
		f.fields[id] = field
	}
}

// kdbxField reads one field: its number, its length, itself.
func kdbxField(content []byte, at, wide int) (id byte, field []byte, next int, ok bool) {
	if len(content)-at < 1+wide {
		return 0, nil, 0, false
	}
	id = content[at]
	n := int64(binary.LittleEndian.Uint16(content[at+1:]))
	if wide == 4 {
		n = int64(binary.LittleEndian.Uint32(content[at+1:]))
	}
	at += 1 + wide
	if n > int64(len(content)-at) {
		return 0, nil, 0, false
	}
	return id, content[at : at+int(n)], at + int(n), true
}

// transformed derives the key from what the person has, with costs that are
// checked before.
func (f *kdbxFile) transformed(j *job, composite [32]byte) ([]byte, error) {
	if f.version < 4 {
		rounds := f.fields[kdbxTransformRounds]
		if len(rounds) != 8 {
			return nil, damaged("the costs of its password")
		}
		return j.aesRounds(composite, f.fields[kdbxTransformSeed], binary.LittleEndian.Uint64(rounds))
	}
	d, err := kdbxDictionary(f.fields[kdbxDerivation])
	if err != nil {
		return nil, err
	}
	switch id := string(d["$UUID"]); id {
	case kdbxAESKDF3, kdbxAESKDF4:
		return j.aesRounds(composite, d["S"], d.number("R"))
	case kdbxArgon2d, kdbxArgon2id:
		const version13, most = 0x13, 1 << 62
		passes, memory, lanes := d.number("I"), d.number("M"), d.number("P")
		if d.number("V") != version13 || len(d["K"]) > 0 || len(d["A"]) > 0 || passes > most || memory > most || lanes > most {
			return nil, damaged("how its key is derived")
		}
		derive := j.argon2d
		if id == kdbxArgon2id {
			derive = j.argon2id
		}
		return derive(composite[:], d["S"], int64(passes), int64(memory)>>10, int64(lanes), 32)
	}
	return nil, damaged("how its key is derived")
}

// kdbxValues are the values of a dictionary as they stand.
type kdbxValues map[string][]byte

// kdbxDictionary reads what the header keeps the costs in: kind, name and value,
// each with its length.
func kdbxDictionary(raw []byte) (kdbxValues, error) {
	values := kdbxValues{}
	if len(raw) < 2 || raw[1] != 1 {
		return nil, damaged("how its key is derived")
	}
	for raw = raw[2:]; len(raw) > 0 && raw[0] != 0; {
		_, name, next, ok := kdbxField(raw, 0, 4)
		if !ok || next == 0 {
			return nil, damaged("how its key is derived")
		}
		// The value has a length and no kind of its own: the last byte before it
		// stands for one.
		_, value, end, ok := kdbxField(raw, next-1, 4)
		if !ok {
			return nil, damaged("how its key is derived")
		}
		values[string(name)], raw = value, raw[end:]
	}
	return values, nil
}

func (v kdbxValues) number(name string) uint64 {
	switch raw := v[name]; len(raw) {
	case 4:
		return uint64(binary.LittleEndian.Uint32(raw))
	case 8:
		return binary.LittleEndian.Uint64(raw)
	}
	return 0
}

// decrypt opens the content, whose cipher the header names.
func (f *kdbxFile) decrypt(key, sealed []byte) ([]byte, error) {
	nonce := f.fields[kdbxNonce]
	switch string(f.fields[kdbxCipher]) {
	case kdbxAES:
		return openCBC(key, nonce, sealed)
	case kdbxTwofish:
		block, err := twofish.NewCipher(key)
		if err != nil {
			return nil, damaged("the length of a key")
		}
		return openBlocks(block, nonce, sealed)
	case kdbxChaCha:
		if len(nonce) != chacha20.NonceSize {
			return nil, damaged("the length of what is encrypted")
		}
		c, err := chacha20.NewUnauthenticatedCipher(key, nonce)
		if err != nil {
			return nil, damaged("the length of a key")
		}
		plain := make([]byte, len(sealed))
		c.XORKeyStream(plain, sealed)
		return plain, nil
	}
	return nil, damaged("how it is encrypted")
}

// unfold takes the compression off, where there is one.
func (f *kdbxFile) unfold(j *job, packed []byte) ([]byte, error) {
	how := f.fields[kdbxCompression]
	if len(how) != 4 {
		return nil, damaged("how it is packed")
	}
	switch binary.LittleEndian.Uint32(how) {
	case 0:
		return j.unpack(bytes.NewReader(packed))
	case 1:
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, damaged("how it is packed")
		}
		r.Multistream(false) // some programs leave padding behind it
		return j.unpack(r)
	}
	return nil, damaged("how it is packed")
}
