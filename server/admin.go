package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sleutelbos/server/identity"
)

// admin is what the administrator's commands share.
type admin struct {
	around Surroundings
	folder Folder
	flags  *pflag.FlagSet // of the folder
}

func adminCommand(around Surroundings) *cobra.Command {
	a := &admin{around: around}
	command := group("admin", "Manage people, activation codes and applications on the server's machine",
		group("person", "People who sign in", a.personAdd(), a.personEdit(), a.personShow(), a.personList(), a.personDelete(), a.personDeleted(), a.personErase(), a.personImport(), a.personExport(), a.personUnlock(), a.personUnlink(), a.personLost(), a.personLosses(), a.personResync()),
		group("password", "Passwords and their rules", a.passwordReset(), group("rules", "What is asked of a password", a.rulesShow(), a.rulesSet())),
		group("session", "Who is signed in", a.sessionList(), a.sessionEnd()),
		group("activation", "Activation codes", a.activationNew(), a.activationMail()),
		a.tokenCommands(),
		group("application", "Applications that may verify codes", a.applicationAdd(), a.applicationList(), a.applicationRotate(), a.applicationRevoke()),
		group("mail", "Mail that the server sends", a.mailTest(), a.mailList()),
		group("role", "Roles that people hold", a.roleList(), a.roleSet(), a.roleEnd()),
		group("grant", "Who holds which role, for what", a.grantList(), a.grantAdd(), a.grantEnd()),
		group("organisation", "Name, contact and texts of the organisation; other organisations", a.organisationShow(), a.organisationSet(),
			a.organisationList(), a.organisationAdd(), a.organisationEdit(), a.organisationSignOff(), a.organisationRules(),
			group("part", "Parts of an organisation, for which roles are held", a.partSet(), a.partEnd()),
			group("mandate", "What an organisation lets people of another do for it", a.mandateList(), a.mandateAdd(), a.mandateEnd())),
		group("start", "What stands on everybody's start page", a.startShow(), a.startSet()),
		group("report", "Accounts that people reported, or that somebody has to look at", append(a.accountReports(), a.reportList(), a.reportClose(), a.glance(), a.todo())...),
		group("audit", "The audit log", a.auditVerify(), a.auditExport(), a.auditFind()),
		group("key", "Server keys, which seal what is secret in the database", a.keyMake(), a.keyAdd(), a.keyList(), a.keyRotate(), a.keyRetire()),
		group("job", "What the server does in the background", a.jobList(), a.jobRun()),
		a.letterCommand(),
		a.dayCodeCommand(),
		a.backupCommand(),
		a.restoreCommand(),
		a.endCodesCommand(),
		a.doctorCommand(),
	)
	command.Long = `Manage people, activation codes and applications on the server's machine, also
while the server runs.

What was asked for stands alone on standard output, for scripts; everything
else is said on standard error. Status 0: done. 1: failed. 2: wrong usage.

The first administrator is made here too: person add --role administrator.`
	a.flags = command.PersistentFlags()
	a.folder.bind(a.flags)
	showEnvironment(a.flags)
	return command
}

// with opens the desk for one command.
func (a *admin) with(do func(context.Context, *desk) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, _ []string) error { return a.run(command, do) }
}

// withName is the same for a command with one argument.
func (a *admin) withName(do func(context.Context, *desk, string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, arguments []string) error {
		return a.run(command, func(ctx context.Context, d *desk) error { return do(ctx, d, arguments[0]) })
	}
}

// settle reads what the environment says about the folder.
func (a *admin) settle() error {
	if err := readEnvironment(a.flags, a.around.LookupEnv); err != nil {
		return err
	}
	if err := a.folder.ServerKey.fromEnvironment("server-key", a.around.LookupEnv); err != nil {
		return err
	}
	return a.folder.check()
}

func (a *admin) options() identity.Options {
	return a.around.options(slog.New(slog.NewTextHandler(a.around.Err, &slog.HandlerOptions{Level: slog.LevelWarn})))
}

func (a *admin) run(command *cobra.Command, do func(context.Context, *desk) error) (err error) {
	if err := a.settle(); err != nil {
		return err
	}
	opened, err := a.folder.open(command.Context(), false, a.options())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	return said(do(command.Context(), opened))
}

// said marks as wrong usage what the caller can mend on the command line.
func said(err error) error {
	var field *identity.FieldError
	if errors.As(err, &field) {
		return &UsageError{err}
	}
	return err
}

// print writes what was asked for, and note what else there is to say.
func (a *admin) print(format string, arguments ...any) error {
	_, err := fmt.Fprintf(a.around.Out, format+"\n", arguments...)
	return err
}

func (a *admin) note(format string, arguments ...any) error {
	_, err := fmt.Fprintf(a.around.Err, format+"\n", arguments...)
	return err
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
