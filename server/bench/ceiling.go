package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"sleutelbos/enroll"
)

const (
	ceilingWord = "serve-ceiling"
	ceilingKey  = "ceiling-key"
)

// ceiling verifies as our server does, by the standard library, and keeps in
// memory what was used: what no server with a store can reach.
type ceiling struct {
	keyHash []byte
	people  map[string]*kept
}

type kept struct {
	key enroll.Key

	mu   sync.Mutex
	last uint64
}

// serveCeiling serves the people of a file until it is interrupted. It says
// where in one line.
func serveCeiling(ctx context.Context, seeds string) error {
	people, err := readPeople(seeds)
	if err != nil {
		return err
	}
	c := &ceiling{keyHash: hashKey(ceilingKey), people: make(map[string]*kept, len(people))}
	for _, p := range people {
		c.people[p.user] = &kept{key: p.key}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+enroll.PathVerify, c.verify)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	fmt.Fprintf(os.Stderr, "serving http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func hashKey(key string) []byte {
	mac := hmac.New(sha256.New, []byte("ceiling"))
	mac.Write([]byte(key))
	return mac.Sum(nil)
}

func (c *ceiling) verify(w http.ResponseWriter, r *http.Request) {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || !hmac.Equal(hashKey(key), c.keyHash) {
		http.Error(w, "unauthorised", http.StatusUnauthorized)
		return
	}
	var asked enroll.VerifyRequest
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<10))
	if err != nil || json.Unmarshal(body, &asked) != nil {
		http.Error(w, "malformed", http.StatusUnprocessableEntity)
		return
	}
	answer, err := json.Marshal(enroll.VerifyAnswer{Valid: c.valid(asked)})
	if err != nil {
		http.Error(w, "fault", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}

func (c *ceiling) valid(asked enroll.VerifyRequest) bool {
	p := c.people[asked.User]
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	step, ok := enroll.Match(p.key, asked.Code, p.key.WindowAt(time.Now(), 1, p.last))
	if ok {
		p.last = step
	}
	return ok
}
