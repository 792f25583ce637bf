package identity

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sleutelbos/server/store"
)

// Longest texts, in characters.
const (
	maxPhone = 32
	maxJob   = 128
)

// tidied is what was typed, without blanks around it, and what follows from it.
func (p Details) tidied() Details {
	for _, text := range []*string{&p.User, &p.Name, &p.Given, &p.Prefix, &p.Family, &p.Email, &p.Notices, &p.Phone, &p.Job, &p.Language} {
		*text = strings.TrimSpace(*text)
	}
	if p.Family != "" {
		p.Name = joinName(p.Given, p.Prefix, p.Family)
	}
	if p.Organisation == "" {
		p.Organisation = store.MainOrganisation
	}
	if p.Means == "" {
		p.Means = AuthenticatorToken
	}
	return p
}

func joinName(parts ...string) string {
	var given []string
	for _, part := range parts {
		if part != "" {
			given = append(given, part)
		}
	}
	return strings.Join(given, " ")
}

// SplitName guesses the parts of a full name: the first word, the small words
// after it, and the rest. Joined they are the same name again.
func SplitName(full string) (given, prefix, family string) {
	words := strings.Fields(full)
	if len(words) < 2 {
		return "", "", full
	}
	rest := words[1:]
	small := 0
	for small < len(rest)-1 && rest[small] == strings.ToLower(rest[small]) {
		small++
	}
	return words[0], strings.Join(rest[:small], " "), strings.Join(rest[small:], " ")
}

// check says what is missing or wrong, a [*FieldError] for each.
func (p Details) check() []error {
	var all wrongs
	p.checkUser(&all)
	p.checkName(&all)
	p.checkAddresses(&all)
	if text := p.Phone; text != "" && !isPhone(text) {
		all.add("phone", "phone-unfit", "a phone number has digits, blanks, dashes, brackets and a plus, 32 characters at most")
	}
	if utf8.RuneCountInString(p.Job) > maxJob || !isClean(p.Job, true) {
		all.add("job", "job-unfit", "the function is too long or has invisible characters")
	}
	if p.Language != "" && p.Language != "nl" && p.Language != "en" {
		all.add("language", "language-unknown", "the language is unknown; nl and en are known")
	}
	if p.Means != AuthenticatorToken && p.Means != AuthenticatorOutside {
		all.add("means", "means-unknown", "the means is unknown; token and outside are known")
	}
	if !p.Starts.IsZero() && !p.Ends.IsZero() && !p.Ends.After(p.Starts) {
		all.add("ends", "ends-before", "the account ends before it starts")
	}
	if p.Role != "" && p.Role != RoleUser && p.Role != RoleAdministrator {
		all.add("role", "role-unknown", "the role is unknown; user and administrator are known")
	}
	return all
}

func (p Details) checkUser(all *wrongs) {
	switch user := canonical(p.User); {
	case user == "":
		all.add("user", "user-missing", "the user name is missing")
	case utf8.RuneCountInString(p.User) > maxUser:
		all.add("user", "user-long", "the user name is too long")
	case !isClean(p.User, false):
		all.add("user", "user-unfit", "a user name has no blanks and no invisible characters")
	case user == canonical(p.Email):
		all.add("user", "user-address", "the user name must differ from the address: the mail with the activation code must not tell it")
	}
}

func (p Details) checkName(all *wrongs) {
	for field, part := range map[string]string{"given": p.Given, "prefix": p.Prefix, "family": p.Family} {
		if utf8.RuneCountInString(part) > maxName || !isClean(part, true) {
			all.add(field, "name-unfit", "the name is too long or has invisible characters")
			return
		}
	}
	field := "name"
	if p.Given != "" || p.Prefix != "" {
		field = "family"
	}
	switch name := p.Name; {
	case name == "" || field == "family" && p.Family == "":
		all.add(field, "name-missing", "the name is missing")
	case utf8.RuneCountInString(name) > maxName:
		all.add(field, "name-long", "the name is too long")
	case !isClean(name, true):
		all.add(field, "name-unfit", "the name has invisible characters")
	}
}

func (p Details) checkAddresses(all *wrongs) {
	switch email := p.Email; {
	case email == "":
		all.add("email", "email-missing", "the address is missing")
	case utf8.RuneCountInString(email) > maxEmail:
		all.add("email", "email-long", "the address is too long")
	case !isAddress(email):
		all.add("email", "email-unfit", "this is not an address; it looks like name@example.org")
	}
	if p.Notices != "" && (utf8.RuneCountInString(p.Notices) > maxEmail || !isAddress(p.Notices)) {
		all.add("notices", "email-unfit", "this is not an address; it looks like name@example.org")
	}
}

func isPhone(text string) bool {
	digits := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune("+-() .", r):
			return false
		}
	}
	return digits >= 3 && len(text) <= maxPhone
}

// checkDomain says whether the address is at one of the organisation's domains.
func checkDomain(all *wrongs, email string, o store.Organisation) {
	if o.Domains == "" {
		return
	}
	_, domain, _ := strings.Cut(canonical(email), "@")
	for _, allowed := range strings.Fields(o.Domains) {
		if domain == allowed {
			return
		}
	}
	all.add("email", "email-domain", "the address is not at a domain of the organisation; it takes: "+o.Domains)
}

func detailsOf(row store.Person) Details {
	return Details{
		User: row.User, Name: row.Name, Given: row.Given, Prefix: row.Prefix, Family: row.Family, Email: row.Email,
		Notices: row.Notices, Phone: row.Phone, Job: row.Job, Organisation: row.Organisation, Language: row.Language,
		Means: Authenticator(row.Means), Starts: moment(row.Starts), Ends: moment(row.Ends), StopgapEnds: moment(row.StopgapEnds),
		Role: Role(row.Role),
	}
}

// fillRow writes the details into a row. Role is a summary that settle makes.
func (p Details) fillRow(row *store.Person) {
	row.User, row.Name, row.Given, row.Prefix, row.Family, row.Email = p.User, p.Name, p.Given, p.Prefix, p.Family, p.Email
	row.Notices, row.Phone, row.Job, row.Organisation = p.Notices, p.Phone, p.Job, p.Organisation
	row.Language, row.Means = p.Language, string(p.Means)
	row.Starts, row.Ends, row.StopgapEnds = stampOrNever(p.Starts), stampOrNever(p.Ends), stampOrNever(p.StopgapEnds)
}

func stampOrNever(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return stamp(t)
}

// wrongs gathers what is wrong with fields.
type wrongs []error

func (w *wrongs) add(field, key, why string) { *w = append(*w, &FieldError{field, why, key}) }

// has tells whether something is wrong with a field.
func (w wrongs) has(field string) bool {
	return slices.ContainsFunc(FieldErrors(w.join()), func(e *FieldError) bool { return e.Field == field })
}

func (w wrongs) join() error { return errors.Join(w...) }
