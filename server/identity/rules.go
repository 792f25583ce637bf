package identity

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// RuleKind is how the value of a rule is written.
type RuleKind string

// The kinds of rule.
const (
	RuleNumber RuleKind = "number"
	RuleChoice RuleKind = "choice" // one of Choices
	RuleList   RuleKind = "list"   // some of Choices, parted by commas
	RuleSet    RuleKind = "set"    // a whole set of password rules
	RuleText   RuleKind = "text"
)

// Rule is one question that each organisation answers for itself, or leaves to
// the server's answer.
type Rule struct {
	Key         string // such as "release", or "means.user" for the role of a user
	Group       string // what it stands with on the page
	Kind        RuleKind
	Choices     []string
	Least, Most int    // of a number
	Of          string // role, or name of an application, that it is about

	path []string // within the settings, as JSON has it; none for the domains
}

// The groups of rules, in the order in which they are shown.
const (
	GroupSignIn    = "sign-in"
	GroupPasswords = "passwords"
	GroupLinking   = "linking"
	GroupAddresses = "addresses"
)

const ruleDomains = "domains"

// rules lists every rule, for these roles and applications.
func rules(roles []RoleDefinition, applications []string) []Rule {
	all := []Rule{
		{Key: "remember-hours", Group: GroupSignIn, Kind: RuleNumber, Most: mostRemember, path: []string{"remember_hours"}},
		{Key: "release", Group: GroupSignIn, Kind: RuleChoice, Choices: []string{string(ReleaseTime), string(ReleaseAdministrator), string(ReleaseBoth)}, path: []string{"release"}},
	}
	for _, role := range roles {
		if !role.Manages && !role.Operates {
			all = append(all, Rule{
				Key: "means." + string(role.Key), Group: GroupSignIn, Kind: RuleChoice, Of: string(role.Key),
				Choices: []string{string(LeastStrong), string(LeastPassword)}, path: []string{"means", string(role.Key)},
			})
		}
	}
	for _, role := range roles {
		if role.Key == RoleUser || role.Key == RoleAdministrator {
			all = append(all, Rule{
				Key: "reset." + string(role.Key), Group: GroupPasswords, Kind: RuleChoice, Of: string(role.Key),
				Choices: []string{string(ResetAdministrator), string(ResetPerson), string(ResetEither)}, path: []string{"reset", string(role.Key)},
			})
		}
	}
	all = append(all, Rule{Key: "password-rules", Group: GroupPasswords, Kind: RuleSet, Choices: []string{"d4", "v2", "custom"}, path: []string{"passwords", "name"}})
	for _, number := range passwordNumbers() {
		all = append(all, Rule{Key: number.key, Group: GroupPasswords, Kind: RuleNumber, Least: number.least, Most: number.most, path: []string{"passwords", number.json}})
	}
	all = append(all,
		Rule{Key: "other-means", Group: GroupLinking, Kind: RuleChoice, Choices: []string{string(OthersEnd), string(OthersBackup), string(OthersTokens)}, path: []string{"others"}},
		Rule{Key: "linking-ways", Group: GroupLinking, Kind: RuleList, Choices: []string{WayActivation, WayAddress, WayRequest}, path: []string{"ways"}},
		Rule{Key: "least-level", Group: GroupLinking, Kind: RuleChoice, Choices: []string{"2", "2+", "3", "4"}, path: []string{"level"}})
	for _, name := range applications {
		all = append(all, Rule{
			Key: "least-level." + name, Group: GroupLinking, Kind: RuleChoice, Of: name,
			Choices: []string{"2", "2+", "3", "4"}, path: []string{"levels", name},
		})
	}
	return append(all, Rule{Key: ruleDomains, Group: GroupAddresses, Kind: RuleText})
}

type passwordNumber struct {
	key, json   string
	least, most int
}

func passwordNumbers() []passwordNumber {
	return []passwordNumber{
		{"min-length", "min_length", leastLength, mostLength},
		{"letters", "letters", 0, mostCount},
		{"non-letters", "non_letters", 0, mostCount},
		{"capitals", "capitals", 0, mostCount},
		{"digits", "digits", 0, mostCount},
		{"specials", "specials", 0, mostCount},
		{"max-repeat", "max_repeat", 0, mostCount},
		{"former", "former", 0, 2},
		{"lifetime-days", "lifetime_days", 0, mostLifetime},
	}
}

