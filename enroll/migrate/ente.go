package migrate

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// ente is what Ente Auth exports: a list of addresses in which a parameter of
// its own says how an entry is shown, plain or sealed by libsodium's
// secretstream under Argon2id of a password.
func ente() format {
	return format{
		name: "ente",
		text: "import.format.ente",
		detect: func(s *sample) likeness {
			plain := s.mentions("codeDisplay=") && len(s.lines) > 0 && isAddress(strings.TrimPrefix(s.lines[0], `"`))
			return when(s.has("kdfParams", "encryptedData", "encryptionNonce") || plain)
		},
		read: readEnte,
	}
}

const enteVersion = 1

func readEnte(j *job) error {
	text := trimText(j.content)
	if len(text) == 0 || text[0] != '{' {
		return readEnteLines(j, text)
	}
	var file struct {
		Version   number
		KDFParams struct {
			MemLimit, OpsLimit number
			Salt               base64Bytes
		}
		EncryptedData, EncryptionNonce base64Bytes
	}
	if err := j.unmarshal(text, &file); err != nil {
		return err
	}
	if file.Version > enteVersion {
		return &VersionError{j.format, strconv.Itoa(int(file.Version))}
	}
	passphrase, err := j.passphrase("import.password.ente")
	if err != nil {
		return err
	}
	p := file.KDFParams
	key, err := j.argon2id(passphrase, p.Salt, int64(p.OpsLimit), int64(p.MemLimit)>>10, 1, 32)
	if err != nil {
		return err
	}
	plain, err := openStream(key, file.EncryptionNonce, file.EncryptedData)
	if err != nil {
		return err
	}
	return readEnteLines(j, trimText(plain))
}

// enteDisplay is how an entry is shown, as JSON in the parameter codeDisplay.
type enteDisplay struct {
	Pinned, Trashed bool
	Note            string
	Tags            []string
	IconID          string
}

func readEnteLines(j *job, text []byte) error {
	strange, trashed := 0, 0
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		address := string(line)
		if line[0] == '"' { // some versions write each as JSON
			_ = json.Unmarshal(line, &address) // else it is no address
		}
		if len(line) > maxLine {
			if err := j.tooLong(line); err != nil {
				return err
			}
			continue
		}
		if !isAddress(address) {
			strange++
			continue
		}
		d := newDraft(line)
		display := enteShown(address)
		if display.Trashed {
			trashed++
			continue
		}
		d.Favourite, d.Note, d.Icon = display.Pinned, display.Note, display.IconID
		d.group(display.Tags...)
		d.address(address)
		if err := j.add(d); err != nil {
			return err
		}
	}
	j.noteCount("import.note.lines", strange)
	j.noteCount("import.note.trash", trashed)
	return nil
}

// enteShown reads how an entry is shown; what cannot be read is shown as usual.
func enteShown(address string) (display enteDisplay) {
	u, err := url.Parse(tidyAddress(address))
	if err != nil {
		return display
	}
	text := []byte(u.Query().Get("codeDisplay"))
	if checkJSON(text, Limits{Depth: 8, Values: 1000}) == nil {
		_ = json.Unmarshal(text, &display)
	}
	return display
}
