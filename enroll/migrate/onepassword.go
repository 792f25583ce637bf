package migrate

import (
	"encoding/json"
	"strings"
)

// onepassword is the archive that 1Password exports (.1pux): a zip with a JSON
// text of accounts, vaults and items. It is not encrypted.
func onepassword() format {
	return format{
		name:   "1password",
		text:   "import.format.1password",
		detect: func(s *sample) likeness { return when(s.holds("export.data") && s.holds("export.attributes")) },
		read:   readOnepassword,
	}
}

type onepasswordItem struct {
	Item     *onepasswordItem // around it in early versions
	UUID     string
	FavIndex number
	Trashed  bool
	Details  struct {
		NotesPlain  string
		LoginFields []struct{ Value, Designation string }
		Sections    []struct {
			Fields []struct {
				Value map[string]json.RawMessage
			}
		}
	}
	Overview struct {
		Title, Subtitle string
		Tags            []string
	}
}

func readOnepassword(j *job) error {
	text, err := j.fromZip("export.data", "")
	if err != nil {
		return err
	}
	var file struct{ Accounts json.RawMessage }
	if err := j.unmarshal(text, &file); err != nil {
		return err
	}
	without, trashed := 0, 0
	err = j.each(file.Accounts, func(raw json.RawMessage) error {
		var account struct{ Vaults json.RawMessage }
		if json.Unmarshal(raw, &account) != nil {
			return damaged("its JSON")
		}
		return j.each(account.Vaults, func(raw json.RawMessage) error {
			var vault struct {
				Attrs struct{ Name string }
				Items json.RawMessage
			}
			if json.Unmarshal(raw, &vault) != nil {
				return damaged("its JSON")
			}
			return eachItem(j, vault.Items, func(item onepasswordItem) error {
				if item.Item != nil {
					item = *item.Item
				}
				codes := item.codes()
				switch {
				case len(codes) == 0:
					without++
				case item.Trashed:
					trashed++
				default:
					return item.add(j, vault.Attrs.Name, codes)
				}
				return nil
			})
		})
	})
	j.noteCount("import.note.without", without)
	j.noteCount("import.note.trash", trashed)
	return err
}

// codes gives what makes login codes in an item; there can be several.
func (item onepasswordItem) codes() []string {
	var all []string
	for _, section := range item.Details.Sections {
		for _, field := range section.Fields {
			var code string
			if json.Unmarshal(field.Value["totp"], &code) == nil && strings.TrimSpace(code) != "" {
				all = append(all, code)
			}
		}
	}
	return all
}

func (item onepasswordItem) add(j *job, vault string, codes []string) error {
	for _, code := range codes {
		d := newDraft([]byte(code))
		d.Key.Issuer, d.Key.Account = item.Overview.Title, item.Overview.Subtitle
		for _, field := range item.Details.LoginFields {
			if field.Designation == "username" && field.Value != "" {
				d.Key.Account = field.Value
			}
		}
		d.Note, d.Origin, d.Favourite = item.Details.NotesPlain, item.UUID, item.FavIndex > 0
		d.group(vault)
		d.group(item.Overview.Tags...)
		d.addressOrSecret(code)
		if err := j.add(d); err != nil {
			return err
		}
	}
	return nil
}
