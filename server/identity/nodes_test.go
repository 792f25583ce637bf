package identity

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store/storetest"
)

const helperNode = "SLEUTELBOS_TEST_NODE"

// TestHelperNode is a node of the test below: it answers "USER CODE" with
// "USER CODE valid", "USER CODE refused" or "USER CODE again", many at once,
// until its input ends.
func TestHelperNode(t *testing.T) {
	if os.Getenv(helperNode) == "" {
		t.Skip("this is run by another test in a process of its own")
	}
	h := &house{
		t: t, folder: os.Getenv(helperFolder), address: os.Getenv(helperAddress),
		clock: &clock{now: morning.Add(time.Minute)},
	}
	h.open()
	var err error
	h.app, err = h.Authenticate(t.Context(), os.Getenv(helperKey))
	h.must(err)
	fmt.Println("ready")
	var all sync.WaitGroup
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var user, code string
		if _, err := fmt.Sscan(lines.Text(), &user, &code); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			answer := "refused"
			switch v, err := h.Verify(background, h.app, user, code); {
			case err != nil && TryAgain(err):
				answer = "again"
			case err != nil:
				t.Error(err)
			case v.Valid:
				answer = "valid"
			}
			fmt.Printf("%s %s %s\n", user, code, answer) // one write
		})
	}
	all.Wait()
}

// node is a process that answers.
type node struct {
	command *exec.Cmd
	in      io.WriteCloser
	ended   chan struct{}
	open    chan struct{} // as many as may wait for an answer
}

// ledger is what came back, by user and code.
type ledger struct {
	mu    sync.Mutex
	valid map[string]int
	again int
}

func (l *ledger) note(line string) {
	var user, code, answer string
	if n, _ := fmt.Sscan(line, &user, &code, &answer); n != 3 {
		return // what the test framework says
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch answer {
	case "valid":
		l.valid[user+" "+code]++
	case "again":
		l.again++
	}
}

func (h *house) node(l *ledger) *node {
	h.t.Helper()
	program, err := os.Executable()
	h.must(err)
	n := &node{
		command: exec.Command(program, "-test.run=^TestHelperNode$", "-test.v"),
		ended:   make(chan struct{}), open: make(chan struct{}, 32),
	}
	n.command.Env = append(os.Environ(), helperNode+"=1", helperFolder+"="+h.folder, helperAddress+"="+h.address, helperKey+"="+h.appKey)
	n.command.Stderr = os.Stderr
	n.in, err = n.command.StdinPipe()
	h.must(err)
	out, err := n.command.StdoutPipe()
	h.must(err)
	h.must(n.command.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
	}
	go func() {
		defer close(n.ended)
		for lines.Scan() {
			l.note(lines.Text())
			select {
			case <-n.open:
			default:
			}
		}
	}()
	return n
}

// ask sends a line and reports whether the node took it.
func (n *node) ask(line string) bool {
	select {
	case n.open <- struct{}{}:
	case <-n.ended:
		return false
	}
	_, err := io.WriteString(n.in, line+"\n")
	return err == nil
}

func (n *node) kill() {
	_ = n.command.Process.Kill()
	<-n.ended
	_ = n.command.Wait()
}

// Three nodes on one PostgreSQL, every code sent to two of them at once, one
// node after another killed in the middle of it: no code is accepted twice, and none that was
// accepted is taken again afterwards.
func TestNodesKilledUnderLoad(t *testing.T) {
	if !storetest.Postgres() {
		t.Skip("this is about nodes on one PostgreSQL")
	}
	const nodes, kills = 3, 5
	h := newHouse(t)
	h.clock.add(time.Minute)
	keys := h.seed(4000)
	l := &ledger{valid: map[string]int{}}
	var running [nodes]*node
	for i := range running {
		running[i] = h.node(l)
		defer func() { running[i].kill() }()
	}
	sent, killed := 0, 0
	for i := range 2 * len(keys) {
		if i > 0 && i%(2*len(keys)/(kills+1)) == 0 && killed < kills {
			victim := killed % nodes
			running[victim].kill()
			running[victim] = h.node(l)
			killed++
		}
		if h.twins(keys[i%len(keys)]) {
			continue
		}
		line := h.line(keys, i)
		running[i%nodes].ask(line)
		running[(i+1)%nodes].ask(line)
		sent++
	}
	for i := range running {
		h.must(running[i].in.Close())
		<-running[i].ended
	}
	if killed != kills || len(l.valid) < sent/2 {
		t.Fatalf("%d kills, %d of %d codes accepted", killed, len(l.valid), sent)
	}
	for line, times := range l.valid {
		var user, code string
		_, err := fmt.Sscan(line, &user, &code)
		h.must(err)
		if times != 1 {
			t.Errorf("%s was accepted %d times", user, times)
		}
		if v := h.verdict(user, code); v.Valid {
			t.Errorf("%s: an accepted code was forgotten", user)
		}
	}
	h.must(h.VerifyAudit(t.Context()))
	t.Logf("%d codes sent twice, %d accepted, %d kills, %d told to try again", sent, len(l.valid), killed, l.again)
}

// line is the i-th request: everybody's present code, then everybody's next.
// twins tells whether two steps of the window have the same code, which is then
// right twice; one key in some 300,000 is like that.
func (h *house) twins(key enroll.Key) bool {
	h.t.Helper()
	before, now, after := h.codeAt(key, -1), h.codeAt(key, 0), h.codeAt(key, 1)
	return before == now || now == after || before == after
}

func (h *house) line(keys []enroll.Key, i int) string {
	h.t.Helper()
	return fmt.Sprintf("user%06d %s", i%len(keys), h.codeAt(keys[i%len(keys)], i/len(keys)))
}
