package migrate

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// totpauth is TOTP Authenticator: its preferences, or its backup, a base64 text
// of AES-CBC under the hash of a password. Those who chose none have one that is
// the same for everybody, which is how most are recognised.
func totpauth() format {
	return format{
		name: "totp-authenticator",
		text: "import.format.totp-authenticator",
		detect: func(s *sample) likeness {
			if s.contains(totpauthList) {
				return certain
			}
			sealed := totpauthSealed(s.text)
			if sealed == nil {
				return no
			}
			_, err := openTotpauth([]byte(totpauthPassword), sealed)
			switch {
			case err == nil:
				return certain
			case strings.HasSuffix(s.name, ".encrypt"):
				return likely
			}
			return perhaps
		},
		read: readTotpauth,
	}
}

const (
	totpauthPassword = "TotpAuthenticator"
	totpauthList     = "STATIC_TOTP_CODES_LIST"
)

// totpauthSealed gives the bytes of a text that is nothing but base64 of whole
// blocks.
func totpauthSealed(text []byte) []byte {
	const block, least = 16, 64
	if len(text) < least || bytes.ContainsAny(text[:least], " {}[]<>:,;-_") {
		return nil
	}
	sealed, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || len(sealed)%block != 0 {
		return nil
	}
	return sealed
}

func openTotpauth(passphrase, sealed []byte) ([]byte, error) {
	key := sha256.Sum256(passphrase)
	content, err := openCBC(key[:], make([]byte, 16), sealed)
	if err != nil {
		return nil, err
	}
	if !json.Valid(content) {
		return nil, ErrPassphrase // the padding fits by chance
	}
	return content, nil
}

func readTotpauth(j *job) error {
	text := trimText(j.content)
	if len(text) > 0 && text[0] == '<' {
		pairs, err := j.preferences(text)
		if err != nil {
			return err
		}
		for _, p := range pairs {
			if p.name == totpauthList {
				return readTotpauthList(j, p.value)
			}
		}
		return damaged("a list is missing in it")
	}
	sealed := totpauthSealed(text)
	if sealed == nil {
		return damaged("what is encrypted")
	}
	content, err := openTotpauth([]byte(totpauthPassword), sealed)
	if err != nil {
		passphrase, err := j.passphrase("import.password.totp-authenticator")
		if err != nil {
			return err
		}
		if content, err = openTotpauth(passphrase, sealed); err != nil {
			return err
		}
	}
	// The list is the name of a field whose value says nothing.
	var lists map[string]json.RawMessage
	if err := j.unmarshal(content, &lists); err != nil {
		return err
	}
	for _, list := range slices.Sorted(maps.Keys(lists)) {
		if err := readTotpauthList(j, list); err != nil {
			return err
		}
	}
	return nil
}

type totpauthCode struct {
	Issuer, Name, Key    string
	Base, Digits, Period number
	IsFavorite           bool
}

func readTotpauthList(j *job, list string) error {
	if err := checkJSON([]byte(list), j.limits); err != nil {
		return err
	}
	return eachEntry(j, json.RawMessage(list), func(c totpauthCode, d *draft) error {
		d.Key.Issuer, d.Key.Account, d.Favourite = c.Issuer, c.Name, c.IsFavorite
		var err error
		switch c.Base {
		case 16:
			var raw []byte
			raw, err = hex.DecodeString(c.Key)
			d.Key.Secret = raw
		case 64:
			var raw []byte
			raw, err = readBase64(c.Key)
			d.Key.Secret = raw
		default:
			d.secret(c.Key)
		}
		if err != nil {
			d.because("import.kept.secret")
		}
		d.digits(int64(c.Digits))
		d.period(int64(c.Period))
		return j.add(d)
	})
}
