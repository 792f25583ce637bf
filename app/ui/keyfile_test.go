package ui

import (
	"bytes"
	"testing"

	"github.com/tobischo/gokeepasslib/v3"

	"sleutelbos/app/words"
	"sleutelbos/enroll/migrate"
)

// database is one of KeePass that a password and a key file open together.
func database(t *testing.T, password string, key []byte) []byte {
	t.Helper()
	entry := gokeepasslib.NewEntry()
	for name, value := range map[string]string{"Title": "Bank", "UserName": "jan", "otp": "otpauth://totp/Bank:jan?secret=MFRGGZDFMZTWQ2LK"} {
		entry.Values = append(entry.Values, gokeepasslib.ValueData{Key: name, Value: gokeepasslib.V{Content: value}})
	}
	root := gokeepasslib.NewGroup()
	root.Entries = append(root.Entries, entry)
	db := gokeepasslib.NewDatabase(gokeepasslib.WithDatabaseKDBXVersion3())
	db.Content.Root = &gokeepasslib.RootData{Groups: []gokeepasslib.Group{root}}
	db.Credentials = gokeepasslib.NewPasswordCredentials(password)
	db.Credentials.Key = key
	db.Header.FileHeaders.TransformRounds = 100
	if err := db.LockProtectedEntries(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := gokeepasslib.NewEncoder(&out).Encode(db); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Whoever reads in the question that a key file belongs to the database drops it
// on the question, and goes on.
func TestAKeyFileIsDroppedOnTheQuestion(t *testing.T) {
	b := newBench(t, "nl")
	b.withKeys("Hier:jan")
	key := bytes.Repeat([]byte{7}, 32)
	i := b.bringing(b.file("kluis.kdbx", database(t, "geheim genoeg", key)))
	question := b.words.Say("bring.ask", "file", "kluis.kdbx", "what", b.words.Say("import.password.kdbx"))
	b.says(question)
	i.ask.secret.SetText("geheim genoeg")
	b.press("bring.open")
	b.says(words.Explain(b.words, migrate.ErrPassphrase, "").String())
	i.drop([]string{b.file("kluis.key", key), b.file("vakantie.txt", []byte("a list of things to take along"))})
	b.says(question)
	i.ask.secret.SetText("geheim genoeg")
	b.press("bring.open")
	b.counts(1, 0, 0, 0)
	b.says("vakantie.txt: " + b.words.Say("why.import-unknown"))
}
