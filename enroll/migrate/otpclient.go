package migrate

import (
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"sleutelbos/enroll"
)

// otpclient is the database of OTPClient: a JSON list sealed with AES-GCM, whose
// header is authenticated with it. Versions 3 and 2 begin with the program's
// name and derive the key by Argon2id; version 1 has nothing to know it by, and
// PBKDF2.
func otpclient() format {
	return format{
		name: "otpclient",
		text: "import.format.otpclient",
		detect: func(s *sample) likeness {
			switch {
			case s.begins(otpclientMagic):
				return certain
			case s.noise() && strings.HasSuffix(s.name, ".enc"):
				return likely
			case s.noise():
				return perhaps
			}
			return no
		},
		read: readOtpclient,
	}
}

const (
	otpclientMagic      = "OTPClient"
	otpclientNonce      = 16
	otpclientSalt       = 32
	otpclientIterations = 100_000 // of version 1
)

// otpclientHeader is what stands before the sealed text.
type otpclientHeader struct {
	version               int
	nonce, salt           []byte
	passes, memory, lanes int64
	size                  int
}

// parseOtpclient reads the header. Version 2 is a C struct as it lay in memory,
// little-endian and with a gap behind the name; version 3 is packed and
// big-endian. Read as version 3, the number of a version 2 is 2 as well.
func parseOtpclient(raw []byte) (h otpclientHeader, err error) {
	const v2, v3 = 76, 73
	if !strings.HasPrefix(string(raw[:min(len(raw), len(otpclientMagic))]), otpclientMagic) {
		h = otpclientHeader{version: 1, size: otpclientNonce + otpclientSalt}
		if len(raw) < h.size+16 {
			return h, damaged("its length")
		}
		h.nonce, h.salt = raw[:otpclientNonce], raw[otpclientNonce:h.size]
		return h, nil
	}
	if len(raw) < v2+16 {
		return h, damaged("its length")
	}
	var order binary.ByteOrder = binary.BigEndian
	at := len(otpclientMagic) + 4
	switch h.version = int(order.Uint32(raw[len(otpclientMagic):])); h.version {
	case 3:
		h.size = v3
	case 0, 2:
		h.version, h.size, order, at = 2, v2, binary.LittleEndian, 16
	default:
		return h, nil
	}
	h.nonce, h.salt = raw[at:at+otpclientNonce], raw[at+otpclientNonce:at+otpclientNonce+otpclientSalt]
	costs := raw[at+otpclientNonce+otpclientSalt:]
	h.passes, h.memory, h.lanes = int64(order.Uint32(costs)), int64(order.Uint32(costs[4:])), int64(order.Uint32(costs[8:]))
	return h, nil
}

type otpclientEntry struct {
	Type, Label, Issuer, Algo, Secret, Group string
	Digits, Period, Counter                  number
}

func readOtpclient(j *job) error {
	h, err := parseOtpclient(j.content)
	if err != nil {
		return err
	}
	if h.version > 3 {
		return &VersionError{j.format, strconv.Itoa(h.version)}
	}
	passphrase, err := j.passphrase("import.password.otpclient")
	if err != nil {
		return err
	}
	// Earlier versions took as many bytes of the password as it has characters.
	short := passphrase[:len([]rune(string(passphrase)))]
	tries := [][]byte{passphrase}
	switch {
	case h.version == 1:
		tries = [][]byte{short}
	case h.version == 2 && len(short) < len(passphrase):
		tries = append(tries, short)
	}
	var text []byte
	for _, passphrase := range tries {
		if text, err = h.open(j, passphrase); !errors.Is(err, ErrPassphrase) {
			break
		}
	}
	if err != nil {
		return err
	}
	j.proved = true
	if err := checkJSON(text, j.limits); err != nil {
		return err
	}
	return eachEntry(j, trimText(text), func(e otpclientEntry, d *draft) error {
		d.Key.Issuer, d.Key.Account = e.Issuer, e.Label
		d.group(e.Group)
		d.kind(e.Type)
		if d.Key.Kind == enroll.TOTP && strings.EqualFold(e.Issuer, "steam") {
			d.Key.Kind = enroll.Steam // OTPClient knows it by its name
		}
		d.secret(e.Secret)
		d.algorithm(e.Algo)
		d.digits(int64(e.Digits))
		d.period(int64(e.Period))
		d.counter(int64(e.Counter))
		return j.add(d)
	})
}

func (h otpclientHeader) open(j *job, passphrase []byte) (text []byte, err error) {
	var key []byte
	if h.version == 1 {
		key, err = j.pbkdf2(sha512.New, passphrase, h.salt, otpclientIterations, 32)
	} else {
		key, err = j.argon2id(passphrase, h.salt, h.passes, h.memory, h.lanes, 32)
	}
	if err != nil {
		return nil, err
	}
	return openGCM(key, h.nonce, j.content[h.size:], j.content[:h.size]...)
}
