package store

import (
	"encoding/binary"
	"os"
	"testing"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"sleutelbos/server/store/storetest"
)

func TestMain(m *testing.M) {
	MakeRoom("no such file") // before anything else uses SQLite
	os.Exit(m.Run())
}

// Pages are kept in the one piece of memory that is made for them.
func TestPagesHaveTheirRoom(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, _ := fresh(t)
	if err := s.Do(t.Context(), set("a", "1")); err != nil {
		t.Fatal(err)
	}
	tls := libc.NewTLS()
	defer tls.Close()
	found := libc.Xcalloc(tls, 2, 8)
	defer libc.Xfree(tls, found)
	if code := sqlite3.Xsqlite3_status(tls, sqlite3.SQLITE_STATUS_PAGECACHE_USED, found, found+8, 0); code != sqlite3.SQLITE_OK {
		t.Fatalf("SQLite answers %d", code)
	}
	if used := binary.NativeEndian.Uint32(libc.GoBytes(found, 4)); used == 0 || used > leastPages {
		t.Errorf("%d of %d pages are used", used, leastPages)
	}
}
