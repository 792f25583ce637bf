package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sleutelbos/app/linking"
	"sleutelbos/app/words"
	"sleutelbos/enroll"
	"sleutelbos/vault"
)

type linkOptions struct {
	server, fingerprint, address, user, code, device string
	accept                                           bool
}

func (a *App) linkCommand() *cobra.Command {
	var o linkOptions
	cmd := &cobra.Command{
		Use:   "link [--server URL] [--user NAME] [--code CODE] [--accept]",
		Short: "Link your account with your organisation",
		Long: `Links this computer with your account: asks whose server it is, shows the privacy
statement and the terms of use, takes user name and activation code, and keeps
the key in the vault. What is not given is asked on the terminal; with --server,
--user, --code and --accept nothing is asked.

--accept accepts the statement and the terms that are printed. It never accepts
an unknown certificate: that takes the --fingerprint from the letter. Plain http
is taken for this machine only.

--code - reads the activation code from standard input, where other programs of
this computer cannot read it.`,
		Args: cobra.NoArgs,
		RunE: a.run(func(ctx context.Context, _ []string) error { return a.link(ctx, o) }),
	}
	flags := cmd.Flags()
	flags.StringVar(&o.server, "server", "", "`address` of the server, as in the letter")
	flags.StringVar(&o.fingerprint, "fingerprint", "", "`sha256:HEX` of the server's public key, as in the letter")
	flags.StringVar(&o.address, "address", "", "the letter's sleutelbos://link?… `address`: server, fingerprint and user name in one")
	flags.StringVar(&o.user, "user", "", "user `name`, as in the letter")
	flags.StringVar(&o.code, "code", "", "activation `code`, or - to read it from standard input")
	flags.StringVar(&o.device, "device", "", "`name` of this computer for the administrator (default: its host name)")
	flags.BoolVar(&o.accept, "accept", false, "accept the privacy statement and the terms of use that are printed")
	a.recoveryFlag(cmd)
	return cmd
}

func (a *App) link(ctx context.Context, o linkOptions) error {
	if o.code != "" && o.code != "-" {
		// A slip is said before the server is asked anything.
		if _, err := enroll.ParseActivationCode(o.code); err != nil {
			return err
		}
	}
	if err := a.completeServer(&o); err != nil {
		return err
	}
	conversation, err := linking.Start(linking.Server{Address: o.server, Fingerprint: o.fingerprint}, a.now)
	if err != nil {
		return err
	}
	defer conversation.Close()
	organisation, clock, err := conversation.Ask(ctx)
	if err != nil {
		return a.explainFor(err, conversation)
	}
	a.introduce(organisation, conversation.Server())
	if clock.Off() {
		return &linking.ClockError{Clock: clock}
	}
	if err := a.accept(o); err != nil {
		return err
	}
	answer, err := a.answer(o, organisation)
	if err != nil {
		return err
	}
	v, err := a.openOrCreate(ctx)
	if err != nil {
		return err
	}
	defer v.Lock()
	linked, err := a.linkNow(ctx, v, conversation, answer)
	if err != nil {
		return a.explainFor(err, conversation)
	}
	a.announce(linked)
	return nil
}

// linkNow first takes up a link of the same person that was interrupted: its
// confirmation may have arrived, and then the activation code is used up.
func (a *App) linkNow(ctx context.Context, v *vault.Vault, c *linking.Conversation, answer linking.Answer) (linking.Linked, error) {
	for _, entry := range linking.Pending(v) {
		if entry.Link.Server != c.Server().Address || entry.Link.User != answer.User {
			continue
		}
		linked, err := linking.Resume(ctx, v, entry, a.now)
		if err == nil {
			a.say("%s", a.words.Say("cmd.resumed", "name", words.Name(a.words, linked.Entry)))
			return linked, nil
		}
		if !linking.IsGone(err) {
			return linking.Linked{}, err
		}
	}
	linked, err := c.Link(ctx, v, answer)
	if errors.Is(err, enroll.ErrUnreachable) {
		linked, err = c.Link(ctx, v, answer) // the answer was lost: the same key brings it again
	}
	return linked, err
}

