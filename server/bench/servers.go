package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/store"
)

// started is a server of ours that runs.
type started struct {
	command *exec.Cmd
	url     string
	took    time.Duration // from the start to the line that says it is ready
}

func readyLine() *regexp.Regexp { return regexp.MustCompile(`serving (http://\S+)`) }

// start runs a server until stop and waits for its line.
func start(ctx context.Context, program string, args ...string) (*started, error) {
	s := &started{command: exec.CommandContext(ctx, program, args...)}
	pipe, err := s.command.StderrPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(program), err)
	}
	var said strings.Builder
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		if m := readyLine().FindStringSubmatch(lines.Text()); m != nil {
			s.url, s.took = m[1], time.Since(began)
			go func() {
				for lines.Scan() { // or it would stop at a full pipe
				}
			}()
			return s, nil
		}
		said.WriteString(lines.Text() + "\n")
	}
	return nil, errors.Join(fmt.Errorf("%s did not come up: %s", filepath.Base(program), said.String()), s.command.Wait())
}

func (s *started) stop() {
	_ = s.command.Process.Signal(syscall.SIGTERM)
	_ = s.command.Wait()
}

// count has the audit log counted that making the people wrote: a server that is
// measured as it runs from day to day has no such backlog. What the measuring adds
// is counted beside it.
func count(ctx context.Context, program, folder string) error {
	out, err := exec.CommandContext(ctx, program, "admin", "job", "run", "tally", "--data", folder).CombinedOutput()
	if err != nil {
		return fmt.Errorf("count the audit log: %w: %s", err, out)
	}
	return nil
}

// Files in a data folder that only bench knows.
const (
	seedsFile = "bench-people.csv"
	keyFile   = "bench-application.key"
)

// prepare gives a data folder with linked people and an application's key. What
// was made before is used again when it has as many people.
func prepare(ctx context.Context, folder string, people int) (seeds []person, key string, err error) {
	seeds, err = readPeople(filepath.Join(folder, seedsFile))
	if kept, e := os.ReadFile(filepath.Join(folder, keyFile)); e == nil && err == nil && len(seeds) == people {
		return seeds, string(kept), nil
	}
	database := filepath.Join(folder, "sleutelbos.db")
	if _, err := os.Stat(database); err == nil {
		return nil, "", fmt.Errorf("%s holds other data; name an empty folder", folder)
	}
	seeds, key, err = link(ctx, folder, database, people)
	if err != nil {
		return nil, "", fmt.Errorf("make the people: %w", err)
	}
	return seeds, key, errors.Join(writePeople(filepath.Join(folder, seedsFile), seeds),
		os.WriteFile(filepath.Join(folder, keyFile), []byte(key), 0o600))
}

// link makes people and links them by the desk itself, some time ago, so that
// every code of now is unused.
func link(ctx context.Context, folder, database string, people int) ([]person, string, error) {
	serverKey, err := identity.ServerKeyFile(filepath.Join(folder, "server.key"), database, rand.Reader)
	if err != nil {
		return nil, "", err
	}
	opened, err := store.Open(ctx, database)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = opened.Close() }()
	before := time.Now().Add(-5 * time.Minute)
	desk, err := identity.New(ctx, identity.Options{Store: opened, Key: serverKey, Now: func() time.Time { return before }})
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = desk.Close() }()
	key, err := desk.AddApplication(ctx, "bench")
	if err != nil {
		return nil, "", err
	}
	const workers = 128 // they share commits
	made := make([]person, people)
	failed := make(chan error, workers)
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for i := worker; i < people; i += workers {
				if made[i], err = linkOne(ctx, desk, before, i); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(failed)
	return made, key, <-failed
}

func linkOne(ctx context.Context, desk *identity.Desk, before time.Time, i int) (person, error) {
	p := person{user: fmt.Sprintf("person%d", i)}
	if _, err := desk.AddPerson(ctx, identity.NewPerson{User: p.user, Name: "Jan Jansen", Email: p.user + "@example.org"}); err != nil {
		return p, err
	}
	code, _, err := desk.NewActivation(ctx, p.user)
	if err != nil {
		return p, err
	}
	answer, err := desk.StartLink(ctx, identity.StartLink{
		LinkRequest: enroll.LinkRequest{User: p.user, ActivationCode: code.Reveal(), Device: "bench"},
	})
	if err != nil {
		return p, err
	}
	if p.key, err = enroll.ParseAddress(answer.Address); err != nil {
		return p, err
	}
	now, err := p.key.CodeNow(before)
	if err != nil {
		return p, err
	}
	return p, desk.ConfirmLink(ctx, answer.ID, now.Text)
}
