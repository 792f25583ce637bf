package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"

	"github.com/skip2/go-qrcode"
	"github.com/spf13/cobra"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/letter"
)

func (a *admin) letterCommand() *cobra.Command {
	var o letterOptions
	command := &cobra.Command{
		Use: "letter NAME...", Short: "Make the letter for a person, to hand over in person", Args: atLeastOneArgument("user name"),
		Long: `Make the letter with the server, the user name, what the person needs and does,
and a QR code of both. It holds no activation code: send that by another way, so
that one intercepted message is not enough. It is in the person's language.

With --pdf it is a page of A4 for a window envelope, and several people's letters
come in one file. Where the window is: admin organisation set --letter-window.
Without --pdf it is plain text, whose QR code needs a font whose lines touch each
other, as terminals have.`,
		Example: `  sleutelbos admin letter jvries --pdf letter.pdf
  sleutelbos admin letter jvries adevries kjansen --pdf letters.pdf`,
	}
	f := command.Flags()
	f.StringVar(&o.language, "lang", "", "`LANGUAGE`: nl or en (default the person's, or nl)")
	f.StringVar(&o.file, "pdf", "", "`FILE` to write the letters to, as PDF")
	f.BoolVar(&o.paper, "paper", false, "for plain text: draw the QR code for dark ink on light paper; without it, for light letters on a dark screen")
	command.RunE = func(command *cobra.Command, users []string) error {
		if o.language != "" && !slices.Contains(languages(), o.language) {
			return usage("--lang takes nl or en")
		}
		return a.run(command, func(ctx context.Context, d *desk) error { return a.letters(ctx, d, users, o) })
	}
	return quiet(command)
}

// letterOptions is how letters are wanted.
type letterOptions struct {
	language, file string
	paper          bool
}

func (a *admin) letters(ctx context.Context, d *desk, users []string, o letterOptions) error {
	settings, err := d.Settings(ctx)
	if err != nil {
		return fmt.Errorf("read the organisation: %w", err)
	}
	var people []identity.Person
	for _, user := range users {
		person, err := d.Person(ctx, user)
		if err != nil {
			return fmt.Errorf("%s: %w", user, err)
		}
		person.Language = either(o.language, either(person.Language, "nl"))
		people = append(people, person)
	}
	if o.file != "" {
		var pdf bytes.Buffer
		organisations, err := d.Organisations(ctx, identity.Operator())
		if err != nil {
			return err
		}
		if err := letter.Write(&pdf, people, letter.Names(organisations), settings, a.around.Now()); err != nil {
			return err
		}
		if err := writeFile(o.file, pdf.Bytes()); err != nil {
			return fmt.Errorf("keep the letters: %w", err)
		}
		return a.note("The letters of %d people are in %s. Send the activation codes by another way.", len(people), o.file)
	}
	for _, person := range people {
		if err := writeLetter(a.around.Out, person.Language, o.paper, person, settings); err != nil {
			return err
		}
	}
	return nil
}

// letterText is what the templates letter.*.txt are filled with.
type letterText struct {
	Organisation, Name, Server, User, Fingerprint, QR, Contact string
	Demo                                                       bool
}

func writeLetter(w io.Writer, language string, paper bool, person identity.Person, o identity.OrganisationSettings) error {
	if o.URL == "" {
		return letter.ErrNoAddress
	}
	address := enroll.LinkAddress{Server: o.URL, User: person.User, Fingerprint: o.Fingerprint}
	code, err := qrcode.New(address.String(), qrcode.Medium)
	if err != nil {
		return fmt.Errorf("draw the QR code: %w", err)
	}
	words, err := template.ParseFS(texts, "texts/letter."+language+".txt")
	if err != nil {
		return fmt.Errorf("read the letter: %w", err)
	}
	return words.Execute(w, letterText{
		Organisation: o.Name, Name: person.Name, Server: o.URL, User: person.User, Fingerprint: o.Fingerprint,
		QR: code.ToSmallString(paper), Demo: o.Environment == enroll.Demo, Contact: contactLine(o.Contact),
	})
}

func contactLine(c enroll.Contact) string {
	var parts []string
	for _, part := range []string{c.Name, c.Phone, c.Email, c.Hours} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
