package migrate

import (
	"sleutelbos/enroll"
)

// What becomes of an entry.
type What string

// The verdicts.
const (
	New     What = "new"     // nothing here has this key
	Here    What = "here"    // it is here already, the same
	Changed What = "changed" // it is here already, under another name or with a lower counter
	Again   What = "again"   // an earlier entry of the file has the same key
	Kept    What = "kept"    // it is not understood, and kept as it is
)

// Verdict says what becomes of one entry.
type Verdict struct {
	What What
	// Of is the place of what has the same key: in the list that exists, or in
	// the file where What is Again. -1 where there is none.
	Of int
	// Differs names what is other than here, where What is Changed: "issuer",
	// "account", "counter". A counter counts only where the file's is higher.
	Differs []string
}

// Existing is one of the entries that are here already: its key, or the raw form
// of one that was kept without being understood.
type Existing struct {
	Key enroll.Key
	Raw Raw
}

// Compare gives a verdict for each entry, in their order. Two entries are the
// same when codes are made the same way from the same secret, whatever their
// names; two that are not understood, when they are the same byte for byte.
func Compare(entries []Entry, existing []Existing) []Verdict {
	keys, raws := make(map[string]int, len(existing)), map[string]int{}
	for i, e := range existing {
		if len(e.Raw) > 0 {
			note(raws, string(e.Raw), i)
			continue
		}
		note(keys, e.Key.Fingerprint(), i)
	}
	verdicts := make([]Verdict, len(entries))
	seen := make(map[string]int, len(entries))
	for i, e := range entries {
		verdicts[i] = judge(e, existing, keys, raws)
		mark := "key" + e.Key.Fingerprint()
		if !e.Understood() {
			mark = "raw" + string(e.Raw)
		}
		if first, again := seen[mark]; again {
			verdicts[i] = Verdict{What: Again, Of: first}
			continue
		}
		seen[mark] = i
	}
	return verdicts
}

// note keeps the first place.
func note(places map[string]int, mark string, place int) {
	if _, there := places[mark]; !there {
		places[mark] = place
	}
}

func judge(e Entry, existing []Existing, keys, raws map[string]int) Verdict {
	if !e.Understood() {
		if at, there := raws[string(e.Raw)]; there {
			return Verdict{What: Here, Of: at}
		}
		return Verdict{What: Kept, Of: -1}
	}
	at, there := keys[e.Key.Fingerprint()]
	if !there {
		return Verdict{What: New, Of: -1}
	}
	v := Verdict{What: Here, Of: at, Differs: differences(e.Key, existing[at].Key)}
	if len(v.Differs) > 0 {
		v.What = Changed
	}
	return v
}

func differences(file, here enroll.Key) []string {
	var all []string
	if file.Issuer != here.Issuer {
		all = append(all, "issuer")
	}
	if file.Account != here.Account {
		all = append(all, "account")
	}
	if file.Kind == enroll.HOTP && file.Counter > here.Counter {
		all = append(all, "counter")
	}
	return all
}
