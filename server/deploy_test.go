package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sleutelbos/enroll"
)

// needs is a program that a test needs.
func needs(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if path = filepath.Join("/usr/sbin", name); exec.Command("test", "-x", path).Run() == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing; scripts/packages test installs it", name)
	}
	t.Skipf("%s is missing", name)
	return ""
}

// nginx runs the shipped example, with its ports and certificate moved into the
// test's own folder, before the server at the address.
func nginx(t *testing.T, certificate, key, server string) (port string) {
	t.Helper()
	program := needs(t, "nginx")
	example, err := os.ReadFile("deploy/nginx.conf")
	must(t, err)
	// The socket is ours and handed over, as nginx does when it replaces itself:
	// whoever knocks before nginx is up waits instead of being refused.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	socket, err := listener.(*net.TCPListener).File()
	must(t, err)
	defer socket.Close()
	_, port, err = net.SplitHostPort(listener.Addr().String())
	must(t, err)
	site := strings.NewReplacer(
		"listen 443 ssl", "listen 127.0.0.1:"+port+" ssl",
		"127.0.0.1:8080", server,
		"/etc/ssl/codes.crt", certificate,
		"/etc/ssl/private/codes.key", key,
	).Replace(string(example))
	folder := t.TempDir()
	whole := "daemon off;\nworker_processes 1;\npid " + folder + "/pid;\nerror_log stderr notice;\nevents {}\nhttp {\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		whole += kind + "_temp_path " + filepath.Join(folder, kind) + ";\n"
	}
	whole += "access_log off;\n" + site + "}\n"
	file := filepath.Join(folder, "nginx.conf")
	must(t, os.WriteFile(file, []byte(whole), 0o600))
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, program, "-p", folder, "-c", file)
	command.ExtraFiles, command.Env = []*os.File{socket}, append(os.Environ(), "NGINX=3;")
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) } // its worker goes with it
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	must(t, command.Start())
	t.Cleanup(func() {
		cancel()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("nginx said:\n%s", said.String())
		}
	})
	return port
}

// The example for nginx, before a real server: verifications come through,
// every client has its own limit, and what a client claims about itself does
// not help it.
func TestBehindNginx(t *testing.T) {
	data := t.TempDir()
	p := serve(t, data, "--tls", "off", "--trusted-proxies", "127.0.0.1", "--url", "https://codes.example.org", "--address-limit", "3")
	// A certificate for nginx, as the server itself would make one.
	other := t.TempDir()
	q := serve(t, other, "--url", "https://codes.example.org")
	q.kill()
	certificate := filepath.Join(other, "tls.crt")
	port := nginx(t, certificate, filepath.Join(other, "tls.key"), strings.TrimPrefix(p.url, "http://"))

	key := done(t, data, "application", "add", "vpn")
	done(t, data, "person", "add", "--user", "anna", "--name", "Anna", "--email", "anna@example.org")
	roots := x509.NewCertPool()
	raw, err := os.ReadFile(certificate)
	must(t, err)
	roots.AppendCertsFromPEM(raw)
	// Each of these is another client to nginx, by its address.
	client := func(from string) *http.Client {
		return &http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
				return d.DialContext(ctx, "tcp", "127.0.0.1:"+port)
			},
			TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "codes.example.org"}, ForceAttemptHTTP2: true,
		}}
	}
	ask := func(c *http.Client, method, path, body string, headers ...string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "https://codes.example.org"+path, strings.NewReader(body))
		must(t, err)
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		answer, err := c.Do(r)
		must(t, err)
		defer answer.Body.Close()
		read, err := io.ReadAll(answer.Body)
		must(t, err)
		if answer.ProtoMajor != 2 {
			t.Errorf("nginx speaks %s", answer.Proto)
		}
		return answer.StatusCode, string(read)
	}
	one, two := client("127.0.0.2"), client("127.0.0.3")
	if code, body := ask(one, "POST", enroll.PathVerify, `{"user":"anna","code":"123456"}`, "Authorization", "Bearer "+key); code != 200 || !strings.Contains(body, `"valid":false`) {
		t.Errorf("a verification is answered %d %s", code, body)
	}
	last := 0
	for i := range 4 {
		last, _ = ask(one, "GET", enroll.PathOrganisation, "", "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the fourth request of one client is answered %d, whoever it claims to be", last)
	}
	if code, _ := ask(two, "GET", enroll.PathOrganisation, ""); code != 200 {
		t.Errorf("another client is answered %d", code)
	}
	if code, _ := ask(two, "POST", enroll.PathLinks, strings.Repeat("x", 17<<20)); code != http.StatusRequestEntityTooLarge {
		t.Errorf("17 MiB are answered %d", code)
	}
	if code, body := ask(two, "GET", "/readyz", ""); code != 200 {
		t.Errorf("/readyz: %d %s", code, body)
	}
}

