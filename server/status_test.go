package server_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestExitStatus(t *testing.T) {
	data := t.TempDir()
	p := serve(t, data, "--tls", "off")
	taken := strings.TrimPrefix(p.url, "http://")
	for name, c := range map[string]struct {
		arguments []string
		want      int
	}{
		"done":              {[]string{"admin", "--data", data, "person", "list"}, 0},
		"help":              {[]string{"serve", "--help"}, 0},
		"failed":            {[]string{"admin", "--data", data, "person", "show", "nobody"}, 1},
		"no server":         {[]string{"admin", "--data", filepath.Join(data, "x"), "person", "list"}, 1},
		"address taken":     {[]string{"serve", "--data", data, "--tls", "off", "--listen", taken}, 1},
		"wrong flag":        {[]string{"admin", "--data", data, "person", "list", "--what"}, 2},
		"wrong word":        {[]string{"admin", "person", "what"}, 2},
		"no word":           {[]string{"admin", "activation"}, 2},
		"no folder":         {[]string{"admin", "person", "list"}, 2},
		"missing argument":  {[]string{"admin", "--data", data, "activation", "new"}, 2},
		"missing flags":     {[]string{"admin", "--data", data, "person", "add"}, 2},
		"wrong field":       {[]string{"admin", "--data", data, "person", "add", "--user", "a", "--name", "A", "--email", "no"}, 2},
		"wrong setting":     {[]string{"serve", "--data", data, "--tls", "what"}, 2},
		"wrong log":         {[]string{"serve", "--data", data, "--log-format", "what"}, 2},
		"off for strangers": {[]string{"serve", "--data", data, "--tls", "off", "--listen", "0.0.0.0:0"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			command := exec.Command(program(t), c.arguments...)
			command.Env = clean()
			output, err := command.CombinedOutput()
			if got, failure := status(err); got != c.want || failure != nil {
				t.Errorf("status %d, %v; want %d:\n%s", got, failure, c.want, output)
			}
		})
	}
}

// The server key may come from the variable itself, as a secret of a container
// does, or from a file elsewhere.
func TestServerKeyFromElsewhere(t *testing.T) {
	data, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "key")
	p := serve(t, data, "--tls", "off", "--server-key-file", elsewhere)
	p.kill()
	if _, err := os.Stat(filepath.Join(data, "server.key")); !os.IsNotExist(err) {
		t.Errorf("there is a server key in the data folder: %v", err)
	}
	content, err := os.ReadFile(elsewhere)
	must(t, err)
	for variable, value := range map[string]string{"SLEUTELBOS_SERVER_KEY": string(content), "SLEUTELBOS_SERVER_KEY_FILE": elsewhere} {
		command := exec.Command(program(t), "admin", "person", "list")
		command.Env = append(clean(), "SLEUTELBOS_DATA="+data, variable+"="+value)
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", variable, err, output)
		}
	}
	if _, said, exit := admin(t, data, "person", "list"); exit != 1 || !strings.Contains(said, "server key") || strings.Contains(said, strings.TrimSpace(string(content))) {
		t.Errorf("without the key: status %d, %s", exit, said)
	}
}

// Only a server that was something else before changes its environment.
func TestChangeOfEnvironmentIsSaid(t *testing.T) {
	data := t.TempDir()
	for _, start := range []struct {
		name      string
		arguments []string
		said      bool
	}{
		{"first start, as demo", []string{"--environment", "demo"}, false},
		{"as it was", nil, false},
		{"named as it was", []string{"--environment", "demo"}, false},
		{"another one", []string{"--environment", "production"}, true},
	} {
		p := serve(t, data, append(start.arguments, "--tls", "off")...)
		if exit, err := p.stop(); exit != 0 || err != nil {
			t.Fatalf("%s: the stop ends with status %d, %v", start.name, exit, err)
		}
		if said := strings.Contains(p.said(), "changes its environment"); said != start.said {
			t.Errorf("%s: warned is %t:\n%s", start.name, said, p.said())
		}
	}
}

// A client that sends nothing is not waited for: the server closes it.
func TestSlowHeadersAreCut(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the five seconds that a header may take")
	}
	t.Parallel()
	p := serve(t, t.TempDir(), "--tls", "off")
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	must(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("POST /api/v1/verify HTTP/1.1\r\nHost: x\r\n"))
	must(t, err)
	must(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	for buffer := make([]byte, 512); err == nil; {
		_, err = conn.Read(buffer)
	}
	if os.IsTimeout(err) {
		t.Error("after 20 seconds the connection is still open")
	}
}
