package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// fields is a JSON object in the order it was written, with each value byte for
// byte, so that what this version does not know survives it.
type fields []field

type field struct {
	name string
	raw  json.RawMessage
}

// What can be wrong with an object; none of them quotes it, since it may be a
// secret that stands in the wrong place.
var (
	errNotObject = errors.New("it is not a JSON object")
	errTwice     = errors.New("it has a field twice")
)

func parseFields(raw []byte) (fields, error) {
	if !utf8.Valid(raw) || !json.Valid(raw) {
		return nil, errNotObject
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, errNotObject
	}
	var all fields
	seen := make(map[string]bool, 16)
	for decoder.More() {
		token, err := decoder.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, errNotObject
		}
		if seen[name] {
			return nil, errTwice
		}
		seen[name] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, errNotObject
		}
		all = append(all, field{name, value})
	}
	return all, nil
}

func (f fields) get(name string) json.RawMessage {
	for _, one := range f {
		if one.name == name {
			return one.raw
		}
	}
	return nil
}

// read puts a field into a value; a field that is not there leaves it alone.
func (f fields) read(name string, into any) error {
	raw := f.get(name)
	if raw == nil {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("the field %q cannot be read", name) // the cause may quote it
	}
	return nil
}

// with gives a copy in which a field has another value, in its old place or at
// the end.
func (f fields) with(name string, value any) (fields, error) {
	raw, err := encode(value)
	if err != nil {
		return nil, fmt.Errorf("write the field %q: %w", name, err)
	}
	changed := append(make(fields, 0, len(f)+1), f...)
	for i := range changed {
		if changed[i].name == name {
			changed[i].raw = raw
			return changed, nil
		}
	}
	return append(changed, field{name, raw}), nil
}

func (f fields) without(name string) fields {
	rest := make(fields, 0, len(f))
	for _, one := range f {
		if one.name != name {
			rest = append(rest, one)
		}
	}
	return rest
}

// encode writes the object with every value as it is. Only values that hold no
// line break come here, so the result is one line.
func (f fields) encode() ([]byte, error) {
	line := []byte{'{'}
	for i, one := range f {
		if i > 0 {
			line = append(line, ',')
		}
		name, err := encode(one.name)
		if err != nil {
			return nil, err
		}
		line = append(append(append(line, name...), ':'), one.raw...)
	}
	return append(line, '}'), nil
}

// encode writes JSON as people read it, without escapes for HTML.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}
