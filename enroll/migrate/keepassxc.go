package migrate

import "strings"

// keepassxcTable is the CSV that KeePassXC exports, where the key is an address.
func keepassxcTable() format {
	return format{
		name:   "keepassxc-csv",
		text:   "import.format.keepassxc-csv",
		detect: func(s *sample) likeness { return when(s.header("group", "title", "username", "totp")) },
		read:   readKeepassxcTable,
	}
}

func readKeepassxcTable(j *job) error {
	without := 0
	err := j.table(trimText(j.content), ',', func(r row) error {
		totp := strings.TrimSpace(r.get("totp"))
		if totp == "" {
			without++
			return nil
		}
		d := newDraft([]byte(totp))
		d.addressOrSecret(totp)
		// The address repeats the names, with stand-ins for those that are empty.
		d.Key.Issuer, d.Key.Account, d.Note = r.get("title"), r.get("username"), r.get("notes")
		// The first group is the database itself.
		if _, group, found := strings.Cut(r.get("group"), "/"); found {
			d.group(group)
		}
		return j.add(d)
	})
	j.noteCount("import.note.without", without)
	return err
}
