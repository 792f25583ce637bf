package words_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sleutelbos/app/carry"
	"sleutelbos/app/linking"
	"sleutelbos/app/words"
	"sleutelbos/assets"
	"sleutelbos/enroll"
	"sleutelbos/enroll/migrate"
	"sleutelbos/enroll/scan"
	"sleutelbos/vault"
)

// both are the texts in each language.
func both(t *testing.T) map[string]assets.Words {
	t.Helper()
	all := map[string]assets.Words{}
	for _, language := range []string{"en", "nl"} {
		w, err := assets.In(language)
		if err != nil {
			t.Fatal(err)
		}
		all[language] = w
	}
	return all
}

// sentinels are the errors that the packages below the app declare, by the name
// that their source gives them.
func sentinels() map[string]error {
	return map[string]error{
		"enroll.ErrUnreachable":      enroll.ErrUnreachable,
		"enroll.ErrNotOurs":          enroll.ErrNotOurs,
		"enroll.ErrPlainServer":      enroll.ErrPlainServer,
		"enroll.ErrServer":           enroll.ErrServer,
		"enroll.ErrFingerprint":      enroll.ErrFingerprint,
		"enroll.ErrLinkAddress":      enroll.ErrLinkAddress,
		"enroll.ErrActivationCheck":  enroll.ErrActivationCheck,
		"enroll.ErrActivationLength": enroll.ErrActivationLength,
		"enroll.ErrNoSecret":         enroll.ErrNoSecret,
		"enroll.ErrShortSecret":      enroll.ErrShortSecret,
		"enroll.ErrNotAnAddress":     enroll.ErrNotAnAddress,
		"enroll.ErrNumber":           enroll.ErrNumber,
		"enroll.ErrKind":             enroll.ErrKind,
		"enroll.ErrAlgorithm":        enroll.ErrAlgorithm,
		"enroll.ErrDigits":           enroll.ErrDigits,
		"enroll.ErrPeriod":           enroll.ErrPeriod,
		"enroll.ErrTooLong":          enroll.ErrTooLong,
		"enroll.ErrNotACode":         enroll.ErrNotACode,
		"migrate.ErrUnknown":         migrate.ErrUnknown,
		"migrate.ErrPassphrase":      migrate.ErrPassphrase,
		"migrate.ErrDamaged":         migrate.ErrDamaged,
		"migrate.ErrTooLarge":        migrate.ErrTooLarge,
		"migrate.ErrCostly":          migrate.ErrCostly,
		"migrate.ErrRestricted":      migrate.ErrRestricted,
		"migrate.ErrLocked":          migrate.ErrLocked,
		"vault.ErrForeignTooBig":     vault.ErrForeignTooBig,
		"carry.ErrNothing":           carry.ErrNothing, "carry.ErrForbidden": carry.ErrForbidden, "carry.ErrPolicy": carry.ErrPolicy, "carry.ErrSameFolder": carry.ErrSameFolder, "carry.ErrForm": carry.ErrForm,
		"scan.ErrNone":              scan.ErrNone,
		"scan.ErrTooLarge":          scan.ErrTooLarge,
		"scan.ErrFormat":            scan.ErrFormat,
		"scan.ErrHEIC":              scan.ErrHEIC,
		"scan.ErrPDF":               scan.ErrPDF,
		"scan.ErrPart":              scan.ErrPart,
		"scan.ErrText":              scan.ErrText,
		"scan.ErrSize":              scan.ErrSize,
		"linking.ErrUnusableKey":    linking.ErrUnusableKey,
		"vault.ErrNoVault":          vault.ErrNoVault,
		"vault.ErrExists":           vault.ErrExists,
		"vault.ErrLocked":           vault.ErrLocked,
		"vault.ErrBusy":             vault.ErrBusy,
		"vault.ErrDamaged":          vault.ErrDamaged,
		"vault.ErrNewer":            vault.ErrNewer,
		"vault.ErrReadOnly":         vault.ErrReadOnly,
		"vault.ErrNoGeneration":     vault.ErrNoGeneration,
		"vault.ErrTooBig":           vault.ErrTooBig,
		"vault.ErrNoSlot":           vault.ErrNoSlot,
		"vault.ErrNeedSlot":         vault.ErrNeedSlot,
		"vault.ErrLastSlot":         vault.ErrLastSlot,
		"vault.ErrWrongPassphrase":  vault.ErrWrongPassphrase,
		"vault.ErrWrongRecoveryKey": vault.ErrWrongRecoveryKey,
		"vault.ErrNoPassphrase":     vault.ErrNoPassphrase,
		"vault.ErrRecoverySlip":     vault.ErrRecoverySlip,
		"vault.ErrArgon2":           vault.ErrArgon2,
		"vault.ErrNotFound":         vault.ErrNotFound,
		"vault.ErrDuplicate":        vault.ErrDuplicate,
		"vault.ErrUnreadable":       vault.ErrUnreadable,
		"vault.ErrCounter":          vault.ErrCounter,
		"vault.ErrCounterLower":     vault.ErrCounterLower,
		"vault.ErrNoCounter":        vault.ErrNoCounter,
		"vault.ErrKeyringMissing":   vault.ErrKeyringMissing,
		"vault.ErrKeyringLocked":    vault.ErrKeyringLocked,
		"vault.ErrKeyringSilent":    vault.ErrKeyringSilent,
		"vault.ErrKeyringEmpty":     vault.ErrKeyringEmpty,
		"vault.ErrKeyringFailed":    vault.ErrKeyringFailed,
	}
}

