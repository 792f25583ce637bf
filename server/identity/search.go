package identity

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sleutelbos/server/store"
)

// Search asks for people.
type Search struct {
	Text         string // words, or the beginnings of words, which must all fit; empty: everybody
	Organisation string // id; empty: of all that the actor manages
	After        string // Found.Next of the page before; empty: the first page
	Limit        int    // of the page; 50 when 0, 200 at most
}

// Found is a page of people. Where Next is not empty there may be more.
type Found struct {
	People []Person
	Next   string
}

const (
	pageSize    = 50
	maxPage     = 200
	countMost   = 2000 // of a word's people, to see which word is rare
	lookMost    = 1000 // words looked through in one statement
	looksMost   = 4    // such statements for one page
	beyondWords = "\xff"
)

// SearchPeople finds people whom the actor manages, nobody else, in an order
// that stays: by the word that fits first, then by name. Case, accents and the
// blanks in a phone number do not count. Of what somebody holds the actor sees
// what is held for what they manage.
func (d *Desk) SearchPeople(ctx context.Context, by Actor, s Search) (Found, error) {
	var found Found
	err := d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil {
			return err
		}
		if !rights.Manages {
			return ErrForbidden
		}
		found, err = d.search(view, rights, s)
		return err
	})
	if err != nil {
		return Found{}, fmt.Errorf("search people: %w", err)
	}
	return found, nil
}

func (d *Desk) search(view *store.View, rights Rights, s Search) (Found, error) {
	s.Limit = min(max(s.Limit, 0), maxPage)
	if s.Limit == 0 {
		s.Limit = pageSize
	}
	scopes, err := rights.scopes(view, s.Organisation)
	if err != nil {
		return Found{}, err
	}
	words := typedWords(s.Text)
	after, lead, ok := readPlace(s.After)
	if !ok || lead >= max(len(words), 1) {
		after, lead = store.WordPlace{}, -1
	}
	if lead < 0 {
		if lead, err = rarest(view, scopes, words); err != nil {
			return Found{}, err
		}
	}
	places, more, err := look(view, scopes, words, lead, after, s.Limit)
	if err != nil {
		return Found{}, err
	}
	var found Found
	if more != nil {
		found.Next = writePlace(*more, lead)
	}
	found.People, err = d.found(view, rights, places)
	return found, err
}

// scopes are what the actor manages, less what covers nothing of the
// organisation asked for. A single empty one is everybody.
func (r Rights) scopes(view *store.View, organisation string) ([]string, error) {
	if r.Operates {
		return []string{organisation}, nil
	}
	var all []string
	for _, g := range r.manages {
		if organisation != "" && g.Organisation != organisation {
			continue
		}
		scope := g.Part
		if scope == "" {
			scope = g.Organisation
		} else if reachedBy(r.manages, Grant{Organisation: g.Organisation}) {
			continue // the whole of it is there too
		}
		if !slices.Contains(all, scope) {
			all = append(all, scope)
		}
	}
	return all, nil
}

// rangeOf are the words that begin with a typed one; what lists everybody when
// nothing was typed.
func rangeOf(scope string, words []string, lead int) store.WordRange {
	from, to := "\x00", "\x01"
	if len(words) > 0 {
		from, to = words[lead], words[lead]+beyondWords
	}
	return store.WordRange{Scope: scope, From: []byte(from), To: []byte(to)}
}

// rarest is the typed word that the fewest people have; its people are then
// looked through for the others.
func rarest(view *store.View, scopes, words []string) (lead int, err error) {
	if len(words) < 2 || len(scopes) == 0 {
		return 0, nil
	}
	least := int64(-1)
	for i := range words {
		var count int64
		for _, scope := range scopes {
			n, err := view.CountWords(rangeOf(scope, words, i), countMost)
			if err != nil {
				return 0, err
			}
			if count += n; count >= countMost {
				break
			}
		}
		if least < 0 || count < least || count == least && len(words[i]) > len(words[lead]) {
			least, lead = count, i
		}
	}
	return lead, nil
}

