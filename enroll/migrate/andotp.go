package migrate

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
)

// andotp is the backup of andOTP: a JSON list, plain or sealed with AES-GCM. A
// sealed file has nothing to know it by. Since version 0.6.3 it begins with a
// number of iterations and a salt for PBKDF2; before, the key was one SHA-256 of
// the password.
func andotp() format {
	return format{
		name: "andotp",
		text: "import.format.andotp",
		detect: func(s *sample) likeness {
			switch {
			case s.firstHas("secret", "label", "type", "thumbnail"), s.firstHas("secret", "label", "type", "tags"), s.firstHas("secret", "label", "type", "last_used"),
				s.firstHas("secret", "label", "type", "algorithm"): // as OTPClient writes it
				return certain
			case s.noise() && (strings.Contains(s.name, "otp_accounts") || strings.HasSuffix(s.name, ".json.aes") || andotpIterations(s.content) > 0):
				return likely
			case s.noise():
				return perhaps
			}
			return no
		},
		read: readAndotp,
	}
}

const (
	andotpNumber, andotpSalt, andotpNonce = 4, 12, 12
	// Bounds by which a random beginning is told from a number of iterations;
	// andOTP takes 140,000 to 160,000.
	andotpLeast, andotpMost = 1_000, 1_000_000
)

// andotpIterations is what a file of the newer kind begins with, or 0.
func andotpIterations(content []byte) int64 {
	if len(content) < andotpNumber+andotpSalt+andotpNonce+16 {
		return 0
	}
	n := int64(binary.BigEndian.Uint32(content))
	if n < andotpLeast || n > andotpMost {
		return 0
	}
	return n
}

type andotpEntry struct {
	Secret, Issuer, Label, Type, Algorithm, Thumbnail string
	Digits, Period, Counter                           number
	Tags                                              []string
}

func readAndotp(j *job) error {
	text := trimText(j.content)
	if len(text) == 0 || text[0] != '[' || !json.Valid(text) {
		opened, err := openAndotp(j)
		if err != nil {
			return err
		}
		text = opened
	}
	if err := checkJSON(text, j.limits); err != nil {
		return err
	}
	return eachEntry(j, text, func(e andotpEntry, d *draft) error {
		d.Key.Issuer, d.Key.Account = e.Issuer, e.Label
		if e.Issuer == "" { // early versions had one name for both
			if before, after, found := strings.Cut(e.Label, " - "); found {
				d.Key.Issuer, d.Key.Account = before, after
			}
		}
		d.parted()
		if !strings.EqualFold(e.Thumbnail, "default") {
			d.Icon = e.Thumbnail
		}
		d.group(e.Tags...)
		d.kind(e.Type)
		d.secret(e.Secret)
		d.algorithm(e.Algorithm)
		d.digits(int64(e.Digits))
		d.period(int64(e.Period))
		d.counter(int64(e.Counter))
		return j.add(d)
	})
}

// openAndotp tries the newer kind first, where the file can be of it.
func openAndotp(j *job) ([]byte, error) {
	if len(j.content) < andotpNonce+16 {
		return nil, damaged("its length")
	}
	passphrase, err := j.passphrase("import.password.andotp")
	if err != nil {
		return nil, err
	}
	if n := andotpIterations(j.content); n > 0 {
		rest := j.content[andotpNumber:]
		key, err := j.pbkdf2(sha1.New, passphrase, rest[:andotpSalt], n, 32)
		if err != nil {
			return nil, err
		}
		rest = rest[andotpSalt:]
		text, err := openGCM(key, rest[:andotpNonce], rest[andotpNonce:])
		if !errors.Is(err, ErrPassphrase) {
			j.proved = err == nil
			return text, err
		}
	}
	key := sha256.Sum256(passphrase)
	text, err := openGCM(key[:], j.content[:andotpNonce], j.content[andotpNonce:])
	j.proved = err == nil
	return text, err
}
