package store

// Node is a server that runs, as it said itself. Moments are in milliseconds.
type Node struct {
	ID, Host      string
	Started, Seen int64
	Keys          string // ids of its server keys, a blank between
	Seals         string // id of the key that it seals with
}

// SetNode writes what a server says of itself.
func (tx *Tx) SetNode(n Node) error {
	_, err := tx.exec("write down a server",
		`INSERT INTO nodes (id, host, started, seen, keys, seals) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET seen = $4, keys = $5, seals = $6`, n.ID, n.Host, n.Started, n.Seen, n.Keys, n.Seals)
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
	err := v.each("list the servers", "SELECT id, host, started, seen, keys, seals FROM nodes WHERE seen >= $1 ORDER BY started, id", []any{since},
		func(rows scanner) error {
			var n Node
			err := rows.Scan(&n.ID, &n.Host, &n.Started, &n.Seen, &n.Keys, &n.Seals)
			all = append(all, n)
			return err
		})
	return all, err
}
