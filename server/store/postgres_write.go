package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// Writers of all processes agree by one advisory lock that ends with the
// transaction. Whoever may change anything holds it alone. Whoever changes
// certain people only shares it, and locks these people's rows, in the order of
// their ids, so that no two wait for each other.
const (
	beginText   = "BEGIN ISOLATION LEVEL READ COMMITTED"
	writersLock = 7954893216408
	aloneText   = "SELECT pg_advisory_xact_lock(7954893216408)"
	sharedText  = "SELECT pg_advisory_xact_lock_shared(7954893216408)"
	lockPeople  = "SELECT p.id FROM people p WHERE p.id IN (SELECT n.person FROM names n WHERE n.name = ANY($1)) ORDER BY p.id FOR NO KEY UPDATE"
	readPeople  = "SELECT " + candidateColumns + candidateTables + "WHERE n.name = ANY($1)"
	writeBound  = 20 * time.Second // one transaction
	undoBound   = 2 * time.Second
	reconnected = 2 // tries to begin, the second on a new connection
)

// begin takes the locks before anything is read. A connection that broke while
// nothing was asked of it is replaced.
func (e *postgres) begin(s *Store, tx *Tx, batch []*operation, together bool) error {
	names := namesOf(batch)
	tx.shared = together && names != nil
	tx.unsent = tx.unsent[:0]
	tx.known, tx.asked = nil, nil
	var err error
	for range reconnected {
		ctx, cancel := context.WithTimeout(context.Background(), writeBound)
		tx.ctx = ctx
		tx.Ended(func(bool) { cancel() })
		if err = e.connect(ctx); err == nil {
			tx.db = e.conn
			tx.before = func() error { return e.send(s, tx) }
			if err = e.take(tx, names); err == nil {
				return nil
			}
			_ = e.end(s, tx, false)
		}
		tx.end(false)
		err = wrap("begin to write", err)
		if !errors.Is(err, ErrAway) {
			break
		}
		if e.conn != nil { // it answers, but takes no writes any more
			e.drop()
		}
	}
	return err
}

// flush has nothing to do: PostgreSQL answers a commit when it is on the disk.
func (e *postgres) flush() func() error { return nil }

// putOff is nothing, so there is nothing to catch up on.
func (e *postgres) putOff() bool { return false }

func (e *postgres) catchUp() error { return nil }

// parts keeps what may concern anybody apart, so that it does not make those wait
// who concern certain people: these are read and written in a few trips together.
func (e *postgres) parts(batch []*operation) [][]*operation {
	slices.SortStableFunc(batch, func(a, b *operation) int {
		switch {
		case a.name != "" && b.name == "":
			return -1
		case a.name == "" && b.name != "":
			return 1
		}
		return 0
	})
	named := slices.IndexFunc(batch, func(op *operation) bool { return op.name == "" })
	if named <= 0 {
		return [][]*operation{batch}
	}
	return [][]*operation{batch[:named], batch[named:]}
}

// namesOf gives whom the operations concern, or nil when one of them may
// concern anybody.
func namesOf(batch []*operation) []string {
	names := make([]string, len(batch))
	for i, op := range batch {
		if op.name == "" {
			return nil
		}
		name := []any{op.name}
		fit(name)
		names[i], _ = name[0].(string)
	}
	return names
}

// take begins, locks, and reads what a shared transaction will ask for, in one
// way to the server and back.
func (e *postgres) take(tx *Tx, names []string) error {
	batch := &pgx.Batch{}
	batch.Queue(beginText)
	if !tx.shared {
		batch.Queue(aloneText)
		return e.run(tx.ctx, batch)
	}
	tx.known, tx.asked = make(map[string]*found, len(names)), map[string]struct{}{}
	for _, name := range names {
		tx.known[name] = &found{}
	}
	batch.Queue(sharedText)
	batch.Queue(lockPeople, names)
	batch.Queue(readPeople, names).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var f found
			name, err := f.add(rows.Scan)
			if err != nil {
				return err
			}
			known := tx.known[name]
			known.person, known.counters = f.person, f.counters
			known.links = append(known.links, f.links...)
		}
		return rows.Err()
	})
	return e.run(tx.ctx, batch)
}

// send runs what was left for later. A row that was not changed as it had to be
// is ErrChanged.
func (e *postgres) send(s *Store, tx *Tx) error {
	if len(tx.unsent) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	for _, left := range gathered(tx.unsent) {
		batch.Queue(left.text, left.args...).Exec(func(tag pgconn.CommandTag) error {
			if left.rows >= 0 && tag.RowsAffected() != left.rows {
				return wrap(left.doing, ErrChanged)
			}
			return nil
		})
	}
	tx.unsent = tx.unsent[:0]
	err := e.run(tx.ctx, batch)
	if err != nil {
		tx.failed = true
	}
	return wrap("write to the database", err)
}

// end commits or undoes. A connection of which that cannot be said is dropped:
// the server undoes what was not committed on it.
func (e *postgres) end(s *Store, tx *Tx, commit bool) error {
	if e.conn == nil {
		return nil
	}
	ctx, text := tx.ctx, "COMMIT"
	if !commit {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.Background(), undoBound)
		defer cancel()
		text = "ROLLBACK"
	}
	tx.unsent = tx.unsent[:0]
	err := e.conn.Raw(func(conn any) error {
		c, err := plain(conn)
		if err != nil {
			return err
		}
		tag, err := c.Exec(ctx, text)
		if err == nil && tag.String() != text { // a failed transaction commits nothing, and says so only here
			err = fmt.Errorf("the database answers %s", tag)
		}
		return err
	})
	if err != nil {
		e.drop()
	}
	return wrap("commit to the database", err)
}

func (e *postgres) drop() {
	_ = e.conn.Raw(func(any) error { return driver.ErrBadConn }) // closes it
	_ = e.release()
}

// run sends the statements together and reads all answers.
func (e *postgres) run(ctx context.Context, batch *pgx.Batch) error {
	return e.conn.Raw(func(conn any) error {
		c, err := plain(conn)
		if err != nil {
			return err
		}
		return c.SendBatch(ctx, batch).Close()
	})
}

var errDriver = errors.New("the database driver is not the one that this program was built with")

func plain(conn any) (*pgx.Conn, error) {
	c, ok := conn.(*stdlib.Conn)
	if !ok {
		return nil, errDriver
	}
	return c.Conn(), nil
}
