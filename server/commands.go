package server

import (
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// Commands gives "serve" and "admin" on this process's own environment, clock
// and randomness; see [CommandsIn]. Nothing is read from standard input: a secret
// comes by file or by variable.
func Commands(_ io.Reader, out, err io.Writer) []*cobra.Command {
	return CommandsIn(Surroundings{Out: out, Err: err, LookupEnv: os.LookupEnv})
}

// CommandsIn gives "serve" and "admin". Their errors are sentences; a
// *[UsageError] among them is exit status 2, every other one status 1. The
// server stops when the context of its command ends.
func CommandsIn(around Surroundings) []*cobra.Command {
	around = around.filled()
	return []*cobra.Command{serveCommand(around), adminCommand(around)}
}

func serveCommand(around Surroundings) *cobra.Command {
	settings := DefaultSettings()
	command := &cobra.Command{
		Use:   "serve --data FOLDER",
		Short: "Run the companion server",
		Long: `Run the companion server until it is interrupted (SIGINT, SIGTERM): it then
stops listening, answers what it accepted, and ends with status 0.

The first start in an empty folder makes the database, the server key that
seals it, and a certificate. Keep a copy of the server key elsewhere: without
it the database is worthless.

With --database any number of servers work on one PostgreSQL (15 or later). They
need the same server key, and the same --url and certificate; nothing else is
kept on their machines.

Every setting can come from the environment variable in brackets; a flag counts
before a variable. Secrets are read from a file, or from the variable that the
setting names, never from a flag.

When it is ready, it says so in one line on standard error:
  serving https://127.0.0.1:8443 (production), fingerprint sha256:…`,
		Example: `  sleutelbos serve --data /var/lib/sleutelbos --listen 0.0.0.0:8443 --url https://codes.example.org:8443
  sleutelbos serve --data /var/lib/sleutelbos --listen :443 --tls acme --acme-accept-terms --url https://codes.example.org
  sleutelbos serve --database-file /etc/sleutelbos/database --server-key-file /etc/sleutelbos/server.key --tls files --tls-cert … --tls-key …
  sleutelbos serve --data /var/lib/sleutelbos --tls off --trusted-proxies 10.0.0.5 --listen 10.0.0.7:8080 --url https://codes.example.org`,
		Args: noArguments,
	}
	settings.bind(command.Flags())
	showEnvironment(command.Flags())
	command.RunE = func(command *cobra.Command, _ []string) error {
		if err := readEnvironment(command.LocalFlags(), around.LookupEnv); err != nil {
			return err
		}
		if err := settings.ServerKey.fromEnvironment("server-key", around.LookupEnv); err != nil {
			return err
		}
		if err := settings.ACME.AccountKey.fromEnvironment("acme-account-key", around.LookupEnv); err != nil {
			return err
		}
		if err := settings.Mail.Password.fromEnvironment("mail-password", around.LookupEnv); err != nil {
			return err
		}
		return Serve(command.Context(), settings, around)
	}
	return quiet(command)
}

// quiet leaves what is said about an error to the program, and marks wrong
// flags as wrong usage.
func quiet(command *cobra.Command) *cobra.Command {
	command.SilenceErrors, command.SilenceUsage = true, true
	command.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &UsageError{err} })
	return command
}

func noArguments(command *cobra.Command, arguments []string) error {
	if len(arguments) > 0 {
		return usage("%s takes no %q; see --help", command.CommandPath(), arguments[0])
	}
	return nil
}

func oneArgument(what string) cobra.PositionalArgs {
	return func(command *cobra.Command, arguments []string) error {
		if len(arguments) != 1 {
			return usage("%s takes one %s; see --help", command.CommandPath(), what)
		}
		return nil
	}
}

// arguments asks for so many of them, which are named when they are missing.
func arguments(names ...string) cobra.PositionalArgs {
	return func(command *cobra.Command, given []string) error {
		if len(given) != len(names) {
			return usage("%s takes %s; see --help", command.CommandPath(), strings.Join(names, ", then "))
		}
		return nil
	}
}

func atLeastOneArgument(what string) cobra.PositionalArgs {
	return func(command *cobra.Command, arguments []string) error {
		if len(arguments) == 0 {
			return usage("%s takes one %s or more; see --help", command.CommandPath(), what)
		}
		return nil
	}
}

func atMostOneArgument(what string) cobra.PositionalArgs {
	return func(command *cobra.Command, arguments []string) error {
		if len(arguments) > 1 {
			return usage("%s takes one %s at most; see --help", command.CommandPath(), what)
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, inside ...*cobra.Command) *cobra.Command {
	command := &cobra.Command{Use: use, Short: short}
	command.Args = func(*cobra.Command, []string) error { return nil }
	command.RunE = func(command *cobra.Command, arguments []string) error {
		if len(arguments) == 0 {
			return usage("%s needs one more word; see --help", command.CommandPath())
		}
		return usage("%s knows no %q; see --help", command.CommandPath(), arguments[0])
	}
	command.AddCommand(inside...)
	return quiet(command)
}
