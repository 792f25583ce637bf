package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sleutelbos/app/carry"
	"sleutelbos/app/words"
	"sleutelbos/assets"
	"sleutelbos/vault"
)

// Terminal is where a command reads and writes.
type Terminal struct {
	In       io.Reader
	Out, Err io.Writer
}

// App is one run of the program.
type App struct {
	terminal Terminal
	version  string
	words    assets.Words
	now      func() time.Time

	vaultDir       string
	passphraseFile string
	recoveryFile   string
	policyFile     string // of the organisation, see package carry
	backedUp       bool   // the copy that may be due was seen to
	language       string
}

// UsageError says that the command was called in a way that it does not know;
// the program ends with status 2.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *UsageError) Unwrap() error { return e.Err }

// explained is an error in the person's language.
type explained struct {
	message words.Message
	err     error
}

func (e *explained) Error() string { return e.message.String() }
func (e *explained) Unwrap() error { return e.err }

// Command makes the root of the command: without a word it opens the window,
// with one it does what the word says.
func Command(terminal Terminal, version string) (*cobra.Command, error) {
	a := &App{terminal: terminal, version: version, now: time.Now, policyFile: carry.PolicyFile()}
	if err := a.speak(""); err != nil {
		return nil, err
	}
	root := &cobra.Command{
		Use:   "sleutelbos [ADDRESS]",
		Short: "Login codes for you and your organisation",
		Long: `Sleutelbos shows your login codes, links your account with your
organisation, and is the organisation's own verification server.

Without a word it opens the window; with ADDRESS, a sleutelbos://link?… or
otpauth://… address, the window opens where that address is used.

Exit status: 0 done, 1 failed, 2 wrong usage.`,
		Version:       version,
		Args:          oneAddress,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.explain(a.window(cmd.Context(), args))
		},
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if l := strings.ToLower(a.language); l != "" && !strings.HasPrefix(l, "nl") && !strings.HasPrefix(l, "en") {
				return fmt.Errorf("--lang %s: the languages are nl and en", a.language)
			}
			return a.speak(a.language)
		},
	}
	root.SetIn(terminal.In)
	root.SetOut(terminal.Out)
	root.SetErr(terminal.Err)
	flags := root.PersistentFlags()
	flags.StringVar(&a.vaultDir, "vault", "", "`folder` of the vault (environment: SLEUTELBOS_VAULT; default: the system's own place)")
	flags.StringVar(&a.passphraseFile, "passphrase-file", "", "`file` whose first line is the vault's passphrase, or - to read it from standard input after what else comes from there; not on the command line, where other programs can read it")
	flags.StringVar(&a.language, "lang", "", "`language` of what is said: nl or en (environment: SLEUTELBOS_LANG; default: the system's)")
	root.AddCommand(a.listCommand(), a.codeCommand(), a.addCommand(), a.scanCommand(), a.importCommand(), a.exportCommand(), a.backupCommand(), a.removeCommand(), a.linkCommand(), a.restoreCommand(), a.doctorCommand())
	return root, nil
}

// oneAddress takes what the window can be opened with. Anything else is a word
// that was mistyped.
func oneAddress(cmd *cobra.Command, args []string) error {
	if err := cobra.MaximumNArgs(1)(cmd, args); err != nil || len(args) == 0 {
		return err
	}
	scheme, _, ok := strings.Cut(strings.ToLower(args[0]), "://")
	if !ok || (scheme != "sleutelbos" && scheme != "otpauth") || len(args[0]) > maxLine {
		return errors.New("there is no command for this; an address begins with sleutelbos:// or otpauth://")
	}
	return nil
}

func (a *App) speak(language string) error {
	if language == "" {
		language = os.Getenv("SLEUTELBOS_LANG")
	}
	if language == "" {
		language = assets.System()
	}
	words, err := assets.In(language)
	if err != nil {
		return err
	}
	a.words = words
	return nil
}

// run makes a command's function whose errors are said in the person's
// language.
func (a *App) run(do func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		defer a.backUp()
		return a.explain(do(cmd.Context(), args))
	}
}

func (a *App) explain(err error) error {
	var usage *UsageError
	var said *explained
	if err == nil || errors.As(err, &usage) || errors.As(err, &said) {
		return err
	}
	return &explained{words.Explain(a.words, err, ""), err}
}

// refuse is an error that is one text already.
func (a *App) refuse(key string, pairs ...any) error {
	text := a.words.Say(key, pairs...)
	return &explained{words.Message{What: text}, errors.New(text)}
}

// say writes a line for the person, on standard error.
func (a *App) say(format string, values ...any) {
	_, _ = fmt.Fprintf(a.terminal.Err, format+"\n", values...)
}

// print writes what was asked for, on standard output.
func (a *App) print(format string, values ...any) error {
	_, err := fmt.Fprintf(a.terminal.Out, format+"\n", values...)
	return err
}

func (a *App) folder() (*vault.Folder, error) {
	dir := a.vaultDir
	if dir == "" {
		dir = os.Getenv("SLEUTELBOS_VAULT")
	}
	if dir == "" {
		var err error
		if dir, err = vault.DefaultDir(); err != nil {
			return nil, err
		}
	}
	return vault.At(vault.Options{Dir: dir, Now: a.now}), nil
}
