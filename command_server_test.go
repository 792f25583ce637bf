package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // the server's database, whose rows stand in for the time

	"sleutelbos/enroll"
)

const (
	startPatience = 30 * time.Second
	// stepPatience is a time step and what a slow machine needs.
	stepPatience = enroll.DefaultPeriod*time.Second + 30*time.Second
)

// heard keeps what a program says, and tells when it says a certain thing.
type heard struct {
	mu    sync.Mutex
	text  bytes.Buffer
	want  *regexp.Regexp
	found chan []string // the match of want, once
	ended chan struct{}
}

func listen(from io.Reader, want *regexp.Regexp) *heard {
	h := &heard{want: want, found: make(chan []string, 1), ended: make(chan struct{})}
	go func() {
		defer close(h.ended)
		said := false
		for reader := bufio.NewReader(from); ; {
			line, err := reader.ReadString('\n')
			h.mu.Lock()
			h.text.WriteString(line)
			h.mu.Unlock()
			if match := want.FindStringSubmatch(strings.TrimSuffix(line, "\n")); match != nil && !said {
				said = true
				h.found <- match
			}
			if err != nil {
				return
			}
		}
	}()
	return h
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// wait gives the match of what was waited for.
func (h *heard) wait(ts *testscript.TestScript) []string {
	select {
	case match := <-h.found:
		return match
	case <-h.ended:
		select {
		case match := <-h.found: // its last line
			return match
		default:
		}
		ts.Fatalf("the program ended without saying %q:\n%s", h.want, h)
	case <-time.After(startPatience):
		ts.Fatalf("waited %s in vain for %q:\n%s", startPatience, h.want, h)
	}
	return nil
}

type scriptServer struct{}

// testServer is the companion server that a script started.
type testServer struct {
	cmd  *exec.Cmd
	said *heard
}

func scriptServe(ts *testscript.TestScript, _ bool, args []string) {
	cmd := command(ts, append([]string{"serve", "--data", ts.Getenv("DATA"), "--listen", "127.0.0.1:0", "--log-level", "debug"}, args...)...)
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	s := &testServer{cmd, listen(stderr, regexp.MustCompile(`^serving (https?://\S+) \(\w+\)(?:, fingerprint (sha256:[0-9a-f]{64}))?$`))}
	ts.Defer(func() {
		_ = cmd.Process.Kill() // nothing happens when it was halted
		<-s.said.ended
		_ = cmd.Wait()
	})
	match := s.said.wait(ts)
	ts.Setenv("URL", match[1])
	ts.Setenv("FINGERPRINT", match[2])
	_, listen, _ := strings.Cut(match[1], "://")
	ts.Setenv("LISTEN", listen)
	*ts.Value(scriptServer{}).(**testServer) = s
}

func scriptHalt(ts *testscript.TestScript, _ bool, _ []string) {
	s := *ts.Value(scriptServer{}).(**testServer)
	ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
	<-s.said.ended
	if err := s.cmd.Wait(); err != nil {
		ts.Fatalf("the server ends with %v:\n%s", err, s.said)
	}
}

func scriptServerLog(ts *testscript.TestScript, neg bool, args []string) {
	s := *ts.Value(scriptServer{}).(**testServer)
	if args[0] == "" || strings.Contains(s.said.String(), args[0]) == neg {
		ts.Fatalf("%q in the server's log must be %t:\n%s", args[0], !neg, s.said)
	}
}

// scriptVerify asks as an application does, over the connection that the
// letter's fingerprint names.
func scriptVerify(ts *testscript.TestScript, neg bool, args []string) {
	body, err := json.Marshal(enroll.VerifyRequest{User: args[0], Code: args[1]})
	ts.Check(err)
	request, err := http.NewRequest(http.MethodPost, ts.Getenv("URL")+enroll.PathVerify, bytes.NewReader(body))
	ts.Check(err)
	request.Header.Set("Authorization", "Bearer "+ts.Getenv("KEY"))
	request.Header.Set("Content-Type", "application/json")
	client := &http.Client{Timeout: startPatience, Transport: &http.Transport{TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, // the fingerprint is looked at instead
		VerifyConnection: func(state tls.ConnectionState) error {
			if got := enroll.Fingerprint(state.PeerCertificates[0]); got != ts.Getenv("FINGERPRINT") {
				return errors.New("the server shows another key than it said")
			}
			return nil
		},
	}}}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	ts.Check(err)
	if want := fmt.Sprintf(`{"valid":%t}`, !neg); response.StatusCode != http.StatusOK || strings.TrimSpace(string(answer)) != want {
		ts.Fatalf("verify answers %d %s, want %s", response.StatusCode, answer, want)
	}
}

// database opens the server's database beside the server.
func database(ts *testscript.TestScript) *sql.DB {
	path := (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(ts.Getenv("DATA"), "sleutelbos.db"))}).String()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	ts.Check(err)
	return db
}

func scriptSQL(ts *testscript.TestScript, _ bool, args []string) {
	db := database(ts)
	defer db.Close()
	result, err := db.Exec(args[0])
	ts.Check(err)
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		ts.Fatalf("no row was changed (%v)", err)
	}
}

func number(ts *testscript.TestScript, query string) int64 {
	db := database(ts)
	defer db.Close()
	var n int64
	ts.Check(db.QueryRow(query).Scan(&n))
	return n
}

func scriptRows(ts *testscript.TestScript, _ bool, args []string) {
	if got := strconv.FormatInt(number(ts, args[1]), 10); got != args[0] {
		ts.Fatalf("the query gives %s, want %s", got, args[0])
	}
}

func scriptNewCode(ts *testscript.TestScript, _ bool, args []string) {
	used := number(ts, "SELECT max(last_step) FROM links")
	deadline := time.NewTimer(stepPatience)
	defer deadline.Stop()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for time.Now().Unix()/enroll.DefaultPeriod <= used {
		select {
		case <-poll.C:
		case <-deadline.C:
			ts.Fatalf("step %d is used up, and after %s it is not over", used, stepPatience)
		}
	}
	ts.Check(ts.Exec("sleutelbos", append([]string{"code", args[0]}, args[2:]...)...))
	scriptKeep(ts, false, args[1:2])
}

// command is the program with the script's environment, in its folder.
func command(ts *testscript.TestScript, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(ts.Getenv("WORK"), "bin", "sleutelbos"), args...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{
		"HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "TMPDIR", "PATH", "TZ",
		"DBUS_SESSION_BUS_ADDRESS", "SLEUTELBOS_LANG", "SLEUTELBOS_VAULT",
	} {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	return cmd
}
