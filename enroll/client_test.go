package enroll

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// answering is a server that gives one answer to everything.
func answering(t *testing.T, status int, kind string, body any) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		if text, ok := body.(string); ok {
			_, _ = w.Write([]byte(text))
			return
		}
		_ = json.NewEncoder(w).Encode(body)
	}))
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	return server
}

func clientOf(t *testing.T, server *httptest.Server) *Client {
	t.Helper()
	client, err := NewClient(server.URL, Fingerprint(server.Certificate()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestClientTakesThePinnedKeyOnly(t *testing.T) {
	organisation := Organisation{Name: "Gemeente Voorbeeld", ServerTime: time.Now().Add(-time.Minute)}
	server := answering(t, 200, "application/json", organisation)

	got, clock, err := clientOf(t, server).Organisation(context.Background())
	if err != nil || got.Name != organisation.Name {
		t.Fatalf("%+v, %v", got, err)
	}
	if !clock.Off() || clock.Offset < 55*time.Second || clock.Offset > 70*time.Second {
		t.Errorf("a minute ahead is seen as %+v", clock)
	}

	var certificate *CertificateError
	unpinned, _ := NewClient(server.URL, "")
	if _, _, err := unpinned.Organisation(context.Background()); !errors.As(err, &certificate) || certificate.Got != Fingerprint(server.Certificate()) || certificate.Want != "" {
		t.Errorf("a certificate nobody vouches for: %v", err)
	}
	other := "sha256:" + strings.Repeat("00", 32)
	pinned, _ := NewClient(server.URL, other)
	if _, _, err := pinned.Organisation(context.Background()); !errors.As(err, &certificate) || certificate.Want != other {
		t.Errorf("another key than the pinned one: %v", err)
	}
}

func TestClientReadsProblems(t *testing.T) {
	left := 3
	server := answering(t, 403, "application/problem+json", Problem{Type: ProblemMismatch, Title: "no", TriesLeft: &left})
	_, err := clientOf(t, server).Link(context.Background(), NewIdempotencyKey(), LinkRequest{})
	var problem *Problem
	if !errors.As(err, &problem) || problem.Type != ProblemMismatch || problem.Status != 403 || *problem.TriesLeft != 3 {
		t.Errorf("got %#v", err)
	}
}

func TestClientKnowsWhatIsNoCompanionServer(t *testing.T) {
	for name, server := range map[string]*httptest.Server{
		"a page":          answering(t, 200, "text/html", "<html>"),
		"a redirect":      answering(t, 302, "text/html", ""),
		"broken JSON":     answering(t, 200, "application/json", "{"),
		"other JSON":      answering(t, 200, "application/json", map[string]string{"a": "b"}),
		"a broken report": answering(t, 500, "application/problem+json", "{"),
	} {
		if _, _, err := clientOf(t, server).Organisation(context.Background()); !errors.Is(err, ErrNotOurs) {
			t.Errorf("%s: %v", name, err)
		}
	}
	down := answering(t, 502, "text/html", "bad gateway")
	if _, _, err := clientOf(t, down).Organisation(context.Background()); !errors.Is(err, ErrUnreachable) {
		t.Errorf("a proxy before a server that is down: %v", err)
	}
	gone := answering(t, 200, "application/json", "{}")
	client := clientOf(t, gone)
	gone.Close()
	if _, _, err := client.Organisation(context.Background()); !errors.Is(err, ErrUnreachable) || strings.Contains(err.Error(), "Get \"") {
		t.Errorf("nobody there: %v", err)
	}
}

func TestClientStopsWhenAsked(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(arrived); <-release }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-arrived; cancel() }()
	if _, _, err := clientOf(t, server).Organisation(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
