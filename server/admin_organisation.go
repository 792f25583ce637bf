package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

func (a *admin) organisationShow() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "show", Short: "Show the organisation's settings, as JSON", Args: noArguments,
		Long: `Show the organisation's settings as JSON: {"name","environment","contact":{"name","phone",
"email","hours"},"privacy":{"version","title","text"},"terms":{…},"url","fingerprint","time_zone"}. title and
text are by language. url, environment and fingerprint are those of the last start. time_zone
is where days begin and end; without it Europe/Amsterdam. letter_window is left or right;
without it left. day_codes_week is how many day codes a person may have in a week; without it
one, -1 for none. look_ahead is how many codes a token that counts may be ahead; without it
10. keep holds months that differ from the defaults: idle_links, verifications,
audit, deleted.`,
		RunE: a.with(func(ctx context.Context, d *desk) error {
			settings, err := d.Settings(ctx)
			if err != nil {
				return fmt.Errorf("read the organisation: %w", err)
			}
			return writeJSON(a.around.Out, settings)
		}),
	})
}

// newText is what was asked about one document.
type newText struct {
	name    string // "privacy", "terms"
	files   []string
	version string
}

func (t *newText) bind(f *pflag.FlagSet, what string) {
	f.StringArrayVar(&t.files, t.name+"-file", nil, "`LANGUAGE=FILE` with the "+what+", for nl and for en, or FILE for both")
	f.StringVar(&t.version, t.name+"-version", "", "`VERSION` of the new "+what+"; accepted by this name")
}

func (a *admin) organisationSet() *cobra.Command {
	keepTokens := false
	var name, zone, window string
	var dayCodes, devices, lookAhead int
	outside := false
	var contact enroll.Contact
	privacy, terms := newText{name: "privacy"}, newText{name: "terms"}
	command := &cobra.Command{
		Use: "set", Short: "Change name, contact or texts of the organisation", Args: noArguments,
		Long: `Change what is given, and nothing else. A running server uses it at once.

A text's file is plain text: the title on the first line, an empty line, then
the text. A new text needs a new version, which those who link accept by name.`,
		Example: `  sleutelbos admin organisation set --name 'Gemeente Voorbeeld' --contact-phone '0123 456 789'
  sleutelbos admin organisation set --terms-file nl=voorwaarden.txt --terms-file en=terms.txt --terms-version 2026-11`,
	}
	f := command.Flags()
	f.StringVar(&name, "name", "", "`NAME` of the organisation")
	f.BoolVar(&keepTokens, "keep-tokens", false, "let a hardware token work on beside an app that its holder links; else it is due back")
	f.IntVar(&lookAhead, "look-ahead", identity.DefaultLookAhead, "`NUMBER` of codes that a hardware token that counts may have made without their being used, at most 50; what is more takes token resync")
	f.StringVar(&contact.Name, "contact-name", "", "desk or `PERSON` to turn to")
	f.StringVar(&contact.Phone, "contact-phone", "", "its `NUMBER`")
	f.StringVar(&contact.Email, "contact-email", "", "its `ADDRESS`")
	f.StringVar(&contact.Hours, "contact-hours", "", "`HOURS` when it answers")
	f.StringVar(&zone, "time-zone", "", "`ZONE` in which days begin and end and times are said, as Europe/Amsterdam")
	f.StringVar(&window, "letter-window", "", "`SIDE` on which envelopes have their window: left or right")
	var keep identity.Keep
	f.IntVar(&keep.IdleLinks, "lapse-months", identity.KeepIdleLinks, "`MONTHS` without a use after which a link lapses; the person is told a month and a week before; -1 for never")
	f.IntVar(&keep.Verifications, "keep-verifications-months", identity.KeepVerifications, "`MONTHS` that the audit log keeps verifications; -1 for ever")
	f.IntVar(&keep.Deleted, "keep-deleted-months", identity.KeepDeleted, "`MONTHS` that it is kept who a deleted person was; -1 for ever")
	f.IntVar(&keep.Audit, "keep-audit-months", identity.KeepAudit, "`MONTHS` that the audit log keeps everything else; -1 for ever")
	f.IntVar(&devices, "devices", 3, "`NUMBER` of devices that a person holds at most; they add further ones themselves")
	f.BoolVar(&outside, "outside", false, "people sign in with accounts elsewhere too: the sign-in page offers both")
	f.IntVar(&dayCodes, "day-codes", 1, "`NUMBER` of day codes that a person may have in a week; -1 for none at all")
	privacy.bind(f, "privacy statement")
	terms.bind(f, "terms of use")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		if !anyOf(f, "name", "keep-tokens", "look-ahead", "contact-name", "contact-phone", "contact-email", "contact-hours", "time-zone", "letter-window", "day-codes", "devices", "outside", "lapse-months", "keep-verifications-months", "keep-audit-months", "keep-deleted-months", "privacy-file", "privacy-version", "terms-file", "terms-version") {
			return usage("organisation set needs something to change; see --help")
		}
		if f.Changed("name") && strings.TrimSpace(name) == "" {
			return usage("--name cannot be empty")
		}
		newPrivacy, err1 := privacy.read()
		newTerms, err2 := terms.read()
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		err := d.SetOrganisation(ctx, func(o *identity.OrganisationSettings) error {
			set(f, "name", &o.Name, name)
			if f.Changed("keep-tokens") {
				o.KeepTokens = keepTokens
			}
			setNumber(f, "look-ahead", &o.LookAhead, lookAhead)
			set(f, "contact-name", &o.Contact.Name, contact.Name)
			set(f, "contact-phone", &o.Contact.Phone, contact.Phone)
			set(f, "contact-email", &o.Contact.Email, contact.Email)
			set(f, "contact-hours", &o.Contact.Hours, contact.Hours)
			set(f, "time-zone", &o.TimeZone, zone)
			set(f, "letter-window", (*string)(&o.LetterWindow), window)
			setNumber(f, "day-codes", &o.DayCodes, dayCodes)
			setNumber(f, "devices", &o.MaxLinks, devices)
			if f.Changed("outside") {
				o.Outside = outside
			}
			setNumber(f, "lapse-months", &o.Keep.IdleLinks, keep.IdleLinks)
			setNumber(f, "keep-verifications-months", &o.Keep.Verifications, keep.Verifications)
			setNumber(f, "keep-audit-months", &o.Keep.Audit, keep.Audit)
			setNumber(f, "keep-deleted-months", &o.Keep.Deleted, keep.Deleted)
			return errors.Join(privacy.replace(&o.Privacy, newPrivacy), terms.replace(&o.Terms, newTerms))
		})
		if err != nil {
			return fmt.Errorf("change the organisation: %w", err)
		}
		return a.note("The organisation was changed.")
	})
	return quiet(command)
}

