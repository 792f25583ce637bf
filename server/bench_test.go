package server_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/enroll"
)

// BenchmarkVerifyHTTP asks the built server over loopback, without TLS, on
// connections that stay open: every request is a right code that was not used
// yet, of another person than the request before. The load generator runs on
// the same processors. It reports what was accepted a second, and how long an
// answer took in the middle and for the slowest hundredth.
func BenchmarkVerifyHTTP(b *testing.B) {
	people := 40_000
	if testing.Short() {
		people = 2_000
	}
	s := seed(b, people)
	p := serve(b, s.data, "--tls", "off")
	codes := &stock{seeded: s, used: make([]uint64, people)}
	for _, clients := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			requests := codes.take(b, b.N)
			lines := make([]*line, clients)
			for i := range lines {
				conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
				must(b, err)
				defer conn.Close()
				lines[i] = &line{conn: conn, reader: bufio.NewReader(conn)}
			}
			b.ResetTimer()
			took := drive(b, lines, requests)
			b.StopTimer()
			slices.Sort(took)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "accepted/s")
			b.ReportMetric(milliseconds(took[len(took)/2]), "p50-ms")
			b.ReportMetric(milliseconds(took[len(took)*99/100]), "p99-ms")
		})
	}
}

// drive sends the requests over all lines at once and gives how long each took.
func drive(b *testing.B, lines []*line, requests [][]byte) []time.Duration {
	took := make([]time.Duration, len(requests))
	var next atomic.Int64
	var all sync.WaitGroup
	for _, l := range lines {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(requests) {
					return
				}
				began := time.Now()
				if err := l.accepted(requests[i]); err != nil {
					b.Errorf("request %d: %v", i, err)
					return
				}
				took[i] = time.Since(began)
			}
		})
	}
	all.Wait()
	return took
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// stock hands out codes, each once. A person has two at any moment, that of
// the present step and the next one, which the server's window takes too.
type stock struct {
	seeded
	used []uint64 // last step by person
	next int
}

// take prepares n requests. When all codes of this moment are gone it waits for
// the next step, outside the measured time.
func (s *stock) take(b *testing.B, n int) [][]byte {
	requests := make([][]byte, 0, n)
	for tried := 0; len(requests) < n; tried++ {
		i := s.next
		s.next = (s.next + 1) % len(s.user)
		present := s.otp[i].Step(time.Now())
		step := max(present, s.used[i]+1)
		if step > present+1 {
			if tried > 2*len(s.user) {
				<-time.After(time.Until(s.otp[i].StepTime(present + 1)))
				tried = 0
			}
			continue
		}
		s.used[i] = step
		code, err := s.otp[i].CodeAt(step)
		must(b, err)
		body := fmt.Sprintf(`{"user":%q,"code":%q}`, s.user[i], code)
		requests = append(requests, fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			enroll.PathVerify, s.key, len(body), body))
	}
	return requests
}

// line is a connection that stays open. It reads answers with little work, so
// that the server and not the generator is measured.
type line struct {
	conn   net.Conn
	reader *bufio.Reader
	body   [128]byte
}

var errNotAccepted = errors.New("the code was not accepted")

func (l *line) accepted(request []byte) error {
	if _, err := l.conn.Write(request); err != nil {
		return err
	}
	length := 0
	for {
		header, err := l.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		header = bytes.TrimRight(header, "\r\n")
		if len(header) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(header, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value)); err != nil || length > len(l.body) {
				return fmt.Errorf("%w: %s", errNotAccepted, header)
			}
		}
	}
	if _, err := io.ReadFull(l.reader, l.body[:length]); err != nil {
		return err
	}
	if !bytes.Contains(l.body[:length], []byte(`"valid":true`)) {
		return fmt.Errorf("%w: %s", errNotAccepted, l.body[:length])
	}
	return nil
}
