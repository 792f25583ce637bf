package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/seedfile"
)

// ErrNotAllTokens says that some tokens of a file were not imported.
var ErrNotAllTokens = errors.New("not every token of the file was imported; see the list")

// tokenFile is what was asked about a maker's file.
type tokenFile struct {
	format, keyFile, passphraseFile, trust, kind string
	digits, period                               int
	dry, asJSON                                  bool
}

func (a *admin) tokenImport() *cobra.Command {
	var asked tokenFile
	command := &cobra.Command{
		Use: "import FILE", Short: "Add the tokens of a maker's file to the stock", Args: oneArgument("file"),
		Long: `Add the tokens of a maker's file to the stock: PSKC (RFC 6030), plain or
encrypted, or a table (CSV) with or without a line of names above it. Without
names: serial number, key, and then in any order totp or hotp, the number of
digits, the time step or the counter, the algorithm.

Of each token a line says what became of it: new, already-here,
changed-refused (the serial number is here with another key) or not-understood.
Whatever can be used is imported all at once; status 0 means that this was all.
With --trust the whole file must be signed with the key of that certificate;
without, a signature is not checked, which is said.

With --json: [{"serial","outcome","why","maker","model","user"}].

Remove the file afterwards: whoever has it can make every code.`,
		Example: `  sleutelbos admin token import tokens.xml --passphrase-file passphrase
  sleutelbos admin token import tokens.csv --type totp --period 60 --dry-run`,
	}
	f := command.Flags()
	f.StringVar(&asked.format, "format", "", "`FORM`: pskc or csv (default by the file's beginning)")
	f.StringVar(&asked.keyFile, "key-file", "", "`FILE` with the key that the maker sent, or with a private key (PEM)")
	f.StringVar(&asked.passphraseFile, "passphrase-file", "", "`FILE` with the passphrase that the maker sent")
	f.StringVar(&asked.trust, "trust", "", "`FILE` with the certificate (PEM) that must have signed a PSKC file")
	f.StringVar(&asked.kind, "type", "", "`KIND` of a table's tokens that do not say: totp or hotp")
	f.IntVar(&asked.digits, "digits", 0, "`NUMBER` of digits of their codes (default 6)")
	f.IntVar(&asked.period, "period", 0, "`SECONDS` of their time step (default 30)")
	f.BoolVar(&asked.dry, "dry-run", false, "say what would become of each, and change nothing")
	f.BoolVar(&asked.asJSON, "json", false, "write JSON")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		file, err := asked.read(arguments[0], a.around.Now())
		if err != nil {
			return err
		}
		return a.run(command, func(ctx context.Context, d *desk) error { return a.importTokens(ctx, d, asked, file) })
	}
	return quiet(command)
}

func (f *tokenFile) read(path string, now time.Time) (seedfile.File, error) {
	switch {
	case f.format != "" && f.format != "pskc" && f.format != "csv":
		return seedfile.File{}, usage("--format takes pskc or csv")
	case f.kind != "" && f.kind != string(enroll.TOTP) && f.kind != string(enroll.HOTP):
		return seedfile.File{}, usage("--type takes totp or hotp")
	case f.digits != 0 && (f.digits < enroll.MinDigits || f.digits > enroll.MaxDigits):
		return seedfile.File{}, usage("--digits takes %d to %d", enroll.MinDigits, enroll.MaxDigits)
	case f.period < 0 || f.period > enroll.MaxPeriod:
		return seedfile.File{}, usage("--period takes a number of seconds, as 30 or 60")
	}
	content, err := readBounded(path, seedfile.MaxFile+1)
	if err != nil {
		return seedfile.File{}, fmt.Errorf("read the file: %w", err)
	}
	options := seedfile.Options{Kind: enroll.Kind(f.kind), Digits: f.digits, Period: f.period, Now: now}
	if f.keyFile != "" {
		if options.Key, err = readBounded(f.keyFile, 1<<16); err != nil {
			return seedfile.File{}, fmt.Errorf("read the key: %w", err)
		}
	}
	if f.trust != "" {
		if options.Trust, err = readBounded(f.trust, 1<<16); err != nil {
			return seedfile.File{}, fmt.Errorf("read the certificate: %w", err)
		}
	}
	if f.passphraseFile != "" {
		line, err := readBounded(f.passphraseFile, 1<<12)
		if err != nil {
			return seedfile.File{}, fmt.Errorf("read the passphrase: %w", err)
		}
		options.Passphrase = strings.TrimRight(string(bytes.TrimPrefix(line, []byte("\ufeff"))), "\r\n")
	}
	read := seedfile.Read
	switch f.format {
	case "pskc":
		read = seedfile.ReadPSKC
	case "csv":
		read = seedfile.ReadTable
	}
	file, err := read(content, options)
	if err != nil {
		return seedfile.File{}, fmt.Errorf("%s: %w", path, err)
	}
	return file, nil
}

// signatureSaid says what is known of a file's signature.
func signatureSaid(file seedfile.File) string {
	switch {
	case file.Vouched:
		return " The file's signature is right."
	case file.Signed:
		return " The file is signed, but the signature was not checked: give the maker's certificate by --trust."
	}
	return ""
}

// readBounded reads a file up to a length.
func readBounded(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, most))
	return content, errors.Join(err, file.Close())
}

func (a *admin) importTokens(ctx context.Context, d *desk, asked tokenFile, file seedfile.File) error {
	var usable []identity.NewToken
	for _, t := range file.Tokens {
		if t.Problem == "" {
			usable = append(usable, identity.NewToken{
				Serial: t.Serial, Maker: t.Maker, Model: t.Model, Key: t.Key, Drift: t.Drift, Used: t.Used,
			})
		}
	}
	told, err := d.ImportTokens(ctx, identity.Operator(), usable, asked.dry)
	if err != nil {
		return err
	}
	shown := make([]shownImport, 0, len(file.Tokens))
	count := map[identity.ImportOutcome]int{}
	for _, t := range file.Tokens {
		line := shownImport{Serial: t.Serial, Outcome: string(identity.ImportUnclear), Why: t.Problem, Maker: t.Maker, Model: t.Model, User: t.User}
		if t.Problem == "" {
			line.Outcome, line.Why = string(told[0].Outcome), told[0].Why
			told = told[1:]
		}
		count[identity.ImportOutcome(line.Outcome)]++
		shown = append(shown, line)
	}
	if asked.asJSON {
		err = writeJSON(a.around.Out, shown)
	} else {
		err = writeImports(a.around.Out, shown)
	}
	refused := count[identity.ImportChanged] + count[identity.ImportUnclear]
	said := a.note("%d new, %d already here, %d changed and refused, %d not understood.%s%s", count[identity.ImportNew],
		count[identity.ImportKnown], count[identity.ImportChanged], count[identity.ImportUnclear],
		when(asked.dry, " Nothing was changed."), signatureSaid(file))
	if refused > 0 {
		return errors.Join(err, said, ErrNotAllTokens)
	}
	return errors.Join(err, said)
}