// The unit is one that systemd understands, and lets the server do little.
func TestUnit(t *testing.T) {
	analyze := needs(t, "systemd-analyze")
	folder := t.TempDir()
	unit, err := os.ReadFile("deploy/sleutelbos.service")
	must(t, err)
	// The program stands elsewhere until it is installed.
	file := filepath.Join(folder, "sleutelbos.service")
	must(t, os.WriteFile(file, bytes.ReplaceAll(unit, []byte("/usr/bin/sleutelbos"), []byte(program(t))), 0o600))
	verify := exec.Command(analyze, "verify", "--man=no", "--recursive-errors=no", file)
	if said, err := verify.CombinedOutput(); err != nil {
		t.Errorf("systemd does not understand the unit: %v\n%s", err, said)
	}
	said, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	found := regexp.MustCompile(`exposure level.*?: ([0-9.]+)`).FindSubmatch(said)
	if found == nil {
		t.Fatalf("no level in:\n%s", said)
	}
	if level, err := strconv.ParseFloat(string(found[1]), 64); err != nil || level > 2 {
		t.Errorf("the unit leaves the server more than it needs, %s:\n%s", found[1], said)
	}
}

// The package unpacks to a server that starts with its own settings.
func TestDebianPackage(t *testing.T) {
	needs(t, "dpkg-deb")
	folder := t.TempDir()
	build := exec.Command("scripts/deb", "0.0.1", program(t), folder)
	build.Dir = ".."
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	packages, err := filepath.Glob(filepath.Join(folder, "sleutelbos_0.0.1_*.deb"))
	must(t, err)
	root := t.TempDir()
	if said, err := exec.Command("dpkg-deb", "--raw-extract", packages[0], root).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	in := func(path string) string { return filepath.Join(root, path) }
	for _, script := range []string{"DEBIAN/postinst", "DEBIAN/prerm", "DEBIAN/postrm", "usr/sbin/sleutelbos-admin"} {
		if said, err := exec.Command("sh", "-n", in(script)).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", script, said)
		}
	}
	// The key as the package makes it, settings as an administrator writes them.
	data, key, settings := t.TempDir(), filepath.Join(t.TempDir(), "server.key"), filepath.Join(t.TempDir(), "server.env")
	if said, err := exec.Command(in("usr/bin/sleutelbos"), "admin", "key", "make", key).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	shipped, err := os.ReadFile(in("etc/sleutelbos/server.env"))
	must(t, err)
	written := strings.NewReplacer("SLEUTELBOS_DATA=/var/lib/sleutelbos", "SLEUTELBOS_DATA="+data,
		"SLEUTELBOS_URL=\n", "SLEUTELBOS_URL=https://codes.example.org\n",
		"#SLEUTELBOS_ORGANISATION=", "SLEUTELBOS_ORGANISATION=").Replace(string(shipped))
	must(t, os.WriteFile(settings, []byte(written), 0o600))
	p, err := begin(in("usr/bin/sleutelbos"), data, "--organisation", "Gemeente Voorbeeld", "--server-key-file", key, "--url", "https://codes.example.org")
	must(t, err)
	defer p.kill()
	command := exec.Command(in("usr/sbin/sleutelbos-admin"), "organisation", "show")
	command.Env = append(clean(), "PATH="+in("usr/bin")+":/usr/bin:/bin", "SLEUTELBOS_SETTINGS="+settings, "SLEUTELBOS_SERVER_KEY_FILE="+key)
	out, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Gemeente Voorbeeld") || !strings.Contains(string(out), "https://codes.example.org") {
		t.Errorf("sleutelbos-admin organisation show: %v\n%s", err, out)
	}
}
