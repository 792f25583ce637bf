package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"

	"github.com/skip2/go-qrcode"
	"github.com/spf13/cobra"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

// ErrNoAddress says that a letter cannot be written because the server never
// ran.
var ErrNoAddress = errors.New("the server has no public address yet; start it once, with --url, before you print letters")

func (a *admin) letterCommand() *cobra.Command {
	language, paper := "nl", false
	command := &cobra.Command{
		Use: "letter NAME", Short: "Print the letter for a person, to hand over in person", Args: oneArgument("user name"),
		Long: `Print the letter as plain text, with the server, the user name, what the person
needs and does, and a QR code of both. It holds no activation code: send that
by another way, so that one intercepted message is not enough.

The QR code needs a font whose lines touch each other, as terminals have.`,
	}
	command.Flags().StringVar(&language, "lang", language, "`LANGUAGE`: nl or en")
	command.Flags().BoolVar(&paper, "paper", false, "draw the QR code for dark ink on light paper; without it, for light letters on a dark screen")
	command.RunE = a.withName(func(ctx context.Context, d *desk, user string) error {
		if !slices.Contains(languages(), language) {
			return usage("--lang takes nl or en")
		}
		person, err := d.Person(ctx, user)
		if err != nil {
			return fmt.Errorf("%s: %w", user, err)
		}
		settings, err := d.Settings(ctx)
		if err != nil {
			return fmt.Errorf("read the organisation: %w", err)
		}
		return writeLetter(a.around.Out, language, paper, person, settings)
	})
	return quiet(command)
}

// letter is what the templates letter.*.txt are filled with.
type letter struct {
	Organisation, Name, Server, User, Fingerprint, QR, Contact string
	Demo                                                       bool
}

func writeLetter(w io.Writer, language string, paper bool, person identity.Person, o identity.OrganisationSettings) error {
	if o.URL == "" {
		return ErrNoAddress
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
	return words.Execute(w, letter{
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
