package main

import (
	"bytes"
	"errors"
	"image/png"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"sleutelbos/enroll"
	"sleutelbos/enroll/scan"
)

// scriptFails wants one status: testscript itself only tells 0 from the rest.
func scriptFails(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	wantStatus(ts, want, ts.Exec(args[1], args[2:]...))
}

func wantStatus(ts *testscript.TestScript, want int, err error) {
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("the program could not be run: %v", err)
	}
	if got != want {
		ts.Fatalf("the status is %d, want %d", got, want)
	}
}

func scriptKeep(ts *testscript.TestScript, _ bool, args []string) {
	line, ok := strings.CutSuffix(ts.ReadFile("stdout"), "\n")
	if !ok || line == "" || strings.Contains(line, "\n") {
		ts.Fatalf("standard output is not one line: %q", line)
	}
	ts.Setenv(args[0], line)
}

type scriptStarted struct{}

// started is a program that waits for its standard input.
type started struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout bytes.Buffer
	said   *heard
}

func scriptBegin(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	s := &started{cmd: command(ts, args[2:]...)}
	s.cmd.Stdout = &s.stdout
	s.stdin, err = s.cmd.StdinPipe()
	ts.Check(err)
	stderr, err := s.cmd.StderrPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	s.said = listen(stderr, pattern)
	ts.Defer(func() {
		_ = s.cmd.Process.Kill() // nothing happens when it has finished
		<-s.said.ended
		_ = s.cmd.Wait()
	})
	s.said.wait(ts)
	*ts.Value(scriptStarted{}).(**started) = s
}

// scriptFinish leaves what the program printed where "stdout" and "stderr" look.
func scriptFinish(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	s := *ts.Value(scriptStarted{}).(**started)
	_, err = io.WriteString(s.stdin, args[1]+"\n")
	ts.Check(err)
	ts.Check(s.stdin.Close())
	<-s.said.ended
	err = s.cmd.Wait()
	_, _ = ts.Stdout().Write(s.stdout.Bytes())
	_, _ = io.WriteString(ts.Stderr(), s.said.String())
	wantStatus(ts, want, err)
}

func scriptOtherCode(ts *testscript.TestScript, _ bool, args []string) {
	code, err := enroll.NewActivationCode(nil)
	ts.Check(err)
	ts.Setenv(args[0], code.Reveal())
}

func scriptSlip(ts *testscript.TestScript, _ bool, args []string) {
	wrong := "7" + args[1][1:]
	if wrong == args[1] {
		wrong = "8" + args[1][1:]
	}
	ts.Setenv(args[0], wrong)
}

func scriptQR(ts *testscript.TestScript, _ bool, args []string) {
	picture, err := scan.Draw(args[1], 300)
	ts.Check(err)
	var encoded bytes.Buffer
	ts.Check(png.Encode(&encoded, picture))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), encoded.Bytes(), 0o600))
}

func scriptMode(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.ParseUint(args[1], 8, 32)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if info.Mode().Perm() != os.FileMode(want) {
		ts.Fatalf("%s has mode %o, want %o", args[0], info.Mode().Perm(), want)
	}
}