// look goes through the people of the leading word, in every scope, and gives
// the places of those whom all words fit, and the place to go on from.
func look(view *store.View, scopes, words []string, lead int, after store.WordPlace, limit int) (all []store.WordPlace, more *store.WordPlace, err error) {
	others := slices.Clone(words)
	if len(others) > 0 {
		others = slices.Delete(others, lead, lead+1)
	}
	if after.Word == nil {
		after.Word = []byte{}
	}
	for _, scope := range scopes {
		next, left := after, limit+1
		for budget := max(1, looksMost/len(scopes)); left > 0 && budget > 0; budget-- {
			places, end, err := view.WordsAfter(rangeOf(scope, words, lead), next, others, lookMost, left)
			if err != nil {
				return nil, nil, err
			}
			if len(words) > 0 {
				places = slices.DeleteFunc(places, func(p store.WordPlace) bool { return !isFirst(p, words[lead]) })
			}
			all, left = append(all, places...), left-len(places)
			if end == nil {
				break
			}
			if next = *end; budget == 1 && (more == nil || comparePlaces(next, *more) < 0) {
				more = &next
			}
		}
	}
	slices.SortFunc(all, comparePlaces)
	all = slices.CompactFunc(all, func(a, b store.WordPlace) bool { return comparePlaces(a, b) == 0 })
	if more != nil { // not all was looked through: what lies behind comes later
		all = slices.DeleteFunc(all, func(p store.WordPlace) bool { return comparePlaces(p, *more) > 0 })
	}
	if len(all) > limit {
		all = all[:limit]
		more = &all[limit-1]
	}
	return all, more, nil
}

// isFirst tells whether a place is the first of those where the person is found
// by a typed word, so that nobody is found twice.
func isFirst(p store.WordPlace, typed string) bool {
	found, _, _ := strings.Cut(string(p.Word), "\x00")
	for word := range strings.FieldsSeq(p.Words) {
		if strings.HasPrefix(word, typed) && word < found {
			return false
		}
	}
	return true
}

func comparePlaces(a, b store.WordPlace) int {
	if c := bytes.Compare(a.Word, b.Word); c != 0 {
		return c
	}
	return strings.Compare(a.Person, b.Person)
}

// found reads the people of the places.
func (d *Desk) found(view *store.View, rights Rights, places []store.WordPlace) ([]Person, error) {
	ids := make([]string, len(places))
	for i, p := range places {
		ids[i] = p.Person
	}
	rows, err := view.PeopleByID(ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b store.Person) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	people, err := d.fill(view, rows)
	if err != nil {
		return nil, err
	}
	for i := range people {
		people[i].Grants = slices.DeleteFunc(people[i].Grants, func(g Grant) bool {
			return !rights.Operates && !reachedBy(rights.manages, Grant{Organisation: g.Organisation, Part: g.Part})
		})
	}
	return people, nil
}

// writePlace and readPlace are a place as a page sends it back.
func writePlace(p store.WordPlace, lead int) string {
	return fmt.Sprintf("%d.%s.%s", lead, p.Person, base64.RawURLEncoding.EncodeToString(p.Word))
}

func readPlace(text string) (p store.WordPlace, lead int, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 || len(text) > 512 || len(parts[0]) != 1 || parts[0] < "0" || parts[0] > "9" {
		return p, 0, false
	}
	word, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return p, 0, false
	}
	return store.WordPlace{Word: word, Person: parts[1]}, int(parts[0][0] - '0'), true
}

// Choices is what an actor can choose from for a person's form.
type Choices struct {
	Organisations []Organisation // with the parts that the actor manages
	Roles         []RoleDefinition
	May           func(Grant) bool // whether the actor may give or take this back
}

// Choices gives what the actor may choose from; nothing for whoever manages
// nobody.
func (d *Desk) Choices(ctx context.Context, by Actor) (Choices, error) {
	var c Choices
	err := d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil {
			return err
		}
		if !rights.Manages {
			return ErrForbidden
		}
		organisations, err1 := rights.organisations(view)
		roles, err2 := roleMap(view)
		rows, err3 := view.Roles()
		if err := errors.Join(err1, err2, err3); err != nil {
			return err
		}
		c = Choices{Organisations: organisations, May: func(g Grant) bool {
			role, known := roles[g.Role]
			return known && rights.mayGrant(g, role)
		}}
		for _, row := range rows {
			c.Roles = append(c.Roles, roleOf(row))
		}
		return nil
	})
	if err != nil {
		return Choices{}, fmt.Errorf("look up what there is to choose: %w", err)
	}
	return c, nil
}
