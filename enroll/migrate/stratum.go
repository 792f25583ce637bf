package migrate

import (
	"crypto/sha1"
	"encoding/json"
	"errors"

	"sleutelbos/enroll"
)

// stratum is the backup of Stratum, once Authenticator Pro: JSON, plain or sealed
// with AES-GCM under Argon2id; before 2023 with AES-CBC under PBKDF2.
func stratum() format {
	return format{
		name: "stratum",
		text: "import.format.stratum",
		detect: func(s *sample) likeness {
			return when(s.has("Authenticators") || s.begins(stratumStrong) || s.begins(stratumLegacy))
		},
		read: readStratum,
	}
}

const (
	stratumStrong = "AUTHENTICATORPRO"
	stratumLegacy = "AuthenticatorPro"
)

func readStratum(j *job) error {
	content := j.content
	if len(content) > len(stratumStrong) {
		var err error
		switch head, rest := string(content[:len(stratumStrong)]), content[len(stratumStrong):]; head {
		case stratumStrong:
			content, err = openStratum(j, rest)
		case stratumLegacy:
			content, err = openStratumLegacy(j, rest)
		}
		if err != nil {
			return err
		}
	}
	return readStratumContent(j, content)
}

func openStratum(j *job, sealed []byte) ([]byte, error) {
	const salt, nonce, passes, memory, lanes = 16, 12, 3, 64 << 10, 4
	if len(sealed) < salt+nonce {
		return nil, damaged("the length of what is encrypted")
	}
	passphrase, err := j.passphrase("import.password.stratum")
	if err != nil {
		return nil, err
	}
	key, err := j.argon2id(passphrase, sealed[:salt], passes, memory, lanes, 32)
	if err != nil {
		return nil, err
	}
	return openGCM(key, sealed[salt:salt+nonce], sealed[salt+nonce:])
}

func openStratumLegacy(j *job, sealed []byte) ([]byte, error) {
	const salt, nonce, iterations = 20, 16, 64_000
	if len(sealed) < salt+nonce {
		return nil, damaged("the length of what is encrypted")
	}
	passphrase, err := j.passphrase("import.password.stratum")
	if err != nil {
		return nil, err
	}
	key, err := j.pbkdf2(sha1.New, passphrase, sealed[:salt], iterations, 32)
	if err != nil {
		return nil, err
	}
	content, err := openCBC(key, sealed[salt:salt+nonce], sealed[salt+nonce:])
	if err == nil && !json.Valid(content) {
		err = ErrPassphrase // the padding fits by chance
	}
	return content, err
}

type stratumEntry struct {
	Type, Algorithm, Digits, Period, Counter number
	Issuer, Username, Secret, Icon           string
}

func readStratumContent(j *job, content []byte) error {
	var file struct{ Authenticators, Categories, AuthenticatorCategories json.RawMessage }
	if err := j.unmarshal(content, &file); err != nil {
		return err
	}
	names := map[string]string{}
	groups := map[string][]string{} // by secret, which is what an entry goes by
	err := errors.Join(
		j.each(file.Categories, func(raw json.RawMessage) error {
			var c struct{ ID, Name string }
			if json.Unmarshal(raw, &c) == nil {
				names[c.ID] = c.Name
			}
			return nil
		}),
		j.each(file.AuthenticatorCategories, func(raw json.RawMessage) error {
			var c struct{ CategoryID, AuthenticatorSecret string }
			if json.Unmarshal(raw, &c) == nil {
				groups[c.AuthenticatorSecret] = append(groups[c.AuthenticatorSecret], names[c.CategoryID])
			}
			return nil
		}))
	if err != nil {
		return err
	}
	return eachEntry(j, file.Authenticators, func(e stratumEntry, d *draft) error {
		d.Key.Issuer, d.Key.Account, d.Icon = e.Issuer, e.Username, e.Icon
		d.group(groups[e.Secret]...)
		switch e.Type {
		case 1:
			d.Key.Kind = enroll.HOTP
		case 2:
		case 3:
			d.strange("motp")
		case 4:
			d.Key.Kind = enroll.Steam
		case 5:
			d.strange("yandex")
		default:
			d.because("import.kept.kind")
		}
		if d.Reason == "" {
			d.secret(e.Secret)
		}
		switch e.Algorithm {
		case 0:
		case 1:
			d.Key.Algorithm = enroll.SHA256
		case 2:
			d.Key.Algorithm = enroll.SHA512
		default:
			d.because("import.kept.algorithm")
		}
		d.digits(int64(e.Digits))
		d.period(int64(e.Period))
		d.counter(int64(e.Counter))
		return j.add(d)
	})
}
