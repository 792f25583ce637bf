package store

// Form is what was answered to a form; see [Tx.ClaimForm].
type Form struct {
	Name, Person string
	Made, Done   int64
	Answer       string // sealed
}

// ClaimForm takes a form for whoever carries it out, and tells whether it was
// free: nobody has it, or somebody has had it since before abandoned without an
// answer. Of a person's own, the oldest go beyond most.
func (tx *Tx) ClaimForm(f Form, abandoned, most int64) (bool, error) {
	const doing = "claim a form"
	n, err := tx.exec(doing,
		`INSERT INTO forms (name, person, made) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET made = $3 WHERE forms.done = 0 AND forms.made < $4`, f.Name, f.Person, f.Made, abandoned)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.exec(doing,
		"DELETE FROM forms WHERE person = $1 AND made < (SELECT made FROM forms WHERE person = $1 ORDER BY made DESC LIMIT 1 OFFSET $2)", f.Person, most)
	return true, err
}

// AnswerForm keeps the answer of a form, claimed or not.
func (tx *Tx) AnswerForm(f Form) error {
	_, err := tx.exec("answer a form",
		`INSERT INTO forms (name, person, made, done, answer) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (name) DO UPDATE SET done = $4, answer = $5 WHERE forms.person = $2`, f.Name, f.Person, f.Made, f.Done, f.Answer)
	return err
}

// DropForm gives a claimed form free, for it was not carried out.
func (tx *Tx) DropForm(name string) error {
	_, err := tx.exec("give a form free", "DELETE FROM forms WHERE name = $1 AND done = 0", name)
	return err
}

// Form reads what is known of a form.
func (v *View) Form(name string) (Form, error) {
	f := Form{Name: name}
	err := v.one("read a form", "SELECT person, made, done, answer FROM forms WHERE name = $1", []any{name}, &f.Person, &f.Made, &f.Done, &f.Answer)
	return f, err
}

// ErrorPage is a row of error_pages.
type ErrorPage struct {
	Reference, Kind, Person, Path string
	At, Status                    int64
}

// AddErrorPage notes an error page.
func (tx *Tx) AddErrorPage(p ErrorPage) error {
	_, err := tx.exec("note an error page",
		`INSERT INTO error_pages (reference, at, kind, status, person, path) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (reference) DO NOTHING`, p.Reference, p.At, p.Kind, p.Status, p.Person, p.Path)
	return err
}

// ErrorPage finds an error page by its reference.
func (v *View) ErrorPage(reference string) (ErrorPage, error) {
	p := ErrorPage{Reference: reference}
	err := v.one("find an error page", "SELECT at, kind, status, person, path FROM error_pages WHERE reference = $1",
		[]any{reference}, &p.At, &p.Kind, &p.Status, &p.Person, &p.Path)
	return p, err
}

// OldPages says what of forms and error pages goes.
type OldPages struct {
	Forms  int64 // made before
	Errors int64 // shown before
	Most   int64 // error pages at most
	Batch  int64
}

// PurgePages removes what is too old or too many, a batch of each at most.
func (tx *Tx) PurgePages(p OldPages) (removed int64, err error) {
	return tx.purge(p.Batch, []purged{
		{"forms", "name", "made < $1", []any{p.Forms}},
		{"error_pages", "reference", "at < $1", []any{p.Errors}},
		{"error_pages", "reference", "at < (SELECT at FROM error_pages ORDER BY at DESC LIMIT 1 OFFSET $1)", []any{p.Most}},
	})
}
