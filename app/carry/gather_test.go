package carry

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"sleutelbos/enroll/migrate"
)

// Files come one after another: each asks for its own password once, what was
// read is not read again, and the first gathering stays as it was.
func TestGatheringAsksEachFileOnce(t *testing.T) {
	_, v := fresh(t)
	plan := look(t, v, "otpauth://totp/A:a?secret=MFRGGZDFMZTWQ2LK\notpauth://totp/B:b?secret=MFRGGZDFMZTWQ2LL\n")
	if _, err := plan.Take(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	sealed, err := Aegis(v, []byte(passphrase), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	list := Source{"list.txt", []byte("otpauth://totp/C:c?secret=MFRGGZDFMZTWQ2LM\n")}
	first := Gather(list)
	if _, err := first.Look(t.Context(), v, Options{}); err != nil {
		t.Fatal(err)
	}
	both := first.With(Source{"aegis.json", sealed.Content})
	var needed *migrate.PassphraseError
	if _, err := both.Look(t.Context(), v, Options{}); !errors.As(err, &needed) || both.Failed() != "aegis.json" {
		t.Fatalf("no password: %v, of %q", err, both.Failed())
	}
	wrong := both.Opening([]byte("iets anders"))
	if _, err := wrong.Look(t.Context(), v, Options{}); !errors.Is(err, migrate.ErrPassphrase) || wrong.Failed() != "aegis.json" {
		t.Fatalf("a wrong password: %v, of %q", err, wrong.Failed())
	}
	right := wrong.Opening([]byte(passphrase))
	opened, err := right.Look(t.Context(), v, Options{})
	if err != nil || len(opened.Items) != 3 || opened.Chosen() != 1 {
		t.Fatalf("the right one: %v, %+v", err, opened)
	}
	opened.Items[0].Take = false
	more := right.With(Source{"more.txt", []byte("otpauth://totp/D:d?secret=MFRGGZDFMZTWQ2LN\n")})
	all, err := more.Look(t.Context(), v, Options{})
	if err != nil {
		t.Fatal(err)
	}
	all.KeepTicks(opened)
	if len(all.Items) != 4 || all.Items[0].Take || all.Chosen() != 1 {
		t.Errorf("what was left out is %v, and %d are taken", all.Items[0].Take, all.Chosen())
	}
	if rest := both.Without(); rest.Len() != first.Len() || first.Len() != 1 || first.Failed() != "" {
		t.Errorf("left out, there are %d; at first %d", rest.Len(), first.Len())
	}
}

func TestMayBePlainAsksThePolicy(t *testing.T) {
	dir := t.TempDir()
	if err := MayBePlain(filepath.Join(dir, "none.json")); err != nil {
		t.Errorf("without a policy: %v", err)
	}
	for content, want := range map[string]error{`{"plain_export": false}`: ErrForbidden, `{"plain_export": true}`: nil, `{`: ErrPolicy} {
		path := filepath.Join(dir, "policy.json")
		must(t, os.WriteFile(path, []byte(content), 0o600))
		if err := MayBePlain(path); !errors.Is(err, want) {
			t.Errorf("%s gives %v", content, err)
		}
	}
}
