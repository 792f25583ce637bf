package identity

import (
	_ "embed"
	"time"
)

// defaultZone is the time zone of an organisation that set none.
const defaultZone = "Europe/Amsterdam"

// defaultRules are that zone's, out of the public tz database, for machines
// without a table of their own. All zones would make the program half a megabyte
// larger; whoever sets another one needs the table (package tzdata).
//
//go:embed zones/Europe-Amsterdam
var defaultRules []byte

// loadZone finds a zone by name (RFC 9636).
func loadZone(name string) (*time.Location, error) {
	location, err := time.LoadLocation(name)
	if err != nil && name == defaultZone {
		return time.LoadLocationFromTZData(name, defaultRules)
	}
	return location, err
}

// Location is the time zone in which the organisation reads a clock, and in
// which its days begin and end.
func (s OrganisationSettings) Location() *time.Location {
	name := s.TimeZone
	if name == "" {
		name = defaultZone
	}
	location, err := loadZone(name)
	if err != nil {
		return time.UTC // only a database that somebody wrote in by hand
	}
	return location
}

// checkZone refuses what is no name of a time zone. "Local" would be the
// machine's, which differs between the nodes of one server.
func (s OrganisationSettings) checkZone() error {
	if _, err := loadZone(s.TimeZone); err != nil || s.TimeZone == "Local" {
		return &FieldError{"time_zone", "the time zone is unknown; Europe/Amsterdam is one", "zone-unknown"}
	}
	return nil
}
