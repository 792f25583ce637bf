package server

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"sleutelbos/server/identity"
)

// beatPause is how often a server says that it runs, reads the key file again
// and looks whether a job is due.
const beatPause = 10 * time.Second

// withBackground does beside the function what a server does that nobody asked
// for. SIGHUP has it look at once.
func withBackground(ctx context.Context, opened *desk, log *slog.Logger, run func() error) error {
	host, err := os.Hostname()
	if err != nil {
		host = "a server without a name"
	}
	node, err := opened.Enter(ctx, host)
	if err != nil {
		return err
	}
	jobs, err := opened.Jobs()
	if err != nil {
		return err
	}
	stopping, stop := context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	all.Go(func() { beats(stopping, node, log) })
	all.Go(func() { runJobs(stopping, jobs, log) })
	err = run()
	stop()
	all.Wait()
	if e := node.Leave(context.WithoutCancel(ctx)); e != nil {
		log.Warn("the other servers do not know yet that this one stopped", "cause", e)
	}
	return err
}

func beats(ctx context.Context, node *identity.Node, log *slog.Logger) {
	now := make(chan os.Signal, 1)
	signal.Notify(now, syscall.SIGHUP)
	defer signal.Stop(now)
	ticker := time.NewTicker(beatPause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-now:
			log.Info("looking at the server keys")
		case <-ticker.C:
		}
		if err := node.Beat(ctx); err != nil && ctx.Err() == nil {
			log.Error("this server goes on with what it knew", "cause", err)
		}
	}
}

func runJobs(ctx context.Context, jobs *identity.Jobs, log *slog.Logger) {
	ticker := time.NewTicker(beatPause)
	defer ticker.Stop()
	for {
		if err := jobs.RunDue(ctx); err != nil && ctx.Err() == nil {
			log.Error("a job did not end; its turn comes again", "cause", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
