package migrate

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// protonpass is the export of Proton Pass: JSON of vaults and items, mostly in an
// archive. One that is encrypted with PGP is refused with what to do.
func protonpass() format {
	return format{
		name: "protonpass",
		text: "import.format.protonpass",
		detect: func(s *sample) likeness {
			return when(s.has("vaults", "encrypted") || s.begins(pgpMessage) ||
				slices.ContainsFunc(s.files, func(name string) bool { return strings.HasPrefix(name, "Proton Pass/") }))
		},
		read: readProtonpass,
	}
}

const pgpMessage = "-----BEGIN PGP MESSAGE-----"

type protonpassItem struct {
	ItemID string
	State  number
	Pinned bool
	Data   struct {
		Metadata struct{ Name, Note string }
		Content  struct {
			ItemEmail, ItemUsername, Username string
			TOTPURI                           string `json:"totpUri"`
		}
		ExtraFields []struct {
			Type string
			Data struct {
				TOTPURI string `json:"totpUri"`
			}
		}
	}
}

func readProtonpass(j *job) error {
	text := trimText(j.content)
	if strings.HasPrefix(string(text[:min(len(text), len(zipMagic))]), zipMagic) {
		if slices.Contains(zipNames(j.content), "Proton Pass/data.pgp") {
			return ErrLocked
		}
		var err error
		if text, err = j.fromZip("data.json", "import.password.unknown"); err != nil {
			return err
		}
	}
	if strings.HasPrefix(string(text[:min(len(text), len(pgpMessage))]), pgpMessage) {
		return ErrLocked
	}
	var file struct {
		Encrypted bool
		Vaults    json.RawMessage
	}
	if err := j.unmarshal(text, &file); err != nil {
		return err
	}
	if file.Encrypted {
		return ErrLocked
	}
	var vaults map[string]struct {
		Name  string
		Items json.RawMessage
	}
	if json.Unmarshal(file.Vaults, &vaults) != nil {
		return damaged("its JSON")
	}
	ids := make([]string, 0, len(vaults))
	for id := range vaults {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	without, trashed := 0, 0
	for _, id := range ids {
		err := eachItem(j, vaults[id].Items, func(item protonpassItem) error {
			const inTrash = 2
			codes := item.codes()
			switch {
			case len(codes) == 0:
				without++
			case item.State == inTrash:
				trashed++
			default:
				return item.add(j, vaults[id].Name, codes)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	j.noteCount("import.note.without", without)
	j.noteCount("import.note.trash", trashed)
	return nil
}

func (item protonpassItem) codes() []string {
	var all []string
	if code := item.Data.Content.TOTPURI; code != "" {
		all = append(all, code)
	}
	for _, f := range item.Data.ExtraFields {
		if f.Data.TOTPURI != "" {
			all = append(all, f.Data.TOTPURI)
		}
	}
	return all
}

func (item protonpassItem) add(j *job, vault string, codes []string) error {
	c := item.Data.Content
	for _, code := range codes {
		d := newDraft([]byte(code))
		d.addressOrSecret(code)
		d.Key.Issuer = item.Data.Metadata.Name
		d.Key.Account = cmp.Or(c.ItemUsername, c.ItemEmail, c.Username, d.Key.Account)
		d.Note, d.Origin, d.Favourite = item.Data.Metadata.Note, item.ItemID, item.Pinned
		d.group(vault)
		if err := j.add(d); err != nil {
			return err
		}
	}
	return nil
}
