package migrate

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// preferences reads the shared preferences of an Android program: XML with a map
// of named texts. Values of other kinds are passed over.
func (j *job) preferences(text []byte) ([]pair, error) {
	const most = 1_000_000 // attributes are read all at once
	if bytes.Count(text, []byte("=")) > most {
		return nil, fmt.Errorf("%w (more than %d values)", ErrTooLarge, most)
	}
	var (
		pairs   []pair
		decoder = xml.NewDecoder(bytes.NewReader(trimText(text)))
		depth   int
		begun   bool // the map was seen
		inside  bool
	)
	for {
		token, err := decoder.RawToken()
		switch {
		case errors.Is(err, io.EOF) && depth == 0 && begun:
			return pairs, nil
		case err != nil:
			return nil, damaged("its XML")
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > j.limits.Depth || len(pairs) >= j.limits.Entries {
				return nil, fmt.Errorf("%w (XML)", ErrTooLarge)
			}
			begun = true
			if inside = depth == 2 && t.Name.Local == "string"; inside {
				pairs = append(pairs, pair{name: nameOf(t)})
			}
		case xml.EndElement:
			depth--
			inside = false
		case xml.CharData:
			if inside {
				pairs[len(pairs)-1].value += string(t)
			}
		}
	}
}

func nameOf(element xml.StartElement) string {
	for _, a := range element.Attr {
		if a.Name.Local == "name" {
			return a.Value
		}
	}
	return ""
}
