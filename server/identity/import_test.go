package identity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func (h *house) lines(file string) []ImportRow {
	h.t.Helper()
	rows, err := ReadImport(strings.NewReader(file))
	h.must(err)
	return rows
}

func outcomes(i PeopleImport) string {
	var all []string
	for _, line := range i.Lines {
		text := string(line.Outcome)
		for _, field := range line.Wrong {
			text += " " + field.Key
		}
		for _, c := range line.Changes {
			text += " " + c.Field
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

const importFile = "gebruikersnaam;voornaam;tussenvoegsel;achternaam;e-mailadres;telefoon;rollen\r\n" +
	"anna;Anna;de;Vries;anna@example.org;'+31 6 12345678;user\r\n" +
	"bert;Bert;;Bakker;bert@example.org;;user\r\n" +
	"\r\n" +
	"c c;;;;cees@example;;boss\r\n" +
	"bert;Bert;;Twee;bert2@example.org;;user\r\n"

func TestImportSaysWhatItWouldDo(t *testing.T) {
	h := newHouse(t)
	h.add(NewPerson{User: "bert", Name: "Bert Smit", Email: "bert@example.org"})
	rows := h.lines("\ufeff" + importFile)
	const want = "new; changed given family; refused user-unfit name-missing grants-unknown; refused line-twice"
	for _, do := range []func() (PeopleImport, error){
		func() (PeopleImport, error) { return h.PlanImport(t.Context(), Operator(), rows) },
		func() (PeopleImport, error) { return h.ImportPeople(t.Context(), Operator(), rows, false) },
	} {
		plan, err := do()
		h.must(err)
		if got := outcomes(plan); got != want || plan.Applied {
			t.Errorf("%q, applied %v", got, plan.Applied)
		}
		if plan.Lines[2].Number != 5 {
			t.Errorf("line %d", plan.Lines[2].Number)
		}
	}
	if _, err := h.Person(t.Context(), "anna"); !errors.Is(err, ErrUnknownPerson) {
		t.Fatalf("something was written: %v", err)
	}
	done, err := h.ImportPeople(t.Context(), Operator(), rows, true)
	h.must(err)
	if got := outcomes(done); got != want || !done.Applied {
		t.Errorf("%q, applied %v", got, done.Applied)
	}
	if p := h.look("anna"); p.Name != "Anna de Vries" || p.Phone != "+31 6 12345678" {
		t.Errorf("%+v", p)
	}
	if p := h.look("bert"); p.Name != "Bert Bakker" {
		t.Errorf("%+v", p)
	}
}

// What is written reads back as what is there, also what looks like a formula.
func TestExportReadsBack(t *testing.T) {
	d := newDistrict(t)
	d.add(NewPerson{
		User: "danger", Name: "=HYPERLINK(\"x\")", Email: "danger@example.org", Phone: "+31 6 1", Job: "-1+1",
		Starts: morning.Truncate(24 * 3600e9).Add(-3600e9), Language: "nl", Notices: "a@example.org",
	})
	for _, semicolons := range []bool{true, false} {
		var file bytes.Buffer
		n, err := d.ExportPeople(t.Context(), Operator(), &file, Search{}, semicolons)
		d.must(err)
		if n != 5 || strings.Contains(file.String(), ";=") || strings.Contains(file.String(), ",+") {
			t.Errorf("%d people:\n%s", n, file.String())
		}
		plan, err := d.PlanImport(t.Context(), Operator(), d.lines(file.String()))
		d.must(err)
		if plan.Count(LineUnchanged) != 5 {
			t.Errorf("%s\n%s", outcomes(plan), file.String())
		}
	}
}

// ending ends something after so many bytes were read from it.
type ending struct {
	io.Reader
	left int
	cut  func()
}

func (c *ending) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if c.left -= n; c.left <= 0 {
		c.cut()
	}
	return n, err
}

// An import that is cut off in the middle says how far it came, and the same file
// does the rest.
func TestImportThatIsCutOffGoesOn(t *testing.T) {
	h := newHouse(t)
	const people = 3*importChunk - 10
	file := "user,name,email\n"
	for i := range people {
		file += fmt.Sprintf("p%d,P %d,p%d@example.org\n", i, i, i)
	}
	boss := PersonActor(h.administrator("boss").ID)
	ctx, cut := context.WithCancel(t.Context())
	h.random = &ending{h.random, 16 * (importChunk + importChunk/2), cut} // in the middle of the second transaction
	done, err := h.ImportPeople(ctx, boss, h.lines(file), false)
	if !errors.Is(err, context.Canceled) || !done.Applied || len(done.Lines) != 2*importChunk {
		t.Fatalf("%d lines are done: %v", len(done.Lines), err)
	}
	all, err := h.People(t.Context())
	if h.must(err); len(all) != len(done.Lines)+1 {
		t.Errorf("%d people are there, and %d are told", len(all), len(done.Lines))
	}
	standing, err := h.ImportStanding(t.Context(), boss)
	if h.must(err); standing == nil || *standing != (ImportStanding{Done: 2 * importChunk, Of: people, Line: 2*importChunk + 1, At: standing.At}) {
		t.Errorf("told is %+v", standing)
	}
	if of, err := h.ImportStanding(t.Context(), Operator()); err != nil || of != nil {
		t.Errorf("somebody else is told %+v, %v", of, err)
	}
	again, err := h.ImportPeople(t.Context(), boss, h.lines(file), false)
	h.must(err)
	if again.Count(LineUnchanged) != len(done.Lines) || again.Count(LineNew) != people-len(done.Lines) {
		t.Errorf("again: %d unchanged, %d new", again.Count(LineUnchanged), again.Count(LineNew))
	}
	if all, err = h.People(t.Context()); err != nil || len(all) != people+1 {
		t.Errorf("%d people, %v", len(all), err)
	}
	if standing, err = h.ImportStanding(t.Context(), boss); err != nil || standing != nil {
		t.Errorf("at the end %+v is told, %v", standing, err)
	}
}

func TestImportKeepsToTheScope(t *testing.T) {
	d := newDistrict(t)
	plan, err := d.ImportPeople(t.Context(), d.by(0), d.lines("user,name,email,organisation,roles\n"+
		"new,New,new@alpha.example,,teacher=alpha-1\n"+
		"teacher-beta,Mine,teacher@beta.example,,user\n"+
		"spy,Spy,spy@beta.example,School beta,user\n"+
		"spy2,Spy,spy2@alpha.example,,teacher@School beta=beta-1\n"+
		"boss,Boss,boss@alpha.example,,administrator\n"), true)
	d.must(err)
	const want = "new; refused user-taken; refused organisation-unknown; refused grants-unknown; refused grants-unknown"
	if got := outcomes(plan); got != want {
		t.Errorf("%q", got)
	}
}

func TestWhatIsNoFileOfPeople(t *testing.T) {
	for name, file := range map[string]string{
		"empty": "", "no columns": "1,2,3\n", "unknown column": "user,shoe size\n", "twice": "user,gebruikersnaam\n",
		"no names": "phone\n", "quotes": "user,name\na,\"b\n", "long cell": "user\n" + strings.Repeat("x", 2000) + "\n",
		"too long": "user\n" + strings.Repeat("x\n", MaxImport/2), "too many": "user\n" + strings.Repeat("x\n", maxImportRows+1),
	} {
		if _, err := ReadImport(strings.NewReader(file)); !errors.Is(err, ErrImportFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	rows, err := ReadImport(strings.NewReader("sep=;\r\nuser;naam\r\ncor;Andr\xe9\r\n")) // Windows' own letters
	if err != nil || len(rows) != 1 || rows[0].Fields["name"] != "André" || rows[0].Number != 3 {
		t.Errorf("%+v, %v", rows, err)
	}
}

func FuzzReadImport(f *testing.F) {
	for _, seed := range []string{importFile, "user,name\na,b\n", "sep=;\nuser;rollen\na;x=1|y@z=2\n", "\ufeffuser\tnaam\n\"a\"\"\tb\n", "user\n\xff\n", "'=user\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, err := ReadImport(bytes.NewReader(file))
		if err != nil {
			if !errors.Is(err, ErrImportFile) {
				t.Errorf("%v", err)
			}
			return
		}
		for _, row := range rows {
			for field, cell := range row.Fields {
				if importColumns[field] == nil || len(cell) > maxCell || plainCell(safeCell(cell)) != cell && !strings.HasPrefix(cell, "'") {
					t.Errorf("%q: %q", field, cell)
				}
			}
		}
	})
}
