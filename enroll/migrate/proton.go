package migrate

import (
	"encoding/json"
	"strconv"
)

// proton is the export of Proton Authenticator: JSON with addresses, plain or
// sealed with AES-GCM under Argon2id of a password.
func proton() format {
	return format{
		name: "proton",
		text: "import.format.proton",
		detect: func(s *sample) likeness {
			return when(s.has("version", "entries") && s.contains(`"entry_type"`) || s.has("version", "salt", "content"))
		},
		read: readProton,
	}
}

const protonVersion = 1

type protonEntry struct {
	ID, Note string
	Content  struct {
		URI, Name string
		Type      string `json:"entry_type"`
	}
}

func readProton(j *job) error {
	var file struct {
		Version       number
		Salt, Content base64Bytes
		Entries       json.RawMessage
	}
	if err := j.unmarshal(j.content, &file); err != nil {
		return err
	}
	if file.Version > protonVersion {
		return &VersionError{j.format, strconv.Itoa(int(file.Version))}
	}
	if len(file.Content) > 0 {
		plain, err := openProton(j, file.Salt, file.Content)
		if err != nil {
			return err
		}
		if err := j.unmarshal(plain, &file); err != nil {
			return err
		}
	}
	return eachEntry(j, file.Entries, func(e protonEntry, d *draft) error {
		d.Key.Account, d.Note, d.Origin = e.Content.Name, e.Note, e.ID
		d.addressOrSecret(e.Content.URI)
		if d.Key.Account == "" {
			d.Key.Account = e.Content.Name
		}
		return j.add(d)
	})
}

func openProton(j *job, salt, sealed []byte) ([]byte, error) {
	const nonce, passes, memory, lanes = 12, 2, 19 << 10, 1
	if len(sealed) < nonce || len(salt) < 8 {
		return nil, damaged("the length of what is encrypted")
	}
	passphrase, err := j.passphrase("import.password.proton")
	if err != nil {
		return nil, err
	}
	key, err := j.argon2id(passphrase, salt, passes, memory, lanes, 32)
	if err != nil {
		return nil, err
	}
	return openGCM(key, sealed[:nonce], sealed[nonce:], []byte("proton.authenticator.export.v1")...)
}
