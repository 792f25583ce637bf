package migrate

import (
	"errors"
	"strings"
	"unicode/utf8"

	"sleutelbos/enroll"
)

// draft is an entry being read. Its methods take what a file says and note the
// first thing that makes no sense.
type draft struct {
	Entry
	raw []byte
}

// newDraft is an entry with the standard's defaults. Raw is how the file has it.
func newDraft(raw []byte) *draft {
	return &draft{raw: raw, Entry: Entry{Key: enroll.Key{
		Kind: enroll.TOTP, Algorithm: enroll.SHA1, Digits: enroll.MinDigits, Period: enroll.DefaultPeriod,
	}}}
}

// because notes why the entry is not understood; the first reason stays.
func (d *draft) because(reason string) {
	if d.Reason == "" {
		d.Reason = reason
	}
}

// kind takes what the file calls the kind of a key.
func (d *draft) kind(name string) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "", "totp":
	case "hotp":
		d.Key.Kind = enroll.HOTP
	case "steam":
		d.Key.Kind = enroll.Steam
	default:
		d.strange(name)
	}
}

// strange says that the kind of the key is none that codes are made of here.
func (d *draft) strange(name string) {
	d.Kind = cut(name, 64)
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "motp":
		d.because("import.kept.motp")
	case "yandex", "yaotp":
		d.because("import.kept.yandex")
	default:
		d.because("import.kept.kind")
	}
}

// secret takes a key in base32.
func (d *draft) secret(text string) {
	secret, err := readSecret(text)
	switch {
	case errors.Is(err, enroll.ErrNoSecret):
		d.because("import.kept.no-secret")
	case err != nil:
		d.because("import.kept.secret")
	}
	d.Key.Secret = secret
}

// readSecret is enroll.ParseSecret, but takes a key that stops in the middle of
// a byte as other programs do: they leave the rest out.
func readSecret(text string) (enroll.Secret, error) {
	secret, err := enroll.ParseSecret(text)
	if !errors.Is(err, enroll.ErrShortSecret) {
		return secret, err
	}
	last := strings.LastIndexFunc(text, func(r rune) bool { return r > ' ' && r != '=' && r != '-' && r != '\u00a0' })
	return enroll.ParseSecret(text[:max(last, 0)])
}

// algorithm takes the name of a hash; none is SHA-1.
func (d *draft) algorithm(name string) {
	if strings.TrimSpace(name) == "" {
		return
	}
	algorithm, err := enroll.ParseAlgorithm(name)
	if err != nil {
		d.because("import.kept.algorithm")
	}
	d.Key.Algorithm = algorithm
}

// digits takes the length of a code; 0 is the standard's.
func (d *draft) digits(n int64) {
	if n != 0 {
		d.Key.Digits = int(min(max(n, -1), 1<<16))
	}
}

// period takes the length of a time step in seconds; 0 is the standard's.
func (d *draft) period(n int64) {
	if n != 0 {
		d.Key.Period = int(min(max(n, -1), 1<<30))
	}
}

// counter takes the next counter.
func (d *draft) counter(n int64) {
	if n < 0 {
		if d.Key.Kind == enroll.HOTP {
			d.because("import.kept.counter")
		}
		return
	}
	d.Key.Counter = uint64(n)
}

// group takes names of groups.
func (d *draft) group(names ...string) {
	for _, name := range names {
		if name = strings.TrimSpace(name); name != "" {
			d.Groups = append(d.Groups, name)
		}
	}
}

// finish gives the entry, bounded.
func (d *draft) finish(limits Limits) Entry {
	e := d.Entry
	switch e.Key.Kind {
	case enroll.HOTP:
		e.Key.Period = 0
	case enroll.Steam:
		e.Key.Digits, e.Key.Counter = enroll.SteamDigits, 0
	default:
		e.Key.Counter = 0
	}
	e.Key.Issuer = strings.TrimSpace(cut(e.Key.Issuer, maxName))
	e.Key.Account = strings.TrimSpace(cut(e.Key.Account, maxName))
	e.Note, e.Icon, e.Origin = cut(e.Note, limits.Text), cut(e.Icon, maxName), cut(e.Origin, maxName)
	e.Groups = bounded(e.Groups, limits.Text)
	if e.Reason == "" {
		e.Reason = reasonOf(e.Key.Validate())
	}
	if e.Reason == "" {
		e.Kind = ""
		return e
	}
	e.Raw = Raw(d.raw)
	if len(e.Raw) > limits.Raw {
		e.Raw, e.Cut = e.Raw[:limits.Raw:limits.Raw], true
	}
	e.Raw = append(Raw(nil), e.Raw...) // lets go of the file
	return e
}

// reasonOf is the key of the text for an error of enroll.Key.Validate.
func reasonOf(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, enroll.ErrNoSecret):
		return "import.kept.no-secret"
	case errors.Is(err, enroll.ErrTooLong):
		return "import.kept.long"
	case errors.Is(err, enroll.ErrAlgorithm):
		return "import.kept.algorithm"
	case errors.Is(err, enroll.ErrDigits):
		return "import.kept.digits"
	case errors.Is(err, enroll.ErrPeriod):
		return "import.kept.period"
	}
	return "import.kept.kind"
}

// maxName is how long an issuer or an account may be in bytes, as enroll has it.
const maxName = 512

// cut shortens a text to so many bytes, at a whole character, and makes it
// valid UTF-8 without control characters that would break a line of a list.
func cut(text string, most int) string {
	if len(text) > most {
		text = text[:most]
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
		if r, size := utf8.DecodeLastRuneInString(text); r == utf8.RuneError && size == 1 {
			text = text[:len(text)-1]
		}
	}
	text = strings.ToValidUTF8(text, "")
	return strings.ReplaceAll(text, "\x00", "")
}

// bounded keeps each name once, as many as fit.
func bounded(names []string, most int) []string {
	var kept []string
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		name = cut(name, maxName)
		if most -= len(name); most < 0 {
			break
		}
		if !seen[name] {
			seen[name] = true
			kept = append(kept, name)
		}
	}
	return kept
}
