package migrate

import (
	"bytes"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"sleutelbos/enroll"
)

// winauthEntry is an authenticator being read.
type winauthEntry struct {
	kind, id, name string
	secret         string // its key and settings, or what is encrypted
	locked         error  // why it could not be opened
	within         int    // level of its element
}

// winauthReader goes through the XML, and through what lies encrypted in it.
type winauthReader struct {
	j       *job
	nested  int
	entries []*winauthEntry
}

// readWinauth reads winauth.xml of version 2 and 3. The whole may be encrypted,
// or each entry on its own; what a password cannot open is kept where other
// entries can be read.
func readWinauth(j *job, text []byte) error {
	r := &winauthReader{j: j}
	if err := r.walk(text, nil); err != nil {
		return err
	}
	var first error
	understood := 0
	for _, e := range r.entries {
		if e.locked == nil {
			understood++
		} else if first == nil || errors.Is(e.locked, ErrPassphrase) {
			first = e.locked
		}
	}
	if understood == 0 && first != nil {
		return first
	}
	for _, e := range r.entries {
		if err := j.add(e.draft()); err != nil {
			return err
		}
	}
	return nil
}

// walk reads a text. Entry is the one that the text is a part of, if it is.
func (r *winauthReader) walk(text []byte, entry *winauthEntry) error {
	const mostNested = 4
	if r.nested++; r.nested > mostNested {
		return damaged("its XML")
	}
	defer func() { r.nested-- }()
	if n := bytes.Count(text, []byte("=")); n > r.j.limits.Entries*20 {
		return fmt.Errorf("%w (XML)", ErrTooLarge) // attributes are read all at once
	}
	var (
		decoder = xml.NewDecoder(bytes.NewReader(trimText(text)))
		path    []xml.StartElement
		content strings.Builder
		outer   = entry
	)
	for {
		token, err := decoder.RawToken()
		switch {
		case errors.Is(err, io.EOF) && len(path) == 0:
			return nil
		case err != nil:
			return damaged("its XML")
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(path) >= r.j.limits.Depth || len(r.entries) > r.j.limits.Entries {
				return fmt.Errorf("%w (XML)", ErrTooLarge)
			}
			path = append(path, t.Copy())
			content.Reset()
			if name := t.Name.Local; entry == nil && (name == "WinAuthAuthenticator" || name == "authenticator") {
				if err := r.j.alive(); err != nil {
					return err
				}
				entry = &winauthEntry{kind: attribute(t, "type"), id: attribute(t, "id"), within: len(path)}
				r.entries = append(r.entries, entry)
			} else if entry != nil && name == "authenticator" {
				entry.kind = attribute(t, "type")
			}
		case xml.CharData:
			content.Write(t)
		case xml.EndElement:
			if len(path) == 0 || path[len(path)-1].Name.Local != t.Name.Local {
				return damaged("its XML")
			}
			if err := r.end(path[len(path)-1], len(path), content.String(), entry); err != nil {
				return err
			}
			if entry != nil && entry != outer && entry.within == len(path) {
				entry = nil
			}
			path = path[:len(path)-1]
			content.Reset()
		}
	}
}

// end takes an element with its text.
func (r *winauthReader) end(element xml.StartElement, level int, text string, entry *winauthEntry) error {
	how := attribute(element, "encrypted")
	switch name := element.Name.Local; {
	case how != "" && entry == nil && (name == "WinAuth" || name == "data"):
		plain, err := openWinauth(r.j, how, text)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(trimText(plain), []byte("<")) {
			return ErrPassphrase // the padding fits by chance
		}
		return r.walk(plain, nil)
	case how != "" && entry != nil && (name == "authenticatordata" || name == "secretdata"):
		return r.sealed(entry, how, text)
	case entry == nil:
	case name == "name" && level == entry.within+1:
		entry.name = text
	case name == "secretdata":
		entry.secret = text
	}
	return nil
}

// sealed opens an entry that is encrypted on its own; its text is XML, or in
// version 2 the key itself.
func (r *winauthReader) sealed(entry *winauthEntry, how, text string) error {
	plain, err := openWinauth(r.j, how, text)
	switch {
	case errors.Is(err, ErrLocked), errors.Is(err, ErrPassphrase):
		entry.locked, entry.secret = err, text
		return nil
	case err != nil:
		return err
	}
	if bytes.HasPrefix(trimText(plain), []byte("<")) {
		return r.walk(plain, entry)
	}
	entry.secret = hex.EncodeToString(plain)
	return nil
}

// attribute gives an attribute of an element; empty where it has none.
func attribute(element xml.StartElement, name string) string {
	for _, a := range element.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// winauthBracketed is how WinAuth writes an issuer and an account in one name.
var winauthBracketed = regexp.MustCompile(`^([^(]+?)\s+\((.*?)\)(.*)$`)

// draft makes the entry out of its parts: a key in hexadecimal, digits, hash and
// period between tabs, and then what the kind adds, between bars.
func (e *winauthEntry) draft() *draft {
	raw := []byte(e.kind + "\n" + e.name + "\n" + e.secret)
	d := newDraft(raw)
	d.Origin, d.Key.Account = e.id, strings.TrimSpace(e.name)
	if m := winauthBracketed.FindStringSubmatch(d.Key.Account); m != nil {
		d.Key.Issuer, d.Key.Account = m[1], m[2]+m[3]
	} else if issuer, account, found := strings.Cut(d.Key.Account, ":"); found {
		d.Key.Issuer, d.Key.Account = issuer, account
	}
	if e.locked != nil {
		d.because("import.kept.locked")
		return d
	}
	parts := strings.Split(e.secret, "|")
	fields := strings.Split(parts[0], "\t")
	secret := fields[0]
	kind := e.kind[strings.LastIndex(e.kind, ".")+1:]
	switch kind {
	case "BattleNetAuthenticator":
		const digits, length = 8, 40
		d.digits(digits)
		d.issued("Battle.net")
		if len(parts) == 1 && len(secret) > length {
			secret = secret[:length] // version 2 has the serial number behind it
		}
	case "TrionAuthenticator":
		d.strange("trion")
	case "SteamAuthenticator":
		d.Key.Kind = enroll.Steam
		d.issued("Steam")
	case "HOTPAuthenticator":
		d.Key.Kind = enroll.HOTP
		d.hotpBehind(parts)
	case "MicrosoftAuthenticator":
		d.issued("Microsoft")
	case "GuildWarsAuthenticator":
		d.issued("GuildWars2")
	}
	key, err := hex.DecodeString(strings.TrimSpace(secret))
	if err != nil {
		d.because("import.kept.secret")
	}
	d.Key.Secret = key
	if len(fields) > 1 {
		d.length(fields[1], d.digits)
	}
	if len(fields) > 2 {
		d.algorithm(fields[2])
	}
	if len(fields) > 3 {
		d.length(fields[3], d.period)
	}
	return d
}

// issued gives an entry of a known service its name, where it has none.
func (d *draft) issued(by string) {
	if d.Key.Issuer != "" {
		return
	}
	d.Key.Issuer = by
	if strings.EqualFold(d.Key.Account, by) {
		d.Key.Account = ""
	}
}

// hotpBehind takes the counter, which WinAuth raises before it makes a code.
func (d *draft) hotpBehind(parts []string) {
	if len(parts) < 2 {
		return
	}
	n, err := strconv.ParseInt(strings.TrimSpace(parts[1]), 10, 62)
	if err != nil || n < -1 {
		n = -2
	}
	d.counter(n + 1)
}
