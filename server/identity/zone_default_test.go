package identity

import (
	"testing"
	"time"
)

// The zone that needs no table is the one it says: an hour ahead in winter, two
// in summer.
func TestTheDefaultZoneIsCarriedAlong(t *testing.T) {
	location, err := time.LoadLocationFromTZData(defaultZone, defaultRules)
	if err != nil {
		t.Fatal(err)
	}
	for month, hours := range map[time.Month]int{time.January: 1, time.July: 2} {
		if _, offset := time.Date(2026, month, 1, 12, 0, 0, 0, location).Zone(); offset != hours*3600 {
			t.Errorf("in %s it is %d s ahead", month, offset)
		}
	}
}
