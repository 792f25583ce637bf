package api

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"sleutelbos/enroll"
)

// FuzzReadPlain holds that the quick way takes nothing that the common way
// would refuse or read as something else.
func FuzzReadPlain(f *testing.F) {
	for _, body := range []string{
		`{"user":"anna","code":"123456"}`, " {\n\"code\" : \"123 456\",\t\"user\":\"ANNA@example.org\" } ",
		`{"user":"anna","user":"bert"}`, `{"user":"anna","code":"1","x":"1"}`, `{"user":" ","code":"1"}`, `{"User":"anna","code":"1"}`,
		`{"user":"a\u006ena","code":"1"}`, `{"user":"anna","code":1}`, `{"user":"anna"}`, `{"user":"anna","code":"1"}}`, `{}`, ``, `{"user":"`,
		`{"user":"` + strings.Repeat("a", 254) + `","code":"1"}`, `{"user":"` + strings.Repeat("a", 255) + `","code":"1"}`,
		`{"user":"anna","code":"` + strings.Repeat("1", 65) + `"}`, "{\"user\":\"\x00\",\"code\":\"1\"}", `{"user":"é","code":"1"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		user, code, ok := readPlain(body)
		if !ok {
			return
		}
		if p := wellFormed(body); p != nil {
			t.Fatalf("the common way refuses %q: %v", body, p.Errors)
		}
		var same enroll.VerifyRequest
		if err := json.Unmarshal(body, &same); err != nil || same.User != user || same.Code != code {
			t.Fatalf("the common way reads %+v, %v; the quick way %q, %q", same, err, user, code)
		}
		if n := utf8.RuneCountInString(user); n < 1 || n > maxUser || utf8.RuneCountInString(code) > maxCode || blank("", user) != nil {
			t.Fatalf("the common way refuses %q, %q by its bounds", user, code)
		}
	})
}

// What is asked all day must take the quick way, or it serves nobody.
func TestPlainWordsAreReadQuickly(t *testing.T) {
	for body, want := range map[string][2]string{
		`{"user":"anna","code":"123456"}`:                            {"anna", "123456"},
		`{"user": "anna@example.org", "code": "123 456"}` + "\n":     {"anna@example.org", "123 456"},
		"{\r\n\t\"code\": \"\",\r\n\t\"user\": \"o'brien (2)\"\r\n}": {"o'brien (2)", ""},
	} {
		user, code, ok := readPlain([]byte(body))
		if !ok || user != want[0] || code != want[1] {
			t.Errorf("%q is read as %q, %q, %v", body, user, code, ok)
		}
	}
}
