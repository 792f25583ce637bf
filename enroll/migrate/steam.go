package migrate

import (
	"encoding/json"
	"slices"

	"sleutelbos/enroll"
)

// steam is what Steam's own program and Steam Desktop Authenticator (maFile) keep
// of Steam Guard. A list of encrypted files is refused with what to do.
func steam() format {
	return format{
		name: "steam",
		text: "import.format.steam",
		detect: func(s *sample) likeness {
			return when(s.has("shared_secret") || s.has("accounts") && s.contains(`"shared_secret"`) || s.has("encrypted", "entries", "first_run"))
		},
		read: readSteam,
	}
}

type steamAccount struct {
	Secret  string `json:"shared_secret"`
	Account string `json:"account_name"`
	ID      string `json:"serial_number"`
}

func readSteam(j *job) error {
	var file struct {
		Accounts  map[string]json.RawMessage
		Encrypted bool
		Entries   json.RawMessage
	}
	if err := j.unmarshal(j.content, &file); err != nil {
		return err
	}
	if file.Encrypted {
		return ErrLocked
	}
	if file.Accounts == nil {
		return addSteam(j, j.content)
	}
	var ids []string
	for id := range file.Accounts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if err := addSteam(j, file.Accounts[id]); err != nil {
			return err
		}
	}
	return nil
}

func addSteam(j *job, raw []byte) error {
	d := newDraft(raw)
	d.Key.Kind, d.Key.Issuer = enroll.Steam, "Steam"
	var a steamAccount
	if json.Unmarshal(trimText(raw), &a) != nil {
		d.because("import.kept.unreadable")
		return j.add(d)
	}
	d.Key.Account, d.Origin = a.Account, a.ID
	secret, err := readBase64(a.Secret)
	if err != nil {
		d.because("import.kept.secret")
	}
	d.Key.Secret = secret
	return j.add(d)
}
