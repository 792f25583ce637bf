package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"sleutelbos/app/words"
	"sleutelbos/enroll"
	"sleutelbos/enroll/migrate"
	"sleutelbos/enroll/scan"
	"sleutelbos/vault"
)

// scanned is one QR code, or one key of a list in it, as "scan --json" shows it.
type scanned struct {
	Picture   string `json:"picture"`
	Type      string `json:"type"`
	Issuer    string `json:"issuer,omitempty"`
	Account   string `json:"account,omitempty"`
	Kind      string `json:"kind,omitempty"`
	Algorithm string `json:"algorithm,omitempty"`
	Digits    int    `json:"digits,omitempty"`
	Period    int    `json:"period,omitempty"`
	Counter   uint64 `json:"counter,omitempty"`
	Server    string `json:"server,omitempty"`
	Part      int    `json:"part,omitempty"`
	Parts     int    `json:"parts,omitempty"`
	X         int    `json:"x"`
	Y         int    `json:"y"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	Problem   string `json:"problem,omitempty"`
	Secret    string `json:"secret,omitempty"`
	Text      string `json:"text,omitempty"`

	says string // the line for people
}

func (a *App) scanCommand() *cobra.Command {
	var asJSON, reveal bool
	cmd := &cobra.Command{
		Use:   "scan PICTURE… | scan -",
		Short: "Say which QR codes pictures hold, and keep nothing",
		Long: `Says what the QR codes in pictures are: PNG, JPEG, GIF, WebP, BMP or TIFF, or "-"
for one picture on standard input. Nothing is kept and no vault is opened.

Keys, passwords and other texts are not shown, unless --reveal asks for them:
what stands on a screen is read by others, and what a script prints ends up in
logs. A web address is shown up to its "?".

--json prints one array with an object for each code, and for each key of a list
from Google Authenticator: picture, type (otpauth, steam, otpauth-migration,
sleutelbos, microsoft, duo, authy, okta, digid, passkey, wifi, contact, web, app,
text, or part for a part of a longer text), x, y, width and height in the
picture, and of a key issuer, account, kind (totp, hotp, steam), algorithm,
digits, period and counter. A key that cannot be used has a problem instead.
With --reveal also secret (Base32) and text.

Exit status: 0 when each picture held a QR code, 1 when one did not.`,
		Example: `  sleutelbos scan letter.jpg
  wl-paste -t image/png | sleutelbos scan - --json`,
		Args: cobra.MinimumNArgs(1),
		RunE: a.run(func(ctx context.Context, pictures []string) error {
			return a.scan(ctx, pictures, asJSON, reveal)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show keys and texts too")
	return cmd
}

// scan reads all pictures before it says anything: a text may lie in parts in
// several of them.
func (a *App) scan(ctx context.Context, pictures []string, asJSON, reveal bool) error {
	list := []scanned{}
	var parts []scan.Found
	var migrations []byte
	failed := 0
	for _, picture := range pictures {
		found, err := a.readPicture(ctx, picture)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed++
			a.say("%s: %s", picture, words.Explain(a.words, err, ""))
			continue
		}
		for _, f := range found {
			if !f.Part.Alone() {
				parts = append(parts, f)
			}
			if scan.KindOf(f.Text) == scan.KindMigration {
				migrations = append(append(migrations, f.Text...), '\n')
			}
			list = append(list, a.describe(ctx, picture, f, reveal)...)
		}
	}
	whole, _ := scan.Join(parts)
	for _, f := range whole {
		for _, s := range a.describe(ctx, "", f, reveal) {
			s.says = a.words.Say("scan.whole") + " " + s.says
			list = append(list, s)
		}
	}
	if err := a.printScanned(list, len(pictures), asJSON); err != nil {
		return err
	}
	a.sayBatches(ctx, migrations)
	if failed > 0 {
		return a.refuse("scan.some", "n", failed)
	}
	return nil
}

func (a *App) readPicture(ctx context.Context, picture string) ([]scan.Found, error) {
	if picture != "-" {
		return scan.ReadFileParts(ctx, picture)
	}
	content, err := io.ReadAll(io.LimitReader(a.terminal.In, scan.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the picture: %w", err)
	}
	return scan.ReadContent(ctx, content)
}

func (a *App) printScanned(list []scanned, pictures int, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(a.terminal.Out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(list)
	}
	for _, s := range list {
		line := s.says
		if pictures > 1 && s.Picture != "" {
			line = s.Picture + ": " + line
		}
		if err := a.print("%s", line); err != nil {
			return err
		}
	}
	return nil
}

// sayBatches tells which parts of a list from Google are still missing.
func (a *App) sayBatches(ctx context.Context, addresses []byte) {
	if len(addresses) == 0 {
		return
	}
	read, err := migrate.Read(ctx, addresses, migrate.Options{})
	if err != nil {
		return // said at the code itself
	}
	for _, note := range read.Notes {
		a.say("%s", a.words.Say(note.Text, note.Values...))
	}
}

// describe says what one code is; a list of keys becomes several.
func (a *App) describe(ctx context.Context, picture string, f scan.Found, reveal bool) []scanned {
	kind := scan.KindOf(f.Text)
	s := scanned{
		Picture: picture, Type: string(kind),
		X: f.Bounds.Min.X, Y: f.Bounds.Min.Y, Width: f.Bounds.Dx(), Height: f.Bounds.Dy(),
	}
	if !f.Part.Alone() {
		s.Type, s.Part, s.Parts = "part", f.Part.Number, f.Part.Of
		s.says = a.words.Say("scan.part", "number", s.Part, "of", s.Parts)
		return []scanned{s}
	}
	if reveal {
		s.Text = f.Text
	}
	switch kind {
	case scan.KindKey, scan.KindSteam, scan.KindMigration:
		return a.describeKeys(ctx, s, f.Text, reveal)
	case scan.KindLink:
		link, err := enroll.ParseLinkAddress(f.Text)
		if err != nil {
			return []scanned{a.unusable(s, err)}
		}
		s.Server = link.Server
		s.says = a.words.Say("scan.is.link") + " " + link.Server
	default:
		s.says = words.Scanned(a.words, f.Text)
		if shown := s.Text; shown != "" {
			s.says += " " + shown
		} else if kind == scan.KindWeb {
			s.says += " " + bareAddress(f.Text)
		}
	}
	return []scanned{s}
}

func (a *App) unusable(s scanned, err error) scanned {
	s.Problem = words.Explain(a.words, err, "").String()
	s.says = a.words.Say("scan.is.key-broken") + " " + s.Problem
	return s
}

// describeKeys reads the keys of an address, or of a list.
func (a *App) describeKeys(ctx context.Context, s scanned, text string, reveal bool) []scanned {
	read, err := migrate.Read(ctx, []byte(text), migrate.Options{})
	if err == nil && len(read.Entries) == 0 {
		err = enroll.ErrNotAnAddress
	}
	if err != nil {
		return []scanned{a.unusable(s, err)}
	}
	var out []scanned
	for _, entry := range read.Entries {
		one, key := s, entry.Key
		one.Issuer, one.Account = key.Issuer, key.Account
		name := words.Name(a.words, vault.Entry{Issuer: key.Issuer, Account: key.Account})
		if !entry.Understood() {
			out = append(out, a.unusable(one, errors.New(a.words.Say(entry.Reason))))
			continue
		}
		one.Kind, one.Algorithm, one.Digits, one.Period, one.Counter = string(key.Kind), string(key.Algorithm), key.Digits, key.Period, key.Counter
		one.says = a.words.Say("scan.is.key") + " " + name
		if reveal {
			one.Secret = key.Secret.Base32()
			one.says += " " + one.Secret
		}
		out = append(out, one)
	}
	return out
}

// bareAddress is a web address without what may be a secret in it.
func bareAddress(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment, u.RawFragment = nil, "", "", ""
	return u.String()
}
