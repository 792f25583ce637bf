package carry

import (
	"errors"
	"fmt"

	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// Form is what an export is written as.
type Form string

// The forms. Backup is encrypted with what opens the vault, Aegis with a
// passphrase of its own; in the others anybody can read the keys.
const (
	FormBackup    Form = "backup"
	FormAegis     Form = "aegis"
	FormAddresses Form = "addresses"
	FormHTML      Form = "html"
)

// Plain tells whether anybody who has the file has the codes.
func (f Form) Plain() bool { return f == FormAddresses || f == FormHTML }

// ErrForm says that there is no such form.
var ErrForm = errors.New("this form is unknown; backup, aegis, addresses and html are known")

// Exported is an export and how many entries it holds. Left counts those that
// the form has no room for: of them no codes can be made.
type Exported struct {
	Content       []byte
	Entries, Left int
}

// Format hides the content.
func (e Exported) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("***")) }

// held is an entry that is to be written.
type held struct {
	id    string
	key   enroll.Key
	extra vault.Extra
}

// collect gives all entries of which codes can be made.
func collect(v *vault.Vault) (all []held, left int, err error) {
	for _, e := range v.List() {
		if !e.Readable {
			left++
			continue
		}
		key, err := v.Key(e.ID)
		if err != nil {
			return nil, 0, err
		}
		extra, err := v.Extra(e.ID)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, held{e.ID, key, extra})
	}
	return all, left, nil
}

func wipe(all []held) {
	for _, one := range all {
		clear(one.key.Secret)
	}
}

// Addresses writes a line with the address of each key.
func Addresses(v *vault.Vault) (Exported, error) {
	all, left, err := collect(v)
	if err != nil {
		return Exported{}, fmt.Errorf("write the addresses: %w", err)
	}
	defer wipe(all)
	var content []byte
	for _, one := range all {
		content = append(append(content, one.key.Address()...), '\n')
	}
	return Exported{content, len(all), left}, nil
}
