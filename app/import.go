package app

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sleutelbos/app/carry"
	"sleutelbos/app/words"
	"sleutelbos/enroll"
	"sleutelbos/enroll/migrate"
	"sleutelbos/vault"
)

// importing is what "import" was asked for.
type importing struct {
	format         string
	passphraseFile string
	dryRun         bool
	asJSON         bool
	yes            bool
}

// imported is one entry as "import --json" shows it: no secrets.
type imported struct {
	File      string `json:"file"`
	Format    string `json:"format"`
	Issuer    string `json:"issuer"`
	Account   string `json:"account"`
	Kind      string `json:"kind"`
	Algorithm string `json:"algorithm,omitempty"`
	Digits    int    `json:"digits,omitempty"`
	Period    int    `json:"period,omitempty"`
	What      string `json:"what"`
	Why       string `json:"why,omitempty"`
	Taken     bool   `json:"taken"`
}

func (a *App) importCommand() *cobra.Command {
	var asked importing
	names := []string{string(carry.FormatBackup)}
	for _, f := range migrate.Formats() {
		names = append(names, string(f))
	}
	cmd := &cobra.Command{
		Use:   "import FILE… | import -",
		Short: "Bring codes in from other programs, pictures and backups",
		Long: `Brings in the entries of files that other authenticators and password managers
wrote, of pictures with QR codes, and of backups of Sleutelbos. What a file is
shows from its content; --format says it where that is not enough. "-" is one
file on standard input. Files that belong together are named together: pictures
of one list, a KeePass database and its key file, maFiles and manifest.json.

Each entry is told: new, here (the same key is here already), changed (it is
here under another name, or with a lower counter), again (twice in the files) or
kept (no codes can be made of it; it is kept as it is). Keys decide, not names.
Of what is here already only a higher counter is taken.

On a terminal nothing is written before you agree; elsewhere the command itself
is that, and --dry-run only tells. All is written at once or nothing.

--json prints one array with an object for each entry: file, format, issuer,
account, kind (totp, hotp, steam, or what the file calls it), algorithm, digits,
period, what, why (of a kept one the reason: address, algorithm, counter, digits,
kind, locked, long, motp, no-secret, period, push, secret, unreadable, yandex; of a
changed one what differs) and taken.

Formats: ` + strings.Join(names, ", ") + ".",
		Example: `  sleutelbos import aegis-export.json
  sleutelbos import google-1.png google-2.png --dry-run --json
  sleutelbos import sleutelbos-2026-11-24.sleutelbos --import-passphrase-file key.txt`,
		Args: cobra.MinimumNArgs(1),
		RunE: a.run(func(ctx context.Context, files []string) error {
			if asked.format != "" && !slices.Contains(names, asked.format) {
				return &UsageError{errors.New("no format has this name; see import --help")}
			}
			return a.importFiles(ctx, files, asked)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&asked.format, "format", "", "`name` of the format; see above")
	f.StringVar(&asked.passphraseFile, "import-passphrase-file", "", "`file` whose first line is the password of the files, or of a backup its passphrase or recovery key; \"-\" is standard input")
	f.BoolVar(&asked.dryRun, "dry-run", false, "only tell what would become of each entry")
	f.BoolVar(&asked.asJSON, "json", false, "print JSON")
	f.BoolVar(&asked.yes, "yes", false, "do not ask before writing")
	a.recoveryFlag(cmd)
	return cmd
}

func (a *App) importFiles(ctx context.Context, files []string, asked importing) error {
	sources, err := a.importSources(ctx, files, asked)
	if err != nil {
		return err
	}
	v, err := a.open(ctx)
	if errors.Is(err, vault.ErrNoVault) {
		v, err = nil, nil
	}
	if err != nil {
		return err
	}
	defer func() {
		if v != nil {
			v.Lock()
		}
	}()
	gathered := carry.Gather(sources...)
	plan, err := gathered.Look(ctx, v, carry.Options{
		Format: migrate.Format(asked.format),
		Passphrase: func(_ context.Context, ask migrate.Ask) ([]byte, error) {
			file := ""
			if gathered.Len() > 1 {
				file = gathered.Reading()
			}
			return a.importPassphrase(ask, asked, file)
		},
	})
	if err != nil {
		return a.ofFile(gathered.Failed(), len(files), err)
	}
	if asked.dryRun || plan.Chosen() == 0 {
		return a.tellImport(plan, asked, false)
	}
	if agreed, err := a.agree(plan, asked); err != nil || !agreed {
		return err
	}
	if v == nil {
		if v, err = a.openOrCreate(ctx); err != nil {
			return err
		}
	}
	if _, err := plan.Take(ctx, v); err != nil {
		return err
	}
	return a.tellImport(plan, asked, true)
}

// importSources reads the files; "-" is standard input, of which there is one.
// A pipe may have nobody at its other end, so reading ends with the context.
func (a *App) importSources(ctx context.Context, files []string, asked importing) ([]carry.Source, error) {
	in := 0
	for _, file := range files {
		if file == "-" {
			in++
		}
	}
	if in > 1 || in == 1 && (asked.passphraseFile == "-" || a.passphraseFile == "-") {
		return nil, &UsageError{errors.New(`a file on standard input ("-") leaves nothing for another one or for a passphrase there`)}
	}
	type answer struct {
		all []carry.Source
		err error
	}
	read := make(chan answer, 1)
	go func() {
		all, err := a.readSources(files)
		read <- answer{all, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-read:
		return r.all, r.err
	}
}

func (a *App) readSources(files []string) ([]carry.Source, error) {
	var all []carry.Source
	for _, file := range files {
		if file == "-" {
			source, err := carry.ReadSource(file, a.terminal.In)
			if err != nil {
				return nil, err
			}
			all = append(all, source)
			continue
		}
		sources, err := carry.ReadSources([]string{file})
		if err != nil {
			return nil, err
		}
		all = append(all, sources...)
	}
	return all, nil
}

// ofFile says which of several files an error is about.
func (a *App) ofFile(name string, files int, err error) error {
	if name == "" || files < 2 {
		return err
	}
	said := words.Explain(a.words, err, "")
	said.What = name + ": " + said.What
	return &explained{said, err}
}

// importPassphrase reads the files' password, or asks for it where somebody can
// answer.
func (a *App) importPassphrase(ask migrate.Ask, asked importing, file string) ([]byte, error) {
	if asked.passphraseFile != "" {
		return a.readSecretFile(asked.passphraseFile)
	}
	input, ok := a.keyboard()
	if !ok {
		return nil, &migrate.PassphraseError{Ask: ask}
	}
	question := a.words.Say("import.ask", "what", a.words.Say(ask.Text))
	if file != "" {
		question = file + ": " + question
	}
	return a.askSecretFor(input, question)
}

// agree shows what would be done and asks. Whoever called from a script has
// agreed by that.
func (a *App) agree(plan *carry.Plan, asked importing) (bool, error) {
	if _, asks := a.keyboard(); !asks || asked.yes || asked.asJSON {
		return true, nil
	}
	if err := a.importTable(plan); err != nil {
		return false, err
	}
	a.importNotes(plan)
	a.say("%s", a.words.Say("import.agree", "n", plan.Chosen()))
	answer, err := a.ask("import.agree-yes")
	if err != nil {
		return false, err
	}
	if strings.EqualFold(answer, a.words.Say("cmd.accept-yes")) {
		return true, nil
	}
	return false, a.refuse("import.nothing-done")
}

func (a *App) tellImport(plan *carry.Plan, asked importing, taken bool) error {
	_, asks := a.keyboard()
	shown := taken && asks && !asked.yes
	switch {
	case asked.asJSON:
		if err := a.importJSON(plan, taken); err != nil {
			return err
		}
	case !shown:
		if err := a.importTable(plan); err != nil {
			return err
		}
	}
	if !shown {
		a.importNotes(plan)
	}
	switch {
	case taken:
		a.say("%s", a.words.Say("import.done", "n", plan.Chosen()))
	case asked.dryRun:
		a.say("%s", a.words.Say("import.would", "n", plan.Chosen()))
	default:
		a.say("%s", a.words.Say("import.nothing-new"))
	}
	return nil
}

func (a *App) importJSON(plan *carry.Plan, taken bool) error {
	list := make([]imported, 0, len(plan.Items))
	for _, item := range plan.Items {
		one := imported{
			File: item.Source, Format: string(item.Format), Issuer: item.Key.Issuer, Account: item.Key.Account, Kind: item.Kind,
			What: string(item.Verdict.What), Why: strings.Join(item.Verdict.Differs, ","), Taken: taken && item.Take,
		}
		if item.Understood() {
			one.Kind, one.Algorithm = string(item.Key.Kind), string(item.Key.Algorithm)
			one.Digits, one.Period = item.Key.Digits, item.Key.Period
			if item.Key.Kind == enroll.HOTP {
				one.Period = 0
			}
		} else {
			one.Why = strings.TrimPrefix(item.Reason, "import.kept.")
		}
		list = append(list, one)
	}
	encoder := json.NewEncoder(a.terminal.Out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(list)
}

func (a *App) importTable(plan *carry.Plan) error {
	table := tabwriter.NewWriter(a.terminal.Out, 0, 0, 2, ' ', 0)
	for _, item := range plan.Items {
		if _, err := table.Write([]byte(item.Key.Issuer + "\t" + item.Key.Account + "\t" + words.Becomes(a.words, item) + "\n")); err != nil {
			return err
		}
	}
	return table.Flush()
}

func (a *App) importNotes(plan *carry.Plan) {
	var names []string
	for _, f := range plan.Formats {
		names = append(names, words.Format(a.words, f))
	}
	a.say("%s", a.words.Say("import.read-as", "what", strings.Join(names, ", ")))
	for _, note := range plan.Notes {
		a.say("%s", a.words.Say(note.Text, note.Values...))
	}
}

// readSecretFile reads a secret's file as --passphrase-file is read.
func (a *App) readSecretFile(file string) ([]byte, error) {
	before := a.passphraseFile
	a.passphraseFile = file
	defer func() { a.passphraseFile = before }()
	return a.readPassphraseFile()
}

// newSecret asks twice for a password that is to be, or reads it.
func (a *App) newSecret(file, key string) ([]byte, error) {
	if file != "" {
		return a.readSecretFile(file)
	}
	input, ok := a.keyboard()
	if !ok {
		return nil, a.refuse("export.passphrase-needed")
	}
	return a.askNew(input, key)
}

func (a *App) askNew(input *os.File, key string) ([]byte, error) {
	first, err := a.askSecret(input, key)
	if err != nil {
		return nil, err
	}
	again, err := a.askSecret(input, "cmd.passphrase-again")
	if err != nil {
		return nil, err
	}
	if string(first) != string(again) {
		return nil, a.refuse("cmd.passphrase-differs")
	}
	return first, nil
}