// filledRules says what stands for the empty values.
func (s SignInSettings) filledRules(keepTokens bool) SignInSettings {
	if s.Others == "" {
		s.Others = OthersEnd
		if keepTokens {
			s.Others = OthersTokens
		}
	}
	if s.Level == "" {
		s.Level = "3"
	}
	if len(s.Ways) == 0 {
		s.Ways = []string{WayActivation}
	}
	return s
}

// valueOf is what a rule says by these settings, as it is written.
func (r Rule) valueOf(s SignInSettings) string {
	switch r.path[0] {
	case "means":
		if s.Means[Role(r.Of)] == LeastPassword {
			return string(LeastPassword)
		}
		return string(LeastStrong)
	case "reset":
		return string(s.resetWay(Role(r.Of)))
	case "levels":
		if level := s.Levels[r.Of]; level != "" {
			return level
		}
		return s.Level
	case "ways":
		return strings.Join(s.Ways, ",")
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	var at any
	if err := json.Unmarshal(raw, &at); err != nil {
		return ""
	}
	for _, step := range r.path {
		level, _ := at.(map[string]any)
		at = level[step]
	}
	switch at := at.(type) {
	case string:
		return at
	case float64:
		return strconv.Itoa(int(at))
	case nil:
		return "0"
	}
	return fmt.Sprint(at)
}

// RuleError says what is wrong with the value of one rule.
func (r Rule) wrong() error {
	switch r.Kind {
	case RuleNumber:
		return &FieldError{r.Key, fmt.Sprintf("give a number from %d to %d", r.Least, r.Most), "rule-number"}
	case RuleChoice, RuleSet, RuleList:
		return &FieldError{r.Key, "choose from: " + strings.Join(r.Choices, ", "), "rule-choice"}
	}
	return &FieldError{r.Key, "this cannot be set so", "rule-choice"}
}

// read turns a written value into what the settings hold.
func (r Rule) read(text string) (any, error) {
	text = strings.TrimSpace(text)
	switch r.Kind {
	case RuleNumber:
		n, err := strconv.Atoi(text)
		if err != nil || n < r.Least || n > r.Most {
			return nil, r.wrong()
		}
		return n, nil
	case RuleList:
		all := []string{}
		for one := range strings.SplitSeq(text, ",") {
			if one = strings.TrimSpace(one); !slices.Contains(r.Choices, one) {
				return nil, r.wrong()
			}
			all = append(all, one)
		}
		return all, nil
	}
	if !slices.Contains(r.Choices, text) {
		return nil, r.wrong()
	}
	return text, nil
}

// layer is what an organisation has of its own: a part of the settings, as JSON.
type layer map[string]any

// put sets a value at a path, or takes it away where there is none.
func (l layer) put(path []string, value any) {
	at := l
	for _, step := range path[:len(path)-1] {
		next, ok := at[step].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[step] = next
		}
		at = next
	}
	last := path[len(path)-1]
	if value != nil {
		at[last] = value
		return
	}
	delete(at, last)
	if len(path) > 1 && len(at) == 0 {
		delete(l, path[0])
	}
}

// has tells whether the layer says something at a path.
func (l layer) has(path []string) bool {
	at := l
	for _, step := range path[:len(path)-1] {
		next, ok := at[step].(map[string]any)
		if !ok {
			return false
		}
		at = next
	}
	_, ok := at[path[len(path)-1]]
	return ok
}

// apply takes over what was asked about one rule.
func (l layer) apply(r Rule, c RuleChange, isNow string) error {
	if c.Inherit {
		if r.Kind == RuleSet {
			delete(l, r.path[0])
			return nil
		}
		l.put(r.path, nil)
		return nil
	}
	value, err := r.read(c.Value)
	if err != nil {
		return err
	}
	if r.Kind == RuleSet && c.Value != "custom" {
		for _, shipped := range ShippedRules() {
			if shipped.Name == c.Value {
				l[r.path[0]] = asLayer(shipped)
			}
		}
		return nil
	}
	l.put(r.path, value)
	if r.path[0] == "passwords" && r.Kind == RuleNumber && fmt.Sprint(value) != isNow {
		l.put([]string{"passwords", "name"}, "custom")
	}
	return nil
}

func asLayer(rules PasswordRules) map[string]any {
	all := map[string]any{}
	raw, err := json.Marshal(rules)
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil {
		return map[string]any{"name": rules.Name}
	}
	return all
}
