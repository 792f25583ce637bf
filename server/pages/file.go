package pages

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// A file is sent while it is made, so that its length is bound by no memory. What
// fails before much of it is there becomes an error page; after that the
// connection is cut, so that no half file looks whole.

const (
	fileAtOnce   = 64 << 10
	filePatience = 30 * time.Second // that a reader takes a part in
)

// sendCSV answers with what write writes.
func (v *visit) sendCSV(name string, write func(io.Writer) error) error {
	v.w.header.Set("Content-Type", "text/csv; charset=utf-8")
	v.w.header.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	v.w.body.Reset()
	err := write(sending{v.w})
	switch {
	case err == nil:
		return nil
	case v.w.begun:
		v.record(err, troubleOf(err))
		panic(http.ErrAbortHandler)
	}
	v.w.header.Set("Content-Type", "text/html; charset=utf-8")
	v.w.header.Del("Content-Disposition")
	return err
}

// sending passes on what is written to it whenever enough of it is there.
type sending struct{ *answer }

func (s sending) Write(p []byte) (int, error) {
	n, _ := s.body.Write(p) // into memory
	if s.body.Len() < fileAtOnce {
		return n, nil
	}
	err := http.NewResponseController(s.to).SetWriteDeadline(time.Now().Add(filePatience))
	if err != nil && !errors.Is(err, http.ErrNotSupported) { // by a recorder
		return n, err
	}
	if !s.begun {
		s.begin(s.to)
		s.begun = true
	}
	_, err = s.to.Write(s.body.Bytes())
	s.body.Reset()
	return n, err
}
