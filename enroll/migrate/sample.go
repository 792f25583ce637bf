package migrate

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// sample is a content as formats look at it to recognise themselves. What costs
// something is done once.
type sample struct {
	content []byte
	name    string // in lower case
	limits  Limits

	text   []byte // the content without byte order mark and blanks around it; nil when it is no text
	fields map[string]json.RawMessage
	first  map[string]json.RawMessage
	lines  []string // the first few, trimmed, without empty ones
	files  []string // names of the files in an archive
}

const sampleLines = 20

func newSample(content []byte, name string, limits Limits) *sample {
	s := &sample{content: content, name: strings.ToLower(name), limits: limits}
	if s.begins(zipMagic) {
		s.files = zipNames(content)
		return s
	}
	text := trimText(content)
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return s
	}
	s.text = text
	switch {
	case len(text) == 0:
	case text[0] == '{' && checkJSON(text, limits) == nil:
		_ = json.Unmarshal(text, &s.fields) // nil is the answer
	case text[0] == '[' && checkJSON(text, limits) == nil:
		s.first = firstOf(text)
	}
	for line := range bytes.Lines(text[:min(len(text), 64<<10)]) {
		if line = bytes.TrimSpace(line); len(line) > 0 && len(s.lines) < sampleLines {
			s.lines = append(s.lines, string(line))
		}
	}
	return s
}

// trimText takes the byte order mark and the blanks off.
func trimText(content []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
}

// has tells whether the content is a JSON object with all of these fields.
func (s *sample) has(names ...string) bool { return hasAll(s.fields, names) }

// firstHas tells whether it is a JSON array whose first element is such an
// object.
func (s *sample) firstHas(names ...string) bool { return hasAll(s.first, names) }

func hasAll(fields map[string]json.RawMessage, names []string) bool {
	if fields == nil {
		return false
	}
	for _, name := range names {
		if _, there := fields[name]; !there {
			return false
		}
	}
	return true
}

// header tells whether the first line is one of a table with these columns,
// whatever their order.
func (s *sample) header(columns ...string) bool {
	if len(s.lines) == 0 {
		return false
	}
	have := map[string]bool{}
	for _, name := range strings.FieldsFunc(s.lines[0], func(r rune) bool { return r == ',' || r == ';' || r == '\t' }) {
		have[strings.ToLower(strings.Trim(strings.TrimSpace(name), `"`))] = true
	}
	for _, name := range columns {
		if !have[strings.ToLower(name)] {
			return false
		}
	}
	return true
}

// begins tells whether the content begins with these bytes.
func (s *sample) begins(magic string) bool { return bytes.HasPrefix(s.content, []byte(magic)) }

// contains tells whether the first part of the text has this in it.
func (s *sample) contains(part string) bool {
	return bytes.Contains(s.text[:min(len(s.text), 1<<20)], []byte(part))
}

// holds tells whether the content is an archive with a file of this name, in
// whatever folder.
func (s *sample) holds(name string) bool {
	return slices.ContainsFunc(s.files, func(file string) bool { return path.Base(file) == name })
}

// noise tells whether the content looks like nothing: neither text nor with the
// beginning of a known kind of file. Such a file may be encrypted.
func (s *sample) noise() bool {
	if s.text != nil || len(s.content) < 32 {
		return false
	}
	for _, magic := range []string{zipMagic, "SQLite format 3\x00", "\x89PNG", "\xff\xd8\xff", "GIF8", "%PDF", "\x1f\x8b", "BM", "\xac\xed\x00\x05", "\x03\xd9\xa2\x9a"} {
		if s.begins(magic) {
			return false
		}
	}
	return true
}
