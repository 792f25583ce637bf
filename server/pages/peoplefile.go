package pages

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"sleutelbos/server/identity"
)

const (
	pathImport = "/people/import"
	// maxUpload bounds a file that is sent here; longer ones go by the command.
	maxUpload   = 1 << 20
	fieldFile   = "file"
	fieldPeople = "people"
	mostShown   = 500 // lines
)

// uploads tells which pages take a file.
func uploads(pattern string) bool { return pattern == "POST "+pathImport }

// takeFile puts a file that was sent among the fields, as text. The page can then
// send it once more without its being chosen again.
func (v *visit) takeFile() error {
	if !strings.HasPrefix(v.r.Header.Get("Content-Type"), "multipart/form-data") {
		return nil
	}
	if err := v.r.ParseMultipartForm(maxUpload); err != nil {
		return errBadForm
	}
	defer func() { _ = v.r.MultipartForm.RemoveAll() }()
	file, _, err := v.r.FormFile(fieldFile)
	if errors.Is(err, http.ErrMissingFile) {
		return nil
	}
	if err != nil {
		return errBadForm
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, maxUpload+1))
	if err != nil {
		return errBadForm
	}
	v.r.PostForm.Set(fieldPeople, identity.PlainText(raw))
	return nil
}

// shownImport is what the page "import" shows.
type shownImport struct {
	Plan    *identity.PeopleImport
	Lines   []shownLine
	Cut     int // lines that are not shown
	Content string
	Fault   string
	Stopped int                      // the last line of the file that was done, where it stopped in between; 0: it did not
	Left    int                      // lines that are not done then
	Before  *identity.ImportStanding // an import that has not come to its end

	New, Changed, Unchanged, Refused int
}

type shownLine struct {
	identity.ImportLine
	Why []string
}

func (v *visit) showImport(shown shownImport) error {
	status := http.StatusOK
	switch {
	case shown.Fault != "":
		status = http.StatusUnprocessableEntity
	case shown.Stopped != 0:
		status = http.StatusServiceUnavailable
	}
	v.w.again = true // what stopped goes on by the button of this page
	return v.showAs(status, page{name: "import", title: v.say("import.title"), data: shown, back: v.toPeople(), wide: shown.Plan != nil})
}

func showImport(v *visit) error {
	before, err := v.door.desk.ImportStanding(v.r.Context(), v.actor())
	if err != nil {
		return err
	}
	return v.showImport(shownImport{Before: before})
}

func importPeople(v *visit) error {
	content := v.r.PostForm.Get(fieldPeople)
	switch {
	case strings.TrimSpace(content) == "":
		return v.showImport(shownImport{Fault: v.say("import.missing")})
	case len(content) > maxUpload:
		return v.showImport(shownImport{Fault: v.say("import.too-long")})
	}
	rows, err := identity.ReadImport(strings.NewReader(content))
	if errors.Is(err, identity.ErrImportFile) {
		return v.showImport(shownImport{Fault: v.say("import.unreadable")})
	}
	if err != nil {
		return err
	}
	do := v.r.PostForm.Get("do")
	var plan identity.PeopleImport
	if do == "all" || do == "right" {
		// Whoever closes the page has not asked for half of it.
		plan, err = v.door.desk.ImportPeople(context.WithoutCancel(v.r.Context()), v.actor(), rows, do == "right")
	} else {
		plan, err = v.door.desk.PlanImport(v.r.Context(), v.actor(), rows)
	}
	if err != nil && len(plan.Lines) > 0 {
		v.record(err, troubleOf(err))
		shown := v.shownImport(plan, content)
		shown.Stopped, shown.Left = plan.Lines[len(plan.Lines)-1].Number, len(rows)-len(plan.Lines)
		return v.showImport(shown)
	}
	if err != nil {
		return err
	}
	if plan.Applied {
		v.tell("import.done", "new", plan.Count(identity.LineNew), "changed", plan.Count(identity.LineChanged), "refused", plan.Count(identity.LineRefused))
		if plan.Count(identity.LineRefused) == 0 {
			return v.redirect(pathPeople)
		}
	}
	return v.showImport(v.shownImport(plan, content))
}

// shownImport puts the refused lines first: they are what there is to do.
func (v *visit) shownImport(plan identity.PeopleImport, content string) shownImport {
	shown := shownImport{
		Plan: &plan, Content: content, New: plan.Count(identity.LineNew), Changed: plan.Count(identity.LineChanged),
		Unchanged: plan.Count(identity.LineUnchanged), Refused: plan.Count(identity.LineRefused),
	}
	for _, outcome := range []identity.LineOutcome{identity.LineRefused, identity.LineChanged, identity.LineNew} {
		for _, line := range plan.Lines {
			if line.Outcome != outcome {
				continue
			}
			if len(shown.Lines) == mostShown {
				shown.Cut++
				continue
			}
			one := shownLine{ImportLine: line}
			for _, wrong := range line.Wrong {
				one.Why = append(one.Why, v.say("field."+wrong.Key))
			}
			for _, c := range line.Changes {
				one.Why = append(one.Why, v.changeSaid(c))
			}
			shown.Lines = append(shown.Lines, one)
		}
	}
	return shown
}

func (v *visit) changeSaid(c identity.Change) string {
	if c.Field == "grants" || c.Field == "organisation" {
		return v.say("import.field." + c.Field)
	}
	return v.say("import.change", "field", v.say("import.field."+c.Field), "was", either(c.Was, v.say("person.nothing")), "now", either(c.Now, v.say("person.nothing")))
}

func exportPeople(v *visit) error {
	asked := v.r.URL.Query()
	return v.sendCSV(v.say("import.file"), func(w io.Writer) error {
		_, err := v.door.desk.ExportPeople(v.r.Context(), v.actor(), w,
			identity.Search{Text: asked.Get("q"), Organisation: asked.Get("organisation")}, v.words.Language() == "nl")
		return err
	})
}
