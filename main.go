// Sleutelbos is an organisation's own second factor: the app that shows login
// codes, and the server that verifies them. Without a word it opens the
// window; "serve" and "admin" are the server's words, the others the vault's.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"sleutelbos/app"
	"sleutelbos/server"
)

// version is set when a release is built.
var version = "0.1.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], app.Terminal{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(status)
}

// run gives the exit status: 0 done, 1 failed, 2 wrong usage.
func run(ctx context.Context, args []string, terminal app.Terminal) int {
	root, err := app.Command(terminal, version)
	if err != nil {
		fmt.Fprintln(terminal.Err, "sleutelbos:", err)
		return 1
	}
	root.AddCommand(server.Commands(terminal.In, terminal.Out, terminal.Err)...)
	root.SetArgs(args)
	ran := false
	note(root, &ran)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(terminal.Err, "sleutelbos:", err)
	var appUsage *app.UsageError
	var serverUsage *server.UsageError
	if !ran || errors.As(err, &appUsage) || errors.As(err, &serverUsage) {
		fmt.Fprintf(terminal.Err, "See: %s --help\n", cmd.CommandPath())
		return 2
	}
	return 1
}

// note makes every command say when it began: what fails before that is wrong
// usage, since only cobra's own reading of the words came first.
func note(cmd *cobra.Command, ran *bool) {
	if do := cmd.RunE; do != nil {
		cmd.RunE = func(c *cobra.Command, args []string) error {
			*ran = true
			return do(c, args)
		}
	}
	for _, sub := range cmd.Commands() {
		note(sub, ran)
	}
}
