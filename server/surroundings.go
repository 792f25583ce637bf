package server

import (
	"crypto/rand"
	"fmt"
	"io"
	"time"
)

// Surroundings is what the commands reach the world by. Zero fields mean the
// system's own clock and randomness and an empty environment; Out and Err must
// be given.
type Surroundings struct {
	Out, Err  io.Writer
	LookupEnv func(string) (string, bool)
	Now       func() time.Time
	Random    io.Reader
}

func (s Surroundings) filled() Surroundings {
	if s.LookupEnv == nil {
		s.LookupEnv = func(string) (string, bool) { return "", false }
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Random == nil {
		s.Random = rand.Reader
	}
	return s
}

// UsageError is a command that was called wrongly: exit status 2.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *UsageError) Unwrap() error { return e.Err }

func usage(format string, arguments ...any) error {
	return &UsageError{fmt.Errorf(format, arguments...)}
}
