package pages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sleutelbos/assets"
	"sleutelbos/server/identity"
)

// ofCommands are refusals that no page can meet, each with the reason.
func ofCommands() map[string]string {
	all := map[string]string{
		"ErrUnauthorised": "of the application programs' door", "ErrClock": "the server does not start",
	}
	for reason, names := range map[string]string{
		"applications are the command's":     "ErrApplicationTaken",
		"server keys are the command's":      "ErrKeyCurrent ErrKeyInUse ErrKeyMissing ErrServerKey ErrNoServerKey ErrWrongServerKey ErrUnknownKey",
		"jobs are the command's":             "ErrUnknownJob ErrJobTaken",
		"copies and heads are the command's": "ErrAuditHead ErrPutBack",
		"hardware tokens have no page":       "ErrTokenBlocked ErrTokenInStock ErrTokenIssued ErrUnknownToken ErrNotBlocked ErrTooManyLinks ErrTooManySeeds",
	} {
		for _, name := range strings.Fields(names) {
			all[name] = reason
		}
	}
	return all
}

// sentinels lists the exported errors of package identity.
func sentinels(t *testing.T) []string {
	t.Helper()
	var all []string
	eachFile(t, "../identity", func(file *ast.File) {
		for _, d := range file.Decls {
			declared, ok := d.(*ast.GenDecl)
			if !ok || declared.Tok != token.VAR {
				continue
			}
			for _, spec := range declared.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if strings.HasPrefix(name.Name, "Err") {
						all = append(all, name.Name)
					}
				}
			}
		}
	})
	return all
}

func eachFile(t *testing.T, folder string, do func(*ast.File)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		do(file)
	}
}

// Every refusal of the desk that can reach a person says in both languages what
// is the matter: as a line of refusals, or as an error page of its own kind.
func TestEveryRefusalHasWords(t *testing.T) {
	known := map[string]bool{}
	eachFile(t, ".", func(file *ast.File) {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name != "refusals" && f.Name.Name != "troubleOf" && f.Name.Name != "isUnknown" && f.Name.Name != "explain" {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && strings.HasPrefix(s.Sel.Name, "Err") {
					known[s.Sel.Name] = true
				}
				return true
			})
		}
	})
	known["ErrFlooded"] = true // one of those after which the same may follow, see identity.TryAgain
	all := sentinels(t)
	if len(all) < 50 {
		t.Fatalf("only %d errors were found", len(all))
	}
	never := ofCommands()
	for _, name := range all {
		if _, of := never[name]; known[name] == of {
			t.Errorf("identity.%s: say it in refusals, or here why no page can meet it", name)
		}
	}
	for _, language := range languages() {
		words, err := assets.ServerIn(language)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range refusals() {
			if got := words.Say(one.said); got == "" || got == one.said {
				t.Errorf("%s has no words for %v", language, one.err)
			}
			if kind := troubleOf(one.err).kind; kind == "fault" {
				t.Errorf("%v is shown as a fault of the server", one.err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(never)) {
		if !slices.Contains(all, name) {
			t.Errorf("there is no identity.%s", name)
		}
	}
}

// Whatever the audit log tells of, and whatever came of it, has words.
func TestEveryLineOfTheLogHasWords(t *testing.T) {
	for _, language := range languages() {
		words, err := assets.ServerIn(language)
		if err != nil {
			t.Fatal(err)
		}
		for prefix, all := range map[string][]string{"audit.kind.": identity.AuditKinds(), "audit.outcome.": identity.AuditOutcomes()} {
			for _, one := range all {
				if got := words.Say(prefix + one); got == "" || got == prefix+one {
					t.Errorf("%s has no words for %s", language, prefix+one)
				}
			}
		}
	}
}
