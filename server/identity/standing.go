package identity

import (
	"time"

	"sleutelbos/server/store"
)

// Standing says whether an account works now.
type Standing string

// The standings of an account.
const (
	Active Standing = "active"
	NotYet Standing = "not-yet" // it starts later; see Person.Starts
	Ended  Standing = "ended"   // past its end, or deleted
)

// refusalOf refuses a link to an account that does not work now.
func refusalOf(row store.Person, now time.Time) *Refusal {
	switch standing(row, stamp(now)) {
	case NotYet:
		return &Refusal{ReasonNotYet, -1}
	case Ended:
		return &Refusal{ReasonEnded, -1}
	}
	return nil
}

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
