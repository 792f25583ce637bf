package server

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestSettingsThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		arguments string
		want      string // part of the sentence; empty: nothing is wrong
	}{
		"defaults":                       {"", ""},
		"no folder":                      {"--data=", "--data"},
		"own on every address":           {"--listen :8443", ""},
		"no port":                        {"--listen localhost", "HOST:PORT"},
		"off on loopback":                {"--tls off --listen localhost:80", ""},
		"off on ::1":                     {"--tls off --listen [::1]:80", ""},
		"off elsewhere":                  {"--tls off --listen :80", "--trusted-proxies"},
		"off with an address only":       {"--tls off --listen :80 --url https://x.example", "--trusted-proxies"},
		"off with a proxy only":          {"--tls off --listen :80 --trusted-proxies 10.0.0.1", "--url"},
		"off behind a proxy":             {"--tls off --listen :80 --trusted-proxies 10.0.0.1 --url https://x.example", ""},
		"plain http for others":          {"--url http://x.example", "--url"},
		"proxies":                        {"--trusted-proxies 10.0.0.0/8,2001:db8::/32,192.0.2.1", ""},
		"the other header":               {"--proxy-header Forwarded", ""},
		"a header of their own":          {"--proxy-header X-Real-IP", "or forwarded"},
		"no network":                     {"--trusted-proxies proxy.example", "networks"},
		"files":                          {"--tls files --tls-cert a --tls-key b", ""},
		"files without key":              {"--tls files --tls-cert a", "--tls-key"},
		"files for own":                  {"--tls-cert a --tls-key b", "--tls files"},
		"acme":                           {"--tls acme --acme-accept-terms --url https://x.example", ""},
		"acme with names":                {"--tls acme --acme-accept-terms --acme-domains x.example,y.example", ""},
		"acme without a name":            {"--tls acme --acme-accept-terms --url https://192.0.2.1", "public name"},
		"acme without terms":             {"--tls acme --url https://x.example", "terms of service"},
		"another environment":            {"--environment test", "production or demo"},
		"a limit below zero":             {"--address-limit -1", "--address-limit"},
		"no time to stop":                {"--stop-timeout 0s", "--stop-timeout"},
		"mail":                           {"--mail smtp://mail.example.org --mail-from codes@example.org", ""},
		"mail with a password":           {"--mail smtp://u@mail.example.org --mail-from codes@example.org --mail-password-file f", ""},
		"mail from nobody":               {"--mail smtp://mail.example.org", "--mail-from"},
		"mail without its password":      {"--mail smtp://u@mail.example.org --mail-from codes@example.org", "give both"},
		"a password in the address":      {"--mail smtp://u:p@mail.example.org --mail-from codes@example.org", "without the password"},
		"mail to nowhere":                {"--mail-from codes@example.org", "belong to --mail"},
		"an unknown kind of certificate": {"--tls maybe", "acme or files"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := DefaultSettings()
			f := pflag.NewFlagSet("serve", pflag.ContinueOnError)
			settings.bind(f)
			if err := f.Parse(append([]string{"--data", "d"}, strings.Fields(c.arguments)...)); err != nil {
				t.Fatal(err)
			}
			err := settings.check()
			var wrong *UsageError
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (!errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want)):
				t.Errorf("says %v; want a usage error with %q", err, c.want)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	settings := DefaultSettings()
	f := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	settings.bind(f)
	if err := f.Parse([]string{"--listen", "127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{
		"SLEUTELBOS_LISTEN": "127.0.0.1:2", "SLEUTELBOS_DATA": "d", "SLEUTELBOS_TRUSTED_PROXIES": "10.0.0.1,10.0.0.2",
		"SLEUTELBOS_ADDRESS_LIMIT": "7", "SLEUTELBOS_TLS": "", "SLEUTELBOS_ACME_ACCEPT_TERMS": "true",
	}
	lookup := func(name string) (string, bool) { value, ok := variables[name]; return value, ok }
	if err := readEnvironment(f, lookup); err != nil {
		t.Fatal(err)
	}
	if settings.Listen != "127.0.0.1:1" {
		t.Errorf("the variable counts before the flag: %s", settings.Listen)
	}
	if settings.Data != "d" || settings.AddressLimit != 7 || len(settings.TrustedProxies) != 2 || settings.TLS != TLSOwn || !settings.ACME.AcceptTerms {
		t.Errorf("the variables give %+v", settings)
	}
	variables["SLEUTELBOS_STOP_TIMEOUT"] = "hunter2"
	err := readEnvironment(f, lookup)
	var wrong *UsageError
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "SLEUTELBOS_STOP_TIMEOUT") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a wrong variable gives %v", err)
	}
}

func TestEverySettingHasAVariable(t *testing.T) {
	settings := DefaultSettings()
	f := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	settings.bind(f)
	showEnvironment(f)
	f.VisitAll(func(flag *pflag.Flag) {
		if !strings.Contains(flag.Usage, "["+environmentName(flag.Name)+"]") {
			t.Errorf("the help of --%s does not name its variable", flag.Name)
		}
	})
}

func TestSecretsAreNotShown(t *testing.T) {
	s := Secret{Value: []byte("hunter2"), File: "somewhere"}
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%+v %#v %s %q %x", s, s, s, s, s), fmt.Sprintf("%+v", Settings{Folder: Folder{ServerKey: s}})} {
		if strings.Contains(shown, "hunter2") || strings.Contains(shown, "68756e74657232") {
			t.Errorf("a secret is shown: %s", shown)
		}
	}
	var twice Secret
	twice.File = "somewhere"
	if err := twice.fromEnvironment("server-key", func(string) (string, bool) { return "x", true }); err == nil {
		t.Error("a file and a value at once are taken")
	}
}

// The administrator's manual lists every setting, and none that is not there.
func TestManualListsTheSettings(t *testing.T) {
	manual, err := os.ReadFile(filepath.Join("..", "docs", "beheer.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(manual), "\n## Alle instellingen\n")
	section, _, _ = strings.Cut(section, "\n## ")
	listed := map[string]bool{}
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, name := range regexp.MustCompile("`--([a-z-]+)`").FindAllStringSubmatch(cells[1], -1) {
				listed[name[1]] = true
			}
		}
	}
	settings := DefaultSettings()
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	settings.bind(flags)
	flags.VisitAll(func(flag *pflag.Flag) {
		if !listed[flag.Name] {
			t.Errorf("the manual does not list --%s", flag.Name)
		}
		delete(listed, flag.Name)
	})
	for name := range listed {
		t.Errorf("the manual lists --%s, which does not exist", name)
	}
}
