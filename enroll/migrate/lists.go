package migrate

import (
	"html"
	"strings"
)

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
