package identity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sleutelbos/server/store"
)

// Node is this process among the servers of one database.
type Node struct {
	desk    *Desk
	id      string
	host    string
	started time.Time
}

// Enter makes this process a server that others can see; host is what people
// call its machine. A copy that was put back is [ErrPutBack].
func (d *Desk) Enter(ctx context.Context, host string) (*Node, error) {
	id, err := d.newID()
	if err != nil {
		return nil, err
	}
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		copied, err := putBack(tx.View)
		if err == nil && copied {
			err = ErrPutBack
		}
		if err != nil {
			return err
		}
		return setOrigin(tx)
	})
	if err != nil {
		return nil, fmt.Errorf("enter as a server: %w", err)
	}
	n := &Node{desk: d, id: id, host: tidy(host, 64), started: d.now()}
	return n, n.Beat(ctx)
}

// Beat takes up what changed about the server keys, and says that this server
// runs. A key that is missing is an error; what was known before goes on to be
// used.
func (n *Node) Beat(ctx context.Context) error {
	looked := n.desk.LookAtKeys(ctx)
	state := n.desk.key.now.Load()
	err := n.desk.store.Do(ctx, func(tx *store.Tx) error {
		return tx.SetNode(store.Node{
			ID: n.id, Host: n.host, Started: stamp(n.started), Seen: stamp(n.desk.now()),
			Keys: strings.Join(state.ring.IDs(), " "), Seals: state.current.id,
		})
	})
	if err == nil {
		err = looked
	}
	if err != nil {
		return fmt.Errorf("say that this server runs: %w", err)
	}
	return nil
}

// Leave says that this server runs no more, and forgets those that went without
// a word.
func (n *Node) Leave(ctx context.Context) error {
	return n.desk.store.Do(ctx, func(tx *store.Tx) error {
		return tx.RemoveNodes(n.id, stamp(n.desk.now().Add(-nodeLife)))
	})
}