// typed are errors that carry values, and what else a person can run into.
func typed() map[string]error {
	path := func(cause error) error { return &fs.PathError{Op: "open", Path: "picture.png", Err: cause} }
	clock := func(offset time.Duration) error {
		return &linking.ClockError{Clock: enroll.Clock{Offset: offset}}
	}
	return map[string]error{
		"enroll.CertificateError, other":   &enroll.CertificateError{Server: "https://codes.example.org", Got: "sha256:00", Want: "sha256:11"},
		"enroll.CertificateError, unknown": &enroll.CertificateError{Server: "https://codes.example.org", Got: "sha256:00"},
		"enroll.CharError":                 &enroll.CharError{Char: 'U', Position: 3},
		"enroll.SecretError":               &enroll.SecretError{Char: '1', Position: 9},
		"enroll.AddressError":              &enroll.AddressError{Part: "digits", Cause: enroll.ErrNumber},
		"vault.DuplicateError":             &vault.DuplicateError{Entry: vault.Entry{Issuer: "Ons", Account: "anna"}},
		"migrate.PassphraseError":          &migrate.PassphraseError{Ask: migrate.Ask{Format: "google", Text: "import.password.unknown"}},
		"migrate.LockedError, WinAuth":     &migrate.LockedError{Text: "import-bound"},
		"migrate.LockedError, parts":       &migrate.LockedError{Text: "import-parts"},
		"migrate.VersionError":             &migrate.VersionError{Format: "google", Version: "9"},
		"linking.ClockError, ahead":        clock(95 * time.Second),
		"linking.ClockError, behind":       clock(-95 * time.Second),
		"file, missing":                    path(fs.ErrNotExist),
		"file, there already":              path(fs.ErrExist),
		"file, denied":                     path(fs.ErrPermission),
		"file, disk full":                  path(syscall.ENOSPC),
		"file, folder":                     path(syscall.EISDIR),
		"folder, missing":                  &fs.PathError{Op: vault.WriteInto, Path: "copies", Err: fs.ErrNotExist},
		"file, else":                       path(errors.New("input/output error")),
		"context.Canceled":                 context.Canceled,
		"context.DeadlineExceeded":         context.DeadlineExceeded,
	}
}

// Every exported sentinel and error type of these packages is in the tables: one
// that is new has to get its sentences first.
func TestTheTablesAreComplete(t *testing.T) {
	have := map[string]bool{}
	for name := range sentinels() {
		have[name] = true
	}
	for name := range typed() {
		name, _, _ = strings.Cut(name, ",")
		have[name] = true
	}
	have["enroll.Problem"] = true // see TestProblems
	for _, folder := range []string{"../../enroll", "../../enroll/migrate", "../../enroll/scan", "../../vault", "../linking", "../carry"} {
		for _, name := range declared(t, folder) {
			if !have[filepath.Base(folder)+"."+name] {
				t.Errorf("%s.%s has no sentence for the person", filepath.Base(folder), name)
			}
		}
	}
}

// declared names a package's exported errors: variables that begin with Err, and
// types with a method Error.
func declared(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(files), err)
	}
	var names []string
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			names = append(names, errorsOf(declaration)...)
		}
	}
	return names
}

func errorsOf(declaration ast.Decl) (names []string) {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Name.Name != "Error" || d.Recv == nil {
			return nil
		}
		if star, ok := d.Recv.List[0].Type.(*ast.StarExpr); ok {
			if name, ok := star.X.(*ast.Ident); ok && name.IsExported() {
				return []string{name.Name}
			}
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			values, ok := spec.(*ast.ValueSpec)
			if !ok || d.Tok != token.VAR {
				continue
			}
			for _, name := range values.Names {
				if strings.HasPrefix(name.Name, "Err") {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

// Every known error has sentences of its own, in both languages, also when it
// comes wrapped: what is the matter belongs to that error alone.
func TestEveryErrorHasItsOwnSentence(t *testing.T) {
	all := sentinels()
	for name, err := range typed() {
		all[name] = err
	}
	for language, w := range both(t) {
		owner := map[string]string{}
		for name, err := range all {
			for _, server := range []string{"https://codes.example.org", ""} {
				m := words.Explain(w, fmt.Errorf("do something: %w", err), server)
				check(t, w, language+" "+name, m)
				if other, taken := owner[m.What]; taken && other != name {
					t.Errorf("%s: %s and %s are told alike: %s", language, name, other, m.What)
				}
				owner[m.What] = name
			}
		}
	}
}

// check looks at a message as a reader does.
func check(t *testing.T, w assets.Words, about string, m words.Message) {
	t.Helper()
	unknown, _, _ := strings.Cut(w.Say("why.other", "detail", "DETAIL"), "DETAIL")
	for _, sentence := range []string{m.What, m.Next} {
		switch {
		case sentence == "":
			t.Errorf("%s: a sentence is missing: %+v", about, m)
		case strings.HasPrefix(sentence, unknown):
			t.Errorf("%s is not known: %s", about, m)
		case strings.HasPrefix(sentence, "why.") || strings.HasPrefix(sentence, "next."):
			t.Errorf("%s: the text %s does not exist", about, sentence)
		case strings.Contains(sentence, "<no value>") || strings.Contains(sentence, "{{") || strings.Contains(sentence, "  ") || strings.Contains(sentence, " ,"):
			t.Errorf("%s: a hole was left: %s", about, sentence)
		}
	}
	if m.String() != m.What+" "+m.Next {
		t.Errorf("%s reads %q", about, m)
	}
}

// What nobody knows is said as it is, with what to do.
func TestAnUnknownError(t *testing.T) {
	for language, w := range both(t) {
		m := words.Explain(w, errors.New("the moon is full"), "")
		if !strings.Contains(m.What, "the moon is full") || m.Next == "" {
			t.Errorf("%s: %s", language, m)
		}
	}
}
