package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScript runs what a person and an administrator type, from
// testdata/script, with the built static program. It has a home of its own, no
// keyring, and speaks English unless a script says otherwise. Beside the
// commands of testscript there are:
//
//	serve [FLAGS]        start a server on $DATA and a free port; sets $URL, $LISTEN and $FINGERPRINT
//	halt                 stop it, which must end with status 0
//	fails STATUS COMMAND run a command that must end with that very status
//	keep NAME            set $NAME to the one line on the last command's standard output
//	begin PATTERN COMMAND
//	                     start a command and wait until its standard error has the pattern
//	finish STATUS LINE   give that command a line on standard input; it must end with STATUS
//	[!] verify USER CODE ask the server, with $KEY, whether the code is right
//	newcode NAME VAR [FLAGS]
//	                     wait for a code whose time step is not used up, and set $VAR to it
//	othercode VAR        set $VAR to an activation code that was never handed out
//	slip VAR CODE        set $VAR to the code with one character mistyped
//	sql STATEMENT        change the server's database, as time would
//	rows N QUERY         the query on the server's database must give the number N
//	qr FILE TEXT         draw a QR code as a PNG
//	mode FILE MODE       the file must have this mode, in octal
//	[!] serverlog TEXT   the text must be in what the server said
func TestScript(t *testing.T) {
	program := static(t)
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: func(env *testscript.Env) error { return setUp(env, program) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":     scriptServe,
			"halt":      scriptHalt,
			"serverlog": scriptServerLog,
			"verify":    scriptVerify,
			"sql":       scriptSQL,
			"rows":      scriptRows,
			"newcode":   scriptNewCode,
			"fails":     scriptFails,
			"keep":      scriptKeep,
			"begin":     scriptBegin,
			"finish":    scriptFinish,
			"othercode": scriptOtherCode,
			"slip":      scriptSlip,
			"qr":        scriptQR,
			"mode":      scriptMode,
		},
	})
}

// setUp gives a script a home that is empty and a bus that answers nobody.
func setUp(env *testscript.Env, program string) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	in := func(name string) string { return filepath.Join(env.WorkDir, filepath.FromSlash(name)) }
	for _, folder := range []string{"bin", "home", "home/run", "home/tmp"} {
		if err := os.MkdirAll(in(folder), 0o700); err != nil {
			return err
		}
	}
	for name, value := range map[string]string{
		"HOME":            in("home"),
		"XDG_DATA_HOME":   in("home/data"),
		"XDG_CONFIG_HOME": in("home/config"),
		"XDG_CACHE_HOME":  in("home/cache"),
		"XDG_RUNTIME_DIR": in("home/run"),
		"TMPDIR":          in("home/tmp"),

		"DBUS_SESSION_BUS_ADDRESS": "unix:path=" + in("home/no-bus"),
		"SLEUTELBOS_LANG":          "en",
		"TZ":                       "UTC",
		"DATA":                     in("data"),
		"PATH":                     in("bin") + string(os.PathListSeparator) + env.Getenv("PATH"),
	} {
		env.Setenv(name, value)
	}
	env.Values[scriptServer{}] = new(*testServer)
	env.Values[scriptStarted{}] = new(*started)
	return os.Symlink(program, in("bin/sleutelbos"))
}
