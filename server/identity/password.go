package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

// maxPassword bounds a password, in characters, before anything is computed of
// it.
const maxPassword = 256

// Password is what somebody typed as their password. Printing it shows nothing
// of it.
type Password string

// PasswordRules is what an organisation asks of a password. The zero value of a
// number asks nothing.
type PasswordRules struct {
	Name         string `json:"name"`          // "d4", "v2" or "custom"
	MinLength    int    `json:"min_length"`    // characters
	Letters      int    `json:"letters"`       // at least so many
	NonLetters   int    `json:"non_letters"`   // at least so many characters that are no letters
	Capitals     int    `json:"capitals"`      // at least so many
	Digits       int    `json:"digits"`        // at least so many
	Specials     int    `json:"specials"`      // at least so many that are neither letter nor digit
	MaxRepeat    int    `json:"max_repeat"`    // one character at most so often in a row
	Former       int    `json:"former"`        // not one of so many before: 1 is the present one, 2 that before too
	LifetimeDays int    `json:"lifetime_days"` // after so many days it must be changed
}

// The rule sets that are shipped.
func rulesD4() PasswordRules {
	return PasswordRules{Name: "d4", MinLength: 8, Letters: 4, NonLetters: 1, MaxRepeat: 2, Former: 2, LifetimeDays: 91}
}

func rulesV2() PasswordRules {
	return PasswordRules{Name: "v2", MinLength: 8, Capitals: 1, Digits: 1, Specials: 1, Former: 1}
}

// ShippedRules lists the rule sets that are shipped; the first is the default.
func ShippedRules() []PasswordRules { return []PasswordRules{rulesD4(), rulesV2()} }

// PasswordRule names one thing that is asked of a password.
type PasswordRule string

// What can be asked of a password. The last four are asked whatever the rule
// set.
const (
	RuleMinLength  PasswordRule = "min-length"
	RuleLetters    PasswordRule = "letters"
	RuleNonLetters PasswordRule = "non-letters"
	RuleCapitals   PasswordRule = "capitals"
	RuleDigits     PasswordRule = "digits"
	RuleSpecials   PasswordRule = "specials"
	RuleMaxRepeat  PasswordRule = "max-repeat"
	RuleFormer     PasswordRule = "former"
	RuleMaxLength  PasswordRule = "max-length" // 256 characters
	RuleCharacters PasswordRule = "characters" // those that cannot be typed again everywhere
	RuleCommon     PasswordRule = "common"     // one of those that are tried first
	RuleOwnName    PasswordRule = "own-name"   // the person's or the organisation's name
)

// Limit is the number that a rule asks for, to be said with it; 0 where the
// rule has none.
func (r PasswordRules) Limit(rule PasswordRule) int {
	switch rule {
	case RuleMinLength:
		return r.MinLength
	case RuleLetters:
		return r.Letters
	case RuleNonLetters:
		return r.NonLetters
	case RuleCapitals:
		return r.Capitals
	case RuleDigits:
		return r.Digits
	case RuleSpecials:
		return r.Specials
	case RuleMaxRepeat:
		return r.MaxRepeat
	case RuleFormer:
		return r.Former
	case RuleMaxLength:
		return maxPassword
	}
	return 0
}

// Asked lists the rules that a page shows while somebody types, in the order in
// which they are said.
func (r PasswordRules) Asked() []PasswordRule {
	var all []PasswordRule
	for _, rule := range []PasswordRule{
		RuleMinLength, RuleLetters, RuleNonLetters, RuleCapitals, RuleDigits, RuleSpecials, RuleMaxRepeat, RuleFormer,
	} {
		if r.Limit(rule) > 0 {
			all = append(all, rule)
		}
	}
	return append(all, RuleCommon, RuleOwnName)
}

// Acquainted is what is known beside a password that is to be chosen.
type Acquainted struct {
	Former []Password // those before, as far as they were typed
	Names  []string   // of the person and the organisation: user name, address, full name
}

// Unmet names every rule that the password does not meet.
func (r PasswordRules) Unmet(password Password, known Acquainted) []PasswordRule {
	if utf8.RuneCountInString(string(password)) > maxPassword {
		return []PasswordRule{RuleMaxLength}
	}
	text, readable := password.normal()
	var all []PasswordRule
	unmet := func(rule PasswordRule, is bool) {
		if is {
			all = append(all, rule)
		}
	}
	have := countCharacters(text)
	unmet(RuleMinLength, have.all < r.MinLength)
	unmet(RuleLetters, have.letters < r.Letters)
	unmet(RuleNonLetters, have.all-have.letters < r.NonLetters)
	unmet(RuleCapitals, have.capitals < r.Capitals)
	unmet(RuleDigits, have.digits < r.Digits)
	unmet(RuleSpecials, have.all-have.letters-have.digits < r.Specials)
	unmet(RuleMaxRepeat, r.MaxRepeat > 0 && have.repeat > r.MaxRepeat)
	unmet(RuleCharacters, text != "" && !readable)
	unmet(RuleFormer, r.Former > 0 && isOneOf(text, known.Former))
	unmet(RuleCommon, isCommon(text))
	unmet(RuleOwnName, holdsName(text, known.Names))
	return all
}

// normal is the one form of a password, however it was typed in: RFC 8265 §4.2,
// which composes characters (NFC) and takes every blank for the same. One that
// has characters which the profile rules out is left as it is, and not
// readable.
func (p Password) normal() (text string, readable bool) {
	text, err := precis.OpaqueString.String(string(p))
	if err != nil {
		return string(p), false
	}
	return text, true
}

// toHash is what is hashed of a password. Nobody has one that is longer than may
// be, and none is hashed.
func (p Password) toHash() string {
	if utf8.RuneCountInString(string(p)) > maxPassword {
		return ""
	}
	text, _ := p.normal()
	return text
}

type characters struct{ all, letters, capitals, digits, repeat int }

// countCharacters counts as a few lines in a browser can, by Unicode's own
// classes.
func countCharacters(text string) characters {
	var c characters
	var last rune
	row := 0
	for _, r := range text {
		c.all++
		switch {
		case unicode.IsLetter(r):
			c.letters++
			if unicode.IsUpper(r) {
				c.capitals++
			}
		case unicode.IsDigit(r):
			c.digits++
		}
		if r == last {
			row++
		} else {
			last, row = r, 1
		}
		c.repeat = max(c.repeat, row)
	}
	return c
}

func isOneOf(text string, former []Password) bool {
	for _, one := range former {
		if normal, _ := one.normal(); normal == text && text != "" {
			return true
		}
	}
	return false
}

// minName is how long a part of a name must be to count in a password.
const minName = 4

// holdsName tells whether the password is little more than one of the names.
func holdsName(text string, names []string) bool {
	folded := letterForm(text)
	for _, name := range names {
		for _, part := range strings.FieldsFunc(letterForm(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if utf8.RuneCountInString(part) >= minName && strings.Contains(folded, part) &&
				utf8.RuneCountInString(folded)-utf8.RuneCountInString(part) < minOwn {
				return true
			}
		}
	}
	return false
}
