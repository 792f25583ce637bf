package identity

import (
	"errors"
	"sync"
)

// ErrFlooded says that more is asked at once than can be answered in time.
// Nothing was evaluated.
var ErrFlooded = errors.New("too much is asked at once; nothing was looked at, so ask again in a moment")

// mostUnderWay is how many verifications of one application may be under way while
// no other asks: two batches of the writer.
const mostUnderWay = 1024

// crowd counts the verifications that are under way, by application. Those that
// ask at the same time have the same share: one that is flooded is told to come
// again, and the others' wait behind no more than its share. No verdict hangs on
// it.
type crowd struct {
	mu    sync.Mutex
	under map[string]int
}

// enter lets an application's verification in, which must leave.
func (c *crowd) enter(application string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.under == nil {
		c.under = map[string]int{}
	}
	mine := c.under[application]
	others := len(c.under)
	if mine > 0 {
		others--
	}
	if mine >= max(mostUnderWay/(others+1), 1) {
		return false
	}
	c.under[application] = mine + 1
	return true
}

func (c *crowd) leave(application string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.under[application]--; c.under[application] == 0 {
		delete(c.under, application)
	}
}
