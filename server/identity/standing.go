package identity

import "sleutelbos/server/store"

// Standing says whether an account works now.
type Standing string

// The standings of an account.
const (
	Active Standing = "active"
	NotYet Standing = "not-yet" // it starts later; see Person.Starts
	Ended  Standing = "ended"   // past its end, or deleted
)

// standing is that of a row; now is in milliseconds.
func standing(row store.Person, now int64) Standing {
	switch {
	case row.Deleted != 0 || row.Ends != 0 && now >= row.Ends:
		return Ended
	case now < row.Starts:
		return NotYet
	}
	return Active
}
