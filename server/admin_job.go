package server

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// shownJob is a job as list shows it.
type shownJob struct {
	Name    string     `json:"name"`
	About   string     `json:"about"`
	Began   *time.Time `json:"began,omitempty"`
	Ended   *time.Time `json:"ended,omitempty"`
	Changed int        `json:"changed"`
	Failed  string     `json:"failed,omitempty"`
	Running bool       `json:"running"`
}

func (a *admin) jobList() *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use: "list", Short: "List what the server does in the background, and how it went", Args: noArguments,
		Long: `List what the server does in the background, each every hour and on one server at a
time, and how it went the last time.

With --json: [{"name","about","began","ended","changed","failed","running"}], times in
UTC (RFC 3339); changed counts rows of the last turn that ended.`,
	}
	command.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	command.RunE = a.with(func(ctx context.Context, d *desk) error {
		jobs, err := d.JobStandings(ctx)
		if err != nil {
			return err
		}
		shown := make([]shownJob, 0, len(jobs))
		for _, j := range jobs {
			shown = append(shown, shownJob{j.Name, j.About, some(j.Began), some(j.Ended), j.Changed, j.Failed, j.Running})
		}
		if asJSON {
			return writeJSON(a.around.Out, shown)
		}
		table := tabwriter.NewWriter(a.around.Out, 0, 0, 2, ' ', 0)
		for _, j := range shown {
			fmt.Fprintf(table, "%s\tended %s\t%d rows\t%s\t%s\n", j.Name, moment(j.Ended), j.Changed,
				either(when(j.Running, "runs now"), either(when(j.Failed != "", "FAILED: "+j.Failed), "waits")), j.About)
		}
		return table.Flush()
	})
	return quiet(command)
}

func (a *admin) jobRun() *cobra.Command {
	return quiet(&cobra.Command{
		Use: "run NAME", Short: "Run a job now, unless a server is running it", Args: oneArgument("name"),
		RunE: a.withName(func(ctx context.Context, d *desk, name string) error {
			jobs, err := d.Jobs()
			if err != nil {
				return err
			}
			changed, err := jobs.Run(ctx, name)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return a.note("%s changed %d rows.", name, changed)
		}),
	})
}
