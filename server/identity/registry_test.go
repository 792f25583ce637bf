package identity

import (
	"slices"
	"testing"

	"sleutelbos/server/store/storetest"
)

// Whoever adds a table with sealed or hashed values says so: else another server
// key would pass it over.
func TestEveryTableWithAKeyIsKnown(t *testing.T) {
	h := newHouse(t)
	known := hashedTables()
	for _, column := range sealedColumns() {
		known = append(known, column.Table)
		if n := storetest.Count(t, h.database(), "SELECT count("+column.Column+") + count("+column.Row+") FROM "+column.Table); n < 0 {
			t.Error(column)
		}
	}
	tables := storetest.TablesWith(t, h.database(), "key_id")
	if len(tables) < 6 {
		t.Fatalf("only these tables were found: %v", tables)
	}
	for _, table := range tables {
		if !slices.Contains(known, table) {
			t.Errorf("the table %s has key_id but is neither in sealedColumns nor in hashedTables, see seal.go", table)
		}
	}
}

// The places by which values are sealed are those by which they are sealed anew.
func TestPlacesAreThoseOfTheColumns(t *testing.T) {
	for _, at := range []place{
		placeOfSetting("row"), placeOfLink("row", "person"), placeOfToken("row"), placeOfPending("row", "person"),
		placeOfMessage("row", "person"), placeOfPassword("row", "person"), placeOfKept("row"),
	} {
		found := false
		for _, column := range sealedColumns() {
			if column.Table != at.table || column.Column != at.column {
				continue
			}
			found = true
			if at.row != "row" || (at.person == "person") != (column.Person != "") {
				t.Errorf("%v is not the place of %v", at, column)
			}
		}
		if !found {
			t.Errorf("no column is known of %v", at)
		}
	}
}
