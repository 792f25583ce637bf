package migrate

import (
	"path"
	"slices"
	"strings"
)

// winauth is what WinAuth keeps (winauth.xml), or the archive that it exports: a
// text of addresses, whose labels are the names that the person gave.
func winauth() format {
	return format{
		name: "winauth",
		text: "import.format.winauth",
		detect: func(s *sample) likeness {
			xml := len(s.text) > 0 && s.text[0] == '<' && s.contains("<WinAuth")
			return when(xml || winauthFile(s.files) != "")
		},
		read: func(j *job) error {
			if text := trimText(j.content); len(text) > 0 && text[0] == '<' {
				return readWinauth(j, text)
			}
			name := path.Base(winauthFile(zipNames(j.content)))
			text, err := j.fromZip(name, "import.password.winauth")
			if err != nil {
				return err
			}
			return j.within(text, readLines)
		},
	}
}

func winauthFile(files []string) string {
	at := slices.IndexFunc(files, func(name string) bool {
		name = strings.ToLower(path.Base(name))
		return strings.HasPrefix(name, "winauth") && strings.HasSuffix(name, ".txt")
	})
	if at < 0 {
		return ""
	}
	return files[at]
}
