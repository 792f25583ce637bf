package api

import (
	"fmt"
	"strings"
	"testing"
)

func TestWellFormed(t *testing.T) {
	for _, good := range []string{`{}`, ` {"a":"b"} `, `{"a":{"b":{"c":"d"}}}`, `{"a":null,"b":1,"c":true}`, `{"a":"{\"b\":1,\"b\":2}"}`, `{"a":"a"}`} {
		if p := wellFormed([]byte(good)); p != nil {
			t.Errorf("%s is refused: %s", good, p.Errors[0].Message)
		}
	}
	var many strings.Builder
	for i := range 40 {
		fmt.Fprintf(&many, `"f%d":1,`, i)
	}
	for _, bad := range []string{
		``, ` `, `null`, `[]`, `"a"`, `1`, `{`, `{"a"}`, `{"a":1,}`, `{"a":1}{}`, `{"a":1} x`, `{'a':1}`, `{"a":1,"a":2}`,
		`{"a":1,"A":2}`, `{"s":1,"ſ":2}`, `{"a":{"b":1,"b":2}}`, `{"a":[1]}`, "{\"a\":\"\xff\"}", `{"a":{"b":{"c":{"d":{}}}}}`,
		"{" + many.String() + `"z":1}`, `{"a":1 "b":2}`, `{"\u0061":1,"a":2}`,
	} {
		if wellFormed([]byte(bad)) == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
