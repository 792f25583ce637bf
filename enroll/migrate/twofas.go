package migrate

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"strings"
)

// twofas is the backup of 2FAS (schema 1 to 4): JSON with the services plain, or
// sealed with AES-GCM under PBKDF2 of a password, as three base64 texts with
// colons between: what is sealed, the salt, the nonce.
func twofas() format {
	return format{
		name:   "2fas",
		text:   "import.format.2fas",
		detect: func(s *sample) likeness { return when(s.has("schemaVersion", "services")) },
		read:   readTwofas,
	}
}

const (
	twofasSchema     = 4
	twofasIterations = 10_000
)

func readTwofas(j *job) error {
	var file struct {
		SchemaVersion     number
		Services, Groups  json.RawMessage
		ServicesEncrypted string
	}
	if err := j.unmarshal(j.content, &file); err != nil {
		return err
	}
	if file.SchemaVersion > twofasSchema {
		return &VersionError{j.format, strconv.Itoa(int(file.SchemaVersion))}
	}
	services := file.Services
	if file.ServicesEncrypted != "" {
		var err error
		if services, err = openTwofas(j, file.ServicesEncrypted); err != nil {
			return err
		}
	}
	groups := map[string]string{}
	err := j.each(file.Groups, func(raw json.RawMessage) error {
		var g struct{ ID, Name string }
		if json.Unmarshal(raw, &g) == nil {
			groups[g.ID] = g.Name
		}
		return nil
	})
	if err != nil {
		return err
	}
	return eachEntry(j, services, func(s twofasService, d *draft) error {
		s.into(d)
		d.group(groups[s.GroupID])
		return j.add(d)
	})
}

func openTwofas(j *job, sealed string) ([]byte, error) {
	var parts [3][]byte
	texts := strings.Split(sealed, ":")
	if len(texts) < len(parts) {
		return nil, damaged("what is encrypted")
	}
	for i := range parts {
		var err error
		if parts[i], err = readBase64(texts[i]); err != nil {
			return nil, damaged("what is encrypted")
		}
	}
	passphrase, err := j.passphrase("import.password.2fas")
	if err != nil {
		return nil, err
	}
	key, err := j.pbkdf2(sha256.New, passphrase, parts[1], twofasIterations, 32)
	if err != nil {
		return nil, err
	}
	services, err := openGCM(key, parts[2], parts[0])
	if err != nil {
		return nil, err
	}
	return services, checkJSON(services, j.limits)
}

type twofasService struct {
	Name, Secret, GroupID string
	ServiceTypeID         string
	OTP                   struct {
		Account, Label, Issuer, Algorithm, TokenType string
		Digits, Period, Counter                      number
	}
}

func (s twofasService) into(d *draft) {
	// A label may be "issuer:account".
	_, behind, _ := strings.Cut(s.OTP.Label, ":")
	d.Key.Issuer = cmp.Or(s.Name, s.OTP.Issuer)
	d.Key.Account = cmp.Or(s.OTP.Account, strings.TrimSpace(cmp.Or(behind, s.OTP.Label)))
	d.Origin = s.ServiceTypeID
	d.kind(s.OTP.TokenType)
	d.secret(s.Secret)
	d.algorithm(s.OTP.Algorithm)
	d.digits(int64(s.OTP.Digits))
	d.period(int64(s.OTP.Period))
	d.counter(int64(s.OTP.Counter))
}
