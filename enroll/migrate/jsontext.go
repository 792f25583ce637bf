package migrate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// checkJSON bounds the depth and the number of values of a JSON text before
// anything is made of it. It does not say that the text is right.
func checkJSON(text []byte, limits Limits) error {
	depth, values, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if quoted {
			switch c {
			case '\\':
				i++
			case '"':
				quoted = false
			}
			continue
		}
		switch c {
		case '"':
			quoted = true
		case '{', '[':
			if depth++; depth > limits.Depth {
				return fmt.Errorf("%w (deeper than %d levels)", ErrTooLarge, limits.Depth)
			}
			values++
		case '}', ']':
			depth--
		case ',':
			values++
		}
		if values > limits.Values {
			return fmt.Errorf("%w (more than %d values)", ErrTooLarge, limits.Values)
		}
	}
	return nil
}

// unmarshal reads a JSON text, bounded. Its error quotes nothing of the text.
func (j *job) unmarshal(text []byte, into any) error {
	text = trimText(text)
	if err := checkJSON(text, j.limits); err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return damaged("its JSON")
	}
	return nil
}

// each gives the elements of a JSON array one by one, so that a broken one spoils
// no other and too many stop at the bound. What is missing or null has none.
func (j *job) each(array json.RawMessage, do func(json.RawMessage) error) error {
	if len(array) == 0 || string(array) == "null" {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(array))
	if token, err := decoder.Token(); err != nil || token != json.Delim('[') {
		return damaged("a list is none")
	}
	for n := 0; decoder.More(); n++ {
		if n >= j.limits.Entries {
			return fmt.Errorf("%w (more than %d entries)", ErrTooLarge, j.limits.Entries)
		}
		var element json.RawMessage
		if err := decoder.Decode(&element); err != nil {
			return damaged("its JSON")
		}
		if err := do(element); err != nil {
			return err
		}
	}
	return nil
}

// eachEntry is each for a list of entries: it reads every element into a new E
// and gives it with a draft. One that cannot be read is kept as it is.
func eachEntry[E any](j *job, array json.RawMessage, do func(E, *draft) error) error {
	return j.each(array, func(raw json.RawMessage) error {
		var e E
		d := newDraft(raw)
		if json.Unmarshal(raw, &e) != nil {
			d.because("import.kept.unreadable")
			return j.add(d)
		}
		return do(e, d)
	})
}

// eachItem is each for a list of a password manager's items: what cannot be read
// is counted and not kept, since it may hold more than a key.
func eachItem[E any](j *job, array json.RawMessage, do func(E) error) error {
	broken := 0
	err := j.each(array, func(raw json.RawMessage) error {
		var e E
		if json.Unmarshal(raw, &e) != nil {
			broken++
			return nil
		}
		return do(e)
	})
	j.noteCount("import.note.broken", broken)
	return err
}

// firstOf gives the fields of the first element of an array.
func firstOf(text []byte) (fields map[string]json.RawMessage) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('[') || !decoder.More() {
		return nil
	}
	if decoder.Decode(&fields) != nil {
		return nil
	}
	return fields
}

// number is a whole number that some programs write as a text, or not at all.
type number int64

// UnmarshalJSON takes 6, "6", 6.0, "" and null.
func (n *number) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `" `)
	if text == "" || text == "null" {
		return nil
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		*n = number(i)
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != float64(int64(f)) {
		return fmt.Errorf("%q is not a whole number", text)
	}
	*n = number(f)
	return nil
}

// isNull tells whether a field is missing, null or an empty text.
func isNull(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null" || string(raw) == `""`
}
