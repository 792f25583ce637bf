package store

// Node is a server that runs, as it said itself. Moments are in milliseconds.
type Node struct {
	ID, Host      string
	Started, Seen int64
	Keys          string // ids of its server keys, a blank between
	Seals         string // id of the key that it seals with
	Makes         int64  // version of the tables that its program makes; 0: one of before this was told
}

// SetNode writes what a server says of itself; Makes is this program's.
func (tx *Tx) SetNode(n Node) error {
	makes, err := newest()
	if err != nil {
		return err
	}
	_, err = tx.exec("write down a server",
		`INSERT INTO nodes (id, host, started, seen, keys, seals, makes) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET seen = $4, keys = $5, seals = $6, makes = $7`, n.ID, n.Host, n.Started, n.Seen, n.Keys, n.Seals, makes)
	return err
}

// RemoveNodes removes the server id, and all that were not seen since.
func (tx *Tx) RemoveNodes(id string, since int64) error {
	_, err := tx.exec("remove a server", "DELETE FROM nodes WHERE id = $1 OR seen < $2", id, since)
	return err
}

// Nodes lists the servers that were seen since, the oldest first.
func (v *View) Nodes(since int64) ([]Node, error) {
	var all []Node
	err := v.each("list the servers", "SELECT id, host, started, seen, keys, seals, makes FROM nodes WHERE seen >= $1 ORDER BY started, id", []any{since},
		func(rows scanner) error {
			var n Node
			err := rows.Scan(&n.ID, &n.Host, &n.Started, &n.Seen, &n.Keys, &n.Seals, &n.Makes)
			all = append(all, n)
			return err
		})
	return all, err
}
