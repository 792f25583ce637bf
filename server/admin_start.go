package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

// maxStartFile bounds a file with what is on start pages, in bytes.
const maxStartFile = 1 << 20

func (a *admin) startShow() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "show", Short: "Show what stands on everybody's start page, as JSON", Args: noArguments,
		Long: `Show what stands on start pages as JSON: {"messages":[{"id","title":{"nl","en"},"text":
{"nl","en"},"urgent","from","until","roles":[…]}],"tiles":[{"id","name":{"nl","en"},"about":
{"nl","en"},"address","roles":[…]}],"links":[…]}. Without roles it is for everybody.`,
		RunE: a.with(func(ctx context.Context, d *desk) error {
			settings, err := d.StartSettings(ctx, identity.Operator())
			if err != nil {
				return err
			}
			return writeJSON(a.around.Out, settings)
		}),
	})
}

func (a *admin) startSet() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "set FILE", Short: "Put on start pages what a JSON file says, in place of all that is there", Args: oneArgument("file"),
		Long: `Put on everybody's start page what a file says, in the form that admin start show
prints, and nothing else. What has no id gets one.`,
		Example: `  sleutelbos admin start show >start.json
  sleutelbos admin start set start.json`,
		RunE: a.withName(func(ctx context.Context, d *desk, path string) error {
			wanted, err := readStartFile(path)
			if err != nil {
				return err
			}
			err = d.SetStart(ctx, identity.Operator(), func(s *identity.StartSettings) error {
				*s = wanted
				return nil
			})
			if err != nil {
				return err
			}
			return a.note("The start page was changed: %d messages, %d applications, %d links.", len(wanted.Messages), len(wanted.Tiles), len(wanted.Links))
		}),
	})
}

func readStartFile(path string) (identity.StartSettings, error) {
	var s identity.StartSettings
	file, err := os.Open(path)
	if err != nil {
		return s, fmt.Errorf("read the start page: %w", err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxStartFile+1))
	if err != nil {
		return s, fmt.Errorf("read the start page: %w", err)
	}
	if len(content) > maxStartFile {
		return s, usage("%s is too large for a start page", path)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields() // a slip in a name would lose what was meant
	if err := decoder.Decode(&s); err != nil {
		return s, usage("%s is not what admin start show prints: %w", path, err)
	}
	return s, nil
}

func (a *admin) reportList() *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use: "list", Short: "List what people reported of accounts, the newest first", Args: noArguments,
		Long: `List the accounts that people reported, because several use them (shared) or their
owner is gone (left). Close what was dealt with by admin report close ID.`,
	}
	command.Flags().BoolVar(&asJSON, "json", false, "as JSON: [{\"id\",\"at\",\"from\",\"about\",\"fault\",\"note\",\"closed\"}]")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		all, err := d.AccountReports(ctx, identity.Operator())
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(a.around.Out, all)
		}
		table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tREPORTED\tACCOUNT\tWHY\tBY\tCLOSED")
		for _, r := range all {
			closed := "no"
			if !r.Closed.IsZero() {
				closed = r.Closed.Local().Format(timeForm)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.At.Local().Format(timeForm), r.About, r.Fault, r.FromName, closed)
		}
		return table.Flush()
	})
	return quiet(command)
}

func (a *admin) reportClose() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "close ID", Short: "Mark what was reported of an account as dealt with", Args: oneArgument("id"),
		RunE: a.withName(func(ctx context.Context, d *desk, id string) error {
			err := d.CloseReport(ctx, identity.Operator(), id)
			if errors.Is(err, identity.ErrUnknownReport) {
				return fmt.Errorf("%w: list them with admin report list", err)
			}
			if err != nil {
				return err
			}
			return a.note("The report was closed.")
		}),
	})
}
