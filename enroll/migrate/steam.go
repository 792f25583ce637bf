package migrate

import (
	"crypto/sha1"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"sleutelbos/enroll"
)

// steam is what Steam's own program and Steam Desktop Authenticator (maFile) keep
// of Steam Guard. An encrypted maFile looks like any base64 text; what opens it,
// besides a password, stands in the manifest.json beside it.
func steam() format {
	return format{
		name: "steam",
		text: "import.format.steam",
		detect: func(s *sample) likeness {
			if s.text != nil && s.fields == nil && isMaFile(File{s.name, s.text}) {
				return likely
			}
			return when(s.has("shared_secret") || s.has("accounts") && s.contains(`"shared_secret"`) || isManifest(s.fields))
		},
		read: readSteam,
	}
}

// isMaFile tells an encrypted maFile, by its name too.
func isMaFile(f File) bool {
	return strings.HasSuffix(strings.ToLower(f.Name), ".mafile") && totpauthSealed(trimText(f.Content)) != nil
}

func isManifest(fields map[string]json.RawMessage) bool {
	return hasAll(fields, []string{"encrypted", "entries", "first_run"})
}

type steamAccount struct {
	Secret  string `json:"shared_secret"`
	Account string `json:"account_name"`
	ID      string `json:"serial_number"`
}

func readSteam(j *job) error {
	text := trimText(j.content)
	if len(text) > 0 && text[0] != '{' {
		return openMaFile(j, text)
	}
	var fields map[string]json.RawMessage
	if err := j.unmarshal(text, &fields); err != nil {
		return err
	}
	if isManifest(fields) {
		return j.onlyManifest(fields)
	}
	var accounts map[string]json.RawMessage
	if json.Unmarshal(fields["accounts"], &accounts) != nil || accounts == nil {
		return addSteam(j, text)
	}
	var ids []string
	for id := range accounts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if err := addSteam(j, accounts[id]); err != nil {
			return err
		}
	}
	return nil
}

// onlyManifest says what is missing where nothing but the manifest came: it holds
// no keys itself.
func (j *job) onlyManifest(fields map[string]json.RawMessage) error {
	if string(fields["encrypted"]) == "true" && !slices.ContainsFunc(j.options.Beside, isMaFile) {
		return &LockedError{"import-parts"}
	}
	return nil
}

// steamSealed is what the manifest says of a file.
type steamSealed struct {
	Nonce base64Bytes `json:"encryption_iv"`
	Salt  base64Bytes `json:"encryption_salt"`
	File  string      `json:"filename"`
}

// openMaFile opens a maFile with what a manifest beside says of it.
func openMaFile(j *job, text []byte) error {
	const iterations, most = 50_000, 4
	sealed := totpauthSealed(text)
	if sealed == nil {
		return damaged("what is encrypted")
	}
	known, at := j.manifest()
	if at < 0 {
		return &LockedError{"import-parts"}
	}
	// Under its own name one is the right one; a renamed file is any of them.
	named := slices.IndexFunc(known, func(k steamSealed) bool { return strings.EqualFold(k.File, j.options.Name) })
	if named >= 0 {
		known = known[named : named+1]
	}
	passphrase, err := j.passphrase("import.password.steam")
	if err != nil {
		return err
	}
	for _, k := range known[:min(len(known), most)] {
		key, err := j.pbkdf2(sha1.New, passphrase, k.Salt, iterations, 32)
		if err != nil {
			return err
		}
		plain, err := openCBC(key, k.Nonce, sealed)
		if errors.Is(err, ErrPassphrase) || err == nil && !json.Valid(plain) {
			continue
		}
		if err != nil {
			return err
		}
		j.result.Used = append(j.result.Used, at)
		return addSteam(j, plain)
	}
	return ErrPassphrase
}

// manifest finds one beside, and its place; -1 where there is none.
func (j *job) manifest() ([]steamSealed, int) {
	for at, file := range j.options.Beside {
		fields := newSample(file.Content, file.Name, j.limits).fields
		var known []steamSealed
		if isManifest(fields) && json.Unmarshal(fields["entries"], &known) == nil {
			return known, at
		}
	}
	return nil, -1
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
