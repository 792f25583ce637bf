package store

import (
	"encoding/binary"
	"os"
	"sync"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// writerCache and readerCache are how much of the database a connection
	// keeps, in KiB (PRAGMA cache_size, which counts pages only).
	writerCache, readerCache = 28_672, 2_048

	pageSize              = 4_096
	leastPages, mostPages = 1_024, (writerCache + readers*readerCache) * 1024 / pageSize
)

// MakeRoom gives SQLite one piece of memory for the pages that all connections
// keep (https://sqlite.org/malloc.html, section 3.3). By itself it asks for each
// page together with what it notes of it, some 4,400 bytes, and its allocator
// here hands out 8 KiB for that. It is for what runs long: all of the memory is
// taken at once, as much as the connections may keep of a database as large as the
// file path is now. It comes before SQLite is used for the first time; after that
// it does nothing, and SQLite goes on as by itself, as it does when the room is full.
func MakeRoom(path string) {
	roomMade.Do(func() {
		var size int64
		if info, err := os.Stat(path); err == nil {
			size = info.Size()
		}
		makeRoom(min(leastPages+size/pageSize, mostPages))
	})
}

var roomMade sync.Once

func makeRoom(pages int64) {
	const word = 8
	tls := libc.NewTLS()
	defer tls.Close()
	arguments := libc.Xcalloc(tls, 4, word)
	if arguments == 0 {
		return
	}
	defer libc.Xfree(tls, arguments)
	notes := arguments + 3*word
	if sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_PCACHE_HDRSZ, libc.VaList(arguments, notes)) != sqlite3.SQLITE_OK {
		return
	}
	slot := (pageSize + binary.NativeEndian.Uint32(libc.GoBytes(notes, 4)) + word - 1) / word * word
	room := libc.Xmalloc(tls, types.Size_t(slot)*types.Size_t(pages)) // for as long as the program runs
	if room != 0 && sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_PAGECACHE,
		libc.VaList(arguments, room, int32(slot), int32(pages))) != sqlite3.SQLITE_OK {
		libc.Xfree(tls, room)
	}
}
