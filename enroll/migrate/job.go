package migrate

import (
	"context"
	"fmt"
)

// job is one file being read as one format.
type job struct {
	ctx     context.Context
	content []byte
	options Options
	limits  Limits
	format  Format
	ask     func(Ask) ([]byte, error)
	left    int   // bytes that may still be unpacked
	work    int64 // bytes that key derivations have filled
	rounds  int64 // iterations that they have made
	proved  bool  // what was opened shows that the format is right, whatever is wrong with it
	result  *Result
}

// passphrase asks for one; text is the key of the words for it.
func (j *job) passphrase(text string) ([]byte, error) {
	return j.ask(Ask{Format: j.format, Text: text})
}

func (j *job) progress(text string, done, total int) {
	if j.options.Progress != nil {
		j.options.Progress(text, done, total)
	}
}

// alive is the context's error, said as what was being done.
func (j *job) alive() error {
	if err := j.ctx.Err(); err != nil {
		return fmt.Errorf("read the file: %w", err)
	}
	return nil
}

// note tells something about the file as a whole.
func (j *job) note(text string, pairs ...any) {
	j.result.Notes = append(j.result.Notes, Note{Text: text, Values: pairs})
}

// noteCount is note for a number of things, if there are any.
func (j *job) noteCount(text string, n int) {
	if n > 0 {
		j.note(text, "n", n)
	}
}

// add takes an entry into the result: as it is when codes can be made of it, or
// else with the reason and its raw form.
func (j *job) add(d *draft) error {
	if len(j.result.Entries) >= j.limits.Entries {
		return fmt.Errorf("%w (more than %d entries)", ErrTooLarge, j.limits.Entries)
	}
	if len(j.result.Entries)%512 == 0 {
		if err := j.alive(); err != nil {
			return err
		}
		j.progress(Reading, len(j.result.Entries), 0)
	}
	j.result.Entries = append(j.result.Entries, d.finish(j.limits))
	return nil
}
