package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

// options are what is asked for on the command line.
type options struct {
	program string
	data    string
	people  int
	clients []int
	rounds  int
	take    time.Duration
	targets []target
	seeds   string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == ceilingWord {
		return serveCeiling(ctx, args[1])
	}
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	return o.measure(ctx)
}

func parse(args []string) (options, error) {
	o := options{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.program, "program", "bin/sleutelbos-static", "our server's `FILE`; empty: it is not measured")
	f.StringVar(&o.data, "data", "", "`FOLDER` for our server's data, kept and used again; empty: a temporary one")
	f.IntVar(&o.people, "people", 100_000, "how many people have a link")
	f.IntVar(&o.rounds, "rounds", 5, "rounds for each number of clients")
	f.DurationVar(&o.take, "take", 2*time.Second, "how long each server is asked in each round")
	clients := f.String("clients", "1,16,64,256", "numbers of connections that ask at once")
	f.StringVar(&o.seeds, "seeds", "", "`FILE` of people for --target: a line \"user,base32 secret\" each (SHA-1, 6 digits, 30 seconds)")
	f.Func("target", "another server: `name=N,url=U,accepts=TEXT[,method=POST][,header=Name: value]…[,body=TEMPLATE]`;\n"+
		"{user} and {code} in url and body are filled in, accepts is what an answer that accepted holds;\n"+
		"where a value holds a comma, write every comma of the list as ;; instead", func(text string) error {
		t, err := parseTarget(text)
		o.targets = append(o.targets, t)
		return err
	})
	if err := f.Parse(args); err != nil {
		return o, err
	}
	for _, one := range strings.Split(*clients, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(one))
		if err != nil || n < 1 || n > 4096 {
			return o, fmt.Errorf("--clients takes numbers from 1 to 4096, not %q", one)
		}
		o.clients = append(o.clients, n)
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("no argument %q is known; see --help", f.Arg(0))
	case o.rounds < 1 || o.people < 1 || o.take <= 0:
		return o, errors.New("--rounds, --people and --take must be more than nothing")
	case len(o.targets) > 0 && o.seeds == "":
		return o, errors.New("--target needs --seeds: whose codes are right there")
	}
	return o, nil
}
