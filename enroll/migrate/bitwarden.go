package migrate

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// bitwarden is what the password manager exports: JSON, CSV, and JSON sealed
// with a password. What is sealed for the account alone cannot be opened here.
func bitwarden() format {
	return format{
		name: "bitwarden",
		text: "import.format.bitwarden",
		detect: func(s *sample) likeness {
			return when(s.has("encrypted", "encKeyValidation_DO_NOT_EDIT") || s.has("items", "folders") || s.has("items", "collections") ||
				s.header("name", "login_totp", "login_username"))
		},
		read: readBitwarden,
	}
}

// bitwardenAuthenticator is what the authenticator of the same name exports:
// the same with less around it.
func bitwardenAuthenticator() format {
	return format{
		name: "bitwarden-authenticator",
		text: "import.format.bitwarden-authenticator",
		detect: func(s *sample) likeness {
			return when(s.has("encrypted", "items") && !s.has("folders") && !s.has("collections") ||
				s.header("name", "login_totp") && !s.header("login_username"))
		},
		read: readBitwarden,
	}
}

type bitwardenFile struct {
	Encrypted, PasswordProtected                      bool
	Salt                                              string
	KDFType, KDFIterations, KDFMemory, KDFParallelism number
	Validation                                        string `json:"encKeyValidation_DO_NOT_EDIT"`
	Data                                              string
	Folders, Collections, Items                       json.RawMessage
}

type bitwardenItem struct {
	ID, Name, Notes, FolderID string
	DeletedDate               string
	CollectionIDs             []string
	Favorite                  bool
	Login                     struct{ Username, TOTP string }
}

func readBitwarden(j *job) error {
	text := trimText(j.content)
	if len(text) > 0 && text[0] != '{' {
		return readBitwardenTable(j, text)
	}
	var file bitwardenFile
	if err := j.unmarshal(text, &file); err != nil {
		return err
	}
	if !file.Encrypted {
		return file.read(j)
	}
	if !file.PasswordProtected {
		return ErrRestricted
	}
	plain, err := file.open(j)
	if err != nil {
		return err
	}
	var inside bitwardenFile
	if err := j.unmarshal(plain, &inside); err != nil {
		return err
	}
	return inside.read(j)
}

func (f *bitwardenFile) read(j *job) error {
	groups := map[string]string{}
	for _, list := range []json.RawMessage{f.Folders, f.Collections} {
		err := j.each(list, func(raw json.RawMessage) error {
			var g struct{ ID, Name string }
			if json.Unmarshal(raw, &g) == nil {
				groups[g.ID] = g.Name
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	without := 0
	err := eachItem(j, f.Items, func(item bitwardenItem) error {
		if strings.TrimSpace(item.Login.TOTP) == "" || item.DeletedDate != "" {
			without++
			return nil
		}
		d := newDraft([]byte(item.Login.TOTP))
		d.Key.Issuer, d.Key.Account, d.Note, d.Origin, d.Favourite = item.Name, item.Login.Username, item.Notes, item.ID, item.Favorite
		d.group(groups[item.FolderID])
		for _, id := range item.CollectionIDs {
			d.group(groups[id])
		}
		d.addressOrSecret(item.Login.TOTP)
		return j.add(d)
	})
	j.noteCount("import.note.without", without)
	return err
}

// readBitwardenTable reads the CSV. The authenticator does not quote names, so
// a comma in one moves the address to another cell.
func readBitwardenTable(j *job, text []byte) error {
	without := 0
	err := j.table(text, ',', func(r row) error {
		d, totp := newDraft(nil), r.get("login_totp")
		d.Key.Issuer, d.Key.Account, d.Note, d.Favourite = r.get("name"), r.get("login_username"), r.get("notes"), r.get("favorite") == "1"
		d.group(r.get("folder"), r.get("collections"))
		for i := 0; i < len(r.cells) && !isAddress(totp) && r.get("login_username") == ""; i++ {
			if isAddress(r.cells[i]) {
				totp = r.cells[i]
				d.Key.Issuer = strings.Join(r.cells[min(3, i):max(i-1, min(3, i))], ",")
			}
		}
		if strings.TrimSpace(totp) == "" {
			without++
			return nil
		}
		d.raw = []byte(totp)
		d.addressOrSecret(totp)
		return j.add(d)
	})
	j.noteCount("import.note.without", without)
	return err
}

// open derives the key and opens first the text that proves it, then the data.
func (f *bitwardenFile) open(j *job) ([]byte, error) {
	passphrase, err := j.passphrase("import.password.bitwarden")
	if err != nil {
		return nil, err
	}
	var master []byte
	switch f.KDFType {
	case 0: // the salt is the base64 text itself
		master, err = j.pbkdf2(sha256.New, passphrase, []byte(f.Salt), int64(f.KDFIterations), 32)
	case 1:
		salt := sha256.Sum256([]byte(f.Salt))
		master, err = j.argon2id(passphrase, salt[:], int64(f.KDFIterations), mebi(f.KDFMemory), int64(f.KDFParallelism), 32)
	default:
		return nil, &VersionError{j.format, fmt.Sprint("KDF ", f.KDFType)}
	}
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Expand(sha256.New, master, "enc", 32)
	if err != nil {
		return nil, err
	}
	mac, err := hkdf.Expand(sha256.New, master, "mac", 32)
	if err != nil {
		return nil, err
	}
	if _, err := openBitwarden(f.Validation, key, mac); err != nil {
		return nil, err
	}
	plain, err := openBitwarden(f.Data, key, mac)
	if errors.Is(err, ErrPassphrase) {
		return nil, damaged("its content")
	}
	return plain, err
}

// mebi makes KiB of MiB, and leaves what cannot be meant too large.
func mebi(n number) int64 { return int64(min(max(n, -1), 1<<40)) << 10 }

// openBitwarden opens a text of kind 2: nonce, AES-CBC and HMAC-SHA-256 in
// base64 with bars between.
func openBitwarden(text string, key, mac []byte) ([]byte, error) {
	kind, rest, _ := strings.Cut(text, ".")
	parts := strings.Split(rest, "|")
	if kind != "2" || len(parts) != 3 {
		return nil, damaged("what is encrypted")
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = readBase64(part); err != nil {
			return nil, damaged("what is encrypted")
		}
	}
	h := hmac.New(sha256.New, mac)
	h.Write(raw[0])
	h.Write(raw[1])
	if !hmac.Equal(h.Sum(nil), raw[2]) {
		return nil, ErrPassphrase
	}
	return openCBC(key, raw[0], raw[1])
}
