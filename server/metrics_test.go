package server_test

import (
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestMetrics(t *testing.T) {
	people := seed(t, 1)
	p := serve(t, people.data, "--tls", "off", "--metrics-listen", ":0")
	found := regexp.MustCompile(`metrics at (http://(\S+)/metrics)`).FindStringSubmatch(p.said())
	if found == nil {
		t.Fatalf("the server does not say where the metrics are:\n%s", p.said())
	}
	if host, _, err := net.SplitHostPort(found[2]); err != nil || host != "127.0.0.1" {
		t.Errorf("without a host the metrics are at %s", found[2])
	}
	app := verifier{http: &http.Client{}, url: p.url, key: people.key}
	code, err := people.otp[0].CodeNow(time.Now())
	must(t, err)
	for _, typed := range []string{code.Text, code.Text, "no code"} {
		_, err := app.verify(people.user[0], typed)
		must(t, err)
	}
	wrong, err := people.otp[0].CodeAt(people.otp[0].Step(time.Now()) + 1000)
	must(t, err)
	for range 6 {
		_, err := app.verify(people.user[0], wrong)
		must(t, err)
	}
	text := get(t, found[1])
	for _, want := range []string{
		`sleutelbos_verifications_total{outcome="valid"} 1`,
		`sleutelbos_verifications_total{outcome="replayed"} 1`,
		`sleutelbos_verifications_total{outcome="not-a-code"} 1`,
		`sleutelbos_verifications_total{outcome="wrong"} 4`,
		`sleutelbos_verifications_total{outcome="wrong-locks"} 1`,
		`sleutelbos_verifications_total{outcome="locked"} 1`,
		`sleutelbos_verifications_total{outcome="unknown"} 0`,
		`sleutelbos_verification_seconds_count 9`,
		`sleutelbos_locks_total 1`,
		`sleutelbos_database_batch_operations_bucket{le="1"}`,
		`sleutelbos_database_queue_operations 0`,
		`sleutelbos_database_errors_total{kind="disk"} 0`,
		`sleutelbos_database_up 1`,
		`sleutelbos_build_info{`,
		`go_goroutines`,
		`process_start_time_seconds`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s in:\n%s", want, text)
		}
	}
	wellFormed(t, text)
	for _, secret := range []string{people.user[0], people.key, code.Text} {
		if strings.Contains(text, secret) {
			t.Error("the metrics tell about whom they are")
		}
	}
	response, err := http.Get(p.url + "/metrics")
	must(t, err)
	response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("at the server's own address /metrics is answered %d", response.StatusCode)
	}
	if exit, err := p.stop(); exit != 0 || err != nil {
		t.Errorf("a stop ends with status %d, %v:\n%s", exit, err, p.said())
	}
}

// wellFormed insists that every metric is introduced, once, right before its
// values, and that none is told twice.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	about := regexp.MustCompile(`^# HELP ([a-z_]+) \S.*$`)
	typed := regexp.MustCompile(`^# TYPE ([a-z_]+) (counter|gauge|histogram|summary)$`)
	sample := regexp.MustCompile(`^(([a-z_]+?)(?:_bucket|_sum|_count)?(?:\{[^}]*\})?) (?:[-+.e0-9]+|\+Inf)$`)
	var helped, family string
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if found := about.FindStringSubmatch(line); found != nil {
			helped = found[1]
		} else if found := typed.FindStringSubmatch(line); found != nil && found[1] == helped && !seen[line] {
			family, seen[line] = found[1], true
		} else if found := sample.FindStringSubmatch(line); found != nil && found[2] == family && !seen[found[1]] {
			seen[found[1]] = true
		} else {
			t.Errorf("in the metrics it is out of place: %q", line)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	return string(body)
}
