package migrate

import (
	"html"
	"path"
	"slices"
	"strings"
)

// authplus is the archive that Authenticator Plus exports: a list of addresses,
// encrypted with a password. Its database (SQLCipher) is not read.
func authplus() format {
	return format{
		name:   "authenticator-plus",
		text:   "import.format.authenticator-plus",
		detect: func(s *sample) likeness { return when(s.holds("Accounts.txt")) },
		read: func(j *job) error {
			text, err := j.fromZip("Accounts.txt", "import.password.authenticator-plus")
			if err != nil {
				return err
			}
			return j.within(text, readLines)
		},
	}
}

// winauth is the archive that WinAuth exports: a text of addresses, whose labels
// are the names that the person gave.
func winauth() format {
	return format{
		name:   "winauth",
		text:   "import.format.winauth",
		detect: func(s *sample) likeness { return when(winauthFile(s.files) != "") },
		read: func(j *job) error {
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

// within reads a part of the content as another kind.
func (j *job) within(text []byte, read func(*job) error) error {
	whole := j.content
	j.content = text
	err := read(j)
	j.content = whole
	return err
}

// page is a page for the browser with addresses in it, as Authenticator Plus,
// Stratum and others write it to be printed. An address that stands in a link
// and beside it counts once.
func page() format {
	return format{
		name: "html",
		text: "import.format.html",
		detect: func(s *sample) likeness {
			return when(len(s.text) > 0 && s.text[0] == '<' && s.contains("otpauth://") && (s.contains("<html") || s.contains("<HTML") || s.contains("<table")))
		},
		read: readPage,
	}
}

func readPage(j *job) error {
	rest := string(trimText(j.content))
	seen := map[string]bool{}
	for {
		at := strings.Index(rest, "otpauth://")
		if at < 0 {
			return nil
		}
		rest = rest[at:]
		end := strings.IndexAny(rest, " \t\r\n\"'<>")
		if end < 0 {
			end = len(rest)
		}
		address := html.UnescapeString(rest[:end])
		if rest = rest[end:]; seen[address] {
			continue
		}
		seen[address] = true
		if len(address) > maxLine {
			if err := j.tooLong([]byte(address)); err != nil {
				return err
			}
			continue
		}
		d := newDraft([]byte(address))
		d.address(address)
		if err := j.add(d); err != nil {
			return err
		}
	}
}
