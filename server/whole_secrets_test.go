package server_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sleutelbos/enroll"
	"sleutelbos/server/message/mailtest"
	"sleutelbos/server/store/storetest"
)

// Hugo gets a token that counts; it is brought in step, lost and blocked. His
// application knows his device. Then another server key takes over.
func aTokenAndAnotherKey(t *testing.T, w *town) {
	w.person(t, "htok", "Hugo Tok")
	device := enroll.Key{Kind: enroll.HOTP, Secret: []byte("een-geheim-van-hugo!"), Algorithm: enroll.SHA256, Digits: 8}
	table := filepath.Join(t.TempDir(), "tokens.csv")
	must(t, os.WriteFile(table, []byte("H1,"+hex.EncodeToString(device.Secret)+",hotp,8,sha256\n"), 0o600))
	w.secrets = append(w.secrets, device.Secret.Base32())
	w.admin(t, "token", "import", table)
	w.admin(t, "token", "assign", "H1", "htok")
	push := func(counter uint64) string {
		code, err := device.CodeAt(counter)
		must(t, err)
		w.secrets = append(w.secrets, code)
		return code
	}
	if !w.verifies(t, "htok", push(0)) || w.verifies(t, "htok", push(0)) {
		t.Error("the token's first code is not accepted exactly once")
	}
	w.admin(t, "token", "resync", "H1", push(40), push(41))
	w.admin(t, "token", "block", "H1", "--reason", "Kwijt in de trein")
	if w.verifies(t, "htok", push(42)) {
		t.Error("a blocked token's code is accepted")
	}

	known := w.remembered(t, "htok")
	if !w.verifiesOn(t, "htok", known) {
		t.Error("the right code on a known device is refused")
	}
	temporary := strings.Fields(w.admin(t, "password", "reset", "htok"))[0]
	w.secrets = append(w.secrets, temporary)
	tab := w.tab(t, "nl")
	tab.Open("/")
	w.enter(tab, "htok", temporary, w.code(t, "htok"))
	tab.See("Nieuw wachtwoord")

	former := w.portal.key
	w.secrets = append(w.secrets, former)
	w.portal.key = w.admin(t, "application", "rotate", "portaal")
	w.admin(t, "key", "add")
	if exit, err := w.server.stop(); exit != 0 || err != nil {
		t.Errorf("a stop ends with %d, %v", exit, err)
	}
	w.begin(t) // which reads the keys
	w.admin(t, "key", "rotate")
}

// remembered has an application verify a code and keep the device.
func (w *town) remembered(t *testing.T, user string) string {
	t.Helper()
	answer := w.asked(t, map[string]any{"user": user, "code": w.code(t, user), "remember": true})
	device, _ := answer["device"].(string)
	if answer["valid"] != true || device == "" {
		t.Fatalf("answered %v", answer)
	}
	w.secrets = append(w.secrets, device)
	return device
}

func (w *town) verifiesOn(t *testing.T, user, device string) bool {
	t.Helper()
	return w.asked(t, map[string]any{"user": user, "code": w.code(t, user), "device": device})["valid"] == true
}

func (w *town) asked(t *testing.T, body map[string]any) (answer map[string]any) {
	t.Helper()
	raw, err := json.Marshal(body)
	must(t, err)
	r, err := http.NewRequest(http.MethodPost, w.portal.url+enroll.PathVerify, bytes.NewReader(raw))
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+w.portal.key)
	r.Header.Set("Content-Type", "application/json")
	response, err := w.portal.http.Do(r)
	must(t, err)
	defer response.Body.Close()
	must(t, json.NewDecoder(response.Body).Decode(&answer))
	return answer
}

// nothingIsLeft looks for everything secret of the day where somebody may read:
// the log at its most talkative, the audit log, the metrics, the heads, and the
// database or its backup, whose values are sealed or hashed.
func (w *town) nothingIsLeft(t *testing.T) {
	t.Helper()
	heads, err := os.ReadFile(w.heads)
	must(t, err)
	places := map[string]string{
		"log": w.said.String() + w.server.said(), "audit log": w.admin(t, "audit", "export"), "heads": string(heads),
		"metrics": get(t, regexp.MustCompile(`metrics at (\S+)`).FindStringSubmatch(w.server.said())[1]),
		"people":  w.admin(t, "person", "list", "--json"), "tokens": w.admin(t, "token", "list", "--json"),
		"mails": w.admin(t, "mail", "list"), "settings": w.admin(t, "organisation", "show"),
		"database": storetest.Dump(t, w.database, "%"),
	}
	if len(w.flags) == 0 {
		copied := filepath.Join(t.TempDir(), "copy.db")
		w.admin(t, "backup", copied)
		raw, err := os.ReadFile(copied)
		must(t, err)
		places["backup"] = string(raw)
	}
	for where, text := range places {
		if strings.TrimSpace(text) == "" {
			t.Errorf("the %s is empty, so nothing was looked at", where)
		}
		for _, secret := range append(w.secrets, townPassword, w.portal.key, mailtest.Password) {
			if leaks(text, secret) {
				t.Errorf("the %s holds a code, a key or a password: %s", where, secret)
			}
		}
	}
}

// leaks tells whether a secret is in a text, in any of the ways in which it may
// be written. Six digits may be in any longer number, so they are looked for
// alone.
func leaks(text, secret string) bool {
	if len(secret) <= 8 {
		return standsAlone(text, secret)
	}
	all := []string{secret, strings.ReplaceAll(secret, "-", ""), hex.EncodeToString([]byte(secret))}
	if raw, err := enroll.ParseSecret(secret); err == nil {
		all = append(all, string(raw), hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw))
	}
	return slices.ContainsFunc(all, func(form string) bool { return strings.Contains(text, form) })
}

// standsAlone looks for a word that is no part of a longer one. A text may be a
// whole database, in which an expression would take minutes to find nothing.
func standsAlone(text, word string) bool {
	longer := func(part string) bool {
		return strings.ContainsAny(part, "0123456789.") || strings.ContainsFunc(part, isLetter)
	}
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		at, end := from+at, from+at+len(word)
		if !longer(text[max(at-1, 0):at]) && !longer(text[end:min(end+1, len(text))]) {
			return true
		}
		from = at + 1
	}
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// What looks for secrets finds them.
func TestLeaksAreFound(t *testing.T) {
	secret, code := enroll.Secret("een-geheim-van-hugo!"), "123456"
	for _, text := range []string{secret.Base32(), string(secret), "k=" + hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret)} {
		if !leaks("before "+text+" after", secret.Base32()) {
			t.Errorf("%q is not found", text)
		}
	}
	for text, want := range map[string]bool{"code=123456 ": true, `"123456"`: true, "1234567": false, "a123456": false, "1.123456Z": false, "": false, "123456": true, "0123456 123456": true, "123456123456": false} {
		if leaks(text, code) != want {
			t.Errorf("in %q: %v", text, !want)
		}
	}
}
