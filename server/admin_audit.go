package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"sleutelbos/server/identity"
)

const (
	exportPage  = 1000                   // rows read at once
	followPause = 500 * time.Millisecond // between two looks at the log
)

// errNoHeads keeps an empty or cut file from looking like a proof.
var errNoHeads = errors.New("there is no head of the audit log in this file; name the file of serve --audit-heads")

func (a *admin) auditVerify() *cobra.Command {
	var file string
	command := &cobra.Command{
		Use: "verify", Short: "Look for removed or changed lines in the audit log", Args: noArguments,
		Long: `Follow every chain of the audit log from its start. Status 1 when a line was
removed or changed.

Lines cut off at the end show by the signed heads that serve --audit-heads FILE
writes: name that file, or a copy of it, by --head. Beyond the last head nothing
is promised. A restored backup cuts off the end too: begin a new file of heads
after restoring.`,
	}
	command.Flags().StringVar(&file, "head", "", "`FILE` of signed heads, as serve --audit-heads wrote it")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		heads, short, err := []identity.AuditHead(nil), 0, error(nil)
		if file != "" {
			if heads, short, err = readHeads(file); err == nil && len(heads) == 0 {
				err = errNoHeads
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		err = d.VerifyAudit(ctx, heads...)
		noted := d.NoteVerified(ctx, err)
		if err != nil {
			return fmt.Errorf("the audit log does not hold: %w", err)
		}
		if noted != nil {
			return noted
		}
		if short > 0 {
			err = a.note("%d lines of %s were cut short, as by a loss of power, and passed over.", short, file)
		}
		if len(heads) == 0 {
			return a.note("The audit log is whole.")
		}
		return errors.Join(err, a.note("The audit log is whole, and reaches every one of %d heads, the last of %s.",
			len(heads), heads[len(heads)-1].Time.Local().Format(timeForm)))
	})
	return quiet(command)
}

// exportedRow is one line of an export.
type exportedRow struct {
	Time        time.Time `json:"time"`
	Kind        string    `json:"kind"`
	Outcome     string    `json:"outcome"`
	Person      string    `json:"person,omitempty"`
	Application string    `json:"application,omitempty"`
	Link        string    `json:"link,omitempty"`
	Reference   string    `json:"reference,omitempty"`
	Actor       string    `json:"actor,omitempty"`
	Detail      string    `json:"detail,omitempty"`
	Chain       int64     `json:"chain"`
	Sequence    int64     `json:"sequence"`
	Place       int64     `json:"place"`
}

func (a *admin) auditExport() *cobra.Command {
	var since string
	var follow bool
	var after int64
	command := &cobra.Command{
		Use: "export", Short: "Write the audit log as JSON lines", Args: noArguments,
		Long: `Write the audit log on standard output, oldest first, one JSON object a line:
{"time","kind","outcome","person","application","link","reference","actor",
"detail","chain","sequence","place"}. person, application and link are ids, as person show and
application list --json give them; reference is what error pages show. What
there is not is left out. No line holds a code, a key or a password. actor is who
did it, where that is another than the person; detail which setting was changed,
from what to what.

Lines come in the order of place, and none is passed over, however many servers
write. Whoever was interrupted goes on by --after with the place of the last line.`,
		Example: `  sleutelbos admin audit export --since 2026-11-01 > november.jsonl
  sleutelbos admin audit export --since 2026-11-22T08:00:00Z --follow | logger`,
	}
	f := command.Flags()
	f.StringVar(&since, "since", "", "begin with the first line not older than this `TIME`: 2026-11-22 (UTC) or 2026-11-22T08:00:00Z")
	f.Int64Var(&after, "after", 0, "begin behind the line of this `PLACE`")
	f.BoolVar(&follow, "follow", false, "go on with what is written from now on, until interrupted")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		place := identity.AuditPlace(after)
		if since != "" && after != 0 {
			return usage("give either --since or --after, not both")
		}
		if since != "" {
			from, err := parseSince(since)
			if err != nil {
				return err
			}
			if place, err = d.AuditSince(ctx, from); err != nil {
				return err
			}
		}
		return export(ctx, d, a.around.Out, place, follow)
	})
	return quiet(command)
}

func parseSince(text string) (time.Time, error) {
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(form, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usage("--since takes a time such as 2026-11-22 or 2026-11-22T08:00:00Z")
}

// export writes what follows a place. Being interrupted is how following ends; a
// database that is away for a while does not end it.
func export(ctx context.Context, d *desk, out io.Writer, place identity.AuditPlace, follow bool) error {
	ticker := time.NewTicker(followPause)
	defer ticker.Stop()
	following := d.FollowAudit(place)
	for {
		lines, settled, err := following.Next(ctx, exportPage)
		switch {
		case follow && ctx.Err() != nil:
			return nil
		case follow && identity.TryAgain(err):
			settled = true // it comes again
		case err != nil:
			return err
		}
		if err := writeLines(out, lines); err != nil {
			return fmt.Errorf("write the audit log: %w", err)
		}
		switch {
		case len(lines) == exportPage: // there is more
		case settled && !follow:
			return nil
		default:
			select {
			case <-ctx.Done():
				if follow {
					return nil
				}
				return ctx.Err()
			case <-ticker.C:
			}
		}
	}
}

func writeLines(out io.Writer, lines []identity.AuditLine) error {
	buffer := bufio.NewWriter(out)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	for _, r := range lines {
		err := encoder.Encode(exportedRow{
			Time: r.Time, Kind: r.Kind, Outcome: r.Outcome, Person: r.Person, Application: r.Application,
			Link: r.Link, Reference: r.Reference, Chain: r.Chain, Actor: r.Actor, Detail: r.Detail, Sequence: r.Sequence, Place: int64(r.Place),
		})
		if err != nil {
			return err
		}
	}
	return buffer.Flush()
}
