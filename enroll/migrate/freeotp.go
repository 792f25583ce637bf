package migrate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"sleutelbos/enroll"
)

// freeotp is FreeOTP: the preferences of version 1 (XML, plain), and the backup
// of version 2, which is called .xml too but is a Java map.
func freeotp() format {
	return format{
		name: "freeotp",
		text: "import.format.freeotp",
		detect: func(s *sample) likeness {
			return when(s.begins(javaMagic) && bytes.Contains(s.content, []byte("masterKey")) ||
				s.contains("<map>") && (s.contains("issuerExt") || s.contains("issuerInt") || s.contains(`"tokenOrder"`)))
		},
		read: func(j *job) error {
			if strings.HasPrefix(string(j.content[:min(len(j.content), len(javaMagic))]), javaMagic) {
				return readFreeotp2(j)
			}
			return readFreeotp1(j)
		},
	}
}

// freeotpPlus is the JSON of FreeOTP+, a branch of version 1.
func freeotpPlus() format {
	return format{
		name:   "freeotp-plus",
		text:   "import.format.freeotp-plus",
		detect: func(s *sample) likeness { return when(s.has("tokens", "tokenOrder")) },
		read: func(j *job) error {
			var file struct{ Tokens json.RawMessage }
			if err := j.unmarshal(j.content, &file); err != nil {
				return err
			}
			return eachEntry(j, file.Tokens, func(t freeotpToken, d *draft) error {
				t.into(d, freeotpAhead)
				return j.add(d)
			})
		},
	}
}

// freeotpAhead is how far the next counter is from the one that version 1 and
// FreeOTP+ keep, which is that of the code shown last.
const freeotpAhead = 1

type freeotpToken struct {
	Algo, Type                      string
	IssuerExt, IssuerInt, IssuerAlt string
	Label, LabelAlt                 string
	Period, Digits, Counter         number
	Secret                          signedBytes
}

func (t freeotpToken) into(d *draft, ahead number) {
	d.Key.Issuer = cmp.Or(t.IssuerAlt, t.IssuerExt, t.IssuerInt)
	d.Key.Account = cmp.Or(t.LabelAlt, t.Label)
	d.kind(t.Type)
	if d.Key.Kind == enroll.TOTP && t.IssuerExt == "Steam" {
		d.Key.Kind = enroll.Steam // FreeOTP knows it by its name
	}
	d.Key.Secret = enroll.Secret(t.Secret)
	d.algorithm(t.Algo)
	d.digits(int64(t.Digits))
	d.period(int64(t.Period))
	d.counter(int64(min(t.Counter, 1<<62) + ahead))
}

func readFreeotp1(j *job) error {
	pairs, err := j.preferences(j.content)
	if err != nil {
		return err
	}
	for _, p := range freeotpOrder(pairs) {
		d := newDraft([]byte(p.value))
		var t freeotpToken
		switch {
		case isAddress(p.value): // the earliest versions
			d.address(p.value)
		case checkJSON([]byte(p.value), j.limits) != nil, json.Unmarshal([]byte(p.value), &t) != nil:
			d.because("import.kept.unreadable")
		default:
			t.into(d, freeotpAhead)
		}
		if err := j.add(d); err != nil {
			return err
		}
	}
	return nil
}

// freeotpOrder takes out the list of names and puts the others in its order.
func freeotpOrder(pairs []pair) []pair {
	place := map[string]int{}
	var rest []pair
	for _, p := range pairs {
		var names []string
		if p.name != "tokenOrder" {
			rest = append(rest, p)
		} else if json.Unmarshal([]byte(p.value), &names) == nil {
			for i, name := range names {
				place[name] = i + 1
			}
		}
	}
	slices.SortStableFunc(rest, func(a, b pair) int { return cmp.Compare(place[a.name], place[b.name]) })
	return rest
}

// signedBytes are bytes as Java's programs write them in JSON: numbers from -128
// to 127.
type signedBytes []byte

// UnmarshalJSON reads the numbers.
func (b *signedBytes) UnmarshalJSON(raw []byte) error {
	var numbers []int16
	if err := json.Unmarshal(raw, &numbers); err != nil {
		return err
	}
	*b = make([]byte, len(numbers))
	for i, n := range numbers {
		(*b)[i] = byte(n)
	}
	return nil
}
