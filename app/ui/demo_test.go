package ui

import (
	"testing"

	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// The list says in colour and word which codes are of a demo environment, and
// says it once.
func TestListShowsTheDemoEnvironment(t *testing.T) {
	b := newBench(t, "nl")
	v, _, err := b.folder().Create(t.Context(), vault.First{Keyring: true})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Lock()
	err = v.Update(t.Context(), func(d *vault.Draft) error {
		for environment, issuer := range map[enroll.Environment]string{enroll.Demo: "Gemeente Voorbeeld (demo)", enroll.Production: "Zorggroep"} {
			key := enroll.Key{Kind: enroll.TOTP, Issuer: issuer, Account: "jvries", Secret: enroll.Secret("secret of " + issuer), Algorithm: enroll.SHA1, Digits: 6, Period: 30}
			link := vault.Link{Server: "https://codes.example.org", User: "jvries", Organisation: issuer, Environment: string(environment), ID: issuer, LinkedAt: b.now}
			if _, err := d.Add(key, &link); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.open("")
	seen := 0
	for row := range b.list().rows {
		if row.entry.Link == nil {
			continue
		}
		seen++
		demo := row.entry.Link.Environment == string(enroll.Demo)
		if row.demo.Visible() != demo {
			t.Errorf("%s is marked as demo: %v", row.issuer.Text, row.demo.Visible())
		}
		if demo && row.issuer.Text != "Gemeente Voorbeeld" {
			t.Errorf("the row says %q beside the mark", row.issuer.Text)
		}
	}
	if seen != 2 {
		t.Fatalf("%d rows are shown", seen)
	}
	b.says("DEMO")
}
