package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// Format names the file format of one program.
type Format string

// Ask says which passphrase a file needs.
type Ask struct {
	Format Format
	// Text is the key of the words for it, such as "the password of your Aegis
	// vault".
	Text string
}

// File is a file that was handed over.
type File struct {
	Name    string
	Content []byte
}

// Options says how to read. All of it may be left out.
type Options struct {
	// Format is what to read the content as; empty to go by the content.
	Format Format
	// Name is the file's name, which only helps to choose between formats that
	// the content leaves open.
	Name string
	// Passphrase is called at most once, when the file is encrypted. Without it
	// such a file gives a *[PassphraseError].
	Passphrase func(context.Context, Ask) ([]byte, error)
	// Beside is what was handed over together with the file. Some files take
	// more than a passphrase to open: see [WantsMore].
	Beside []File
	Limits Limits
	// Progress is told what goes on, on the goroutine that reads: the key of a
	// text, and how much of how much is done; total is 0 where nobody knows.
	Progress func(text string, done, total int)
}

// Texts that Progress gets.
const (
	Deriving = "import.deriving" // the key is made from the passphrase
	Reading  = "import.reading"  // entries are read
)

// Detect gives the formats that the content may have, the likeliest first. Most
// formats are certain, and then the only one; a few encrypted files look like
// nothing at all and are one of several. The name orders those, it never decides.
func Detect(content []byte, name string) []Format {
	sure, named, possible := detect(content, name, DefaultLimits())
	var names []Format
	for _, f := range slices.Concat(sure, named, possible) {
		names = append(names, f.name)
	}
	return names
}

// detect stops at formats that are certain, where there are any.
func detect(content []byte, name string, limits Limits) (sure, named, possible []format) {
	s := newSample(content, name, limits)
	for _, f := range formats() {
		switch f.detect(s) {
		case certain:
			sure = append(sure, f)
		case likely:
			named = append(named, f)
		case perhaps:
			possible = append(possible, f)
		}
	}
	if len(sure) > 0 {
		return sure, nil, nil
	}
	return nil, named, possible
}

// Read reads a file's content. A result is whole: on an error there is none.
// Besides its own errors it returns the context's and those of Passphrase. Its
// end is answered at once, except that a key derivation that has begun runs to
// its own bounded end in the background.
func Read(ctx context.Context, content []byte, o Options) (*Result, error) {
	limits := o.Limits.orDefault()
	if len(content) > limits.File {
		return nil, ErrTooLarge
	}
	candidates, unsure, err := o.candidates(content, limits)
	if err != nil {
		return nil, err
	}
	var (
		passphrase []byte
		asked      bool
		last       error
	)
	for _, f := range candidates {
		j := &job{ctx: ctx, content: content, options: o, limits: limits, format: f.name, left: limits.Unpacked, result: &Result{Format: f.name}}
		j.ask = func(a Ask) ([]byte, error) {
			if asked {
				return passphrase, nil
			}
			if unsure {
				a.Text = "import.password.unknown"
			}
			if o.Passphrase == nil {
				return nil, &PassphraseError{a}
			}
			var err error
			passphrase, err = o.Passphrase(ctx, a)
			asked = err == nil
			return passphrase, err
		}
		err := j.read(f)
		switch {
		case err == nil:
			return j.result, nil
		case len(candidates) == 1, j.proved, !passable(err):
			return nil, err
		case last == nil, errors.Is(err, ErrPassphrase):
			last = err
		}
	}
	if errors.Is(last, ErrPassphrase) {
		return nil, ErrPassphrase // which of the formats it is nobody knows
	}
	return nil, last
}

// passable tells whether another candidate may do better.
func passable(err error) bool {
	return errors.Is(err, ErrPassphrase) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrCostly)
}

func (j *job) read(f format) error {
	if err := f.read(j); err != nil {
		return fmt.Errorf("read the file as %s: %w", f.name, err)
	}
	return nil
}

// candidates are the formats to try, one after another; unsure says that nothing
// speaks for the first more than for another.
func (o Options) candidates(content []byte, limits Limits) (all []format, unsure bool, err error) {
	if o.Format != "" {
		for _, f := range formats() {
			if f.name == o.Format {
				return []format{f}, false, nil
			}
		}
		return nil, false, ErrUnknown
	}
	sure, named, possible := detect(content, o.Name, limits)
	all = slices.Concat(sure, named, possible)
	if len(all) == 0 {
		if _, ok := xmlKey(content); ok {
			return nil, false, &LockedError{"import-parts"} // of a database that is not here
		}
		// Beyond the bounds a JSON text was not looked into.
		if text := trimText(content); len(text) > 0 && (text[0] == '{' || text[0] == '[') {
			err = checkJSON(text, limits)
		}
		return nil, false, cmp.Or(err, ErrUnknown)
	}
	return all, len(all) > 1 && len(named) != 1, nil
}
