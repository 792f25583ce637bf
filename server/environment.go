package server

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

const environmentPrefix = "SLEUTELBOS_"

func environmentName(flag string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// showEnvironment adds the variable to the help of each setting. It is called
// once the flags are bound.
func showEnvironment(f *pflag.FlagSet) {
	f.VisitAll(func(flag *pflag.Flag) {
		flag.Usage += " [" + environmentName(flag.Name) + "]"
	})
}

// readEnvironment sets what was not given as a flag from its variable.
func readEnvironment(f *pflag.FlagSet, lookup func(string) (string, bool)) error {
	var first error
	f.VisitAll(func(flag *pflag.Flag) {
		name := environmentName(flag.Name)
		value, ok := lookup(name)
		if flag.Changed || !ok || value == "" || flag.Name == "help" || first != nil {
			return
		}
		if err := f.Set(flag.Name, value); err != nil {
			first = usage("the environment variable %s does not hold what --%s takes", name, flag.Name)
		}
	})
	return first
}

// Secret is a setting that is never a flag, since other users of the machine
// see those: it is read from a file, or from an environment variable that holds
// the secret itself. Printing it shows neither.
type Secret struct {
	File  string
	Value []byte
}

// String hides the secret.
func (s Secret) String() string { return "***" }

// Format hides the secret under every verb of package fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("***")) }

func (s *Secret) bind(f *pflag.FlagSet, name, what string) {
	f.StringVar(&s.File, name+"-file", "", "`FILE` with the "+what+"; or the secret itself in "+environmentName(name))
}

// fromEnvironment takes the secret itself from its variable. A file and a
// value at once is a mistake that is said, since one of them would not count.
func (s *Secret) fromEnvironment(name string, lookup func(string) (string, bool)) error {
	value, ok := lookup(environmentName(name))
	if !ok || value == "" {
		return nil
	}
	if s.File != "" {
		return usage("give either %s or %s, not both", environmentName(name), environmentName(name+"-file"))
	}
	s.Value = []byte(value)
	return nil
}

// read gives the secret without blanks around it; nil when none was given.
func (s *Secret) read() ([]byte, error) {
	if s.File == "" {
		return bytes.TrimSpace(s.Value), nil
	}
	content, err := os.ReadFile(s.File)
	if err != nil {
		return nil, fmt.Errorf("read a secret: %w", err)
	}
	return bytes.TrimSpace(content), nil
}
