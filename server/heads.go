package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"sleutelbos/server/identity"
)

// ErrHeads says that the file of heads cannot be written, which somebody relies
// on.
var ErrHeads = errors.New("the heads of the audit log cannot be written to that file; make it writable or leave out --audit-heads")

// noteHeads is how often the desk is told that heads are written; it reminds the
// operator when they no longer are.
const noteHeads = 10 * time.Minute

// headKeeper appends signed heads of the audit log to a file. The file is
// opened anew for each, so that it may be moved away, or lie on a disk that
// comes and goes.
type headKeeper struct {
	desk *desk
	path string
	log  *slog.Logger
	last *identity.AuditHead // the last one written

	pause time.Duration // between two
	noted time.Time     // when it was last told to the desk that they are written
}

// withHeads keeps the heads while the function runs: at once, every so often,
// and after it.
func (s *Settings) withHeads(ctx context.Context, opened *desk, log *slog.Logger, run func() error) error {
	if s.AuditHeads == "" {
		return run()
	}
	k := &headKeeper{desk: opened, path: s.AuditHeads, log: log, pause: s.AuditHeadsEvery}
	last, err := lastHead(s.AuditHeads)
	k.last = last
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = k.write(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrHeads, err)
	}
	stopping, stop := context.WithCancel(context.WithoutCancel(ctx))
	var loop sync.WaitGroup
	loop.Go(func() { k.every(stopping) })
	err = run()
	stop()
	loop.Wait()
	if e := k.write(context.WithoutCancel(ctx)); e != nil {
		err = errors.Join(err, fmt.Errorf("%w (%w)", ErrHeads, e))
	}
	return err
}

// every goes on when a head cannot be written: the next one covers what it
// would have.
func (k *headKeeper) every(ctx context.Context) {
	ticker := time.NewTicker(k.pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := k.write(ctx); err != nil && ctx.Err() == nil {
				k.log.Error("the head of the audit log could not be written; it is tried again", "cause", err)
			}
		}
	}
}

// write appends the heads of what was written since the last ones.
func (k *headKeeper) write(ctx context.Context) error {
	heads, err := k.desk.AuditHeads(ctx, k.last)
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	for _, head := range heads {
		line, err := json.Marshal(head)
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
	}
	if err := appendLines(k.path, lines.Bytes()); err != nil {
		return err
	}
	if len(heads) > 0 {
		k.last = &heads[len(heads)-1]
	}
	if time.Since(k.noted) < noteHeads {
		return nil
	}
	k.noted = time.Now()
	return k.desk.NoteHeads(ctx, k.pause)
}

// appendLines adds lines on the disk, after what a loss of power may have left
// of a former one. Without lines it looks whether it could.
func appendLines(path string, lines []byte) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return file.Close()
	}
	if torn(file) {
		lines = append([]byte{'\n'}, lines...)
	}
	_, err = file.Write(lines)
	return errors.Join(err, file.Sync(), file.Close())
}

func torn(file *os.File) bool {
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return false
	}
	last := make([]byte, 1)
	_, err = file.ReadAt(last, end-1)
	return err == nil && last[0] != '\n'
}

// headsEnd is how much of the end of a file of heads is read for the last one: a
// year of them is long.
const headsEnd = 64 << 10

// lastHead reads the last head of a file; nil where there is none.
func lastHead(path string) (last *identity.AuditHead, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the heads: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("read the heads: %w", err)
	}
	end := make([]byte, min(size, headsEnd))
	if _, err := file.ReadAt(end, size-int64(len(end))); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the heads: %w", err)
	}
	for line := range bytes.Lines(end) {
		var head identity.AuditHead
		if json.Unmarshal(bytes.TrimSpace(line), &head) == nil {
			last = &head
		}
	}
	return last, nil
}

// maxHeadLine bounds a line of the file, in bytes.
const maxHeadLine = 4096

// readHeads reads a file of heads. Lines that a loss of power cut short are
// counted and passed over.
func readHeads(path string) (heads []identity.AuditHead, short int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("read the heads: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, maxHeadLine), maxHeadLine)
	for lines.Scan() {
		var head identity.AuditHead
		switch line := bytes.TrimSpace(lines.Bytes()); {
		case len(line) == 0:
		case json.Unmarshal(line, &head) != nil:
			short++
		default:
			heads = append(heads, head)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, 0, fmt.Errorf("read the heads: %w", err)
	}
	return heads, short, nil
}
