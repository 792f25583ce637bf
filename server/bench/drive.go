package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// sample is one server in one round.
type sample struct {
	perSecond float64
	p50, p99  time.Duration
	cpu       time.Duration // of the server's process for each verification; 0: unknown
	memory    int64         // bytes, at the most; 0: unknown
}

// errNotAccepted says that a server refused a right code: what it does then is
// not what is measured.
var errNotAccepted = errors.New("a right code was not accepted")

// ask sends what it can within the time over so many connections.
func (t *target) ask(ctx context.Context, clients int, take time.Duration, requests [][]byte) (sample, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := make([]*line, clients)
	for i := range lines {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", t.host())
		if err != nil {
			return sample{}, fmt.Errorf("%s: %w", t.name, err)
		}
		defer func() { _ = conn.Close() }()
		lines[i] = &line{conn: conn, reader: bufio.NewReader(conn), accepts: []byte(t.accepts)}
	}
	took := make([]time.Duration, len(requests))
	var next, answered atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, clients)
	before := cpuOf(t.process)
	began := time.Now()
	end := began.Add(take)
	for _, l := range lines {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				start := time.Now()
				if i >= len(requests) || start.After(end) {
					return
				}
				if err := l.accepted(requests[i]); err != nil {
					failed <- fmt.Errorf("%s: %w", t.name, err)
					cancel()
					return
				}
				took[i] = time.Since(start)
				answered.Add(1)
			}
		})
	}
	all.Wait()
	passed := time.Since(began)
	select {
	case err := <-failed:
		return sample{}, err
	default:
	}
	n := int(answered.Load())
	if n == 0 {
		return sample{}, errors.Join(ctx.Err(), errNotAccepted)
	}
	took = slices.DeleteFunc(took, func(d time.Duration) bool { return d == 0 })
	slices.Sort(took)
	s := sample{
		perSecond: float64(n) / passed.Seconds(), p50: took[len(took)/2], p99: took[len(took)*99/100],
		memory: memoryOf(t.process),
	}
	if after := cpuOf(t.process); after > before {
		s.cpu = (after - before) / time.Duration(n)
	}
	return s, nil
}

// line is a connection that stays open. It reads answers with little work, so
// that the server and not the one who asks is measured.
type line struct {
	conn    net.Conn
	reader  *bufio.Reader
	accepts []byte
	body    [1 << 10]byte
}

func (l *line) accepted(request []byte) error {
	if _, err := l.conn.Write(request); err != nil {
		return err
	}
	header, err := l.reader.Peek(12) // HTTP/1.1 200
	if err != nil {
		return err
	}
	// Ours and most others say how long the answer is. The rest are read the
	// long way.
	length, plain, err := l.lengthAhead()
	if err != nil {
		return err
	}
	var body []byte
	if plain && length <= len(l.body) {
		if _, err := io.ReadFull(l.reader, l.body[:length]); err != nil {
			return err
		}
		body = l.body[:length]
	} else {
		response, err := http.ReadResponse(l.reader, nil)
		if err != nil {
			return err
		}
		if body, err = io.ReadAll(io.LimitReader(response.Body, 1<<20)); err != nil {
			return err
		}
	}
	if !bytes.Contains(body, l.accepts) {
		return fmt.Errorf("%w: %s, %s", errNotAccepted, header, body)
	}
	return nil
}

// lengthAhead reads the header of an answer that says its length. Another one
// is left unread and not plain.
func (l *line) lengthAhead() (length int, plain bool, err error) {
	for have := l.reader.Buffered(); ; have++ {
		head, err := l.reader.Peek(have)
		if err != nil {
			return 0, false, err
		}
		end := bytes.Index(head, []byte("\r\n\r\n"))
		if end < 0 {
			if have >= l.reader.Size() {
				return 0, false, nil
			}
			continue
		}
		_, rest, found := bytes.Cut(head[:end+2], []byte("\r\nContent-Length: "))
		if !found {
			return 0, false, nil
		}
		for _, digit := range rest {
			if digit < '0' || digit > '9' {
				break
			}
			if length = length*10 + int(digit-'0'); length > 1<<20 {
				return 0, false, nil
			}
		}
		_, err = l.reader.Discard(end + 4)
		return length, true, err
	}
}
