package server_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs what an administrator types, from testdata/script. Beside
// the commands of testscript there are:
//
//	serve [FLAGS]   start a server on $DATA; sets $URL and $FINGERPRINT
//	reload          have it look at its key file
//	stop            stop it, which must end with status 0
//	keep NAME       sets $NAME to the last command's standard output
func TestScripts(t *testing.T) {
	path, err := filepath.Abs(program(t))
	must(t, err)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			bin := filepath.Join(env.WorkDir, "bin")
			if err := os.Mkdir(bin, 0o700); err != nil {
				return err
			}
			env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("DATA", filepath.Join(env.WorkDir, "data"))
			env.Setenv("TZ", "UTC")
			env.Values[runningServer{}] = new(*process)
			return os.Symlink(path, filepath.Join(bin, "sleutelbos"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": func(ts *testscript.TestScript, _ bool, arguments []string) { scriptServe(ts, path, arguments) },
			"stop":  scriptStop,
			"reload": func(ts *testscript.TestScript, _ bool, _ []string) {
				p := *ts.Value(runningServer{}).(**process)
				ts.Check(p.command.Process.Signal(syscall.SIGHUP))
			},
			"keep": func(ts *testscript.TestScript, _ bool, arguments []string) {
				output := ts.ReadFile("stdout")
				ts.Setenv(arguments[0], output[:len(output)-1])
			},
		},
	})
}

type runningServer struct{}

func scriptServe(ts *testscript.TestScript, program string, arguments []string) {
	p, err := begin(program, ts.Getenv("DATA"), arguments...)
	ts.Check(err)
	ts.Defer(p.kill)
	*ts.Value(runningServer{}).(**process) = p
	ts.Setenv("URL", p.url)
	ts.Setenv("FINGERPRINT", p.fingerprint)
}

func scriptStop(ts *testscript.TestScript, _ bool, _ []string) {
	p := *ts.Value(runningServer{}).(**process)
	exit, err := p.stop()
	ts.Check(err)
	if exit != 0 {
		ts.Fatalf("the stop ends with status %d:\n%s", exit, p.said())
	}
}