func (a *App) completeServer(o *linkOptions) error {
	if o.address != "" {
		address, err := enroll.ParseLinkAddress(o.address)
		if err != nil {
			return err
		}
		o.server, o.fingerprint = address.Server, address.Fingerprint
		if o.user == "" {
			o.user = address.User
		}
	}
	if o.server == "" {
		if _, ok := a.keyboard(); !ok {
			return &UsageError{errors.New("name the server with --server, or the letter's address with --address")}
		}
		typed, err := a.ask("cmd.server-ask")
		if err != nil {
			return err
		}
		o.server = typed
	}
	return nil
}

func (a *App) introduce(o enroll.Organisation, server linking.Server) {
	a.say("%s\n", a.words.Say("cmd.organisation", "name", o.Name,
		"environment", a.words.Say("env."+string(o.Environment)), "server", server.Address))
	for _, document := range []enroll.Document{o.Privacy, o.Terms} {
		a.say("%s (%s)\n\n%s\n", a.words.Pick(document.Title), a.words.Say("link.version", "version", document.Version),
			strings.TrimSpace(a.words.Pick(document.Text)))
	}
}

func (a *App) accept(o linkOptions) error {
	if o.accept {
		return nil
	}
	if _, ok := a.keyboard(); !ok {
		return a.refuse("cmd.accept-needed")
	}
	typed, err := a.ask("cmd.accept-ask")
	if err != nil {
		return err
	}
	if !strings.EqualFold(typed, a.words.Say("cmd.accept-yes")) {
		return a.refuse("cmd.not-accepted")
	}
	return nil
}

func (a *App) answer(o linkOptions, organisation enroll.Organisation) (linking.Answer, error) {
	_, asks := a.keyboard()
	var err error
	if o.user == "" {
		if !asks {
			return linking.Answer{}, &UsageError{errors.New("name the user with --user")}
		}
		if o.user, err = a.ask("cmd.user-ask"); err != nil {
			return linking.Answer{}, err
		}
	}
	switch {
	case o.code == "-":
		o.code, err = a.line(a.terminal.In)
	case o.code == "" && !asks:
		return linking.Answer{}, &UsageError{errors.New("give the activation code with --code, or with --code - on standard input")}
	case o.code == "":
		o.code, err = a.ask("cmd.code-ask")
	}
	if err != nil {
		return linking.Answer{}, err
	}
	code, err := enroll.ParseActivationCode(o.code)
	if err != nil {
		return linking.Answer{}, err
	}
	if o.device == "" {
		o.device, _ = os.Hostname() // a device without a name links too
	}
	accepted := enroll.Accepted{Privacy: organisation.Privacy.Version, Terms: organisation.Terms.Version}
	return linking.Answer{User: strings.TrimSpace(o.user), Code: code, Accepted: accepted, Device: o.device}, nil
}

func (a *App) announce(linked linking.Linked) {
	wait := max(int(linked.NextCode.Sub(a.now())/time.Second)+1, 1)
	a.say("%s", a.words.Say("cmd.linked", "name", words.Name(a.words, linked.Entry), "n", wait))
	if linked.NextURL != "" {
		a.say("%s: %s", a.words.Say("link.done.web"), linked.NextURL)
	}
}

// explainFor says an error of the conversation with the server's address in it.
// The fingerprint that an unknown server shows is not printed: it is to come
// from the letter.
func (a *App) explainFor(err error, c *linking.Conversation) error {
	var said *explained
	if errors.As(err, &said) {
		return err
	}
	message := words.Explain(a.words, err, c.Server().Address)
	var certificate *enroll.CertificateError
	if errors.As(err, &certificate) && certificate.Want == "" {
		message.Next = fmt.Sprintf("%s (--fingerprint)", message.Next)
	}
	return &explained{message, err}
}
