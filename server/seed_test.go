package server_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/store"
)

// seeded is a data folder with linked people and one application.
type seeded struct {
	data string
	key  string // of the application
	user []string
	otp  []enroll.Key
}

// seed links people through the desk itself, as long ago as the clock of the
// desk says, so that every code of now is unused.
func seed(t testing.TB, people int) seeded {
	t.Helper()
	data := t.TempDir()
	return seedOn(t, data, filepath.Join(data, "sleutelbos.db"), people)
}

// seedOn does so in a database anywhere; the folder gets the server key.
func seedOn(t testing.TB, data, database string, people int) seeded {
	t.Helper()
	s := seeded{data: data, user: make([]string, people), otp: make([]enroll.Key, people)}
	key, err := identity.ServerKeyFile(filepath.Join(s.data, "server.key"), database, rand.Reader)
	must(t, err)
	opened, err := store.Open(t.Context(), database)
	must(t, err)
	before := time.Now().Add(-5 * time.Minute)
	desk, err := identity.New(t.Context(), identity.Options{
		Store: opened, Key: key, Random: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now: func() time.Time { return before },
	})
	must(t, err)
	must(t, desk.SetOrganisation(t.Context(), func(o *identity.OrganisationSettings) error {
		words := map[string]string{"nl": "Tekst", "en": "Text"}
		o.Name, o.Environment = "Gemeente Voorbeeld", enroll.Demo
		o.Privacy, o.Terms = enroll.Document{Version: "1", Title: words, Text: words}, enroll.Document{Version: "1", Title: words, Text: words}
		return nil
	}))
	s.key, err = desk.AddApplication(t.Context(), "portal")
	must(t, err)
	var workers sync.WaitGroup
	failed := make(chan error, 64)
	for worker := range 64 { // they share commits
		workers.Go(func() {
			for i := worker; i < people; i += 64 {
				if err := s.linkOne(t, desk, before, i); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	workers.Wait()
	close(failed)
	must(t, <-failed)
	must(t, desk.Close())
	must(t, opened.Close())
	runtime.GC()
	return s
}

func (s *seeded) linkOne(t testing.TB, desk *identity.Desk, before time.Time, i int) error {
	ctx := t.Context()
	s.user[i] = fmt.Sprintf("person%d", i)
	if _, err := desk.AddPerson(ctx, identity.NewPerson{User: s.user[i], Name: "Jan Jansen", Email: s.user[i] + "@example.org"}); err != nil {
		return err
	}
	code, _, err := desk.NewActivation(ctx, s.user[i])
	if err != nil {
		return err
	}
	answer, err := desk.StartLink(ctx, identity.StartLink{
		LinkRequest: enroll.LinkRequest{
			User: s.user[i], ActivationCode: code.Reveal(), Device: "Test", Accepted: enroll.Accepted{Privacy: "1", Terms: "1"},
		},
		IdempotencyKey: enroll.NewIdempotencyKey(), Language: "nl",
	})
	if err != nil {
		return err
	}
	if s.otp[i], err = enroll.ParseAddress(answer.Address); err != nil {
		return err
	}
	now, err := s.otp[i].CodeNow(before)
	if err != nil {
		return err
	}
	return desk.ConfirmLink(ctx, answer.ID, now.Text)
}
