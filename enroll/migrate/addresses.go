package migrate

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"sleutelbos/enroll"
)

// addresses is a text with an address on each line, as many programs write it
// and as QR codes hold it: otpauth, steam and motp.
func addresses() format {
	return format{
		name: "addresses",
		text: "import.format.addresses",
		detect: func(s *sample) likeness {
			return when(s.addresses() && !s.mentions("otpauth-migration:") && !s.mentions("codeDisplay="))
		},
		read: readLines,
	}
}

// schemes begin an address that may stand on a line.
func schemes() []string {
	return []string{"otpauth://", migrationScheme, "steam://", "motp://", "phonefactor://"}
}

// addresses tells whether the content is a list of addresses: a line among the
// first is one, and the first line that is no remark.
func (s *sample) addresses() bool {
	for _, line := range s.lines {
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//") {
			continue
		}
		return isAddress(line)
	}
	return false
}

// mentions tells whether one of the first lines has this in it.
func (s *sample) mentions(part string) bool {
	for _, line := range s.lines {
		if strings.Contains(line, part) {
			return true
		}
	}
	return false
}

func isAddress(line string) bool {
	for _, scheme := range schemes() {
		if len(line) >= len(scheme) && strings.EqualFold(line[:len(scheme)], scheme) {
			return true
		}
	}
	return false
}

// readLines reads addresses of all kinds, line by line; what is none is counted.
func readLines(j *job) error {
	strange := 0
	batches := newBatches()
	for line := range bytes.Lines(trimText(j.content)) {
		line = bytes.TrimSpace(line)
		text := string(line)
		var err error
		switch {
		case len(line) == 0 || line[0] == '#':
		case len(line) > maxLine:
			err = j.tooLong(line)
		case hasScheme(text, migrationScheme):
			err = j.addMigration(text, batches)
		case isAddress(text):
			d := newDraft(line)
			d.address(text)
			err = j.add(d)
		default:
			strange++
		}
		if err != nil {
			return err
		}
	}
	j.noteCount("import.note.lines", strange)
	batches.tell(j)
	return nil
}

// maxLine bounds an address; the data of ten keys of Google's is some 2 KiB.
const maxLine = 64 << 10

func (j *job) tooLong(line []byte) error {
	d := newDraft(line)
	d.because("import.kept.long")
	return j.add(d)
}

func hasScheme(text, scheme string) bool {
	return len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme)
}

// address takes an address of any scheme. One that makes no key still gives its
// names where they can be read.
func (d *draft) address(text string) {
	switch {
	case hasScheme(text, "steam://"):
		d.Key.Kind = enroll.Steam
		d.Key.Issuer = "Steam"
		d.secret(strings.TrimSuffix(text[len("steam://"):], "/"))
		return
	case hasScheme(text, "motp://"):
		d.names(text)
		d.strange("motp")
		return
	case hasScheme(text, "phonefactor://"):
		d.because("import.kept.push")
		return
	}
	text = tidyAddress(text)
	key, err := enroll.ParseAddress(text)
	if err == nil {
		d.Key = key
		return
	}
	if errors.Is(err, enroll.ErrDigits) && key.Digits == enroll.SteamDigits && strings.EqualFold(key.Issuer, "steam") {
		d.Key = key // some programs know Steam by its name
		d.Key.Kind = enroll.Steam
		return
	}
	if d.names(text); len(key.Secret) > 0 {
		d.Key = key // all was read, but no codes can be made of it
	}
	d.because(d.brokenAddress(text, err))
}

// tidyAddress mends what other programs leave uncoded in an address: a number
// sign would end it, and a percent sign that begins no code would spoil it.
// Early versions of ente wrote the algorithm with the name of its type.
func tidyAddress(text string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '#', c == '%' && (len(text) < i+3 || !isHex(text[i+1]) || !isHex(text[i+2])):
			fmt.Fprintf(&b, "%%%02X", c)
		case c < ' ' || c == 0x7f:
		default:
			b.WriteByte(c)
		}
	}
	return strings.Replace(b.String(), "algorithm=Algorithm.", "algorithm=", 1)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// brokenAddress gives the reason for an address that enroll does not read.
func (d *draft) brokenAddress(text string, err error) string {
	var part *enroll.AddressError
	errors.As(err, &part)
	switch {
	case part != nil && part.Part == "type":
		d.strange(typeOf(text))
		return d.Reason
	case errors.Is(err, enroll.ErrShortSecret):
		// Read again with the key as other programs take it.
		u, _ := url.Parse(text) // was read before
		query := u.Query()
		secret, err := readSecret(query.Get("secret"))
		if err != nil {
			return "import.kept.secret"
		}
		query.Set("secret", secret.Base32())
		u.RawQuery = query.Encode()
		if d.Key, err = enroll.ParseAddress(u.String()); err != nil {
			return reasonOf(err)
		}
		return ""
	case errors.Is(err, enroll.ErrNoSecret):
		return "import.kept.no-secret"
	case part != nil && part.Part == "secret":
		return "import.kept.secret"
	case part != nil && part.Part == "counter":
		return "import.kept.counter"
	case errors.Is(err, enroll.ErrNumber), errors.Is(err, enroll.ErrNotAnAddress):
		return "import.kept.address"
	}
	return reasonOf(err)
}

// typeOf is what stands for the kind in an address.
func typeOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}

// names takes issuer and account from an address that is otherwise not read, by
// giving enroll the same label under a kind that it knows.
func (d *draft) names(text string) {
	if hasScheme(text, "motp://") { // motp://issuer:account?secret=…
		text = "otpauth://motp/" + text[len("motp://"):]
	}
	u, err := url.Parse(text)
	if err != nil {
		return
	}
	query, label := url.Values{"secret": {"AAAAAAAA"}}, u.EscapedPath()
	for name, all := range u.Query() {
		if strings.EqualFold(name, "issuer") && len(all) > 0 {
			query.Set("issuer", all[0])
		}
	}
	key, err := enroll.ParseAddress("otpauth://totp" + label + "?" + query.Encode())
	if err != nil {
		return
	}
	d.Key.Issuer, d.Key.Account = key.Issuer, key.Account
}

// addressOrSecret takes what password managers keep in one field: an address or
// a bare key. Names that the entry has itself stay where the address has none.
func (d *draft) addressOrSecret(text string) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		d.secret(text)
		return
	}
	issuer, account := d.Key.Issuer, d.Key.Account
	if !isAddress(text) {
		d.because("import.kept.address")
		return
	}
	d.address(text)
	if d.Key.Issuer == "" || hasScheme(text, "steam://") && issuer != "" {
		d.Key.Issuer = issuer
	}
	if d.Key.Account == "" {
		d.Key.Account = account
	}
}
