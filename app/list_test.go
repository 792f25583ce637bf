package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// withEntries is a vault that holds issuer:account pairs.
func withEntries(t *testing.T, a *App, names ...string) *vault.Vault {
	t.Helper()
	folder := vault.At(vault.Options{Dir: a.vaultDir, Argon2: vault.Argon2{Memory: 8, Passes: 1, Lanes: 1}})
	v, _, err := folder.Create(t.Context(), vault.First{Passphrase: []byte("paard batterij")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Lock)
	err = v.Update(t.Context(), func(d *vault.Draft) error {
		for i, name := range names {
			issuer, account, _ := strings.Cut(name, ":")
			key := enroll.Key{
				Kind: enroll.TOTP, Issuer: issuer, Account: account, Algorithm: enroll.SHA1, Digits: 6, Period: 30,
				Secret: enroll.Secret(fmt.Sprintf("a secret of twenty b%02d", i)),
			}
			if _, err := d.Add(key, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestFind(t *testing.T) {
	a, s := newApp(t, strings.NewReader(""))
	v := withEntries(t, a, "Ons:anna", "Ons Demo:anna", "Mail:anna@example.org", "Mail:info@example.org", "Überweisung:jan")
	for name, want := range map[string]string{
		"Ons":              "Ons:anna",              // exact, although it is a part of another
		"ons demo":         "Ons Demo:anna",         // whatever the case
		"ONS:ANNA":         "Ons:anna",              // both
		"info@":            "Mail:info@example.org", // a part that one has
		"über":             "Überweisung:jan",       // beyond ASCII
		v.List()[3].ID:     "Mail:info@example.org", // the id
		"anna@example.org": "Mail:anna@example.org", // the account
	} {
		entry, err := a.find(v, name)
		if got := entry.Issuer + ":" + entry.Account; got != want || err != nil {
			t.Errorf("%q finds %q, %v", name, got, err)
		}
	}
	var explanation *explained
	for name, candidates := range map[string][]string{
		"anna": {"Ons:anna", "Ons Demo:anna"},                                 // two are exactly that
		"Mail": {"Mail:anna@example.org", "Mail:info@example.org"},            // the issuer of two
		"nn":   {"Ons:anna", "Ons Demo:anna", "Mail:anna@example.org"},        // a part of three
		"":     {"Ons:anna", "Mail:info@example.org", "Überweisung:jan"},      // a part of all
		"org":  {"Mail:anna@example.org", "Mail:info@example.org", "example"}, // a part of two
	} {
		_, err := a.find(v, name)
		if !errors.As(err, &explanation) {
			t.Errorf("%q gives %v", name, err)
			continue
		}
		for _, candidate := range candidates {
			if !strings.Contains(err.Error(), candidate) {
				t.Errorf("%q does not name %s: %v", name, candidate, err)
			}
		}
	}
	if _, err := a.find(v, "nobody"); !errors.As(err, &explanation) {
		t.Errorf("no entry gives %v", err)
	}
	if said := s.err.String(); !strings.Contains(said, "Ons Demo:anna") || s.out.Len() > 0 {
		t.Errorf("said %q, printed %q", said, s.out.String())
	}
}

func TestAddAllAddsEveryKeyOrNone(t *testing.T) {
	const good = "otpauth://totp/Ons:anna?secret=JBSWY3DPEHPK3PXP"
	for name, c := range map[string]struct {
		input string
		want  string
	}{
		"a line that is none":   {good + "\nnonsense\n", "not the address of a key"},
		"a line that is long":   {good + "\n" + strings.Repeat("x", maxLine+1), "longer than anything"},
		"the same twice":        {good + "\n\n" + good + "\n", "You have this key already"},
		"nothing at all":        {"\n \n", "There is no key"},
		"too many digits":       {good + "&digits=9", "6 to 8 digits"},
		"an unknown algorithm":  {good + "&algorithm=MD5", "algorithm"},
		"a key that is not one": {"otpauth://totp/Ons:anna?secret=JBSWY3DP1HPK3PXP", `"1" at place 9`},
	} {
		t.Run(name, func(t *testing.T) {
			a, s := newApp(t, strings.NewReader(c.input))
			v := withEntries(t, a, "There:before")
			addresses, err := a.addresses(t.Context(), []string{"-"}, nil)
			if err == nil {
				a.passphraseFile = "-"
				a.terminal.In = strings.NewReader("paard batterij\n")
				err = a.addAll(t.Context(), addresses)
			}
			if err = a.explain(err); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("gives %v", err)
			}
			if strings.Contains(err.Error()+s.err.String(), "JBSWY3DP") {
				t.Errorf("the key is told: %v, %s", err, s.err.String())
			}
			if _, err := v.Refresh(t.Context()); err != nil || len(v.List()) != 1 {
				t.Errorf("the vault has %d entries, %v", len(v.List()), err)
			}
		})
	}
}