func anyOf(f *pflag.FlagSet, names ...string) bool {
	for _, name := range names {
		if f.Changed(name) {
			return true
		}
	}
	return false
}

func set(f *pflag.FlagSet, flag string, into *string, value string) {
	if f.Changed(flag) {
		*into = strings.TrimSpace(value)
	}
}

func setNumber(f *pflag.FlagSet, flag string, into *int, value int) {
	if f.Changed(flag) {
		*into = value
	}
}

// read reads the new wording; nil when the text stays. Both languages come
// together, so that nobody accepts a version without being able to read it.
func (t *newText) read() (*enroll.Document, error) {
	switch {
	case len(t.files) == 0 && t.version == "":
		return nil, nil
	case len(t.files) == 0 || t.version == "":
		return nil, usage("--%s-file and --%s-version go together", t.name, t.name)
	}
	document := emptyDocument(t.version)
	for _, argument := range t.files {
		into, file := languages(), argument
		if language, path, ok := strings.Cut(argument, "="); ok && slices.Contains(languages(), language) {
			into, file = []string{language}, path
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the text: %w", err)
		}
		for _, language := range into {
			if err := setText(&document, language, string(content)); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	for _, language := range languages() {
		if document.Text[language] == "" {
			return nil, usage("--%s-file is missing for language %s", t.name, language)
		}
	}
	return &document, nil
}

// replace puts a new wording in the place of the old one.
func (t *newText) replace(into, with *enroll.Document) error {
	if with == nil {
		return nil
	}
	if with.Version == into.Version {
		return usage("--%s-version is the present one; a new text needs a version of its own", t.name)
	}
	return identity.Reword(into, *with)
}
