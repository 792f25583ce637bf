package storetest

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"testing"
)

// Cluster starts a PostgreSQL; see [Start].
func Cluster(t testing.TB, settings ...string) (address string) {
	t.Helper()
	return Start(t, settings...).Address
}

// Server is a PostgreSQL that runs for one test.
type Server struct {
	Address string // of its database "postgres", where anybody may do anything
	port    int
	folder  string
	control []string // pg_ctl with its folder
	options string
	runs    bool
}

// Start starts a PostgreSQL on loopback in a temporary folder, as the user
// postgres where this process is root, and stops it with the test. settings are
// server settings, such as "fsync=off". Where PostgreSQL is not installed the
// test is skipped, but fails when CI is set.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	return start(t, settings, func(folder, data string) {
		as(t, folder, filepath.Join(programs(t), "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	})
}

// Standby starts a copy of the server that follows it, and waits until no
// commit is answered before the copy has it on its disk too.
func (s *Server) Standby(t testing.TB) *Server {
	t.Helper()
	standby := start(t, []string{"synchronous_standby_names="}, func(folder, data string) {
		as(t, folder, filepath.Join(programs(t), "pg_basebackup"), "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync",
			"-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", "postgres")
	})
	Exec(t, s.Address, "ALTER SYSTEM SET synchronous_standby_names = '*'")
	Exec(t, s.Address, "SELECT pg_reload_conf()")
	for range 600 {
		if Count(t, s.Address, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == 1 {
			return standby
		}
		Exec(t, s.Address, "SELECT pg_sleep(0.05)")
	}
	t.Fatal("the standby does not follow")
	return nil
}

// Promote lets a standby take writes.
func (s *Server) Promote(t testing.TB) {
	t.Helper()
	as(t, s.folder, append(s.control, "promote")...)
}

// Both is the address of a database on whichever of two servers takes writes.
func Both(t testing.TB, one, other *Server, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	must(t, err)
	u.Host = fmt.Sprintf("127.0.0.1:%d,127.0.0.1:%d", one.port, other.port)
	return u.String()
}

// start starts a server on the data that make puts into its folder.
func start(t testing.TB, settings []string, make func(folder, data string)) *Server {
	t.Helper()
	programs := programs(t)
	folder, err := os.MkdirTemp("", "sleutelbos-postgres-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if os.Geteuid() == 0 {
		command(t, "chown", "postgres", folder)
	}
	data, log := filepath.Join(folder, "data"), filepath.Join(folder, "log")
	make(folder, data)
	port := freePort(t)
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s -c max_connections=200", port, folder)
	for _, setting := range settings {
		options += " -c " + setting
	}
	s := &Server{
		Address: fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port), port: port, folder: folder,
		control: []string{filepath.Join(programs, "pg_ctl"), "-D", data, "-w", "-l", log}, options: options,
	}
	s.Start(t)
	t.Cleanup(func() {
		if s.runs {
			s.Stop(t)
		}
	})
	return s
}

// Stop stops the server as a power cut does.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	as(t, s.folder, append(s.control, "-m", "immediate", "stop")...)
	s.runs = false
}

// Start starts the server again.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	as(t, s.folder, append(s.control, "-o", s.options, "start")...)
	s.runs = true
}

// programs is the folder of the newest PostgreSQL here.
func programs(t testing.TB) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian and its kin
	must(t, err)
	if path, err := exec.LookPath("initdb"); err == nil && len(found) == 0 {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("PostgreSQL is not installed; scripts/packages test installs it")
		}
		t.Skip("PostgreSQL is not installed; scripts/packages test installs it")
	}
	sort.Strings(found) // one number each, as long as they have two digits
	return filepath.Dir(found[len(found)-1])
}

// as runs a program of PostgreSQL, which refuses to run as root.
func as(t testing.TB, folder string, arguments ...string) {
	t.Helper()
	if os.Geteuid() == 0 {
		arguments = append([]string{"runuser", "-u", "postgres", "--"}, arguments...)
	}
	c := exec.Command(arguments[0], arguments[1:]...)
	c.Dir = folder
	// Its own children keep a pipe open, so its words go to a file.
	output, err := os.Create(filepath.Join(folder, "output"))
	must(t, err)
	defer func() { _ = output.Close() }()
	c.Stdout, c.Stderr = output, output
	if err := c.Run(); err != nil {
		said, _ := os.ReadFile(output.Name())
		log, _ := os.ReadFile(filepath.Join(folder, "log"))
		t.Fatalf("%s: %v\n%s\n%s", arguments[0], err, said, log)
	}
}

func command(t testing.TB, name string, arguments ...string) {
	t.Helper()
	if output, err := exec.Command(name, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, output)
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = listener.Close() }()
	address, _ := listener.Addr().(*net.TCPAddr)
	return address.Port
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Client runs a client program of PostgreSQL, such as pg_dump, and gives what it
// wrote.
func Client(t testing.TB, name string, arguments ...string) []byte {
	t.Helper()
	var said bytes.Buffer
	path, err := exec.LookPath(name)
	if found := filepath.Join(programs(t), name); err != nil || exists(found) {
		path = found
	}
	c := exec.Command(path, arguments...)
	c.Stderr = &said
	output, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, said.String())
	}
	return output
}
