package server_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sleutelbos/enroll"
)

// builds makes the static program once for all tests that ask for it.
type builds struct {
	once   sync.Once
	folder string
	path   string
	err    error
}

var built builds

func TestMain(m *testing.M) {
	status := m.Run()
	if built.folder != "" {
		_ = os.RemoveAll(built.folder)
	}
	os.Exit(status)
}

// program is the built static program: the one that SLEUTELBOS_TEST_STATIC
// names, or a fresh build of this module.
func program(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.path = os.Getenv("SLEUTELBOS_TEST_STATIC"); built.path != "" {
			return
		}
		if built.folder, built.err = os.MkdirTemp("", "sleutelbos-test-"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.folder, "sleutelbos")
		build := exec.Command("go", "build", "-o", built.path, ".")
		build.Dir = ".."
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build the program: %w\n%s", err, output)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// process is a server that runs on its own.
type process struct {
	command     *exec.Cmd
	url         string
	fingerprint string
	environment string

	mu     sync.Mutex
	stderr bytes.Buffer
	ended  chan struct{} // closed when all of standard error was read
}

func readyLine() *regexp.Regexp {
	return regexp.MustCompile(`^serving (https?://\S+) \((\w+)\)(?:, fingerprint (sha256:[0-9a-f]{64}))?$`)
}

// serve starts a server on a free port and waits until it says that it is
// ready. It ends with the test.
func serve(t testing.TB, data string, arguments ...string) *process {
	t.Helper()
	p, err := begin(program(t), data, arguments...)
	must(t, err)
	t.Cleanup(p.kill)
	return p
}

func begin(program, data string, arguments ...string) (*process, error) {
	p := &process{ended: make(chan struct{})}
	p.command = exec.Command(program, append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, arguments...)...)
	p.command.Env = clean()
	pipe, err := p.command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	ready := make(chan []string, 1)
	go p.read(pipe, ready)
	select {
	case found := <-ready:
		p.url, p.environment, p.fingerprint = found[1], found[2], found[3]
		return p, nil
	case <-p.ended:
		err = fmt.Errorf("the server ended before it was ready:\n%s", p.said())
	case <-time.After(30 * time.Second):
		err = fmt.Errorf("the server is not ready after 30 seconds:\n%s", p.said())
	}
	p.kill()
	return nil, err
}

func (p *process) read(pipe io.Reader, ready chan<- []string) {
	defer close(p.ended)
	line := readyLine()
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		p.mu.Lock()
		p.stderr.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		if found := line.FindStringSubmatch(lines.Text()); found != nil {
			ready <- found
		}
	}
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// kill ends the server as a power cut does; nothing happens when it has ended.
func (p *process) kill() {
	_ = p.command.Process.Kill()
	<-p.ended
	_ = p.command.Wait()
}

// stop asks the server to stop and gives its exit status.
func (p *process) stop() (int, error) {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	<-p.ended
	return status(p.command.Wait())
}

func status(err error) (int, error) {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// admin runs an administrator's command and gives what it printed.
func admin(t testing.TB, data string, arguments ...string) (stdout, stderr string, exit int) {
	t.Helper()
	command := exec.Command(program(t), append([]string{"admin", "--data", data}, arguments...)...)
	command.Env = clean()
	var out, err bytes.Buffer
	command.Stdout, command.Stderr = &out, &err
	exit, failure := status(command.Run())
	must(t, failure)
	return out.String(), err.String(), exit
}

// done runs an administrator's command that must succeed and gives its one
// line of output.
func done(t testing.TB, data string, arguments ...string) string {
	t.Helper()
	out, said, exit := admin(t, data, arguments...)
	if exit != 0 {
		t.Fatalf("admin %s ends with %d:\n%s", strings.Join(arguments, " "), exit, said)
	}
	return strings.TrimSuffix(out, "\n")
}

// clean is the environment without settings of the person who runs the tests.
func clean() []string {
	var kept []string
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "SLEUTELBOS_") {
			kept = append(kept, setting)
		}
	}
	return kept
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// link walks the path of the app for a person who is there already.
func link(t testing.TB, p *process, user, activation string) enroll.Key {
	t.Helper()
	client, err := enroll.NewClient(p.url, p.fingerprint)
	must(t, err)
	defer client.Close()
	organisation, _, err := client.Organisation(t.Context())
	must(t, err)
	answer, err := client.Link(t.Context(), enroll.NewIdempotencyKey(), enroll.LinkRequest{
		User: user, ActivationCode: activation, Device: "Test",
		Accepted: enroll.Accepted{Privacy: organisation.Privacy.Version, Terms: organisation.Terms.Version},
	})
	must(t, err)
	key, err := enroll.ParseAddress(answer.Address)
	must(t, err)
	code, err := key.CodeNow(time.Now())
	must(t, err)
	confirmed, err := client.Confirm(t.Context(), answer.ID, code.Text)
	must(t, err)
	if !confirmed.Linked {
		t.Fatal("the link is not confirmed")
	}
	return key
}

// verifier is an application that asks a server.
type verifier struct {
	http *http.Client
	url  string
	key  string
}

func (v verifier) verify(user, code string) (bool, error) {
	r, err := http.NewRequest(http.MethodPost, v.url+enroll.PathVerify, strings.NewReader(`{"user":"`+user+`","code":"`+code+`"}`))
	if err != nil {
		return false, err
	}
	r.Header.Set("Authorization", "Bearer "+v.key)
	r.Header.Set("Content-Type", "application/json")
	response, err := v.http.Do(r)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return false, fmt.Errorf("answered %d %s: %w", response.StatusCode, body, err)
	}
	return strings.TrimSpace(string(body)) == `{"valid":true}`, nil
}
